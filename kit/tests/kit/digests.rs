//! Digests, literally. A change here changes every digest that a case pins.

use std::io::{self, Write};

use arrowipc_kit::value::{Canonical, Digest, Document, DocumentWriter, Metadata, Value};

use crate::samples::{document, layouts, samples};

const TWO_BATCHES: &str = concat!(
    r#"{"schema":{"fields":[{"name":"s","type":"utf8","nullable":true,"metadata":[],"children":[]}],"#,
    r#""metadata":[["k","v"]]},"#,
    r#""batches":[{"rows":2,"metadata":[["b","0"]],"columns":[["a",null]]},{"rows":0,"metadata":[],"columns":[[]]}]}"#,
);

#[test]
fn the_digest_of_the_whole_is_that_of_the_digests_of_the_parts() {
    let document = Document::from_json(TWO_BATCHES.as_bytes()).unwrap();
    let hex = |text: &str| Digest::of(text.as_bytes()).to_string().replace("sha256:", "");
    let schema = hex(&document.schema.canonical());
    let whole = format!(
        concat!(
            r#"{{"schema":"{}","batches":[{{"rows":2,"metadata":[["b","0"]],"columns":["{}"]}},"#,
            r#"{{"rows":0,"metadata":[],"columns":["{}"]}}]}}"#
        ),
        schema,
        hex(r#"["a",null]"#),
        hex("[]")
    );
    assert_eq!(document.digest(), Digest::of(whole.as_bytes()));
    assert_eq!(document.schema.digest().to_string(), format!("sha256:{schema}"));
}

#[test]
fn digests_never_change() {
    let two = Document::from_json(TWO_BATCHES.as_bytes()).unwrap();
    assert_eq!(two.digest().to_string(), "sha256:21e762d7d4131c900cba8ab99ea1830454ed01ba66fd21bc073e465dd17a3e96");
    let empty = Document::from_json(br#"{"schema":{"fields":[],"metadata":[]},"batches":[]}"#).unwrap();
    assert_eq!(empty.digest().to_string(), "sha256:bfe854caf7e72093a5116ef01a56a745e80a76fe1c99b8312e8a58a352d6dcea");
    let mut all = Vec::new();
    for sample in samples() {
        all.extend_from_slice(&document(&sample, None, &[1]).digest().0);
    }
    assert_eq!(Digest::of(&all).to_string(), "sha256:7b5f4c7bee55214a04b02e8cab528eeaa59408b3b8012047ef5da52db1bb112b");
}

#[test]
fn digests_read_back() {
    let digest = Digest::of(b"");
    let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(digest.to_string(), text);
    assert_eq!(text.parse(), Ok(digest));
    for text in ["sha256:e3", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", &text.to_uppercase()]
    {
        let message = format!("$: expected `sha256:` and 64 lower-case hex digits, found `{text}`");
        assert_eq!(text.parse::<Digest>().unwrap_err().to_string(), message);
    }
}

#[test]
fn layouts_change_no_digest() {
    for sample in samples() {
        let plain = document(&sample, None, &[]).digest();
        for layout in layouts(&sample.field) {
            assert_eq!(document(&sample, Some(&layout), &[]).digest(), plain);
        }
    }
}

/// A sink that shares what it gets.
#[derive(Clone, Default)]
struct Shared(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_dump_is_the_canonical_text() {
    let document = Document::from_json(TWO_BATCHES.as_bytes()).unwrap();
    let sink = Shared::default();
    let mut writer = DocumentWriter::with_dump(&document.schema, Box::new(sink.clone()));
    for batch in document.batches() {
        writer.begin_batch(batch.rows, &batch.metadata);
        batch.columns.iter().for_each(|column| writer.column(&column.values));
    }
    assert_eq!(writer.finish().unwrap(), document.digest());
    assert_eq!(String::from_utf8(sink.0.lock().unwrap().clone()).unwrap(), TWO_BATCHES);
}

/// A sink that keeps the size of the largest piece it got.
#[derive(Clone, Default)]
struct Largest(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl Write for Largest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_max(bytes.len(), std::sync::atomic::Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn text_is_hashed_and_dumped_in_pieces() {
    let document = Document::from_json(TWO_BATCHES.as_bytes()).unwrap();
    let sink = Largest::default();
    let mut writer = DocumentWriter::with_dump(&document.schema, Box::new(sink.clone()));
    let value = Value::Text("x".repeat(100).into());
    writer.begin_batch(100_000, &Metadata::default());
    writer.column(std::iter::repeat_n(&value, 100_000));
    writer.finish().unwrap();
    let largest = sink.0.load(std::sync::atomic::Ordering::Relaxed);
    assert!((1 << 16..1 << 17).contains(&largest), "{largest} bytes at once");
}

struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::Error::from(io::ErrorKind::StorageFull))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_dump_that_cannot_be_written_is_told_at_the_end() {
    let document = Document::from_json(TWO_BATCHES.as_bytes()).unwrap();
    let mut writer = DocumentWriter::with_dump(&document.schema, Box::new(Full));
    writer.begin_batch(0, &Metadata::default());
    writer.column([]);
    assert_eq!(writer.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
}
