//! Where the project's files are: cases, adapters, and the folder in which Cargo puts what it builds.

use std::path::{Path, PathBuf};

/// The folders of a checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The folder with `Cargo.toml`, `cases/` and `adapters/`.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// The Cargo profile, `dev` or `release` or another one.
    pub profile: String,
}

/// No checkout was found.
#[derive(Debug, thiserror::Error)]
#[error(
    "no checkout of the suite here or above {}: a folder with Cargo.toml, cases/ and adapters/ is needed.\n\
     Run from within one, or name an implementation with --adapter library:PATH and the cases with --cases DIR.",
    .0.display()
)]
pub struct NoWorkspace(PathBuf);

impl Workspace {
    /// The checkout above the working directory, else the one this program was built from.
    pub fn find() -> Result<Self, NoWorkspace> {
        let here = std::env::current_dir().unwrap_or_default();
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let root = here
            .ancestors()
            .chain(built_from)
            .find(|folder| is_root(folder))
            .ok_or_else(|| NoWorkspace(here.clone()))?
            .to_owned();
        let executable = std::env::current_exe().unwrap_or_default();
        let (target, profile) = build_folder(&executable, &root);
        Ok(Self { root, target, profile })
    }

    /// The cases.
    pub fn cases(&self) -> PathBuf {
        self.root.join("cases")
    }

    /// The folder of a bundled adapter.
    pub fn adapter(&self, id: &str) -> PathBuf {
        self.root.join("adapters").join(id)
    }

    /// The folder with the libraries and programs of the profile.
    pub fn profile_folder(&self) -> PathBuf {
        self.target.join(if self.profile == "dev" { "debug" } else { &self.profile })
    }

    /// Where reports go unless told otherwise.
    pub fn reports(&self) -> PathBuf {
        self.target.join("conformance")
    }

    /// The folder of the module that adapters in Python are made with.
    pub fn kit_python(&self) -> PathBuf {
        self.root.join("kit/python")
    }

    /// The kit that adapters load.
    pub fn kit(&self) -> PathBuf {
        self.profile_folder().join(format!("libarrowipc_kit{}", std::env::consts::DLL_SUFFIX))
    }
}

fn is_root(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file() && folder.join("cases").is_dir() && folder.join("adapters").is_dir()
}

/// Target folder and profile: those of the running executable when it lies in one, so that what it builds lies beside it.
fn build_folder(executable: &Path, root: &Path) -> (PathBuf, String) {
    let folder =
        executable.parent().map(|folder| if folder.ends_with("deps") { folder.parent() } else { Some(folder) });
    if let Some(folder) = folder.flatten()
        && folder.join("deps").is_dir()
        && let (Some(target), Some(name)) = (folder.parent(), folder.file_name())
    {
        let name = name.to_string_lossy();
        return (target.to_owned(), if name == "debug" { "dev".into() } else { name.into_owned() });
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    (target, if cfg!(debug_assertions) { "dev".into() } else { "release".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_lies_beside_the_executable() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("elsewhere");
        std::fs::create_dir_all(target.join("dist/deps")).unwrap();
        let root = Path::new("/checkout");
        let dist = (target.clone(), "dist".into());
        assert_eq!(build_folder(&target.join("dist/arrowipc"), root), dist);
        assert_eq!(build_folder(&target.join("dist/deps/conformance-1f"), root), dist);
        assert_eq!(build_folder(Path::new("/usr/bin/arrowipc"), root).0, Path::new("/checkout/target"));
    }

    #[test]
    fn this_checkout_is_found() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.root.join("docs/protocol.md").is_file());
        assert!(workspace.profile_folder().join("deps").is_dir());
    }
}
