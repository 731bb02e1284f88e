//! `arrowipc case new`.

use super::args::NewArgs;
use super::list::folder;
use super::{AS_EXPECTED, Failure};
use crate::case::file::CaseResult;

pub(super) fn run(args: &NewArgs) -> Result<u8, Failure> {
    let folder = folder(args.cases.clone())?;
    let (topic, id) =
        args.name.rsplit_once('/').filter(|(topic, id)| [*topic, *id].iter().all(|part| is_path(part))).ok_or_else(
            || Failure::usage(format!("'{}' is not TOPIC/ID: words of a-z, 0-9 and - between /", args.name)),
        )?;
    let path = folder.path.join(format!("{topic}.yaml"));
    let failed = |error: std::io::Error| Failure::infrastructure(format!("{}: {error}", path.display()));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => {
            if text.lines().any(|line| line.trim_start_matches(['-', ' ']) == format!("id: {id}")) {
                return Err(Failure::usage(format!("there is a case '{id}' in {}", path.display())));
            }
            format!("{}\n\n{}", text.trim_end(), skeleton(id, args.result.into()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let up = "../".repeat(topic.matches('/').count());
            let schema = format!("# yaml-language-server: $schema={up}schema/case-v1.json\n");
            format!("{schema}topic: {topic}\ncases:\n{}", skeleton(id, args.result.into()))
        }
        Err(error) => return Err(failed(error)),
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    let line = text.lines().position(|line| line == format!("  - id: {id}")).map_or(1, |index| index + 1);
    std::fs::write(&path, text).map_err(failed)?;
    println!("{}:{line}", folder.shown_as.join(format!("{topic}.yaml")).display());
    Ok(AS_EXPECTED)
}

fn is_path(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    text.split('/').all(word)
}

/// A case to be filled in: it can be read, and `case lint` names what is missing.
fn skeleton(id: &str, result: CaseResult) -> String {
    let head = "    why: \"\" # what the format says here, for a reader who does not know the clause by heart\n    \
                clauses: [] # ids of clauses.yaml\n";
    let data = "    data:\n      columns:\n        - {name: a, type: int32, values: [1, null, 3]}\n";
    let rest = match result {
        CaseResult::Valid => format!(
            "    result: valid\n    matrix: {{format: [stream, file]}}\n{data}    \
             # raw, edit or wire let the suite lay out the bytes: docs/wire.md\n"
        ),
        CaseResult::Invalid => format!(
            "    result: invalid\n    flags: [] # ids of flags.yaml\n    \
             reject: {{latest: validate}} # open, schema, dictionary, batch, validate or finish\n    \
             matrix: {{format: [stream, file]}}\n{data}    edit: # docs/wire.md\n      - {{set: \"batch[0].length\", to: -1}}\n"
        ),
        CaseResult::Defined => format!(
            "    result: defined\n    matrix: {{format: [stream, file]}}\n{data}    edit: # docs/wire.md\n      \
             - {{set: \"batch[0].nodes[0].null_count\", to: -1}}\n"
        ),
    };
    format!("  - id: {id}\n{head}{rest}")
}
