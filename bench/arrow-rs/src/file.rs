//! Files in any order: through a reader, or without copies out of a map, as arrow-rs's example puts it together.

use crate::peer::{Input, InputKind, Settings};
use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{FileDecoder, FileReader, read_footer_length};
use arrow_ipc::{Block, root_as_footer};
use arrow_schema::ArrowError;
use memmap2::Mmap;
use std::fs::File;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::Arc;

/// A file that batches are taken from by number.
pub enum OpenFile {
    Mapped(MappedFile),
    Read(FileReader<File>),
}

impl OpenFile {
    pub fn open(settings: &Settings, input: &Input) -> Result<Self, ArrowError> {
        if input.kind == InputKind::Map {
            return Ok(OpenFile::Mapped(MappedFile::open(map(input.path())?, settings)?));
        }
        let reader = FileReader::try_new(File::open(input.path())?, settings.columns())?;
        // SAFETY: what is read without checks was written by the benchmark.
        Ok(OpenFile::Read(unsafe { reader.with_skip_validation(settings.unchecked()) }))
    }

    pub fn get(&mut self, i: usize) -> Result<RecordBatch, ArrowError> {
        match self {
            OpenFile::Mapped(file) => file.get(i),
            OpenFile::Read(reader) => {
                reader.set_index(i)?;
                reader.next().expect("the batch is there")
            }
        }
    }
}

/// A file whose bytes are in memory.
pub struct MappedFile {
    bytes: Buffer,
    decoder: FileDecoder,
    blocks: Vec<Block>,
}

impl MappedFile {
    pub fn open(bytes: Buffer, settings: &Settings) -> Result<Self, ArrowError> {
        let end = bytes.len() - 10;
        let length = read_footer_length(bytes[end..].try_into().expect("ten bytes"))?;
        let footer = root_as_footer(&bytes[end - length..end]).map_err(|e| ArrowError::ParseError(e.to_string()))?;
        let schema = Arc::new(try_fb_to_schema(footer.schema().expect("a footer has a schema"))?);
        let mut decoder = FileDecoder::new(schema, footer.version());
        if let Some(columns) = settings.columns() {
            decoder = decoder.with_projection(columns);
        }
        // SAFETY: what is read without checks was written by the benchmark.
        decoder = unsafe { decoder.with_skip_validation(settings.unchecked()) };
        for block in footer.dictionaries().iter().flatten() {
            decoder.read_dictionary(block, &message(&bytes, block))?;
        }
        let blocks = footer.recordBatches().iter().flatten().copied().collect();
        Ok(MappedFile { bytes, decoder, blocks })
    }

    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    pub fn get(&self, i: usize) -> Result<RecordBatch, ArrowError> {
        let block = &self.blocks[i];
        let batch = self.decoder.read_record_batch(block, &message(&self.bytes, block))?;
        batch.ok_or_else(|| ArrowError::IpcError("a block without a batch".to_owned()))
    }
}

fn message(bytes: &Buffer, block: &Block) -> Buffer {
    let length = block.metaDataLength() as usize + block.bodyLength() as usize;
    bytes.slice_with_length(block.offset() as usize, length)
}

/// A file's bytes without reading them.
pub fn map(path: &Path) -> Result<Buffer, ArrowError> {
    // SAFETY: nobody changes the benchmark's files while they are mapped.
    let map = unsafe { Mmap::map(&File::open(path)?) }?;
    let start = NonNull::from(&map[..]).cast();
    let length = map.len();
    // SAFETY: the buffer owns the map.
    Ok(unsafe { Buffer::from_custom_allocation(start, length, Arc::new(map)) })
}
