//! `adapter new`: what it makes behaves at once.

use std::path::Path;
use std::process::{Command, Output};

use arrowipc_runner::adapter::setup::build;
use arrowipc_runner::progress::Progress;
use arrowipc_runner::workspace::Workspace;

fn arrowipc(arguments: &[&str], folder: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arrowipc")).args(arguments).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A checkout without adapters, whose cases and kit are those of this one.
fn checkout() -> (tempfile::TempDir, Workspace) {
    let workspace = Workspace::find().unwrap();
    build(&workspace, &["arrowipc-kit"], &Progress::silent()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Cargo.toml"), "").unwrap();
    std::fs::create_dir(folder.path().join("adapters")).unwrap();
    for name in ["cases", "kit"] {
        std::os::unix::fs::symlink(workspace.root.join(name), folder.path().join(name)).unwrap();
    }
    (folder, workspace)
}

/// Whether there is a program, which there need not be for every language.
fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok() || Command::new(program).arg("version").output().is_ok()
}

#[test]
fn a_new_adapter_behaves_at_once() {
    let (checkout, workspace) = checkout();
    let kit = workspace.kit().display().to_string();
    for (language, program) in
        [("python", "python3"), ("filter", "sh"), ("js", "node"), ("c", "cc"), ("cpp", "c++"), ("go", "go")]
    {
        if !is_there(program) {
            continue;
        }
        let name = format!("my-{language}");
        let made = arrowipc(&["adapter", "new", "--lang", language, &name], checkout.path());
        assert!(made.status.success(), "{language}: {}", said(&made));
        assert!(said(&made).ends_with(&format!("next: arrowipc adapter check {name}\n")), "{}", said(&made));
        let check = arrowipc(&["adapter", "check", &name, "--kit", &kit], checkout.path());
        assert_eq!(check.status.code(), Some(0), "{language}: {}", said(&check));
        assert!(said(&check).contains(&format!("{name}: ")) && !said(&check).contains("FAIL"), "{}", said(&check));
    }
}

#[test]
fn a_new_adapter_may_lie_anywhere_unless_it_is_built() {
    let (checkout, _) = checkout();
    let folder = checkout.path().join("elsewhere/mine");
    let place = folder.display().to_string();
    let made = arrowipc(&["adapter", "new", "--lang", "filter", "mine", &place], checkout.path());
    assert!(
        said(&made).ends_with(&format!("next: arrowipc adapter check filter:{place}/adapter.toml\n")),
        "{}",
        said(&made)
    );
    let page = std::fs::read_to_string(folder.join("README.md")).unwrap();
    assert!(page.starts_with("# mine\n") && page.contains("arrowipc adapter check filter:"), "{page}");
    for (arguments, problem) in [
        (["--lang", "filter", "mine", &place], "is there already"),
        (["--lang", "c", "mine", "other"], "an adapter that is built lies in adapters/"),
        (["--lang", "c", "My", "other"], "'My' cannot be the name of an adapter"),
    ] {
        let refused = arrowipc(&[&["adapter", "new"][..], &arguments].concat(), checkout.path());
        assert_eq!(refused.status.code(), Some(2));
        assert!(said(&refused).contains(problem), "{}", said(&refused));
    }
}
