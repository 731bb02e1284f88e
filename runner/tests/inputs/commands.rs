//! The commands as they are typed: exit codes, messages, pipes, and inputs of any size.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use arrowipc_runner::case::options::Format;
use arrowipc_runner::wire::assemble::assemble;
use arrowipc_runner::wire::parse::{MAGIC, parse};
use arrowipc_runner::wire::section;
use arrowipc_runner::workspace::Workspace;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// The example of the guide.
pub fn orders() -> PathBuf {
    Workspace::find().unwrap().root.join("examples/inputs/orders.arrow")
}

pub fn arrowipc(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arrowipc")).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_arrowipc"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("{output:?}"))
}

/// A file with these bytes.
fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

#[test]
fn exit_codes_tell_whether_an_input_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(orders()).unwrap();
    let (whole, cut) = (file(&folder, "whole", &bytes), file(&folder, "cut", &bytes[..bytes.len() - 100]));
    for command in ["inspect", "validate", "cat"] {
        assert_eq!(code(&arrowipc(&[command, &whole])), 0, "{command}");
        assert_eq!(code(&arrowipc(&[command, &cut])), 1, "{command}");
        assert_eq!(code(&arrowipc(&[command, "no such file"])), 2, "{command}");
        assert_eq!(code(&arrowipc(&[command, &whole, "--no-such-option"])), 2, "{command}");
    }
    assert_eq!(code(&arrowipc(&["diff", &whole, &whole])), 0);
    let out = folder.path().join("saved").display().to_string();
    assert_eq!(code(&arrowipc(&["recover", &cut, &out])), 0);
    assert_eq!(code(&arrowipc(&["diff", "--logical", &whole, &out])), 0);
    assert_eq!(code(&arrowipc(&["diff", &whole, &cut])), 1);
    assert_eq!(code(&arrowipc(&["recover", &cut, "/no/such/folder/out"])), 2);
}

#[test]
fn what_is_no_arrow_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let parquet = file(&folder, "data.arrow", b"PAR1\x15\x04\x15");
    for command in ["inspect", "validate", "cat"] {
        let output = arrowipc(&[command, &parquet]);
        let expected = format!(
            "error: {parquet} is no Arrow IPC, it looks like a Parquet file: open it with a reader of Parquet\n"
        );
        assert_eq!((code(&output), text(&output.stderr)), (1, expected), "{command}");
    }
}

#[test]
fn a_cut_file_is_told_what_to_do_about() {
    let bytes = std::fs::read(orders()).unwrap();
    let output = piped(&["inspect", "-"], &bytes[..bytes.len() - 100]);
    let shown = text(&output.stdout);
    assert!(shown.ends_with("`arrowipc recover` saves the batches in front\n"), "{shown}");
    let output = piped(&["cat", "-"], &bytes[..bytes.len() - 100]);
    let said = text(&output.stderr);
    let next = "`arrowipc validate` tells all that is wrong, `arrowipc recover` saves the whole batches\n";
    assert!(said.starts_with("error: standard input: footer.magic (bytes ") && said.ends_with(next), "{said}");
}

#[test]
fn nobody_reading_the_rest_is_no_error() {
    let orders = orders().display().to_string();
    for command in
        ["inspect --hex", "inspect --json --map", "validate", "cat", "cat --format csv", "cat --format jsonl"]
    {
        let line = format!("{} {command} '{orders}' | true; exit ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_arrowipc"));
        let output = Command::new("bash").args(["-c", &line]).output().unwrap();
        assert_eq!((code(&output), text(&output.stderr)), (0, String::new()), "{command}");
    }
}

#[test]
fn rows_are_chosen_by_column_batch_and_number() {
    let orders = orders().display().to_string();
    let cat = |more: &[&str]| arrowipc(&[&["cat", &orders, "--format", "jsonl"], more].concat());
    assert_eq!(
        text(&cat(&["--columns", "total,0", "--head", "1", "--batch", "1"]).stdout),
        "{\"total\":\"7.25\",\"id\":4}\n"
    );
    assert_eq!(text(&cat(&["--head", "0"]).stdout), "");
    let unknown = cat(&["--columns", "price"]);
    let there = "id, customer, country, total, placed, items";
    let expected = format!("error: {orders}: there is no column 'price'; there are {there}\n");
    assert_eq!((code(&unknown), text(&unknown.stderr)), (2, expected));
    let unknown = cat(&["--batch", "2"]);
    let expected = format!("error: {orders}: there is no record batch 2; there are 2, numbered from 0\n");
    assert_eq!((code(&unknown), text(&unknown.stderr)), (2, expected));
}

