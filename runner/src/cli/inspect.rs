//! `arrowipc inspect`.

use std::io::{BufWriter, Write};

use super::inputs::{InspectArgs, format_of, open};
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::inspect::{Detail, Inspection, Request};
use crate::progress::Progress;

pub(super) fn run(args: &InspectArgs) -> Result<u8, Failure> {
    let progress = Progress::on_stderr();
    let input = open(&args.file, &progress)?;
    let inspection = Inspection::new(input.name(), input.bytes(), format_of(&input, args.format)?);
    progress.finish();
    let there = inspection.parsed.messages.len();
    if let Some(message) = args.message.filter(|message| *message >= there) {
        let counted = if there == 1 { "1 message".to_owned() } else { format!("{there} messages") };
        return Err(Failure::usage(format!("{} has {counted}, numbered from 0, and none is {message}", input.name())));
    }
    let detail = match (args.hex, args.map || args.message.is_some()) {
        (true, _) => Detail::Hex,
        (false, true) => Detail::Ranges,
        (false, false) => Detail::Parts,
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    inspection
        .write(&Request { detail, json: args.json, message: args.message }, &mut out)
        .and_then(|()| out.flush())
        .map_err(Failure::output)?;
    Ok(if inspection.stop().is_some() { UNEXPECTED } else { AS_EXPECTED })
}
