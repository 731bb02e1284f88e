//! `arrowipc diff`.

use std::io::{BufWriter, Write};

use serde_json::json;

use super::inputs::{DiffArgs, Printed, format_of, open};
use super::{AS_EXPECTED, Failure, INFRASTRUCTURE, UNEXPECTED};
use crate::diff::{DiffError, Difference, Side, diff};
use crate::input::Input;
use crate::progress::Progress;

pub(super) fn run(args: &DiffArgs) -> Result<u8, Failure> {
    let progress = Progress::on_stderr();
    let (a, b) = (open(&args.a, &progress)?, open(&args.b, &progress)?);
    let found = diff(side(&a)?, side(&b)?, !args.logical, &progress);
    progress.finish();
    let found = found.map_err(|error| match error {
        DiffError::Damaged { .. } => Failure {
            code: UNEXPECTED,
            text: format!(
                "{error}; `arrowipc validate` tells all that is wrong, `arrowipc recover` saves the whole batches"
            ),
        },
        DiffError::TooLarge(_) => Failure { code: INFRASTRUCTURE, text: error.to_string() },
    })?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut line = |difference: &Difference| match args.printed {
        Printed::Human => {
            let Difference { kind, place, a, b } = difference;
            writeln!(out, "{:<6}  {place}\n        - {a}\n        + {b}", kind.name())
        }
        Printed::Json => writeln!(out, "{}", json!(difference)),
    };
    found.iter().try_for_each(&mut line).and_then(|()| out.flush()).map_err(Failure::output)?;
    Ok(if found.is_empty() { AS_EXPECTED } else { UNEXPECTED })
}

fn side(input: &Input) -> Result<Side<'_>, Failure> {
    Ok(Side { name: input.name(), bytes: input.bytes(), format: format_of(input, None)? })
}