#[test]
fn json_says_what_the_text_says() {
    let orders = orders().display().to_string();
    let output = text(&arrowipc(&["inspect", "--json", "--hex", &orders]).stdout);
    let lines: Vec<Json> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut at = 0;
    for part in lines.iter().filter_map(|line| line.get("part")) {
        assert_eq!(part["start"], at);
        for range in part["ranges"].as_array().unwrap() {
            assert_eq!(range["start"], at);
            at = range["end"].as_u64().unwrap();
        }
        assert_eq!(part["end"], at);
    }
    assert_eq!(at, std::fs::metadata(&orders).unwrap().len());
    assert_eq!(lines.last().unwrap(), &json!({"end": {"stop": null}}));
    let output = text(&arrowipc(&["validate", "--format", "json", &orders]).stdout);
    let validation: Json = serde_json::from_str(&output).unwrap();
    assert_eq!(validation["rows"], 5);
    assert_eq!((&validation["findings"], &validation["left_out"]), (&json!([]), &json!([])));
}

#[test]
fn a_message_that_is_not_there_is_told() {
    let orders = orders().display().to_string();
    let output = arrowipc(&["inspect", "--message", "9", &orders]);
    let expected = format!("error: {orders} has 4 messages, numbered from 0, and none is 9\n");
    assert_eq!((code(&output), text(&output.stderr)), (2, expected));
}

/// A body of that many bytes, which lie nowhere on the disk.
const HUGE: u64 = 20 << 30;

/// A stream, or a file, of one batch with a column of 64-bit numbers and a huge body.
fn huge(folder: &Path, format: Format) -> PathBuf {
    let batch = json!({"record_batch": {
        "length": HUGE / 8, "nodes": [[HUGE / 8, 0]], "buffers": [[0, 0], [0, HUGE]],
    }, "bodyLength": HUGE, "version": "V5"});
    let schema = json!({"schema": {"fields": [
        {"name": "n", "type": {"Int": {"bitWidth": 64, "is_signed": true}}, "nullable": true, "children": []},
    ]}, "version": "V5"});
    let lay_out = |parts: &[Json]| assemble(&section::read(&json!(parts), Format::Stream).unwrap()).bytes;
    let (schema, batch) = (lay_out(std::slice::from_ref(&schema)), lay_out(&[schema.clone(), batch]));
    let path = folder.join(format!("huge.{}", format.extension()));
    let file = File::create(&path).unwrap();
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        file.write_all_at(bytes, at).unwrap();
        at += bytes.len() as u64;
        at
    };
    if format == Format::File {
        put(b"ARROW1\0\0");
    }
    put(&schema);
    let head = batch.len() - schema.len();
    let start = put(&batch[schema.len()..]) - head as u64;
    at += HUGE;
    let mut put = |bytes: &[u8]| {
        file.write_all_at(bytes, at).unwrap();
        at += bytes.len() as u64;
    };
    put(b"\xff\xff\xff\xff\0\0\0\0");
    if format == Format::File {
        let parsed = parse(&schema, Format::Stream);
        let table = parsed.messages[0].table.table("header").unwrap().clone();
        let footer = arrowipc_runner::wire::tree::Table::new(&arrowipc_runner::wire::format::FOOTER);
        let block = vec![start as i64, head as i64, HUGE as i64];
        use arrowipc_runner::wire::tree::Value;
        let footer = footer
            .with("version", Value::Scalar(4))
            .with("schema", Value::Table(table))
            .with("dictionaries", Value::Vector(Vec::new()))
            .with("recordBatches", Value::Vector(vec![Value::Struct(block).into()]));
        let footer = arrowipc_runner::wire::flatbuffer::write::root(&footer);
        put(&footer);
        put(&(footer.len() as i32).to_le_bytes());
        put(MAGIC);
    }
    path
}

#[test]
fn twenty_gigabytes_are_looked_at_without_being_read_into_memory() {
    let folder = tempfile::tempdir().unwrap();
    for format in [Format::Stream, Format::File] {
        let path = huge(folder.path(), format).display().to_string();
        for (command, expected) in [
            ("inspect", "body of 21474836480 bytes"),
            ("inspect --message 1", "batch[0].column[n].data"),
            ("validate", "breaks no must"),
            ("cat --head 2 --format csv", "n\r\n0\r\n0\r\n"),
        ] {
            // Memory that a process asks for, maps of files left out.
            let line = format!("ulimit -d 262144; exec {} {command} '{path}'", env!("CARGO_BIN_EXE_arrowipc"));
            let output = Command::new("bash").args(["-c", &line]).output().unwrap();
            assert_eq!(code(&output), 0, "{command}: {}", text(&output.stderr));
            assert!(text(&output.stdout).contains(expected), "{command}: {}", text(&output.stdout));
        }
        std::fs::remove_file(path).unwrap();
    }
}
