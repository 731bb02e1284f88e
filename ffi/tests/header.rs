//! `include/arrowipc.h` is what `ffi/src/abi/` says, in every language standard that programs use.

mod programs;

use cbindgen::{Builder, Config};
use programs::{Compiler, Language};
use std::fs;
use std::path::{Path, PathBuf};

/// The files of `ffi/src/abi/` that the header shows, in the order in which a program meets them.
const GROUPS: [&str; 14] = [
    "status",
    "error",
    "version",
    "options",
    "source",
    "sink",
    "reader",
    "stream",
    "decoder",
    "writer",
    "tensor",
    "tensor_reader",
    "tensor_writer",
    "memory",
];

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> PathBuf {
    programs::include_folder().join("arrowipc.h")
}

fn config() -> Config {
    Config::from_file(crate_folder().join("cbindgen.toml")).expect("cbindgen.toml")
}

/// The comment of a group: what the file says about itself.
fn heading(source: &str) -> String {
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<_> = lines.map(|line| format!(" *{line}").trim_end().replace('`', "")).collect();
    format!("/* {}\n{}\n */\n", "-".repeat(105), lines.join("\n"))
}

/// The declarations of a group.
fn declarations(path: &Path) -> String {
    let config = Config {
        header: None,
        include_guard: None,
        sys_includes: Vec::new(),
        after_includes: None,
        cpp_compat: false,
        ..config()
    };
    let bindings = Builder::new().with_config(config).with_src(path).generate().expect("the file can be parsed");
    let mut text = Vec::new();
    bindings.write(&mut text);
    let text = String::from_utf8(text).expect("UTF-8");
    // Structures have a tag, which C and C++ programs may use; the header itself names them in one way.
    let text = text.replace("struct arrowipc_", "arrowipc_").replace("typedef arrowipc_", "typedef struct arrowipc_");
    short_comments(&text)
}

/// Puts comments of one line on one line.
fn short_comments(text: &str) -> String {
    let lines: Vec<_> = text.lines().collect();
    let (mut result, mut i) = (String::new(), 0);
    while i < lines.len() {
        let comment = lines.get(i + 1).and_then(|line| line.trim_start().strip_prefix("* "));
        match (lines[i].strip_suffix("/**"), comment, lines.get(i + 2)) {
            (Some(indent), Some(comment), Some(end)) if end.trim() == "*/" => {
                result += &format!("{indent}/** {comment} */\n");
                i += 3;
            }
            _ => {
                result += &format!("{}\n", lines[i]);
                i += 1;
            }
        }
    }
    result
}

fn generate() -> String {
    let config = config();
    let guard = config.include_guard.as_deref().expect("a guard");
    let includes: String = config.sys_includes.iter().map(|name| format!("#include <{name}>\n")).collect();
    let mut text = format!(
        "{}\n#ifndef {guard}\n#define {guard}\n\n{includes}\n{}",
        config.header.as_deref().unwrap_or_default().trim_start(),
        config.after_includes.as_deref().unwrap_or_default().trim_start(),
    );
    for group in GROUPS {
        let path = crate_folder().join("src/abi").join(group).with_extension("rs");
        let source = fs::read_to_string(&path).expect("a file for each group");
        text += &format!("\n{}\n{}\n", heading(&source), declarations(&path).trim());
    }
    text += &format!("\n#ifdef __cplusplus\n}} /* extern \"C\" */\n#endif\n\n#endif /* {guard} */\n");
    text
}

#[test]
fn header_is_generated_from_the_sources() {
    let generated = generate();
    if std::env::var_os("ARROWIPC_BLESS").is_some() {
        fs::write(header(), &generated).expect("the header can be written");
    }
    let committed = fs::read_to_string(header()).expect("the header is there");
    let differs = committed.lines().zip(generated.lines()).position(|(committed, generated)| committed != generated);
    assert!(
        committed == generated,
        "include/arrowipc.h differs from ffi/src/abi/ from line {} on; \
         to generate it again: ARROWIPC_BLESS=1 cargo test -p arrowipc --test header",
        1 + differs.unwrap_or_else(|| committed.lines().count().min(generated.lines().count()))
    );
}

