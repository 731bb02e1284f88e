//! What an adapter's own script makes: a folder, once for each content of the adapter's folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::follow::follow;
use super::guard::{self, FileError};
use crate::hash::Sha;
use crate::progress::Progress;

/// The file that tells that a folder is complete.
const COMPLETE: &str = ".complete";

/// What nothing is built from, at the top of an adapter's folder.
const BESIDE: &[&str] = &["README.md", "expect.toml", "tests", "versions"];

/// What tools leave behind wherever they work.
const LEFT_BEHIND: &[&str] = &["__pycache__", "node_modules", "target"];

/// The variable with the folder of the kit's headers. A folder in which it is named is built anew when they change.
const KIT_INCLUDE: &str = "KIT_INCLUDE";

/// A script and what it works on.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    /// The adapter.
    pub id: &'a str,
    /// Its folder.
    pub folder: &'a Path,
    /// The folder of its lock files: the same, or that of a version.
    pub locks: &'a Path,
    /// The script and its arguments.
    pub run: &'a [String],
    /// Files and folders outside of the adapter's, relative to it, from which it builds as well.
    pub sources: &'a [PathBuf],
    /// The folder of the kit's headers.
    pub include: &'a Path,
}

/// A script did not make what it is there for.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// A file operation failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The script cannot be run.
    #[error("cannot run '{program}': {reason}")]
    NotRun {
        /// The script.
        program: String,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// It failed.
    #[error("'{command}' ended with {status}; its last words:\n{output}")]
    Failed {
        /// The script and its arguments.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// What it said last.
        output: String,
    },
    /// What it was made from is no longer what is there.
    #[error(
        "files in {folder} changed while '{command}' ran, by itself or somebody else; a script writes to its folder OUT only"
    )]
    Changed {
        /// The adapter's folder.
        folder: PathBuf,
        /// The script and its arguments.
        command: String,
    },
}

impl Script<'_> {
    /// Gives the folder that the script fills, in `place`, made if it is not there. Safe against other processes doing the same.
    pub fn prepare(&self, place: &Path, progress: &Progress) -> Result<PathBuf, ScriptError> {
        let content = self.content()?;
        let name = format!("{}-{}", self.id, &content[..16]);
        let out = place.join(&name);
        if out.join(COMPLETE).is_file() {
            return Ok(out);
        }
        let _guard = guard::hold(self.id, &name, place, progress)?;
        if out.join(COMPLETE).is_file() {
            return Ok(out);
        }
        guard::remove(&out)?;
        let made = self.fill(&out, progress).and_then(|()| {
            let changed = self.content()? != content;
            if changed {
                Err(ScriptError::Changed { folder: self.folder.into(), command: self.command() })
            } else {
                Ok(())
            }
        });
        if let Err(error) = made {
            guard::remove(&out)?;
            return Err(error);
        }
        let complete = out.join(COMPLETE);
        std::fs::write(&complete, "").map_err(FileError::on(&complete))?;
        Ok(out)
    }

    fn fill(&self, out: &Path, progress: &Progress) -> Result<(), ScriptError> {
        std::fs::create_dir_all(out).map_err(FileError::on(out))?;
        progress.step(&format!("{}: running {} for {}", self.id, self.command(), out.display()));
        let [program, arguments @ ..] = self.run else {
            let reason = std::io::Error::other("run is empty");
            return Err(ScriptError::NotRun { program: String::new(), reason });
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder);
        command.env("OUT", out).env("LOCKS", self.locks).env(KIT_INCLUDE, self.include);
        let (status, output) = follow(self.id, &mut command, progress)
            .map_err(|reason| ScriptError::NotRun { program: program.clone(), reason })?;
        if status.success() { Ok(()) } else { Err(ScriptError::Failed { command: self.command(), status, output }) }
    }

    fn command(&self) -> String {
        self.run.join(" ")
    }

    /// Hash of everything that the folder is built from.
    fn content(&self) -> Result<String, FileError> {
        let mut files = files(self.folder, BESIDE)?;
        if self.locks != self.folder {
            files.extend(files_of(self.locks)?);
        }
        let mut hash = Sha::new();
        let mut names_kit = false;
        for path in &files {
            let bytes = std::fs::read(path).map_err(FileError::on(path))?;
            names_kit |= bytes.windows(KIT_INCLUDE.len()).any(|window| window == KIT_INCLUDE.as_bytes());
            add(&mut hash, path.strip_prefix(self.folder).unwrap_or(path), &bytes);
        }
        for source in self.sources {
            let source = self.folder.join(source);
            let found = if source.is_dir() { files_of(&source)? } else { vec![source.clone()] };
            for path in found {
                let bytes = std::fs::read(&path).map_err(FileError::on(&path))?;
                add(&mut hash, path.strip_prefix(&source).unwrap_or(&path), &bytes);
            }
        }
        if names_kit {
            for path in files_of(self.include)? {
                let bytes = std::fs::read(&path).map_err(FileError::on(&path))?;
                add(&mut hash, path.strip_prefix(self.include).unwrap_or(&path), &bytes);
            }
        }
        Ok(hash.hex())
    }
}

fn add(hash: &mut Sha, name: &Path, bytes: &[u8]) {
    hash.text(&name.to_string_lossy());
    hash.text(&bytes.len().to_string());
    hash.bytes(bytes);
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    files(folder, BESIDE)
}

