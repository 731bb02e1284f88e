//! Reading: the readers of arrow-ipc behind one `RecordBatchReader`.

use std::fs::File;
use std::io::{BufReader, Cursor, Read as _, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::{Array as _, RecordBatch, RecordBatchReader};
use arrow_buffer::Buffer;
use arrow_ipc::reader::{FileDecoder, FileReader, FileReaderBuilder, StreamDecoder, StreamReader, read_footer_length};
use arrow_ipc::{Block, MetadataVersion, convert::try_fb_to_schema, root_as_footer};
use arrow_schema::{ArrowError, SchemaRef};
use arrowipc_kit::serve::{Call, Failure, Phase, Read};

use crate::panics::{kind, rejected, text};

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Record batches of an input, one by one. What goes wrong is told to the call, with its phase.
pub struct Input {
    schema: SchemaRef,
    batches: Batches,
    call: Call,
    failed: bool,
}

impl Input {
    /// Opens an input as the request says.
    pub fn open(read: &Read, call: &Call) -> Result<Self, Failure> {
        let projection = match &read.projection {
            None => None,
            Some(columns) => Some(
                columns
                    .iter()
                    .map(|column| usize::try_from(*column))
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|error| Failure::Error(format!("the projection {columns:?}: {error}")))?,
            ),
        };
        let opened = match (read.format.as_str(), read.source.as_str()) {
            ("stream", "path") => stream(BufReader::new(open(read)?), projection),
            ("stream", "memory") => stream(Cursor::new(bytes(read)?), projection),
            ("stream", "memory_map") if projection.is_none() => decoded_stream(mapped(read)?),
            ("file", "path") => file(BufReader::new(open(read)?), projection, read.order.as_deref()),
            ("file", "memory") => file(Cursor::new(bytes(read)?), projection, read.order.as_deref()),
            ("file", "memory_map") => decoded_file(mapped(read)?, projection, read.order.as_deref()),
            ("stream" | "file", source) => return Err(Failure::unsupported(format!("source.{source}"))),
            (format, _) => return Err(Failure::unsupported(format!("format.{format}"))),
        };
        let (schema, batches) = opened.map_err(|error| rejected(Phase::Open, &error))?;
        Ok(Self { schema, batches, call: call.clone(), failed: false })
    }

    /// Batches that were imported, which validates nothing by itself.
    pub fn of(reader: impl RecordBatchReader + Send + 'static, validate: bool, call: &Call) -> Self {
        let schema = reader.schema();
        let validated = |batch: RecordBatch| {
            batch.columns().iter().try_for_each(|column| column.to_data().validate_full())?;
            Ok(batch)
        };
        let batches: Batches = match validate {
            true => Box::new(reader.map(move |batch| batch.and_then(validated))),
            false => Box::new(reader),
        };
        Self { schema, batches, call: call.clone(), failed: false }
    }
}

impl Iterator for Input {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        // A panic must not cross the C Stream Interface.
        let next = catch_unwind(AssertUnwindSafe(|| self.batches.next())).unwrap_or_else(|panic| {
            let text = text(&*panic);
            self.call.refuse(Failure::rejected(Phase::Batch, "panic", &text));
            Some(Err(ArrowError::ExternalError(text.into())))
        });
        if let Some(Err(error)) = &next {
            self.failed = true;
            if !matches!(error, ArrowError::ExternalError(_)) {
                self.call.refuse(match crate::claims::feature_of(&error.to_string()) {
                    Some(feature) => Failure::Unsupported { feature, message: error.to_string() },
                    None => Failure::rejected(Phase::Batch, kind(error), error.to_string()),
                });
            }
        }
        next
    }
}

impl RecordBatchReader for Input {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

fn open(read: &Read) -> Result<File, Failure> {
    File::open(&read.path).map_err(|error| Failure::Error(format!("{}: {error}", read.path.display())))
}

fn bytes(read: &Read) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    open(read)?.read_to_end(&mut bytes).map_err(|error| Failure::Error(format!("{}: {error}", read.path.display())))?;
    Ok(bytes)
}

fn mapped(read: &Read) -> Result<Buffer, Failure> {
    let file = open(read)?;
    // SAFETY: nobody writes to a file that was handed over to be read.
    let map = unsafe { memmap2::Mmap::map(&file) };
    let map = map.map_err(|error| Failure::Error(format!("{}: {error}", read.path.display())))?;
    Ok(Buffer::from(bytes::Bytes::from_owner(map)))
}

type Opened = Result<(SchemaRef, Batches), ArrowError>;

fn stream(source: impl std::io::Read + Send + 'static, projection: Option<Vec<usize>>) -> Opened {
    let reader = StreamReader::try_new(source, projection)?;
    Ok((reader.schema(), Box::new(reader)))
}

