//! Constants of the IPC format. Source: `docs/source/format/Columnar.rst`, "Serialization and Interprocess
//! Communication (IPC)", and `format/*.fbs` of apache/arrow.

/// First and, without padding, last bytes of a file.
pub const MAGIC: &[u8; 6] = b"ARROW1";
/// The leading magic, padded to 8 bytes; the embedded stream starts behind it.
pub const PADDED_MAGIC: &[u8; 8] = b"ARROW1\0\0";
/// What starts an encapsulated message since format 0.15.
pub const CONTINUATION: u32 = 0xFFFF_FFFF;
/// Prefix of a message: continuation and metadata length.
pub const PREFIX_BYTES: usize = 8;
/// The end-of-stream marker: a continuation and a metadata length of 0.
pub const END_OF_STREAM: &[u8; 8] = &[0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0];
/// A file ends with the footer's length (4 bytes) and the magic.
pub const FILE_TAIL_BYTES: usize = 4 + MAGIC.len();
/// Size of a `Block` struct of the footer.
pub const BLOCK_BYTES: usize = 24;
/// Length prefix of a compressed buffer; this value says that the buffer is not compressed.
pub const NOT_COMPRESSED: i64 = -1;

/// Stream or file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Messages one after the other, read forward.
    Stream,
    /// A stream between magic bytes with a footer, read in any order.
    File,
}

/// `MetadataVersion` of the messages that are read and written. Older ones are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum MetadataVersion {
    /// 0.8.0 to 0.17.1: unions have a validity bitmap.
    V4,
    /// 1.0.0 and later.
    V5,
}

/// Compression of the buffers of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// LZ4 frame format.
    Lz4Frame,
    /// Zstandard.
    Zstd,
}
