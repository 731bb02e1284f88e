//! `arrowipc completions` and `arrowipc man`: made from the arguments themselves.

use clap::CommandFactory;

use super::args::{Args, CompletionsArgs, ManArgs};
use super::{AS_EXPECTED, Failure};

pub(super) fn completions(args: &CompletionsArgs) -> Result<u8, Failure> {
    // Written at once: the generator panics when a reader goes away.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "arrowipc", &mut script);
    let _ = std::io::Write::write_all(&mut std::io::stdout(), &script);
    Ok(AS_EXPECTED)
}

pub(super) fn man(args: &ManArgs) -> Result<u8, Failure> {
    let failed = |error| Failure::usage(format!("{}: the pages cannot be written: {error}", args.folder.display()));
    std::fs::create_dir_all(&args.folder).map_err(failed)?;
    clap_mangen::generate_to(Args::command(), &args.folder).map_err(failed)?;
    Ok(AS_EXPECTED)
}
