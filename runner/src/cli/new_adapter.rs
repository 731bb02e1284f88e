//! `arrowipc adapter new`.

use std::path::{Path, PathBuf};

use super::args::NewAdapterArgs;
use super::{AS_EXPECTED, Failure};
use crate::beginnings::{Language, is_name, write};
use crate::run::producer::SUITE;
use crate::run::repro::quoted;
use crate::workspace::Workspace;

pub(super) fn run(args: &NewAdapterArgs) -> Result<u8, Failure> {
    let NewAdapterArgs { language, name, folder } = args;
    if !is_name(name) || name == SUITE {
        let message = format!("'{name}' cannot be the name of an adapter: a-z, 0-9 and - are expected, not 'suite'");
        return Err(Failure::usage(message));
    }
    let (folder, is_bundled) = place(name, folder.as_deref())?;
    if folder.exists() {
        return Err(Failure::usage(format!("{} is there already", folder.display())));
    }
    if language.is_built() && !is_bundled {
        return Err(Failure::usage(
            "an adapter that is built lies in adapters/ of the checkout, where it is set up; leave the folder out",
        ));
    }
    let named = if is_bundled { name.clone() } else { outside(*language, &folder) };
    let files = write(*language, name, &named, &folder)
        .map_err(|error| Failure::infrastructure(format!("{}: {error}", folder.display())))?;
    for file in files {
        println!("{}", file.display());
    }
    println!();
    if *language == Language::Rust {
        println!("next: cargo generate-lockfile --manifest-path {}", folder.join("Cargo.toml").display());
    }
    println!("next: arrowipc adapter check {named}");
    Ok(AS_EXPECTED)
}

/// The new folder, and whether it is one of the checkout's adapters.
fn place(name: &str, folder: Option<&Path>) -> Result<(PathBuf, bool), Failure> {
    match folder {
        Some(folder) => {
            let folder = std::path::absolute(folder).map_err(Failure::usage)?;
            let bundled = Workspace::find().is_ok_and(|workspace| workspace.adapter(name) == folder);
            Ok((folder, bundled))
        }
        None => Ok((Workspace::find().map_err(Failure::usage)?.adapter(name), true)),
    }
}

/// An adapter outside of the checkout, for the command line.
fn outside(language: Language, folder: &Path) -> String {
    quoted(&format!("{}:{}", language.kind(), folder.join("adapter.toml").display()))
}
