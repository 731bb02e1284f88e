//! `arrowipc cat`.

use std::io::BufWriter;

use super::inputs::{CatArgs, Rows, format_of, open};
use super::{AS_EXPECTED, Failure, INFRASTRUCTURE, UNEXPECTED};
use crate::cat::{CatError, Form, Request, cat};
use crate::progress::Progress;

pub(super) fn run(args: &CatArgs) -> Result<u8, Failure> {
    let progress = Progress::on_stderr();
    let input = open(&args.file, &progress)?;
    let format = format_of(&input, args.format)?;
    progress.finish();
    let request = Request { columns: args.columns.clone(), head: args.head, batch: args.batch };
    let form = match args.printed {
        Rows::Table => Form::Table,
        Rows::Jsonl => Form::JsonLines,
        Rows::Csv => Form::Csv,
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let failed = |error: CatError| match error {
        CatError::Output(error) => Failure::output(error),
        CatError::NoColumn { .. } | CatError::NoBatch { .. } => Failure::usage(format!("{}: {error}", input.name())),
        CatError::Damaged(_) => {
            let next = "`arrowipc validate` tells all that is wrong, `arrowipc recover` saves the whole batches";
            Failure { code: UNEXPECTED, text: format!("{}: {error}; {next}", input.name()) }
        }
        CatError::TooLarge => Failure { code: INFRASTRUCTURE, text: format!("{}: {error}", input.name()) },
    };
    cat(input.bytes(), format, &request, form, &mut out).map_err(failed)?;
    Ok(AS_EXPECTED)
}
