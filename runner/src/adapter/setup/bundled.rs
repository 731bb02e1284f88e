//! The adapters of a checkout: their names, and the versions in which each can be set up.
//!
//! `adapters/<id>/` holds the lock file of the default version, `adapters/<id>/versions/<v>/` that of another one.

use std::path::{Path, PathBuf};

use super::SetupError;
use crate::adapter::manifest::Manifest;
use crate::workspace::Workspace;

/// A bundled adapter in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundled {
    /// `id`; `id@version` for one of `versions/`.
    pub name: String,
    /// The adapter's folder.
    pub folder: PathBuf,
    /// The folder with lock files and known failures of this version.
    pub locks: PathBuf,
    /// The version that was asked for, perhaps its first numbers only; the implementation must have it.
    pub version: Option<String>,
}

/// Ids of the adapters that `all` means.
pub fn of_all(workspace: &Workspace) -> Vec<String> {
    let mut all = ids(workspace);
    // What is wrong with a manifest is told when the adapter is made ready.
    all.retain(|id| Manifest::load(&workspace.adapter(id)).map_or(true, |manifest| !manifest.by_name_only));
    all
}

/// Ids of the bundled adapters.
pub fn ids(workspace: &Workspace) -> Vec<String> {
    folders(&workspace.root.join("adapters"), |folder| folder.join("adapter.toml").is_file())
}

/// Names of the bundled adapters in all their versions: `id`, and `id@version` for those of `versions/`.
pub fn names(workspace: &Workspace) -> Vec<String> {
    let mut names = Vec::new();
    for id in ids(workspace) {
        let versions = folders(&workspace.adapter(&id).join("versions"), |_| true);
        names.extend(versions.iter().map(|version| format!("{id}@{version}")));
        names.push(id);
    }
    names.sort();
    names
}

/// The adapter that `id` or `id@version` means: of several versions that begin with these numbers, none.
pub fn find(party: &str, workspace: &Workspace) -> Result<Bundled, SetupError> {
    let (id, asked) = party.split_once('@').map_or((party, None), |(id, version)| (id, Some(version)));
    let folder = workspace.adapter(id);
    if id.is_empty() || !folder.join("adapter.toml").is_file() {
        return Err(SetupError::Unknown { id: id.into(), folder, known: ids(workspace).join(", ") });
    }
    let default =
        Bundled { name: id.into(), locks: folder.clone(), folder: folder.clone(), version: asked.map(str::to_owned) };
    let Some(asked) = asked else { return Ok(default) };
    let versions = folder.join("versions");
    let known = folders(&versions, |_| true);
    let mut matching = known.iter().filter(|version| begins_with(version, asked));
    match (matching.next(), matching.next()) {
        (None, _) => Ok(default),
        (Some(version), None) => Ok(Bundled {
            name: format!("{id}@{version}"),
            folder,
            locks: versions.join(version),
            version: Some(version.clone()),
        }),
        (Some(_), Some(_)) if known.iter().any(|version| version == asked) => {
            Ok(Bundled { name: party.into(), folder, locks: versions.join(asked), version: Some(asked.into()) })
        }
        (Some(_), Some(_)) => Err(SetupError::Ambiguous {
            party: party.into(),
            known: known.iter().filter(|version| begins_with(version, asked)).cloned().collect::<Vec<_>>().join(", "),
        }),
    }
}

/// Whether a version begins with these numbers: 21.0.0 with 21 and 21.0, not with 2.
pub fn begins_with(version: &str, numbers: &str) -> bool {
    version.strip_prefix(numbers).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Names of the folders in a folder, sorted; none when it is not there.
fn folders(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir() && wanted(&entry.path()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkout() -> (tempfile::TempDir, Workspace) {
        let folder = tempfile::tempdir().unwrap();
        for version in ["21.0.0", "25.0.0", "25.0.1", "25.0"] {
            std::fs::create_dir_all(folder.path().join("adapters/x/versions").join(version)).unwrap();
        }
        std::fs::write(folder.path().join("adapters/x/adapter.toml"), "").unwrap();
        std::fs::create_dir_all(folder.path().join("adapters/no-adapter")).unwrap();
        let workspace = Workspace { root: folder.path().into(), target: "t".into(), profile: "dev".into() };
        (folder, workspace)
    }

    #[test]
    fn a_version_is_named_by_its_first_numbers() {
        let (_folder, workspace) = checkout();
        let name = |party: &str| find(party, &workspace).map(|found| (found.name, found.version));
        let version = |version: &str| Some(version.to_owned());
        assert_eq!(name("x").unwrap(), ("x".into(), None));
        assert_eq!(name("x@21").unwrap(), ("x@21.0.0".into(), version("21.0.0")));
        assert_eq!(name("x@25.0.1").unwrap(), ("x@25.0.1".into(), version("25.0.1")));
        assert_eq!(name("x@25.0").unwrap(), ("x@25.0".into(), version("25.0")));
        // The default one, when it runs this version.
        assert_eq!(name("x@2").unwrap(), ("x".into(), version("2")));
        assert_eq!(
            name("x@25").unwrap_err().to_string(),
            "'x@25' can be 25.0, 25.0.0, 25.0.1; name more of the version"
        );
        assert!(find("x@21", &workspace).unwrap().locks.ends_with("x/versions/21.0.0"));
    }

    #[test]
    fn a_folder_without_a_manifest_is_no_adapter() {
        let (_folder, workspace) = checkout();
        assert_eq!(ids(&workspace), ["x"]);
        let error = find("no-adapter@1", &workspace).unwrap_err().to_string();
        assert!(error.starts_with("no adapter 'no-adapter': ") && error.ends_with("bundled are x"), "{error}");
    }
}
