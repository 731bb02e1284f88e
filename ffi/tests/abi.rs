//! What a released header promised still holds: programs that were compiled with it run with today's library, and compile with
//! today's header. `ffi/tests/released/` has the headers; docs/versioning.md says when one is added.

mod programs;

use programs::{Compiler, Language};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The headers that were released with this major version, with their names.
fn released() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/released");
    let mut headers: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "h"))
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            (name, fs::read_to_string(path).expect("a text"))
        })
        .collect();
    headers.sort();
    assert!(!headers.is_empty(), "no header was released");
    headers
}

/// A public structure: its name and those of its members.
struct Structure<'a> {
    name: &'a str,
    members: Vec<&'a str>,
}

fn structures(header: &str) -> Vec<Structure<'_>> {
    let mut found: Vec<Structure<'_>> = Vec::new();
    let mut open = false;
    for line in header.lines() {
        if let Some(name) = line.strip_prefix("typedef struct ").and_then(|line| line.strip_suffix(" {")) {
            found.push(Structure { name, members: Vec::new() });
            open = true;
        } else if line.starts_with('}') {
            open = false;
        } else if let (true, Some(declaration)) = (open, line.trim().strip_suffix(';')) {
            // `int32_t (*read)(void *ctx)` or `const int64_t *shape`; comments end otherwise.
            let name = match declaration.split_once("(*") {
                Some((_, rest)) => rest.split(')').next(),
                None => declaration.rsplit([' ', '*']).next(),
            };
            found.last_mut().expect("a structure").members.push(name.expect("a name"));
        }
    }
    found
}

/// A program that compiles only where today's header has everything that `released` has, as it was: C takes the same macro and the
/// same declaration twice, and nothing else. Structures may have grown at their end.
fn comparison(released: &str) -> String {
    let structures = structures(released);
    // Released structures get a name of their own; the version is what may differ.
    let mut again: String = released
        .lines()
        .filter(|line| !line.starts_with("#define ARROWIPC_VERSION"))
        .fold(String::new(), |text, line| text + line + "\n");
    for Structure { name, .. } in &structures {
        again = again.replace(&format!("typedef struct {name} {{"), &format!("typedef struct released_{name} {{"));
        again = again.replace(&format!("}} {name};"), &format!("}} released_{name};"));
    }
    let mut program = format!("#include \"arrowipc.h\"\n#undef ARROWIPC_H_INCLUDED\n{again}");
    for Structure { name, members } in &structures {
        let _ = writeln!(program, "_Static_assert(sizeof({name}) >= sizeof(released_{name}), \"{name} shrank\");");
        for member in members {
            let _ = writeln!(
                program,
                "_Static_assert(offsetof({name}, {member}) == offsetof(released_{name}, {member}), \"{name}.{member} moved\");\n\
                 _Static_assert(_Generic(&(({name} *)0)->{member}, __typeof__(&((released_{name} *)0)->{member}): 1, default: 0),\n  \
                 \"{name}.{member} has another type\");"
            );
        }
    }
    program
}

/// What the compiler says about the comparison of a header with today's.
fn compared(released: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("comparison.c");
    fs::write(&source, comparison(released)).expect("a source");
    Compiler::new(Language::C).accepts("gnu11", &source)
}

/// The functions that a header declares.
fn functions(header: &str) -> Vec<&str> {
    let mut names: Vec<_> = header
        .split("ARROWIPC_API")
        .filter_map(|rest| rest.split_once('(').and_then(|(head, _)| head.rsplit([' ', '*']).next()))
        .filter(|name| name.starts_with("arrowipc_"))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[test]
fn todays_header_has_what_released_ones_have() {
    for (name, header) in released() {
        let found: Vec<_> =
            structures(&header).iter().map(|structure| (structure.name, structure.members.len())).collect();
        assert!(found.contains(&("arrowipc_source_callbacks", 5)), "{name}: {found:?}");
        assert!(found.iter().all(|(_, members)| *members > 0), "{name}: {found:?}");
        if let Err(said) = compared(&header) {
            panic!("the ABI of {name} is broken; this needs another major version (docs/versioning.md):\n{said}");
        }
    }
}

/// Each of these changes of a released header stands for a change of today's.
#[test]
fn a_broken_promise_is_noticed() {
    for (from, to, said) in [
        ("#define ARROWIPC_IO 7", "#define ARROWIPC_IO 17", "\"ARROWIPC_IO\" redefined"),
        ("const char *arrowipc_version(void);", "uint32_t arrowipc_version(void);", "conflicting types for"),
        ("  int64_t deltas;\n", "  int32_t deltas;\n", "arrowipc_read_statistics.deltas has another type"),
        ("  int64_t deltas;\n", "", "arrowipc_read_statistics.replacements moved"),
        ("  int64_t bytes_copied;\n", "  int64_t bytes_copied;\n  int64_t gone;\n", "has no member named"),
    ] {
        let (_, header) = released().pop().expect("a header");
        let changed = header.replacen(from, to, 1);
        assert_ne!(changed, header, "{from}");
        let error = compared(&changed).expect_err(to);
        assert!(error.contains(said), "{error}");
    }
}

/// A folder with a released header under its own name, and the library.
fn as_released(header: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("arrowipc.h"), header).expect("a header");
    programs::install_library(folder.path());
    let program = folder.path().join("program");
    (folder, program)
}

#[test]
fn the_library_has_every_function_of_released_headers() {
    for (name, header) in released() {
        let functions = functions(&header);
        assert!(functions.len() > 50, "{name}: {functions:?}");
        let mut text = "#include \"arrowipc.h\"\nint main(void) {\n  int missing = 0;\n".to_owned();
        for function in &functions {
            let _ =
                writeln!(text, "  {{ void (*volatile f)(void) = (void (*)(void)) {function}; missing += f == 0; }}");
        }
        text += "  return missing;\n}\n";
        for (language, standard) in [(Language::C, "c99"), (Language::Cpp, "c++11")] {
            let (folder, program) = as_released(&header);
            let source = folder.path().join("functions").with_extension(language.extension());
            fs::write(&source, &text).expect("a source");
            let flags = ["-Wno-cast-function-type"];
            Compiler::new(language).link(standard, &flags, &source, folder.path(), &program);
            programs::succeed(&mut Command::new(&program));
        }
    }
}

#[test]
fn programs_of_released_headers_run() {
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/consumers/program.c");
    let text = fs::read_to_string(text).expect("the program");
    for (name, header) in released() {
        let version = name.trim_start_matches("arrowipc-").trim_end_matches(".h");
        // Beside the source it is found with quotes.
        let text = text.replace("#include <arrowipc.h>", "#include \"arrowipc.h\"");
        for (language, standard) in [(Language::C, "c99"), (Language::Cpp, "c++11")] {
            let (folder, program) = as_released(&header);
            let source = folder.path().join("program").with_extension(language.extension());
            fs::write(&source, &text).expect("a source");
            Compiler::new(language).link(standard, &[], &source, folder.path(), &program);
            let output = programs::succeed(&mut Command::new(&program));
            let library = env!("CARGO_PKG_VERSION");
            assert_eq!(
                String::from_utf8_lossy(&output.stdout),
                format!("libarrowipc {library}, header {version}: the sum is 321, 0 bytes are left\n"),
            );
        }
    }
}
