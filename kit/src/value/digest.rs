//! Digests, taken while the text is written: nothing larger than a value and a chunk of text is held.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::print::write_batch_head;
use super::text::{read_hex, write_hex};
use super::{Canonical, Metadata, ParseError, Schema, Value};

/// A SHA-256, written `sha256:<64 lower-case hex digits>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of a text.
    pub fn of(text: &[u8]) -> Self {
        Digest(Sha256::digest(text).into())
    }

    fn write_hex(self, out: &mut Vec<u8>) {
        write_hex(&self.0, out);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bytes = text.strip_prefix("sha256:").filter(|hex| !hex.contains(char::is_uppercase)).and_then(read_hex);
        bytes
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .map(Digest)
            .ok_or_else(|| ParseError::new("`sha256:` and 64 lower-case hex digits", format!("`{text}`")))
    }
}

impl Schema {
    /// The digest of the canonical text.
    pub fn digest(&self) -> Digest {
        Digest::of(self.canonical().as_bytes())
    }
}

/// Writes a document value by value, taking its digest, and its text when there is a place for it.
///
/// Calls go `begin_batch`, then for each column [`column`](Self::column), or `begin_column`, `value` for each row and
/// `end_column`; at last `finish`.
pub struct DocumentWriter {
    /// Takes the text that holds the digests of the parts.
    whole: Sha256,
    column: Sha256,
    dump: Option<Dump>,
    /// Text that was neither hashed nor dumped yet.
    text: Vec<u8>,
    batches: usize,
    columns: usize,
    values: usize,
}

/// Text is hashed in chunks of this many bytes: enough to make calls cheap, and to stay in the cache.
const CHUNK: usize = 1 << 16;

/// Where the text goes. An error is kept for `finish`, since a digest does not depend on it.
struct Dump {
    sink: Box<dyn Write + Send>,
    result: io::Result<()>,
}

impl Dump {
    fn write(&mut self, text: &[u8]) {
        if self.result.is_ok() {
            self.result = self.sink.write_all(text);
        }
    }
}

impl DocumentWriter {
    /// A writer that takes the digest only.
    pub fn digest_only(schema: &Schema) -> Self {
        Self::new(schema, None)
    }

    /// A writer that takes the digest and writes the text to `sink`, in chunks.
    pub fn with_dump(schema: &Schema, sink: Box<dyn Write + Send>) -> Self {
        Self::new(schema, Some(sink))
    }

    fn new(schema: &Schema, sink: Option<Box<dyn Write + Send>>) -> Self {
        let mut writer = DocumentWriter {
            whole: Sha256::new(),
            column: Sha256::new(),
            dump: sink.map(|sink| Dump { sink, result: Ok(()) }),
            text: Vec::with_capacity(CHUNK),
            batches: 0,
            columns: 0,
            values: 0,
        };
        let text = schema.canonical();
        writer.both(b"{\"schema\":");
        writer.dump(text.as_bytes());
        writer.whole_digest(Digest::of(text.as_bytes()));
        writer.both(b",\"batches\":[");
        writer
    }

    /// Begins a batch, and ends the one before.
    pub fn begin_batch(&mut self, rows: usize, metadata: &Metadata) {
        self.end_batch();
        let mut head = Vec::new();
        if self.batches > 0 {
            head.push(b',');
        }
        write_batch_head(rows, metadata, &mut head);
        head.push(b'[');
        self.both(&head);
        self.batches += 1;
        self.columns = 0;
    }

    /// Writes a column.
    pub fn column<'a>(&mut self, values: impl IntoIterator<Item = &'a Value>) {
        self.begin_column();
        values.into_iter().for_each(|value| self.value(value));
        self.end_column();
    }

    /// Begins a column.
    pub fn begin_column(&mut self) {
        if self.columns > 0 {
            self.both(b",");
        }
        self.columns += 1;
        self.values = 0;
        self.text.push(b'[');
    }

    /// Writes the value of the next row.
    pub fn value(&mut self, value: &Value) {
        if self.values > 0 {
            self.text.push(b',');
        }
        self.values += 1;
        value.write_canonical(&mut self.text);
        if self.text.len() >= CHUNK {
            self.flush();
        }
    }

    /// Ends a column.
    pub fn end_column(&mut self) {
        self.text.push(b']');
        self.flush();
        let digest = Digest(self.column.finalize_reset().into());
        self.whole_digest(digest);
    }

    /// Ends the document.
    ///
    /// # Errors
    ///
    /// The first error of the dump's sink.
    pub fn finish(self) -> io::Result<Digest> {
        let (digest, dump) = self.finish_parts();
        let Some(mut dump) = dump else { return Ok(digest) };
        dump.result?;
        dump.sink.flush()?;
        Ok(digest)
    }

    /// Ends a document that is not dumped.
    pub(super) fn finish_digest(self) -> Digest {
        self.finish_parts().0
    }

    fn finish_parts(mut self) -> (Digest, Option<Dump>) {
        self.end_batch();
        self.both(b"]}");
        (Digest(self.whole.finalize().into()), self.dump)
    }

    fn end_batch(&mut self) {
        if self.batches > 0 {
            self.both(b"]}");
        }
    }

    fn flush(&mut self) {
        self.column.update(&self.text);
        if let Some(dump) = &mut self.dump {
            dump.write(&self.text);
        }
        self.text.clear();
    }

    /// Text that the dump and the digest of the whole share.
    fn both(&mut self, text: &[u8]) {
        self.whole.update(text);
        self.dump(text);
    }

    fn dump(&mut self, text: &[u8]) {
        if let Some(dump) = &mut self.dump {
            dump.write(text);
        }
    }

    fn whole_digest(&mut self, digest: Digest) {
        let mut text = vec![b'"'];
        digest.write_hex(&mut text);
        text.push(b'"');
        self.whole.update(&text);
    }
}
