//! The exported functions, as C and C++ programs see them.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use arrowipc_kit::value::Document;

pub const DOCUMENT: &str = concat!(
    r#"{"schema":{"fields":[{"name":"s","type":"utf8","nullable":true,"metadata":[],"children":[]}],"metadata":[]},"#,
    r#""batches":[{"rows":2,"metadata":[["k","v"]],"columns":[["a",null]]},{"rows":1,"metadata":[],"columns":[["b"]]}]}"#,
);

pub fn kit() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folder with the shared library that was built with this test.
pub fn library_folder() -> PathBuf {
    let deps = env::current_exe().unwrap().parent().unwrap().to_owned();
    let name = format!("{}arrowipc_kit{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let folders = [deps.clone(), deps.parent().unwrap().to_owned()];
    folders.into_iter().find(|folder| folder.join(&name).exists()).unwrap_or_else(|| panic!("{name} is not built"))
}

pub fn compiler(variable: &str, default: &str) -> Command {
    Command::new(env::var(variable).unwrap_or_else(|_| default.to_owned()))
}

pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}\n{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// Compiles the program against the header and links it to the library.
fn compile(folder: &Path) -> PathBuf {
    let program = folder.join("functions");
    let library = library_folder();
    let mut command = compiler("CC", "cc");
    command.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-o"]).arg(&program);
    command.arg(kit().join("tests/kit/functions.c")).arg("-I").arg(kit().join("include"));
    command.arg("-L").arg(&library).arg("-larrowipc_kit").arg(format!("-Wl,-rpath,{}", library.display()));
    run(&mut command);
    program
}

#[test]
fn a_c_program_builds_and_observes() {
    let folder = tempfile::tempdir().unwrap();
    let program = compile(folder.path());
    fs::write(folder.path().join("in.json"), DOCUMENT).unwrap();
    let printed = run(Command::new(program).args(["in.json", "dump.json"]).current_dir(folder.path()));
    let document = Document::from_json(DOCUMENT.as_bytes()).unwrap();
    // A stream carries no metadata of batches.
    let bare = Document::from_json(DOCUMENT.replace(r#"["k","v"]"#, "").as_bytes()).unwrap();
    let expected = [
        r#"error before any: """#.to_owned(),
        format!("stream: {}, 2 batches, 3 rows, released 1", bare.digest()),
        "schema released 1".to_owned(),
        "array released 1".to_owned(),
        "array released 1".to_owned(),
        format!("batches: {}, 2 batches", document.digest()),
        "metadata of batch 0: 1 pairs".to_owned(),
        "metadata of batch 1: none".to_owned(),
        "metadata of batch 2: batch 2 is asked for of 2".to_owned(),
        "metadata of batch -1: batch -1 is asked for of 2".to_owned(),
        "child of 2 rows".to_owned(),
        "faults so far: []".to_owned(),
        concat!(
            r#"faults with an array and one ahead: ["#,
            r#""the consumer has not released 2 arrays (clause cdata-release-called-once)","#,
            r#""the consumer has not released 1 stream (clause cstream-release)"]"#,
        )
        .to_owned(),
        "faults at the end: []".to_owned(),
        "missing file: 1, release 1".to_owned(),
        "no such file: No such file or directory (os error 2)".to_owned(),
        "NULL path: 1".to_owned(),
        "argument `json_path` is NULL".to_owned(),
        "NULL out: 1".to_owned(),
        "argument `out` is NULL".to_owned(),
        "released stream: 1".to_owned(),
        "the stream is released (clause cdata-released-input)".to_owned(),
        "NULL observer: 1".to_owned(),
        "argument `observer` is NULL".to_owned(),
        "dump nowhere: 1, schema released 1".to_owned(),
        "no/such/folder: No such file or directory (os error 2)".to_owned(),
    ];
    assert_eq!(printed.lines().collect::<Vec<_>>(), expected);
    assert_eq!(fs::read_to_string(folder.path().join("dump.json")).unwrap(), DOCUMENT);
}

#[test]
fn the_headers_are_cpp_too() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("header.cpp");
    let headers = ["arrowipc_kit.h", "arrowipc_kit.h", "arrowipc_adapter.h", "arrowipc_adapter.h"];
    fs::write(&source, headers.map(|header| format!("#include \"{header}\"\n")).concat()).unwrap();
    let mut command = compiler("CXX", "c++");
    command.args(["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-I"]);
    run(command.arg(kit().join("include")).arg(source));
}

/// Names that begin with `arrowipc_kit_` and are followed by a parenthesis, behind `before`.
fn functions(text: &str, before: &str) -> BTreeSet<String> {
    let names = text.match_indices("arrowipc_kit_").filter(|(start, _)| text[..*start].ends_with(before));
    let names = names.filter_map(|(start, _)| {
        let rest = &text[start..];
        let end = rest.find(|character: char| character != '_' && !character.is_ascii_alphanumeric())?;
        rest[end..].starts_with('(').then(|| rest[..end].to_owned())
    });
    names.collect()
}

#[test]
fn header_and_protocol_name_every_exported_function() {
    let sources = ["src/ffi.rs", "src/serve/abi.rs"].map(|file| fs::read_to_string(kit().join(file)).unwrap());
    let header = fs::read_to_string(kit().join("include/arrowipc_kit.h")).unwrap();
    let declared = header.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()));
    let exported = functions(&sources.concat(), "extern \"C\" fn ");
    assert_eq!(functions(&declared.collect::<Vec<_>>().join("\n"), ""), exported);
    let protocol = fs::read_to_string(kit().join("../docs/protocol.md")).unwrap();
    for function in exported {
        assert!(protocol.contains(&format!("`{function}")), "docs/protocol.md does not name {function}");
    }
}