fn file(
    source: impl std::io::Read + Seek + Send + 'static,
    projection: Option<Vec<usize>>,
    order: Option<&[i64]>,
) -> Opened {
    let mut builder = FileReaderBuilder::new();
    if let Some(projection) = projection {
        builder = builder.with_projection(projection);
    }
    let reader = builder.build(source)?;
    let schema = reader.schema();
    Ok(match order {
        None => (schema, Box::new(reader)),
        Some(order) => (schema, Box::new(one_by_one(reader, order.to_vec()))),
    })
}

fn one_by_one<R: std::io::Read + Seek + Send + 'static>(
    mut reader: FileReader<R>,
    order: Vec<i64>,
) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + Send {
    order.into_iter().filter_map(move |index| match reader.set_index(usize::try_from(index).unwrap_or(usize::MAX)) {
        Ok(()) => reader.next(),
        Err(error) => Some(Err(error)),
    })
}

/// The decoder of pushed bytes, over the whole input at once.
fn decoded_stream(mut bytes: Buffer) -> Opened {
    let mut decoder = StreamDecoder::new();
    let mut first = Vec::new();
    // The schema is there at the latest with the first batch.
    while decoder.schema().is_none() && !bytes.is_empty() {
        first.extend(decoder.decode(&mut bytes)?);
    }
    if bytes.is_empty() && first.is_empty() {
        decoder.finish()?;
    }
    let schema = decoder.schema().ok_or_else(|| ArrowError::IpcError("the stream has no schema".to_owned()))?;
    let mut over = false;
    let rest = std::iter::from_fn(move || {
        while !over {
            match decoder.decode(&mut bytes) {
                Ok(Some(batch)) => return Some(Ok(batch)),
                Ok(None) if bytes.is_empty() => {
                    over = true;
                    return decoder.finish().err().map(Err);
                }
                Ok(None) => {}
                Err(error) => {
                    over = true;
                    return Some(Err(error));
                }
            }
        }
        None
    });
    Ok((schema, Box::new(first.into_iter().map(Ok).chain(rest))))
}

/// The decoder of blocks, as its documentation uses it.
fn decoded_file(bytes: Buffer, projection: Option<Vec<usize>>, order: Option<&[i64]>) -> Opened {
    let trailer = bytes.len().checked_sub(10).and_then(|start| bytes.as_slice()[start..].try_into().ok());
    let trailer: [u8; 10] =
        trailer.ok_or_else(|| ArrowError::ParseError("the file is shorter than a trailer".to_owned()))?;
    let length = read_footer_length(trailer)?;
    let footer = (bytes.len() - 10).checked_sub(length).map(|start| &bytes.as_slice()[start..bytes.len() - 10]);
    let footer = footer.ok_or_else(|| ArrowError::ParseError("the footer is longer than the file".to_owned()))?;
    let footer = root_as_footer(footer).map_err(|error| ArrowError::ParseError(format!("the footer: {error:?}")))?;
    let schema = footer.schema().ok_or_else(|| ArrowError::ParseError("the footer has no schema".to_owned()))?;
    let schema = SchemaRef::new(try_fb_to_schema(schema)?);
    let version: MetadataVersion = footer.version();
    let mut decoder = FileDecoder::new(schema.clone(), version);
    let mut shown = schema;
    if let Some(projection) = projection {
        shown = SchemaRef::new(shown.project(&projection)?);
        decoder = decoder.with_projection(projection);
    }
    let block = |block: &Block| -> Result<Buffer, ArrowError> {
        let length = i64::from(block.metaDataLength()) + block.bodyLength();
        let range = usize::try_from(block.offset()).ok().zip(usize::try_from(length).ok());
        let range = range.filter(|(offset, length)| offset.checked_add(*length).is_some_and(|end| end <= bytes.len()));
        let (offset, length) =
            range.ok_or_else(|| ArrowError::ParseError("a block lies behind the file".to_owned()))?;
        Ok(bytes.slice_with_length(offset, length))
    };
    for dictionary in footer.dictionaries().iter().flatten() {
        decoder.read_dictionary(dictionary, &block(dictionary)?)?;
    }
    let blocks: Vec<Block> = footer.recordBatches().iter().flatten().copied().collect();
    let order = order.map_or_else(
        || (0..blocks.len()).collect(),
        |order| order.iter().map(|index| usize::try_from(*index).unwrap_or(usize::MAX)).collect::<Vec<_>>(),
    );
    let read: Vec<(Block, Buffer)> = order
        .iter()
        .map(|index| {
            let found = blocks.get(*index);
            let found = found.ok_or_else(|| ArrowError::InvalidArgumentError(format!("there is no batch {index}")))?;
            Ok((*found, block(found)?))
        })
        .collect::<Result<_, ArrowError>>()?;
    let batches =
        read.into_iter().filter_map(move |(found, bytes)| decoder.read_record_batch(&found, &bytes).transpose());
    Ok((shown, Box::new(batches)))
}
