//! Adapters of a checkout: those that cannot be set up, and those of several versions.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use arrowipc_runner::report::reader::{self, Report};

use crate::adapters::{TRAP, Workshop};

/// A checkout with its own cases and adapters.
struct Checkout(Workshop);

impl Checkout {
    fn new() -> Self {
        let checkout = Self(Workshop::with(TRAP));
        checkout.write("Cargo.toml", "");
        std::fs::create_dir_all(checkout.path("adapters")).unwrap();
        checkout
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.cases().parent().unwrap().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A healthy adapter that is set up by this script.
    fn adapter(&self, id: &str, needs: &str, script: &str) {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faulty/adapter.py");
        self.write(&format!("adapters/{id}/setup.sh"), script);
        let manifest = format!(
            "id = '{id}'\nkind = 'protocol'\ncommand = ['python3', '-S', '{}', 'honest']\nenv = {{ FAKE_VERSION = '{{built}}/version' }}\n\
             [setup]\nkind = 'script'\nneeds = [{needs}]\nrun = ['sh', '{{folder}}/setup.sh']\n",
            program.display()
        );
        self.write(&format!("adapters/{id}/adapter.toml"), &manifest);
    }

    /// An adapter in the versions 2.0, the default one, 1.0 and 1.5.
    fn in_versions(&self) {
        self.adapter("many", "'sh'", "cp \"$LOCKS/version\" \"$OUT/version\"\n");
        for (folder, version) in [("", "2.0"), ("versions/1.0/", "1.0"), ("versions/1.5/", "1.5")] {
            self.write(&format!("adapters/many/{folder}version"), version);
        }
    }

    fn arrowipc(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_arrowipc"))
            .args(arguments)
            .current_dir(self.path(""))
            .env("NO_COLOR", "1")
            .env("CARGO_TARGET_DIR", self.path("target"))
            .output()
            .unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.arrowipc(&[&["run", "--kit", "/no/kit.so", "--report", "report"], arguments].concat())
    }

    fn report(&self) -> Report {
        reader::read(&self.path("report")).unwrap()
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn of_all_adapters_those_that_cannot_be_set_up_are_left_out() {
    let checkout = Checkout::new();
    checkout.adapter("absent", "'no-such-compiler'", "true\n");
    checkout.adapter("broken", "", "echo the disk is on fire; exit 4\n");
    checkout.adapter("sound", "'sh'", "echo 3.1 > \"$OUT/version\"\n");
    let output = checkout.run(&["-p", "all", "-c", "all"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let header = checkout.report().header;
    assert_eq!(header.consumers, ["sound@3.1"]);
    let left_out: Vec<_> = header.left_out.iter().map(|(id, why)| (id.as_str(), why.as_str())).collect();
    let [("absent", absent), ("broken", broken)] = left_out[..] else { panic!("{left_out:?}") };
    assert_eq!(
        absent,
        "adapter 'absent' needs no-such-compiler on PATH; install what is missing, or leave the adapter out"
    );
    assert!(broken.ends_with("ended with exit status: 4; its last words:\nthe disk is on fire"), "{broken}");
    for (id, why) in left_out {
        assert!(stderr(&output).contains(&format!("{id} is left out: {why}\n")), "{}", stderr(&output));
    }
    assert!(String::from_utf8_lossy(&output.stdout).contains("LEFT OUT absent adapter 'absent' needs"));
}

#[test]
fn an_adapter_that_was_asked_for_by_name_is_not_left_out() {
    let checkout = Checkout::new();
    checkout.adapter("absent", "'no-such-compiler'", "true\n");
    checkout.adapter("sound", "", "echo 3.1 > \"$OUT/version\"\n");
    for arguments in [&["-p", "absent", "-c", "sound"][..], &["-p", "all", "-c", "absent"]] {
        let output = checkout.run(arguments);
        assert_eq!(output.status.code(), Some(3));
        assert!(stderr(&output).contains("error: adapter 'absent' needs no-such-compiler on PATH; "));
    }
}

#[test]
fn all_adapters_are_set_up_or_said_to_be_left_out() {
    let checkout = Checkout::new();
    checkout.adapter("absent", "'no-such-compiler'", "true\n");
    checkout.in_versions();
    let output = checkout.arrowipc(&["adapter", "setup"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("many is ready\n") && stderr(&output).contains("absent is left out: "));
    assert_eq!(checkout.arrowipc(&["adapter", "setup", "absent"]).status.code(), Some(3));
    let output = checkout.arrowipc(&["adapter", "setup", "many@1.5"]);
    assert!(stderr(&output).ends_with("many@1.5 is ready\n"), "{}", stderr(&output));
    let output = checkout.arrowipc(&["adapter", "setup", "many@3"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("error: there is no version 'many@3' in adapters/many/versions/"));
}

#[test]
fn several_versions_of_an_adapter_take_part_in_one_run() {
    let checkout = Checkout::new();
    checkout.in_versions();
    let output = checkout.run(&["-p", "many,many@1.0", "-c", "many@2,many@1.5"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = checkout.report();
    assert_eq!(report.header.producers, ["many@2.0", "many@1.0"]);
    assert_eq!(report.header.consumers, ["many@2.0", "many@1.5"]);
    assert_eq!(report.cells.len(), 3 * 4);
    let output = checkout.run(&["-p", "many@1", "-c", "many"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stderr(&output), "error: 'many@1' can be 1.0, 1.5; name more of the version\n");
    let output = checkout.run(&["-p", "many@3", "-c", "many"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("error: many@3 was asked for, and many is version 2.0; "), "{}", stderr(&output));
}

#[test]
fn each_version_has_its_own_known_failures() {
    let checkout = Checkout::new();
    checkout.in_versions();
    let entry = "[[expected]]\ncase = 'traps/before'\nrole = 'consume'\nverdict = 'over-strict'\nreason = 'r'\n";
    checkout.write("adapters/many/versions/1.0/expect.toml", entry);
    let output = checkout.run(&["-p", "many", "-c", "many,many@1.0"]);
    assert_eq!(output.status.code(), Some(1));
    let footer = checkout.report().footer;
    assert_eq!(
        footer.breaches,
        ["adapters/many/versions/1.0/expect.toml:1: 'traps/before[stream]' is listed as over-strict, and passes"]
    );
}

#[test]
fn a_version_is_the_one_that_its_folder_is_named_after() {
    let checkout = Checkout::new();
    checkout.in_versions();
    checkout.write("adapters/many/versions/1.7/version", "1.8");
    let output = checkout.run(&["-p", "many@1.7", "-c", "many"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("error: adapters/many/versions/1.7 runs version 1.8; "), "{}", stderr(&output));
    checkout.write("adapters/many/versions/2.0/version", "2.0");
    let output = checkout.run(&["-p", "many@2.0", "-c", "many"]);
    assert!(stderr(&output).contains("that is the default version"), "{}", stderr(&output));
}