/// All files below a folder, sorted, but for these at its top, and what tools leave behind.
fn files(folder: &Path, left_out: &[&str]) -> Result<Vec<PathBuf>, FileError> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(FileError::on(folder))?;
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if left_out.contains(&&*name) || LEFT_BEHIND.contains(&&*name) {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path, &[])?);
        } else if path.is_file() {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An adapter's folder with a script, and the place where its folders are made.
    struct Workshop(tempfile::TempDir);

    impl Workshop {
        fn with(script: &str) -> Self {
            let workshop = Self(tempfile::tempdir().unwrap());
            for folder in ["adapter/src", "adapter/tests", "shared", "include", "made"] {
                std::fs::create_dir_all(workshop.path(folder)).unwrap();
            }
            workshop.write("adapter/setup.sh", script);
            workshop.write("include/kit.h", "1");
            workshop
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn write(&self, name: &str, text: &str) {
            std::fs::write(self.path(name), text).unwrap();
        }

        fn prepare(&self) -> Result<PathBuf, ScriptError> {
            let (folder, include) = (self.path("adapter"), self.path("include"));
            let run = ["sh".to_owned(), "setup.sh".into()];
            let script = Script {
                id: "x",
                folder: &folder,
                locks: &folder,
                run: &run,
                sources: &[PathBuf::from("../shared")],
                include: &include,
            };
            script.prepare(&self.path("made"), &Progress::silent())
        }
    }

    #[test]
    fn a_script_fills_its_folder_once_for_each_content() {
        let workshop = Workshop::with("echo run >> \"$OUT/log\"\nenv > \"$OUT/env\"\npwd > \"$OUT/pwd\"\n");
        let first = workshop.prepare().unwrap();
        assert_eq!(workshop.prepare().unwrap(), first);
        assert_eq!(std::fs::read_to_string(first.join("log")).unwrap(), "run\n");
        let env = std::fs::read_to_string(first.join("env")).unwrap();
        let folder = workshop.path("adapter");
        for expected in [
            format!("OUT={}", first.display()),
            format!("LOCKS={}", folder.display()),
            format!("KIT_INCLUDE={}", workshop.path("include").display()),
            format!("PATH={}", std::env::var("PATH").unwrap()),
            format!("HOME={}", std::env::var("HOME").unwrap()),
        ] {
            assert!(env.lines().any(|line| line == expected), "{expected}: {env}");
        }
        let pwd = std::fs::read_to_string(first.join("pwd")).unwrap();
        assert_eq!(Path::new(pwd.trim()), folder.canonicalize().unwrap());
        for name in ["adapter/README.md", "adapter/expect.toml", "adapter/tests/test.py"] {
            workshop.write(name, "x");
            assert_eq!(workshop.prepare().unwrap(), first, "{name}");
        }
        workshop.write("adapter/src/main.c", "x");
        let second = workshop.prepare().unwrap();
        assert_ne!(second, first);
        workshop.write("shared/lib.rs", "x");
        assert_ne!(workshop.prepare().unwrap(), second);
    }

    #[test]
    fn the_headers_of_the_kit_count_where_they_are_named() {
        let workshop = Workshop::with("true\n");
        let first = workshop.prepare().unwrap();
        workshop.write("include/kit.h", "2");
        assert_eq!(workshop.prepare().unwrap(), first);
        workshop.write("adapter/setup.sh", "ls \"$KIT_INCLUDE\"\n");
        let second = workshop.prepare().unwrap();
        workshop.write("include/kit.h", "3");
        assert_ne!(workshop.prepare().unwrap(), second);
    }

    #[test]
    fn a_failed_script_leaves_nothing_that_counts_and_its_words_are_told() {
        let workshop = Workshop::with("touch \"$OUT/half\"\necho no such compiler >&2\nexit 7\n");
        let error = workshop.prepare().unwrap_err().to_string();
        assert_eq!(error, "'sh setup.sh' ended with exit status: 7; its last words:\nno such compiler");
        let left: Vec<_> = std::fs::read_dir(workshop.path("made"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".lock"))
            .collect();
        assert_eq!(left, [""; 0]);
        assert!(workshop.prepare().is_err());
    }

    #[test]
    fn what_was_left_by_a_script_that_was_killed_is_made_anew() {
        let workshop = Workshop::with("test ! -e \"$OUT/half\" && touch \"$OUT/whole\"\n");
        let made = workshop.prepare().unwrap();
        std::fs::remove_file(made.join(COMPLETE)).unwrap();
        std::fs::write(made.join("half"), "").unwrap();
        assert!(workshop.prepare().unwrap().join("whole").is_file());
    }

    #[test]
    fn two_at_once_run_the_script_once() {
        let workshop = Workshop::with("echo run >> ../log\nsleep 0.3\n");
        std::thread::scope(|scope| {
            let other = scope.spawn(|| workshop.prepare().unwrap());
            assert_eq!(workshop.prepare().unwrap(), other.join().unwrap());
        });
        assert_eq!(std::fs::read_to_string(workshop.path("log")).unwrap(), "run\n");
    }

    #[test]
    fn a_script_that_changes_its_own_folder_is_told() {
        let workshop = Workshop::with("date +%N > generated\n");
        let error = workshop.prepare().unwrap_err().to_string();
        assert!(error.contains("changed while 'sh setup.sh' ran"), "{error}");
    }
}
