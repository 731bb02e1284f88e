//! `arrowipc case fmt`.

use super::args::FormatArgs;
use super::list::{folder, in_lines};
use super::{AS_EXPECTED, Failure, UNEXPECTED};
use crate::case::error::Origin;
use crate::case::form::formatted;

pub(super) fn run(args: &FormatArgs) -> Result<u8, Failure> {
    let folder = folder(args.cases.clone())?;
    let (mut changed, mut errors) = (0, Vec::new());
    for topic in folder.topics().map_err(Failure::usage)? {
        let name = format!("{topic}.yaml");
        let path = folder.path.join(&name);
        let origin = Origin::read(&path, &folder.shown_as.join(&name)).map_err(Failure::usage)?;
        match formatted(&origin) {
            Ok(text) if text == origin.text => {}
            Ok(text) => {
                changed += 1;
                println!("{}", origin.file.display());
                if !args.check {
                    std::fs::write(&path, text)
                        .map_err(|error| Failure::infrastructure(format!("{}: {error}", path.display())))?;
                }
            }
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(Failure::usage(in_lines(&errors)));
    }
    Ok(if args.check && changed > 0 { UNEXPECTED } else { AS_EXPECTED })
}
