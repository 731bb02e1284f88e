//! `arrowipc validate`.

use std::io::{BufWriter, Write};

use super::inputs::{Printed, ValidateArgs, format_of, open};
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::progress::Progress;
use crate::validate::{report, validate};

pub(super) fn run(args: &ValidateArgs) -> Result<u8, Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut code = AS_EXPECTED;
    for file in &args.files {
        let progress = Progress::on_stderr();
        let input = open(file, &progress)?;
        let validation = validate(input.bytes(), format_of(&input, args.format)?, &progress);
        progress.finish();
        let written = match args.printed {
            Printed::Human => report::human(input.name(), &validation, args.level, &mut out),
            Printed::Json => report::object(input.name(), &validation, args.level, &mut out),
        };
        written.and_then(|()| out.flush()).map_err(Failure::output)?;
        if validation.of_level(args.level).next().is_some() {
            code = UNEXPECTED;
        }
    }
    Ok(code)
}
