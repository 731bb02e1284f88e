//! Adapters named on the command line: `[ID=]KIND:COMMAND`, or the path of an `adapter.toml` in place of the command.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Adapter, SetupError, fingerprint};
use crate::adapter::hosted::filter_command;
use crate::adapter::manifest::{Kind, Limits, Manifest};
use crate::adapter::process::Launch;
use crate::command::claims::Claims;
use crate::command::template::Template;
use crate::command::words;
use crate::filter;
use crate::workspace::Workspace;

/// Reads `[ID=]protocol:COMMAND`, `[ID=]library:PATH`, `[ID=]filter:COMMAND` or, for these kinds and `archery`, `[ID=]KIND:PATH.toml`.
pub fn from_spec(text: &str, runner: &Path) -> Result<Adapter, SetupError> {
    let wrong = |reason: String| SetupError::Spec { text: text.into(), reason };
    let (head, rest) =
        text.split_once(':').ok_or_else(|| wrong("KIND:COMMAND is expected, e.g. filter:./mycat".into()))?;
    let (id, kind) = head.split_once('=').map_or((None, head), |(id, kind)| (Some(id), kind));
    let kind = Kind::ALL.iter().copied().find(|known| known.name() == kind);
    let kind = kind.ok_or_else(|| wrong("the kinds are protocol, library, filter and archery".into()))?;
    let words = words::split(rest).map_err(|reason| wrong(reason.into()))?;
    let words: Vec<String> = words.iter().map(|word| absolute_program(word)).collect();
    let Some(program) = words.first().filter(|program| !program.is_empty()) else {
        return Err(wrong("the command is empty".into()));
    };
    if let ([path], true) = (words.as_slice(), program.ends_with(".toml")) {
        return from_manifest(text, id, kind, Path::new(path), runner);
    }
    let command = match kind {
        Kind::Protocol => words.clone(),
        Kind::Library => {
            let library = std::path::absolute(rest).unwrap_or_else(|_| rest.into());
            vec![path_text(runner), "serve-library".into(), path_text(&library)]
        }
        Kind::Filter => {
            let template = Template { command: words.clone(), ..Template::default() };
            let known = filter::placeholders();
            if let Some(name) = template.unknown(&known) {
                let known: Vec<String> = known.iter().map(|name| format!("{{{name}}}")).collect();
                return Err(wrong(format!("'{{{name}}}' has no meaning here; known are {}", known.join(" "))));
            }
            filter_command(runner, &words, &Claims::default())
        }
        Kind::Archery => {
            return Err(wrong("several commands are expected, in an adapter.toml: archery:PATH.toml".into()));
        }
    };
    let named = if kind == Kind::Library { Path::new(rest) } else { Path::new(program) };
    let stem = named.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let id = id.map(str::to_owned).or(stem).filter(|id| !id.is_empty());
    let parts: Vec<PathBuf> = command.iter().chain(&words).map(PathBuf::from).filter(|path| path.is_file()).collect();
    Ok(Adapter {
        id: id.ok_or_else(|| wrong("the id is empty".into()))?,
        launch: Launch { command, env: BTreeMap::new(), limits: Limits::default() },
        expect: None,
        fingerprint: fingerprint(&parts),
    })
}

