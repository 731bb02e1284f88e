//! `arrowipc recover`.

use super::inputs::{RecoverArgs, format_of, open};
use super::output::Output;
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::progress::Progress;
use crate::recover::{RecoverError, Recovered, recover};

pub(super) fn run(args: &RecoverArgs) -> Result<u8, Failure> {
    let progress = Progress::on_stderr();
    let input = open(&args.file, &progress)?;
    let format = format_of(&input, args.format)?;
    let mut out = Output::open(&args.out)?;
    let saved = recover(input.bytes(), format, &progress, &mut out).map_err(|error| match error {
        RecoverError::Output(error) => Failure::output(error),
        RecoverError::NoSchema(_) => {
            Failure { code: UNEXPECTED, text: format!("nothing can be saved of {}: {error}", input.name()) }
        }
    })?;
    progress.finish();
    out.keep()?;
    tell(input.name(), &saved);
    Ok(if saved.lost.is_empty() { AS_EXPECTED } else { UNEXPECTED })
}

/// Standard output may be the batches.
fn tell(name: &str, saved: &Recovered) {
    let counted = |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
    let batches = counted(saved.batches, "record batch", "record batches");
    let dictionaries = counted(saved.dictionaries, "dictionary batch", "dictionary batches");
    eprintln!("saved {batches} of {} rows and {dictionaries} of {name}", saved.rows);
    match &saved.stop {
        Some(stop) => eprintln!("it is damaged at byte {}: {}", stop.at.start, stop.problem),
        None => eprintln!("it comes to its end"),
    }
    for lost in &saved.lost {
        eprintln!("lost: {lost}");
    }
}
