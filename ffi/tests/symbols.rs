//! The shared library exports what the header declares and nothing else, under its own name.

mod programs;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The functions that the header declares.
fn declared() -> BTreeSet<String> {
    let text = fs::read_to_string(programs::include_folder().join("arrowipc.h")).expect("the header is there");
    text.split("ARROWIPC_API ")
        .chain(text.split("ARROWIPC_API\n"))
        .skip(1)
        .filter_map(|rest| rest.split_once('(').map(|(head, _)| head))
        .filter_map(|head| head.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("arrowipc_"))
        .map(str::to_owned)
        .collect()
}

fn exported() -> BTreeSet<String> {
    let output = programs::succeed(Command::new("nm").args(["-D", "--defined-only"]).arg(programs::shared_library()));
    let output = String::from_utf8(output.stdout).expect("UTF-8");
    output.lines().filter_map(|line| line.split_whitespace().nth(2)).map(str::to_owned).collect()
}

#[test]
fn exported_are_the_functions_of_the_header() {
    let declared = declared();
    assert!(declared.len() > 50, "{declared:?}");
    assert_eq!(exported(), declared);
}

#[test]
fn library_has_a_name_with_the_major_version() {
    let output = programs::succeed(Command::new("readelf").arg("-d").arg(programs::shared_library()));
    let output = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.contains("Library soname: [libarrowipc.so.0]"), "{output}");
}

/// A new function must be tried with NULL.
#[test]
fn every_function_is_called_with_null() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/null_arguments.c");
    let program = fs::read_to_string(program).expect("the program is there");
    let missing: Vec<_> = declared().into_iter().filter(|name| !program.contains(&format!("{name}("))).collect();
    assert!(missing.is_empty(), "not in null_arguments.c: {missing:?}");
}
