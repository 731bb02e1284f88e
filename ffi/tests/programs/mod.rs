//! C and C++ programs for the tests: found compilers, the shared library, and where it lies.
#![allow(dead_code, reason = "each test uses its part")]

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

/// What is an error in every program and in the headers.
const WARNINGS: [&str; 6] = ["-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Wshadow", "-Werror"];

/// Memory errors, leaks and undefined behaviour end a program that is compiled with these.
pub const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// Language of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    C,
    Cpp,
}

impl Language {
    pub fn extension(self) -> &'static str {
        match self {
            Language::C => "c",
            Language::Cpp => "cpp",
        }
    }
}

/// A compiler: `CC` or `CXX` of the environment, with its flags, or the platform's.
pub struct Compiler {
    command: Vec<String>,
}

impl Compiler {
    pub fn new(language: Language) -> Self {
        let (variable, default) = match language {
            Language::C => ("CC", "cc"),
            Language::Cpp => ("CXX", "c++"),
        };
        let command = env::var(variable).unwrap_or_else(|_| default.to_owned());
        Compiler { command: command.split_whitespace().map(str::to_owned).collect() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).args(WARNINGS).arg("-I").arg(include_folder());
        command
    }

    /// Whether the compiler has a language standard.
    pub fn knows(&self, standard: &str) -> bool {
        let language = if standard.starts_with("c++") { "c++" } else { "c" };
        let mut command = Command::new(&self.command[0]);
        command.args([&format!("-std={standard}"), "-x", language, "-fsyntax-only", "/dev/null"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the compiler runs").success()
    }

    /// Compiles a source to an object file.
    pub fn compile(&self, standard: &str, source: &Path, object: &Path) {
        let mut command = self.command();
        command.arg(format!("-std={standard}")).arg("-c").arg(source).arg("-o").arg(object);
        succeed(&mut command);
    }

    /// Whether a source has no error and no warning, with what the compiler said.
    pub fn accepts(&self, standard: &str, source: &Path) -> Result<(), String> {
        let output = self.command().arg(format!("-std={standard}")).arg("-fsyntax-only").arg(source).output();
        let output = output.expect("the compiler runs");
        if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
    }

    /// Whether the compiler has the sanitizers, proved by a program that must be caught.
    pub fn has_sanitizers(&self) -> bool {
        let folder = tempfile::tempdir().expect("a folder");
        let (source, program) = (folder.path().join("wrong.c"), folder.path().join("wrong"));
        let wrong = "#include <stdlib.h>\nint main(void) { char *p = malloc(1); free(p); return *p; }\n";
        fs::write(&source, wrong).expect("a source");
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).args(SANITIZERS).args(["-x", "c"]).arg(&source).arg("-o").arg(&program);
        if !command.output().expect("the compiler runs").status.success() {
            return false;
        }
        let output = Command::new(&program).output().expect("the program runs");
        let caught = String::from_utf8_lossy(&output.stderr).contains("heap-use-after-free");
        assert!(caught, "the sanitizer did not see a use after free: {output:?}");
        true
    }

    /// Compiles a source and links it with the library in `libraries`, which the program finds there again. Headers that lie beside
    /// the source come before the library's own.
    pub fn link(&self, standard: &str, flags: &[&str], source: &Path, libraries: &Path, program: &Path) {
        let mut command = self.command();
        command.arg(format!("-std={standard}")).args(["-g", "-pthread"]).args(flags).arg(source).arg("-o").arg(program);
        command.arg("-L").arg(libraries).arg(format!("-Wl,-rpath,{}", libraries.display())).arg("-larrowipc");
        succeed(&mut command);
    }
}

/// Runs a command that must succeed, and answers what it printed.
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// The folder of `arrowipc.h`.
pub fn include_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../include")
}

/// The shared library of the profile that the test was built with.
///
/// `cargo test` builds it but does not put it where programs look for it, and with `--lib` not at all; asking
/// cargo for it costs nothing when it is there, and cargo answers where that is. The lock on the target
/// folder is free while tests run.
pub fn shared_library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        build.args(["build", "--package", "arrowipc", "--lib", "--message-format", "json", "--profile", &profile()]);
        let output = succeed(&mut build);
        let messages = String::from_utf8_lossy(&output.stdout);
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|message| message["target"]["name"] == "arrowipc")
            .filter_map(|message| message["filenames"].as_array().cloned())
            .flatten()
            .filter_map(|name| name.as_str().map(PathBuf::from))
            .find(|path| path.extension().is_some_and(|extension| extension == "so"))
            .expect("cargo names the shared library")
    })
}

/// The profile of this test, which lies in `<target>/<profile folder>/deps/`.
fn profile() -> String {
    let test = env::current_exe().expect("the test has a path");
    let folder = test.parent().and_then(Path::parent).and_then(Path::file_name).and_then(|name| name.to_str());
    match folder {
        None | Some("debug") => "dev".to_owned(),
        Some(folder) => folder.to_owned(),
    }
}

/// A folder with the library as an installation has it.
///
/// The name in the library (SONAME, see `build.rs`) is `libarrowipc.so.0`, and that is what the loader looks
/// for when a program starts; the file that cargo makes is `libarrowipc.so`, which is what the linker looks
/// for. Here are links of both names.
pub fn install_library(folder: &Path) {
    for name in ["libarrowipc.so", "libarrowipc.so.0"] {
        let link = folder.join(name);
        if fs::symlink_metadata(&link).is_err() {
            symlink(shared_library(), &link).expect("a link");
        }
    }
}
