//! `arrowipc serve-library` with the real libarrowipc: every way in and out, every fact, every refusal.

mod host;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use arrowipc_kit::value::{Canonical, Data, Document, Levels, Tensors, first_difference};
use arrowipc_runner::adapter::message::{Answer, Done, Observe, ProduceInput, ReadRequest, Rejection, Request, Via};
use arrowipc_runner::adapter::setup::build;
use arrowipc_runner::case::options::{
    Access, Compression, Dictionaries, Format, Phase, Sink, Source, Validate, WriteOptions,
};
use arrowipc_runner::progress::Progress;
use arrowipc_runner::workspace::Workspace;
use serde_json::{Value, json};

use host::{Host, read};

/// Two batches of nested, dictionary-encoded and plain columns, with metadata of the schema and a field. The layouts are those that
/// a writer must see through: slices, junk behind nulls, odd addresses.
const DATA: &str = r#"{
  "schema":{"fields":[
    {"name":"i","type":"int32","nullable":true,"metadata":[["k","v"],["k","w"]],"children":[]},
    {"name":"s","type":"utf8","nullable":true,"metadata":[],"children":[]},
    {"name":"v","type":"utf8_view","nullable":true,"metadata":[],"children":[]},
    {"name":"l","type":"list","nullable":true,"metadata":[],"children":[
      {"name":"item","type":"float64","nullable":true,"metadata":[],"children":[]}]},
    {"name":"d","type":"utf8","nullable":true,"metadata":[],"dictionary":{"index":"int8","ordered":false},"children":[]},
    {"name":"u","type":"dense_union(5, 7)","nullable":true,"metadata":[],"children":[
      {"name":"a","type":"bool","nullable":true,"metadata":[],"children":[]},
      {"name":"b","type":"struct","nullable":true,"metadata":[],"children":[
        {"name":"x","type":"decimal128(5, 2)","nullable":true,"metadata":[],"children":[]}]}]}
  ],"metadata":[["origin","test"]]},
  "batches":[
    {"rows":3,"metadata":BATCH_METADATA,"columns":[
      {"values":["1",null,"-3"],"layout":{"offset":2,"tail":1,"behind_nulls":"junk"}},
      {"values":["a",null,"hello"],"layout":{"offset":1,"behind_nulls":"junk","first_offset":3}},
      ["a string of more than twelve bytes","short",null],
      [["3ff0000000000000",null],[],null],
      ["red","green","red"],
      [{"7":["100"]},{"5":null},{"5":true}]]},
    {"rows":1,"metadata":[],"columns":[
      {"values":["4"],"layout":{"unaligned":true}},
      ["b"],
      ["another string that lies in a data buffer"],
      [["7ff8000000000001"]],
      [null],
      [{"5":false}]]}
  ]}"#;

fn data() -> Document {
    parse(&DATA.replace("BATCH_METADATA", "[]"))
}

