//! The beginnings of adapters, one a language: folders with a program that behaves and claims nothing yet.

use std::path::{Path, PathBuf};

/// The name that templates have, and that becomes the adapter's.
const NAME: &str = "my-adapter";

/// How `README.md` speaks of the adapter to the command line.
const NAMED: &str = "NAMED";

/// A language that adapters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// Python; the library speaks the Arrow PyCapsule Interface
    Python,
    /// JavaScript
    Js,
    /// C; the library speaks the C Data Interface
    C,
    /// C++; the library speaks the C Data Interface
    Cpp,
    /// Rust; the library speaks the C Data Interface
    Rust,
    /// Go; the library speaks the C Data Interface
    Go,
    /// Any program that reads IPC and writes IPC
    Filter,
}

/// A file of a template: its path, its text, whether it can be run.
type File = (&'static str, &'static str, bool);

impl Language {
    /// The files of its template, but for the page about the adapter.
    fn files(self) -> &'static [File] {
        macro_rules! file {
            ($folder:literal, $path:literal) => {
                ($path, include_str!(concat!("../templates/", $folder, "/", $path)), false)
            };
        }
        macro_rules! script {
            ($folder:literal, $path:literal) => {
                ($path, include_str!(concat!("../templates/", $folder, "/", $path)), true)
            };
        }
        match self {
            Self::Python => &[
                file!("python", "adapter.toml"),
                file!("python", "adapter.py"),
                ("arrowipc_adapter.py", include_str!("../../kit/python/arrowipc_adapter.py"), false),
            ],
            Self::Js => &[
                file!("js", "adapter.toml"),
                file!("js", "adapter.mjs"),
                ("arrowipc-adapter.mjs", include_str!("../../kit/js/arrowipc-adapter.mjs"), false),
            ],
            Self::C => &[file!("c", "adapter.toml"), script!("c", "setup.sh"), file!("c", "adapter.c")],
            Self::Cpp => &[file!("cpp", "adapter.toml"), script!("cpp", "setup.sh"), file!("cpp", "adapter.cc")],
            Self::Rust => &[
                file!("rust", "adapter.toml"),
                script!("rust", "setup.sh"),
                file!("rust", "Cargo.toml"),
                file!("rust", "src/main.rs"),
            ],
            Self::Go => &[
                file!("go", "adapter.toml"),
                script!("go", "setup.sh"),
                file!("go", "go.mod"),
                file!("go", "main.go"),
                file!("go", "serve.h"),
                file!("go", "serve.c"),
            ],
            Self::Filter => &[file!("filter", "adapter.toml"), script!("filter", "filter.sh")],
        }
    }

    /// Whether its adapters are built, which is done for those of the checkout.
    pub fn is_built(self) -> bool {
        matches!(self, Self::C | Self::Cpp | Self::Rust | Self::Go)
    }

    /// The kind of its adapters, as `--adapter` has it.
    pub fn kind(self) -> &'static str {
        if self == Self::Filter { "filter" } else { "protocol" }
    }
}

/// Whether a name can be that of an adapter: of a folder, of a package in every language, and no version.
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(plain) && !name.ends_with('-')
}

/// Writes the beginning of an adapter to a new folder; `named` is how the command line knows it. Gives the files.
pub fn write(language: Language, name: &str, named: &str, folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let page = ("README.md", include_str!("../templates/README.md"), false);
    let mut written = Vec::new();
    for &(path, text, is_program) in language.files().iter().chain([&page]) {
        let file = folder.join(path);
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&file, text.replace(NAME, name).replace(NAMED, named))?;
        if is_program {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
        }
        written.push(file);
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_folders_and_packages() {
        for name in ["mine", "my-own-2"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "2x", "My", "a@1", "a/b", "a_b", "a-"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
