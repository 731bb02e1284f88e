//! Messages made by hand: what no writer writes.

use arrow_ipc as fb;
use flatbuffers::{FlatBufferBuilder, WIPOffset};

pub type Builder<'a> = FlatBufferBuilder<'a>;
pub type Field<'a> = WIPOffset<fb::Field<'a>>;

/// Type of a field: its tag and its table.
pub type Type = (fb::Type, WIPOffset<flatbuffers::UnionWIPOffset>);

/// A message with its prefix and its body, both padded to 8 bytes.
pub fn message(builder: &mut Builder<'_>, kind: fb::MessageHeader, header: Header, body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(body.len().next_multiple_of(8), 0);
    let args = fb::MessageArgs {
        version: fb::MetadataVersion::V5,
        header_type: kind,
        header: Some(header),
        bodyLength: body.len() as i64,
        custom_metadata: None,
    };
    let root = fb::Message::create(builder, &args);
    builder.finish(root, None);
    let mut metadata = builder.finished_data().to_vec();
    metadata.resize(metadata.len().next_multiple_of(8), 0);
    [&[0xFF; 4][..], &(metadata.len() as u32).to_le_bytes(), &metadata, &body].concat()
}

type Header = WIPOffset<flatbuffers::UnionWIPOffset>;

/// A schema of the fields that `make` builds.
pub fn schema<F>(endianness: fb::Endianness, make: F) -> Vec<u8>
where
    F: for<'a> FnOnce(&mut Builder<'a>) -> Vec<Field<'a>>,
{
    let mut builder = Builder::new();
    let fields = make(&mut builder);
    let fields = builder.create_vector(&fields);
    let args = fb::SchemaArgs { endianness, fields: Some(fields), ..Default::default() };
    let header = fb::Schema::create(&mut builder, &args).as_union_value();
    message(&mut builder, fb::MessageHeader::Schema, header, &[])
}

/// A field; `dictionary` is the id of its dictionary.
pub fn field<'a>(
    builder: &mut Builder<'a>,
    name: &str,
    ty: Type,
    children: &[Field<'a>],
    dictionary: Option<i64>,
) -> Field<'a> {
    let name = builder.create_string(name);
    let children = builder.create_vector(children);
    let dictionary = dictionary.map(|id| {
        let args = fb::DictionaryEncodingArgs { id, ..Default::default() };
        fb::DictionaryEncoding::create(builder, &args)
    });
    let args = fb::FieldArgs {
        name: Some(name),
        nullable: true,
        type_type: ty.0,
        type_: Some(ty.1),
        dictionary,
        children: Some(children),
        custom_metadata: None,
    };
    fb::Field::create(builder, &args)
}

pub fn int64(builder: &mut Builder<'_>) -> Type {
    let args = fb::IntArgs { bitWidth: 64, is_signed: true };
    (fb::Type::Int, fb::Int::create(builder, &args).as_union_value())
}

pub fn structure(builder: &mut Builder<'_>) -> Type {
    (fb::Type::Struct_, fb::Struct_::create(builder, &fb::Struct_Args {}).as_union_value())
}

pub fn utf8_view(builder: &mut Builder<'_>) -> Type {
    (fb::Type::Utf8View, fb::Utf8View::create(builder, &fb::Utf8ViewArgs {}).as_union_value())
}

pub fn fixed_size_binary(builder: &mut Builder<'_>, width: i32) -> Type {
    let args = fb::FixedSizeBinaryArgs { byteWidth: width };
    (fb::Type::FixedSizeBinary, fb::FixedSizeBinary::create(builder, &args).as_union_value())
}

/// What a batch says of its body: length and null count of each node, offset and length of each buffer, and the number of data
/// buffers of each view column.
#[derive(Clone, Copy, Default)]
pub struct Layout<'l> {
    pub rows: i64,
    pub nodes: &'l [(i64, i64)],
    pub buffers: &'l [(i64, i64)],
    pub variadic: &'l [i64],
}

fn record_batch<'a>(builder: &mut Builder<'a>, layout: Layout<'_>) -> WIPOffset<fb::RecordBatch<'a>> {
    let nodes: Vec<_> = layout.nodes.iter().map(|(length, nulls)| fb::FieldNode::new(*length, *nulls)).collect();
    let buffers: Vec<_> = layout.buffers.iter().map(|(offset, length)| fb::Buffer::new(*offset, *length)).collect();
    let (nodes, buffers) = (builder.create_vector(&nodes), builder.create_vector(&buffers));
    let variadic = builder.create_vector(layout.variadic);
    let args = fb::RecordBatchArgs {
        length: layout.rows,
        nodes: Some(nodes),
        buffers: Some(buffers),
        compression: None,
        variadicBufferCounts: Some(variadic),
    };
    fb::RecordBatch::create(builder, &args)
}

/// A record batch.
pub fn batch(layout: Layout<'_>, body: &[u8]) -> Vec<u8> {
    let mut builder = Builder::new();
    let header = record_batch(&mut builder, layout).as_union_value();
    message(&mut builder, fb::MessageHeader::RecordBatch, header, body)
}

/// A batch of dictionary `id`.
pub fn dictionary(id: i64, delta: bool, layout: Layout<'_>, body: &[u8]) -> Vec<u8> {
    let mut builder = Builder::new();
    let data = Some(record_batch(&mut builder, layout));
    let args = fb::DictionaryBatchArgs { id, data, isDelta: delta };
    let header = fb::DictionaryBatch::create(&mut builder, &args).as_union_value();
    message(&mut builder, fb::MessageHeader::DictionaryBatch, header, body)
}
