//! `arrowipc emit`.

use super::args::EmitArgs;
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::corpus::Corpus;
use crate::corpus::folder::{self, FolderError};
use crate::progress::Progress;

pub(super) fn run(args: &EmitArgs) -> Result<u8, Failure> {
    let suite = super::list::load(args.cases.clone(), 0)?;
    let corpus = Progress::during("laying out the cases", || Corpus::of(&suite))
        .map_err(|errors| Failure::usage(errors.join("\n")))?;
    if args.check {
        let differences = folder::differences(&corpus, &args.folder).map_err(of_folder)?;
        for difference in &differences {
            println!("{difference}");
        }
        return Ok(if differences.is_empty() { AS_EXPECTED } else { UNEXPECTED });
    }
    folder::write(&corpus, &args.folder).map_err(of_folder)?;
    println!("{} files in {}", corpus.files.len(), args.folder.display());
    Ok(AS_EXPECTED)
}

fn of_folder(error: FolderError) -> Failure {
    match error {
        FolderError::NotACorpus(_) => Failure::usage(error),
        FolderError::Io { .. } => Failure::infrastructure(error),
    }
}