#[test]
fn every_file_with_functions_is_in_the_header() {
    for entry in fs::read_dir(crate_folder().join("src/abi")).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let exports = fs::read_to_string(&path).expect("a text").contains("#[unsafe(no_mangle)]");
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
            assert_eq!(exports, GROUPS.contains(&name), "{name}.rs and GROUPS");
        }
    }
}

#[test]
fn every_item_says_since_when_it_is_there() {
    let text = generate();
    let (mut comment, mut missing) = (String::new(), Vec::new());
    for line in text.lines() {
        match line.trim_start() {
            line if line.starts_with("/**") => comment = line.to_owned(),
            line if line.starts_with('*') => comment += line,
            line if line.starts_with("ARROWIPC_API") || line.starts_with("#define ARROWIPC_O") => {
                if !comment.contains("Since 0.") {
                    missing.push(line.to_owned());
                }
                comment.clear();
            }
            _ => {}
        }
    }
    assert!(missing.is_empty(), "without \"Since\":\n{}", missing.join("\n"));
}

#[test]
fn version_macros_are_those_of_the_package() {
    let text = generate();
    let [major, minor, patch] =
        [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")];
    for line in [
        format!("#define ARROWIPC_VERSION_MAJOR {major}\n"),
        format!("#define ARROWIPC_VERSION_MINOR {minor}\n"),
        format!("#define ARROWIPC_VERSION_PATCH {patch}\n"),
        format!("#define ARROWIPC_VERSION \"{major}.{minor}.{patch}\" "),
    ] {
        assert!(text.contains(&line), "include/arrowipc.h lacks {line}");
    }
}

#[test]
fn header_alone_compiles_in_every_c_standard() {
    compiles(Language::C, &["c99", "c11", "c17", "c2x"], "#include \"arrowipc.h\"\n#include \"arrowipc.h\"\n");
}

#[test]
fn header_alone_compiles_in_every_cpp_standard() {
    let program = "#include \"arrowipc.h\"\n#include \"arrowipc.h\"\n";
    compiles(Language::Cpp, &["c++11", "c++14", "c++17", "c++20", "c++23"], program);
}

#[test]
fn cpp_header_alone_compiles_in_every_standard_from_17() {
    let program = "#include \"arrowipc.hpp\"\n#include \"arrowipc.hpp\"\n";
    compiles(Language::Cpp, &["c++17", "c++20", "c++23"], program);
}

/// Other headers define the same structures: whichever comes first, the program compiles.
#[test]
fn header_compiles_beside_another_with_the_structures() {
    let config = config();
    let text = config.after_includes.as_deref().expect("the structures");
    let from = text.find("#ifndef ARROW_C_DATA_INTERFACE").expect("the first block");
    let to = text.find("#endif  // ARROW_C_STREAM_INTERFACE").expect("the second block");
    let other = format!("#include <stdint.h>\n{}#endif\n", &text[from..to]);
    for program in [format!("{other}#include \"arrowipc.h\"\n"), format!("#include \"arrowipc.h\"\n{other}")] {
        compiles(Language::C, &["c99"], &program);
        compiles(Language::Cpp, &["c++11"], &program);
    }
}

/// Compiles `program` with warnings as errors, in the standards that the compiler has.
fn compiles(language: Language, standards: &[&str], program: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("program").with_extension(language.extension());
    fs::write(&source, format!("{program}int main(void) {{ return 0; }}\n")).expect("a source");
    let compiler = Compiler::new(language);
    let known: Vec<_> = standards.iter().filter(|standard| compiler.knows(standard)).collect();
    assert!(!known.is_empty(), "the compiler knows none of {standards:?}");
    for standard in known {
        compiler.compile(standard, &source, &folder.path().join("program.o"));
    }
}
