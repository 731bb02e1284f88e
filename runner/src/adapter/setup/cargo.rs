//! Building packages of this workspace, in the profile and folder of the running executable.

use std::process::{Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::progress::Progress;
use crate::workspace::Workspace;

/// Cargo could not build something.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    /// There is no cargo.
    #[error(
        "cannot run '{program}' to build {packages}: {reason}; install Rust, or name a built library with --adapter library:PATH"
    )]
    Missing {
        /// What was run.
        program: String,
        /// What was to be built.
        packages: String,
        /// The system's reason.
        reason: std::io::Error,
    },
    /// The build failed; its messages were shown.
    #[error("'{command}' failed; its messages are above")]
    Failed {
        /// The command.
        command: String,
    },
}

/// Builds packages; what is up to date costs a moment only.
pub fn build(workspace: &Workspace, packages: &[&str], progress: &Progress) -> Result<(), CargoError> {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    progress.doing(&format!("building {}", packages.join(", ")));
    let mut arguments = vec!["build".to_owned(), "--quiet".into(), "--profile".into(), workspace.profile.clone()];
    for package in packages {
        arguments.extend(["--package".into(), (*package).into()]);
    }
    let mut command = Command::new(&program);
    command.args(&arguments).arg("--target-dir").arg(&workspace.target);
    command.current_dir(&workspace.root).stdin(Stdio::null());
    let output = told_when_slow(&mut command, || progress.step(&format!("building {}", packages.join(", "))))
        .map_err(|reason| CargoError::Missing { program, packages: packages.join(" and "), reason })?;
    if output.status.success() {
        return Ok(());
    }
    progress.step(String::from_utf8_lossy(&output.stderr).trim_end());
    Err(CargoError::Failed { command: format!("cargo {}", arguments.join(" ")) })
}

/// Runs a command; calls `tell` when it takes more than a moment.
fn told_when_slow(command: &mut Command, tell: impl FnOnce()) -> std::io::Result<Output> {
    let (sender, receiver) = channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            // The receiver outlives this thread.
            let _ = sender.send(command.output());
        });
        let output = receiver.recv_timeout(Duration::from_secs(1)).or_else(|_| {
            tell();
            receiver.recv()
        });
        output.unwrap_or_else(|_| Err(std::io::Error::other("the command's thread ended")))
    })
}
