//! What bytes are, by how they start and end.

use crate::case::options::Format;
use crate::wire::parse::{MAGIC, Step, step};

/// Something else than Arrow IPC, that is often taken for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The bytes that it starts with.
    magic: &'static [u8],
    /// What it is.
    pub what: &'static str,
    /// What to do.
    pub next: &'static str,
}

const DECOMPRESS: &str = "decompress it, and hand the result over through a pipe: `… | arrowipc inspect -`";

/// Formats by the bytes that they start with, as their specifications say.
static FOREIGN: &[Foreign] = &[
    Foreign { magic: b"PAR1", what: "a Parquet file", next: "open it with a reader of Parquet" },
    Foreign {
        magic: b"FEA1",
        what: "a Feather file of version 1",
        next: "open it with pyarrow.feather and write it again; version 2 is Arrow IPC",
    },
    Foreign { magic: b"ORC", what: "an ORC file", next: "open it with a reader of ORC" },
    Foreign { magic: b"Obj\x01", what: "an Avro file", next: "open it with a reader of Avro" },
    Foreign { magic: b"\x1f\x8b", what: "compressed with gzip", next: DECOMPRESS },
    Foreign { magic: b"\x28\xb5\x2f\xfd", what: "compressed with ZSTD as a whole", next: DECOMPRESS },
    Foreign { magic: b"\x04\x22\x4d\x18", what: "compressed with LZ4 as a whole", next: DECOMPRESS },
    Foreign { magic: b"\xfd7zXZ\0", what: "compressed with xz", next: DECOMPRESS },
    Foreign { magic: b"BZh", what: "compressed with bzip2", next: DECOMPRESS },
    Foreign { magic: b"PK\x03\x04", what: "a ZIP archive", next: "unpack it" },
    Foreign {
        magic: b"version https://git-lfs",
        what: "a pointer of Git LFS in place of a file",
        next: "fetch the file with `git lfs pull`",
    },
    Foreign { magic: b"<", what: "HTML or XML", next: "see whether the download gave an error page" },
    Foreign { magic: b"{", what: "JSON", next: "convert it with a library that reads it" },
];

/// Whether bytes are a file or a stream. An error is what else they look like; bytes that look like nothing count as a stream, since
/// streams start with a number.
pub fn recognise(bytes: &[u8]) -> Result<Format, &'static Foreign> {
    if bytes.starts_with(MAGIC) {
        return Ok(Format::File);
    }
    if matches!(step(bytes, 0, bytes.len()), Ok(Step::Message(_))) {
        return Ok(Format::Stream);
    }
    if let Some(foreign) = FOREIGN.iter().find(|foreign| bytes.starts_with(foreign.magic)) {
        return Err(foreign);
    }
    Ok(if bytes.ends_with(MAGIC) { Format::File } else { Format::Stream })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_ends() {
        assert_eq!(recognise(b"ARROW1\0\0"), Ok(Format::File));
        assert_eq!(recognise(b"BRROW1\0\0\0\0\0\0ARROW1"), Ok(Format::File));
        assert_eq!(recognise(b"\xff\xff\xff\xff\0\0\0\0"), Ok(Format::Stream));
        assert_eq!(recognise(b""), Ok(Format::Stream));
    }

    #[test]
    fn what_is_often_taken_for_arrow_is_named() {
        let what = |bytes: &[u8]| recognise(bytes).map_err(|foreign| foreign.what);
        assert_eq!(what(b"PAR1\x15\0\x15"), Err("a Parquet file"));
        assert_eq!(what(b"\x1f\x8b\x08\0"), Err("compressed with gzip"));
        assert_eq!(
            what(b"version https://git-lfs.github.com/spec/v1\n"),
            Err("a pointer of Git LFS in place of a file")
        );
    }
}