/// An adapter whose `adapter.toml` lies anywhere. What it needs is there already.
fn from_manifest(text: &str, id: Option<&str>, kind: Kind, path: &Path, runner: &Path) -> Result<Adapter, SetupError> {
    let wrong = |reason: String| SetupError::Spec { text: text.into(), reason };
    let manifest = Manifest::read(path)?;
    if manifest.kind != kind {
        return Err(wrong(format!("the kind in that file is {}", manifest.kind.name())));
    }
    if manifest.setup.is_some() {
        return Err(wrong("adapters outside of adapters/ are not set up; [setup] is for those in it".into()));
    }
    let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
    let mut places = BTreeMap::from([("folder", folder.clone()), ("runner", runner.to_owned())]);
    if let Ok(workspace) = Workspace::find() {
        places.extend([("kit_python", workspace.kit_python()), ("profile", workspace.profile_folder())]);
    }
    let (command, env) = manifest.fill(&places)?;
    let expect = folder.join("expect.toml");
    Ok(Adapter {
        id: id.map_or(manifest.id, str::to_owned),
        launch: Launch { command, env, limits: manifest.limits },
        expect: expect.is_file().then_some(expect),
        fingerprint: fingerprint(&[folder]),
    })
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Adapters work in another directory, so what is a file here is named in full.
fn absolute_program(word: &str) -> String {
    let path = Path::new(word);
    match std::path::absolute(path) {
        Ok(full) if word.contains('/') && path.is_file() => path_text(&full),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> Result<Adapter, String> {
        from_spec(text, Path::new("/bin/arrowipc")).map_err(|error| error.to_string())
    }

    #[test]
    fn an_adapter_is_named_after_its_program() {
        let adapter = spec("protocol:./no-such/mine --flag").unwrap();
        assert_eq!((adapter.id.as_str(), adapter.launch.command.len()), ("mine", 2));
        let adapter = spec("other=library:/lib/libx.so").unwrap();
        assert_eq!(adapter.id, "other");
        assert_eq!(adapter.launch.command, ["/bin/arrowipc", "serve-library", "/lib/libx.so"]);
        assert_eq!(spec("library:/lib/libx.so").unwrap().id, "libx");
        assert_eq!(spec("filter:cat").unwrap().id, "cat");
    }

    #[test]
    fn a_filter_is_hosted_with_its_words() {
        let adapter = spec("mine=filter:sh -c 'tee log | cat' {format}").unwrap();
        let command = adapter.launch.command;
        assert_eq!(command[..3], ["/bin/arrowipc", "serve-filter", "--claims"]);
        assert_eq!(command[4..], ["--", "sh", "-c", "tee log | cat", "{format}"]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let problem = |text: &str| spec(text).unwrap_err();
        let table = [
            ("mine", "KIND:COMMAND is expected, e.g. filter:./mycat"),
            ("mine=pipe:cat", "the kinds are protocol, library, filter and archery"),
            ("filter:", "the command is empty"),
            ("=filter:cat", "the id is empty"),
            ("filter:cat 'x", "a quote is not closed"),
            ("archery:validate", "several commands are expected, in an adapter.toml: archery:PATH.toml"),
        ];
        for (text, reason) in table {
            assert_eq!(problem(text), format!("--adapter '{text}': {reason}"));
        }
        let misspelt = problem("filter:cat {fromat}");
        assert!(misspelt.contains("'{fromat}' has no meaning here; known are {format} {to} {in} {out} "), "{misspelt}");
    }

    #[test]
    fn an_adapter_toml_may_lie_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("adapter.toml");
        let text =
            "id = 'mine'\nkind = 'filter'\ncommand = ['{folder}/mycat', '{format}']\n[limits]\noperation_seconds = 5";
        std::fs::write(&path, text).unwrap();
        let adapter = spec(&format!("filter:{}", path.display())).unwrap();
        assert_eq!((adapter.id.as_str(), adapter.launch.limits.operation_seconds), ("mine", 5));
        assert_eq!(adapter.launch.command[5], folder.path().join("mycat").display().to_string());
        assert_eq!(spec(&format!("x=filter:{}", path.display())).unwrap().id, "x");
        let other = spec(&format!("archery:{}", path.display())).unwrap_err();
        assert!(other.ends_with("the kind in that file is filter"), "{other}");
        std::fs::write(&path, format!("{text}\n[setup]\nkind = 'python'")).unwrap();
        let setup = spec(&format!("filter:{}", path.display())).unwrap_err();
        assert!(setup.contains("[setup] is for those in it"), "{setup}");
    }
}