fn data_with_batch_metadata() -> Document {
    parse(&DATA.replace("BATCH_METADATA", r#"[["b","1"],["b",""]]"#))
}

fn parse(json: &str) -> Document {
    Document::from_json(json.as_bytes()).unwrap()
}

/// One column of `rows` integers in each of `batches` batches.
fn sequence(batches: usize, rows: usize) -> String {
    let schema =
        r#"{"fields":[{"name":"n","type":"int64","nullable":false,"metadata":[],"children":[]}],"metadata":[]}"#;
    let generate = json!({"batches": batches, "rows": rows, "columns": [{"algo": "sequence", "start": 0, "step": 1}]});
    format!(r#"{{"schema":{schema},"generate":{generate}}}"#)
}

/// What of `document` lies in these batches and columns.
fn part(document: &Document, batches: &[usize], columns: &[usize]) -> Document {
    let mut part = document.clone();
    part.schema.fields = columns.iter().map(|column| document.schema.fields[*column].clone()).collect();
    let of_batch = |index: &usize| {
        let mut batch = document.batch(*index).unwrap().into_owned();
        batch.columns = columns.iter().map(|column| batch.columns[*column].clone()).collect();
        batch
    };
    part.data = Data::Batches(batches.iter().map(of_batch).collect());
    part
}

/// Writes canonical data to a file and answers its path.
fn produce(host: &Host, json: &str, format: Format, sink: Sink, options: WriteOptions) -> (PathBuf, Done) {
    let id = host.id();
    let (input, out) = (format!("{id}.in.json"), format!("{id}.{}", format.extension()));
    std::fs::write(host.payload(&input), json).unwrap();
    let input = ProduceInput::In(input.into());
    let request = Request::Produce { id, input, onto: None, format, sink, options, out: out.clone().into() };
    (host.payload(&out), done(host.ask(id, &request)))
}

fn produce_data(host: &Host, format: Format) -> PathBuf {
    produce(host, &DATA.replace("BATCH_METADATA", "[]"), format, Sink::Path, WriteOptions::default()).0
}

fn done(answer: Result<Answer, String>) -> Done {
    match answer.unwrap() {
        Answer::Ok(done) => done,
        answer => panic!("expected success, got {answer:?}"),
    }
}

fn rejection(answer: Result<Answer, String>) -> Rejection {
    match answer.unwrap() {
        Answer::Rejected(rejection) => rejection,
        answer => panic!("expected a rejection, got {answer:?}"),
    }
}

#[track_caller]
fn assert_reads(host: &Host, path: &Path, request: ReadRequest, expected: &Document) -> Done {
    let done = done(host.consume(path, request.clone()));
    if done.digest != Some(expected.digest().to_string()) {
        let observed = host.dump(path, request.clone()).unwrap();
        let difference = first_difference(expected, &observed, Levels::ALL).map(|difference| difference.to_string());
        panic!("{request:?}: {difference:?}");
    }
    assert_eq!((done.batches, done.rows), (Some(expected.batch_count() as u64), Some(expected.row_count())));
    done
}

/// Starts the host itself, hands it these lines and takes its output.
fn talk(arguments: &[&str], lines: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_arrowipc"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A host that refuses to start may be gone before it is spoken to.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    child.wait_with_output().unwrap()
}

fn library() -> String {
    host::command(&Workspace::find().unwrap()).unwrap().pop().unwrap()
}

#[test]
fn the_host_introduces_the_library_and_answers_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.json");
    std::fs::write(&input, DATA.replace("BATCH_METADATA", r#"[["b","1"]]"#)).unwrap();
    let lines = [
        json!({"cmd": "start", "protocols": [1], "workdir": folder.path(), "kit": "unused", "later": true}).to_string(),
        json!({"cmd": "echo", "id": 1, "in": "in.json", "observe": {"via": "cdata", "dump": true, "out": "out.json"}})
            .to_string(),
        json!({"cmd": "echo", "id": 2, "in": "in.json", "observe": {"via": "none"}}).to_string(),
        json!({"cmd": "juggle", "id": 3}).to_string(),
        "{\"cmd\":".to_owned(),
        json!({"cmd": "consume", "id": 4}).to_string(),
        json!({"cmd": "reset"}).to_string(),
        json!({"cmd": "stop"}).to_string(),
        json!({"cmd": "reset"}).to_string(),
    ];
    let output = talk(&["serve-library", &library()], &(lines.join("\n") + "\n"));
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 7, "{text}");
    assert_eq!(answers[0]["protocol"], 1);
    assert_eq!(answers[0]["implementation"]["name"], "libarrowipc");
    assert_eq!(answers[0]["implementation"]["version"], env!("CARGO_PKG_VERSION"));
    for feature in ["compress.lz4", "compress.zstd", "source.memory_map", "fact.*"] {
        assert!(answers[0]["features"].as_array().unwrap().contains(&feature.into()), "{feature} in {}", answers[0]);
    }
    let expected = parse(&std::fs::read_to_string(&input).unwrap());
    assert_eq!(answers[1]["digest"], expected.digest().to_string());
    let dump = parse(&std::fs::read_to_string(folder.path().join("out.json")).unwrap());
    assert_eq!(first_difference(&expected, &dump, Levels::ALL), None);
    assert_eq!(answers[2], json!({"id": 2, "status": "ok", "batches": 2, "facts": {"cdata_faults": []}}));
    assert_eq!(answers[3], json!({"id": 3, "status": "unsupported", "feature": "the command juggle"}));
    assert_eq!(answers[4]["status"], "error");
    assert_eq!(answers[5]["message"], "the request cannot be understood: missing field `path`");
    assert_eq!(answers[6], json!({"status": "ok", "allocated": 0}));
}

#[test]
fn what_is_not_such_a_library_is_refused_with_a_reason() {
    let missing = talk(&["serve-library", "/nonexistent/libarrowipc.so"], "");
    assert_eq!(missing.status.code(), Some(2));
    let text = String::from_utf8(missing.stderr).unwrap();
    assert!(text.starts_with("arrowipc serve-library: /nonexistent/libarrowipc.so cannot be loaded: "), "{text}");

    // The kit is a shared library too, with another interface.
    let workspace = Workspace::find().unwrap();
    build(&workspace, &["arrowipc-kit"], &Progress::silent()).unwrap();
    let output = talk(&["serve-library", &workspace.kit().to_string_lossy()], "");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains(" does not export arrowipc_error_code: "), "{text}");
    assert!(text.trim_end().ends_with("expected every function of arrowipc.h"), "{text}");
}

#[test]
fn bytes_leave_through_every_sink() {
    let host = Host::start().unwrap();
    let json = DATA.replace("BATCH_METADATA", "[]");
    for format in [Format::Stream, Format::File] {
        let mut first = None;
        for sink in Sink::ALL {
            let (path, done) = produce(&host, &json, format, *sink, WriteOptions::default());
            let bytes = std::fs::read(&path).unwrap();
            assert_eq!(done.size, Some(bytes.len() as u64), "{sink}");
            assert_eq!(done.facts["size"], bytes.len(), "{sink}");
            assert!(done.facts["write_peak"].as_i64().unwrap() > 0, "{sink}: {:?}", done.facts);
            assert!(first.get_or_insert_with(|| bytes.clone()) == &bytes, "{format} through {sink} differs");
            assert_reads(&host, &path, read(format, Source::Path), &data());
        }
    }
}

#[test]
fn bytes_arrive_through_every_source_and_access() {
    let host = Host::start().unwrap();
    for format in [Format::Stream, Format::File] {
        let path = produce_data(&host, format);
        for source in Source::ALL {
            let forward_only = matches!(source, Source::Socket | Source::Pipe);
            for access in Access::ALL {
                if *access == Access::Random && format == Format::Stream || format == Format::File && forward_only {
                    continue;
                }
                for validate in [Validate::None, Validate::Full] {
                    let request = ReadRequest { access: *access, validate, ..read(format, *source) };
                    assert_reads(&host, &path, request, &data());
                }
            }
        }
    }
}

#[test]
fn every_option_of_the_writer_keeps_the_data() {
    let host = Host::start().unwrap();
    let json = DATA.replace("BATCH_METADATA", "[]");
    let options = [
        WriteOptions { compression: Some(Compression::Lz4), ..Default::default() },
        WriteOptions { compression: Some(Compression::Zstd), compression_level: Some(9), ..Default::default() },
        WriteOptions { alignment: Some(64), ..Default::default() },
        WriteOptions { metadata_version: Some(4), ..Default::default() },
        WriteOptions { metadata_version: Some(4), legacy: Some(true), ..Default::default() },
        WriteOptions { dictionaries: Some(Dictionaries::Unify), ..Default::default() },
    ];
    let (path, _) = produce(&host, &json, Format::Stream, Sink::Path, WriteOptions::default());
    let plain = std::fs::read(path).unwrap();
    for options in options {
        for format in [Format::Stream, Format::File] {
            let (path, _) = produce(&host, &json, format, Sink::Path, options.clone());
            assert_reads(&host, &path, read(format, Source::Path), &data());
            let unified = options.dictionaries.is_some();
            assert!(unified || std::fs::read(&path).unwrap() != plain, "{options:?} changes nothing");
        }
    }
}

#[test]
fn batches_and_columns_are_chosen() {
    let host = Host::start().unwrap();
    let path = produce_data(&host, Format::File);
    let random = ReadRequest { access: Access::Random, ..read(Format::File, Source::MemoryMap) };
    let order = ReadRequest { order: Some(vec![1, 0, 1]), ..random.clone() };
    assert_reads(&host, &path, order, &part(&data(), &[1, 0, 1], &[0, 1, 2, 3, 4, 5]));
    for (access, projection) in [(Access::Next, vec![1, 4]), (Access::Random, vec![5]), (Access::CStream, vec![0, 3])] {
        let expected = part(&data(), &[0, 1], &projection);
        assert_reads(&host, &path, ReadRequest { access, projection: Some(projection), ..random.clone() }, &expected);
    }
}

#[test]
fn metadata_of_batches_cross_beside_the_arrays() {
    let host = Host::start().unwrap();
    let json = DATA.replace("BATCH_METADATA", r#"[["b","1"],["b",""]]"#);
    for format in [Format::Stream, Format::File] {
        let (path, _) = produce(&host, &json, format, Sink::Memory, WriteOptions::default());
        for access in Access::ALL {
            let request = ReadRequest { access: *access, ..read(format, Source::Path) };
            match (format, access) {
                (Format::Stream, Access::Random) => {}
                // An exported stream has no place for them, and a stream cannot be asked again.
                (Format::Stream, Access::All | Access::CStream) => drop(assert_reads(&host, &path, request, &data())),
                _ => drop(assert_reads(&host, &path, request, &data_with_batch_metadata())),
            }
        }
    }
}

#[test]
fn a_transcoded_file_keeps_all_metadata() {
    let host = Host::start().unwrap();
    let json = DATA.replace("BATCH_METADATA", r#"[["b","1"],["b",""]]"#);
    let footer = vec![("f".to_owned(), "1".to_owned()), ("f".to_owned(), "2".to_owned())];
    let options = WriteOptions { footer_metadata: Some(footer), ..Default::default() };
    let (path, _) = produce(&host, &json, Format::File, Sink::Path, options);
    let transcode = |to: Format, source: Source, options: WriteOptions| {
        let id = host.id();
        let out = format!("{id}.{}", to.extension());
        let (path, format) = (path.clone(), Format::File);
        let request = Request::Transcode {
            id,
            path,
            format,
            source,
            to,
            sink: Sink::Callbacks,
            options,
            out: out.clone().into(),
        };
        assert!(done(host.ask(id, &request)).size > Some(0));
        host.payload(&out)
    };
    let compressed = WriteOptions { compression: Some(Compression::Zstd), ..Default::default() };
    let file = transcode(Format::File, Source::Callbacks, compressed);
    let done = assert_reads(&host, &file, read(Format::File, Source::Path), &data_with_batch_metadata());
    assert_eq!(done.facts["footer_metadata"], json!([["f", "1"], ["f", "2"]]));
    let stream = transcode(Format::Stream, Source::MemoryMap, WriteOptions::default());
    assert_reads(&host, &stream, read(Format::Stream, Source::Pipe), &data_with_batch_metadata());
    let none = WriteOptions { footer_metadata: Some(Vec::new()), ..Default::default() };
    let done = done_of(&host, &transcode(Format::File, Source::Memory, none));
    assert_eq!(done.facts["footer_metadata"], json!([]));
}

fn done_of(host: &Host, file: &Path) -> Done {
    done(host.consume(file, read(Format::File, Source::Path)))
}

#[test]
fn tensors_go_through_every_sink_and_source() {
    let host = Host::start().unwrap();
    let written = json!([
        {"kind": "dense", "type": "int16", "shape": [2, 3], "names": ["x", null], "metadata": [["k", "v"]],
         "values": [1, -2, 3, 4, 5, 6], "layout": {"strides": [2, 4]}},
        {"kind": "dense", "type": "float64", "shape": [], "values": ["0x7ff8000000000001"]},
        {"kind": "coo", "type": "int8", "shape": [4, 4], "canonical": false, "indices_type": "uint16", "indices": [[3, 0], [0, 3]],
         "values": [1, 2], "layout": {"indices_strides": [2, 8]}},
        {"kind": "csr", "type": "int8", "shape": [2, 3], "indptr": [0, 1, 2], "indices": [2, 0], "values": [1, 2]},
        {"kind": "csc", "type": "int8", "shape": [2, 1], "indptr": [0, 1], "indices": [1], "values": [1]},
        {"kind": "csf", "type": "date32", "shape": [2, 2], "axis_order": [1, 0], "indptr": [[0, 1]], "indices": [[0], [1]],
         "values": [9]},
    ]);
    let written = Tensors::from_natural(&written).unwrap();
    let input: Value = serde_json::from_str(&written.canonical()).unwrap();
    for sink in Sink::ALL {
        let (id, out) = (host.id(), format!("{sink}.arrows"));
        let input = ProduceInput::Tensors(input["tensors"].clone());
        let (options, format) = (WriteOptions::default(), Format::Stream);
        done(host.ask(
            id,
            &Request::Produce { id, input, onto: None, format, sink: *sink, options, out: out.clone().into() },
        ));
        for source in Source::ALL {
            let (id, path) = (host.id(), host.payload(&out));
            let observe = Observe { via: Via::Tensors, dump: true, out: "tensors.json".into(), expected: None };
            let read = read(Format::Stream, *source);
            let done = done(host.ask(id, &Request::Consume { id, path, read, observe }));
            let text = std::fs::read_to_string(host.payload("tensors.json")).unwrap();
            assert_eq!(text, written.without_layouts().canonical(), "{sink} {source}");
            assert_eq!(done.batches, Some(6));
        }
    }
}

#[test]
fn tensors_that_break_off_or_contradict_themselves_are_rejected() {
    let host = Host::start().unwrap();
    let (id, sink, options) = (host.id(), Sink::Path, WriteOptions::default());
    let of = |tensor: Value| {
        let text = Tensors::from_natural(&json!([tensor])).unwrap().canonical();
        ProduceInput::Tensors(serde_json::from_str::<Value>(&text).unwrap()["tensors"].take())
    };
    let input = of(json!({"kind": "dense", "type": "int8", "shape": [2], "values": [1, 2]}));
    let request =
        Request::Produce { id, input, onto: None, format: Format::Stream, sink, options, out: "t.arrows".into() };
    done(host.ask(id, &request));
    let (path, id) = (host.payload("t.arrows"), host.id());
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let observe = Observe { via: Via::Tensors, dump: false, out: "none.json".into(), expected: None };
    let read = read(Format::Stream, Source::Path);
    let broken = rejection(host.ask(id, &Request::Consume { id, path, read, observe }));
    assert_eq!((broken.phase, broken.error_type.as_str()), (Phase::Batch, "ARROWIPC_INVALID_DATA"));

    let (id, options) = (host.id(), WriteOptions::default());
    let outside =
        json!({"kind": "coo", "type": "int8", "shape": [2], "canonical": true, "indices": [[2]], "values": [1]});
    let request = Request::Produce {
        id,
        input: of(outside),
        onto: None,
        format: Format::Stream,
        sink,
        options,
        out: "u.arrows".into(),
    };
    let refused = rejection(host.ask(id, &request));
    assert_eq!(refused.phase, Phase::Write);
    assert!(refused.message.contains("indices[0, 0] is 2, the dimension has length 2"), "{}", refused.message);
}

#[test]
fn facts_tell_where_the_bytes_are() {
    const BODY: i64 = 200 * 5000 * 8;
    let host = Host::start().unwrap();
    let json = sequence(200, 5000);
    let expected = parse(&json);
    let (path, written) = produce(&host, &json, Format::File, Sink::Path, WriteOptions::default());
    // Generated batches are made one at a time, and written so.
    assert!(written.facts["write_peak"].as_i64().unwrap() < BODY / 4, "{:?}", written.facts);
    let facts = |source, access| {
        assert_reads(&host, &path, ReadRequest { access, ..read(Format::File, source) }, &expected).facts
    };
    for source in [Source::MemoryMap, Source::Memory] {
        for access in Access::ALL {
            let facts = facts(source, *access);
            assert_eq!(facts["in_map"], true, "{source} {access}");
            assert!(facts["allocated"].as_i64().unwrap() < BODY / 4, "{source} {access}: {facts:?}");
        }
    }
    let all = facts(Source::Path, Access::All);
    assert!(all["allocated"].as_i64().unwrap() >= BODY && all["peak"].as_i64().unwrap() >= BODY, "{all:?}");
    let next = facts(Source::Path, Access::Next);
    // Memory of batches that were let go is used again, so that all that is copied takes little.
    assert!(next["statistics"]["bytes_copied"].as_i64().unwrap() >= BODY, "{next:?}");
    assert!(next["peak"].as_i64().unwrap() < BODY / 4, "{next:?}");
    assert!(!next.contains_key("in_map"));
    assert_eq!((&next["num_batches"], &next["num_rows"]), (&json!(200), &json!(1_000_000)));
    assert_eq!(next["statistics"]["batches"], 200);

    let options = WriteOptions { compression: Some(Compression::Lz4), ..Default::default() };
    let (compressed, _) = produce(&host, &json, Format::File, Sink::Path, options);
    let done = assert_reads(&host, &compressed, read(Format::File, Source::MemoryMap), &expected);
    assert_eq!(done.facts["in_map"], false);
}

#[test]
fn nested_buffers_count_as_in_the_map() {
    let host = Host::start().unwrap();
    for format in [Format::Stream, Format::File] {
        let path = produce_data(&host, format);
        for source in [Source::MemoryMap, Source::Memory] {
            let done = assert_reads(&host, &path, read(format, source), &data());
            assert_eq!(done.facts["in_map"], true, "{format} {source}");
        }
    }
}

#[test]
fn a_file_that_cannot_be_sought_is_rejected_when_it_is_opened() {
    let host = Host::start().unwrap();
    let path = produce_data(&host, Format::File);
    for source in [Source::Socket, Source::Pipe] {
        let rejection = rejection(host.consume(&path, read(Format::File, source)));
        assert_eq!((rejection.phase, rejection.batches_before), (Phase::Open, Some(0)), "{rejection:?}");
        assert_eq!(rejection.error_type, "ARROWIPC_UNSUPPORTED");
    }
}

#[test]
fn broken_bytes_are_rejected_where_they_are_found() {
    let host = Host::start().unwrap();
    let stream = std::fs::read(produce_data(&host, Format::Stream)).unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = host.payload(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let truncated = write("truncated.arrows", &stream[..stream.len() - 100]);
    for source in Source::ALL {
        for access in [Access::Next, Access::All, Access::CStream] {
            let rejection =
                rejection(host.consume(&truncated, ReadRequest { access, ..read(Format::Stream, *source) }));
            assert_eq!(
                (rejection.phase, rejection.batches_before),
                (Phase::Batch, Some(1)),
                "{source} {access}: {rejection:?}"
            );
            assert_eq!(rejection.error_type, "ARROWIPC_INVALID_DATA", "{source} {access}");
            assert!(rejection.message.contains(", message "), "{}", rejection.message);
        }
    }
    let cut_schema = write("cut-schema.arrows", &stream[..40]);
    assert_eq!(rejection(host.consume(&cut_schema, read(Format::Stream, Source::Path))).phase, Phase::Schema);
    let no_footer = write("no-footer.arrow", &stream);
    assert_eq!(rejection(host.consume(&no_footer, read(Format::File, Source::Path))).phase, Phase::Open);
    let nothing = host.payload("no such file");
    let rejected = rejection(host.consume(&nothing, read(Format::File, Source::Path)));
    assert_eq!((rejected.phase, rejected.error_type.as_str()), (Phase::Open, "ARROWIPC_IO"));
    assert!(rejected.message.contains("no such file: No such file or directory (os error 2)"), "{}", rejected.message);
}

#[test]
fn a_changed_dictionary_is_written_as_the_option_says() {
    let column =
        |values: &str, dictionary: &str| format!(r#"{{"values":{values},"layout":{{"dictionary":{dictionary}}}}}"#);
    let json = format!(
        r#"{{"schema":{{"fields":[{{"name":"d","type":"utf8","nullable":true,"metadata":[],"dictionary":{{"index":"int8","ordered":false}},"children":[]}}],"metadata":[]}},
            "batches":[{{"rows":1,"metadata":[],"columns":[{}]}},{{"rows":2,"metadata":[],"columns":[{}]}}]}}"#,
        column(r#"["a"]"#, r#"["a"]"#),
        column(r#"["b","a"]"#, r#"["a","b"]"#)
    );
    let host = Host::start().unwrap();
    let expected = parse(&json);
    let table =
        [(Dictionaries::Replace, [2, 0, 1]), (Dictionaries::Delta, [2, 1, 0]), (Dictionaries::Unify, [2, 1, 0])];
    for (dictionaries, counts) in table {
        let options = WriteOptions { dictionaries: Some(dictionaries), ..Default::default() };
        let (path, _) = produce(&host, &json, Format::Stream, Sink::Path, options);
        let facts = assert_reads(&host, &path, read(Format::Stream, Source::Path), &expected).facts;
        let found = ["dictionaries", "deltas", "replacements"].map(|name| facts["statistics"][name].as_i64().unwrap());
        assert_eq!(found, counts, "{dictionaries}");
    }
}
