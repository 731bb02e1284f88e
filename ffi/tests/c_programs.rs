//! C and C++ programs against the shared library, compiled with warnings as errors, each run in a folder of
//! its own.

mod programs;

use programs::{Compiler, Language};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles `source`, links it with the shared library and runs it, its arguments being files in a folder of
/// its own.
fn run(source: &str, arguments: &[&str]) -> String {
    run_with(&[], source, arguments)
}

fn run_with(flags: &[&str], source: &str, arguments: &[&str]) -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    let (language, standard) = match source.extension().and_then(|extension| extension.to_str()) {
        Some("c") => (Language::C, "c99"),
        _ => (Language::Cpp, "c++17"),
    };
    let folder = tempfile::tempdir().expect("a folder");
    programs::install_library(folder.path());
    let program: PathBuf = folder.path().join("program");
    Compiler::new(language).link(standard, flags, &source, folder.path(), &program);
    let output = programs::succeed(Command::new(&program).args(arguments).current_dir(folder.path()));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn batches_go_through_every_sink_and_source() {
    run("tests/c/round_trip.c", &[]);
}

#[test]
fn threads_share_a_reader() {
    run("tests/c/shared_reader.c", &[]);
}

#[test]
fn null_is_an_error_and_never_a_crash() {
    run("tests/c/null_arguments.c", &[]);
}

#[test]
fn what_is_handed_over_is_released_once() {
    run("tests/c/ownership.c", &[]);
}

#[test]
fn failures_tell_code_place_and_message() {
    run("tests/c/errors.c", &[]);
}

#[test]
fn decoder_takes_pieces_of_every_size() {
    run("tests/c/decoder.c", &[]);
}

#[test]
fn faults_of_descriptors_are_errors_and_never_a_signal() {
    run("tests/c/faults.c", &[]);
}

#[test]
fn a_file_is_appended_to_and_stays_what_it_was_until_the_end() {
    run("tests/c/append.c", &[]);
}

#[test]
fn cpp_objects_free_themselves_and_throw() {
    run("tests/c/round_trip.cpp", &[]);
}

#[test]
fn cpp_results_hold_values_or_errors_without_exceptions() {
    run_with(&["-fno-exceptions", "-fno-rtti"], "tests/c/expected.cpp", &[]);
}

#[test]
fn tensors_go_through_every_sink_and_source() {
    run("tests/c/tensors.c", &[]);
}

#[test]
fn cpp_tensors_free_themselves_and_throw() {
    run("tests/c/tensors.cpp", &[]);
}

const TABLE: &str = "city (u), inhabitants (l)\nOslo 717710\nBergen 291940\nnull 0\n";

#[test]
fn c_example_writes_and_reads() {
    assert_eq!(run("examples/c/write_and_read.c", &["cities.arrows"]), TABLE);
}

#[test]
fn cpp_example_writes_and_reads() {
    assert_eq!(run("examples/c/write_and_read.cpp", &["cities.arrow"]), TABLE);
}

#[test]
fn c_example_receives_without_blocking() {
    let output = run("examples/c/receive.c", &[]);
    assert_eq!(output, "schema: number (l)\nbatch: 0 to 999\nbatch: 1000 to 1999\nbatch: 2000 to 2999\nend\n");
}

#[test]
fn c_example_sums_a_file_that_is_larger_than_its_memory() {
    let sum = "the sum of 16777216 numbers is 140737479966720, expected 140737479966720";
    assert_eq!(
        run("examples/c/larger_than_memory.c", &["numbers.arrow"]),
        format!("memory for the whole file: not to be had\n{sum}\nthe library took less than 1 MiB: yes\n")
    );
}

#[test]
fn c_example_reads_batches_in_threads() {
    let output = run("examples/c/threads.c", &["numbers.arrow"]);
    assert_eq!(output, "the sum of 400000 numbers is 79999800000, expected 79999800000\n");
}

#[test]
fn c_example_serves_a_stream() {
    assert_eq!(run("examples/c/serve.c", &[]), "received 5 batches, the sum is 12497500\n");
}

#[test]
fn c_example_mends_a_cut_file() {
    assert_eq!(
        run("examples/c/recover.c", &["cut.arrow", "mended.arrow"]),
        "without recovery: ARROWIPC_INVALID_DATA\nwith recovery: 4 batches, stopped by ARROWIPC_INVALID_DATA\nmended: 4 batches\n"
    );
}

#[test]
fn c_example_appends() {
    assert_eq!(run("examples/c/append.c", &["numbers.arrow"]), "3 batches, 9 rows\n");
}

#[test]
fn programs_are_clean_under_sanitizers() {
    if !Compiler::new(Language::C).has_sanitizers() {
        eprintln!("the compiler has no sanitizers");
        return;
    }
    let c = ["round_trip.c", "null_arguments.c", "ownership.c", "errors.c", "decoder.c", "faults.c", "append.c"];
    for name in c.into_iter().chain(["tensors.c"]).chain(["round_trip.cpp", "tensors.cpp", "expected.cpp"]) {
        run_with(&programs::SANITIZERS, &format!("tests/c/{name}"), &[]);
    }
    run_with(&programs::SANITIZERS, "examples/c/write_and_read.c", &["cities.arrows"]);
    run_with(&programs::SANITIZERS, "examples/c/write_and_read.cpp", &["cities.arrow"]);
    for name in ["receive.c", "threads.c", "serve.c", "recover.c", "append.c"] {
        run_with(&programs::SANITIZERS, &format!("examples/c/{name}"), &[]);
    }
}
