//! The one form of topic files: order of keys, blank lines, ends of lines. What a file says does not change, nor do its comments.

use super::error::{CaseError, Origin};
use super::place::Place;

/// The order of a topic's keys.
const TOPIC_KEYS: &[&str] = &["topic", "requires", "breaks", "matrix", "observe", "data", "cases"];

/// The order of a case's keys: what it is about, how it is run, what it holds.
const CASE_KEYS: &[&str] = &[
    "id", "aliases", "why", "clauses", "breaks", "requires", "result", "strength", "flags", "reject", "alone", "large",
    "through", "matrix", "options", "raw", "write", "read", "observe", "expect", "data", "frame", "tensors", "wire",
    "edit", "append", "cdata",
];

/// The text in the one form: keys in their order, a blank line between cases and none behind a key, no spaces at ends of lines.
pub fn formatted(origin: &Origin) -> Result<String, CaseError> {
    let before: serde_yaml::Value = origin.parse()?;
    let lines: Vec<&str> = origin.text.lines().map(str::trim_end).collect();
    let start = lines
        .iter()
        .position(|line| *line == "cases:")
        .ok_or_else(|| wrong(origin, 1, "a line 'cases:' is expected, with the cases below it"))?;
    let (head, cases) = lines.split_at(start);
    let mut out: Vec<String> = Vec::new();
    let (intro, topic) =
        split_comments(head, head.iter().position(|line| key(line, 0).is_some()).unwrap_or(head.len()));
    out.extend(intro);
    for block in sorted(blocks(&topic, 0), TOPIC_KEYS) {
        out.extend(block.lines);
    }
    out.push("cases:".into());
    for (index, case) in split_cases(origin, &cases[1..], start + 2)?.into_iter().enumerate() {
        if index > 0 {
            out.push(String::new());
        }
        out.extend(case.before);
        let mut blocks = sorted(blocks(&case.lines, 4), CASE_KEYS).into_iter().flat_map(|block| block.lines);
        let first = blocks.next().unwrap_or_default();
        out.push(format!("  - {}", first.trim_start()));
        out.extend(blocks);
    }
    let text = out.join("\n") + "\n";
    let again = Origin { file: origin.file.clone(), text };
    // A text that this does not understand is left as it is, rather than changed in what it says.
    match again.parse::<serde_yaml::Value>() {
        Ok(after) if after == before && comments(&again.text) == comments(&origin.text) => Ok(again.text),
        _ => Err(wrong(
            origin,
            1,
            "its lines cannot be told apart; write keys of cases with four spaces and cases with '  - '",
        )),
    }
}

/// A key with all that belongs to it: comments before it, its value.
struct Block {
    key: String,
    lines: Vec<String>,
}

/// A case: comments before it, and its lines with the dash as a space.
struct CaseLines {
    before: Vec<String>,
    lines: Vec<String>,
}

fn wrong(origin: &Origin, line: usize, message: &str) -> CaseError {
    CaseError { file: origin.file.clone(), place: Some(Place { line, column: 1 }), message: message.into() }
}

/// The key that a line of this indentation begins with.
fn key(line: &str, indent: usize) -> Option<&str> {
    let rest = line.strip_prefix(&" ".repeat(indent))?;
    let (word, behind) = rest.split_once(':')?;
    let plain = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (plain && (behind.is_empty() || behind.starts_with(' '))).then_some(word)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// What stands before the comments that belong to the line at a position, and the rest.
fn split_comments(lines: &[&str], at: usize) -> (Vec<String>, Vec<String>) {
    let (before, behind) = lines.split_at(at);
    (owned(before), owned(behind))
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn blocks(lines: &[String], indent: usize) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut comments: Vec<String> = Vec::new();
    for line in lines {
        if let Some(key) = key(line, indent) {
            let mut lines = std::mem::take(&mut comments);
            lines.push(line.clone());
            blocks.push(Block { key: key.to_owned(), lines });
        } else if is_comment(line)
            && line.starts_with(&" ".repeat(indent))
            && !line.starts_with(&" ".repeat(indent + 1))
        {
            comments.push(line.clone());
        } else if let Some(block) = blocks.last_mut() {
            block.lines.append(&mut comments);
            block.lines.push(line.clone());
        } else {
            comments.push(line.clone());
        }
    }
    if let Some(block) = blocks.last_mut() {
        block.lines.append(&mut comments);
    }
    for block in &mut blocks {
        while block.lines.last().is_some_and(String::is_empty) {
            block.lines.pop();
        }
    }
    blocks
}

fn sorted(mut blocks: Vec<Block>, order: &[&str]) -> Vec<Block> {
    blocks.sort_by_key(|block| order.iter().position(|key| *key == block.key).unwrap_or(order.len()));
    blocks
}

fn split_cases(origin: &Origin, lines: &[&str], first: usize) -> Result<Vec<CaseLines>, CaseError> {
    let mut cases: Vec<CaseLines> = Vec::new();
    let mut before: Vec<String> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if let Some(rest) = line.strip_prefix("  - ") {
            cases.push(CaseLines {
                before: std::mem::take(&mut before),
                lines: vec![format!("    {}", rest.trim_start())],
            });
        } else if is_comment(line) && !line.starts_with("    ") {
            before.push((*line).to_owned());
        } else if let Some(case) = cases.last_mut().filter(|_| before.is_empty() || line.is_empty()) {
            if before.is_empty() {
                case.lines.push((*line).to_owned());
            }
        } else if !line.is_empty() {
            return Err(wrong(origin, first + index, "a case is expected, which begins with '  - id: '"));
        }
    }
    if let Some(case) = cases.last_mut() {
        case.lines.append(&mut before);
    }
    Ok(cases)
}

/// The comments of a text, in any order.
fn comments(text: &str) -> Vec<&str> {
    let mut comments: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with('#')).collect();
    comments.sort_unstable();
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Result<String, String> {
        let origin = Origin { file: "x.yaml".into(), text: text.into() };
        formatted(&origin).map_err(|error| error.to_string())
    }

    const FORMED: &str = "\
# of the topic
topic: x
requires: [a]

cases:
  # of the first case
  - id: one
    why: >-
      two lines,

      with a blank one between
    # of the result
    result: valid
    data:
      columns:
        - {name: a} # of a column

  - id: two
    why: x
    result: valid
";

    #[test]
    fn keys_come_in_their_order_with_their_comments() {
        let formed = FORMED.replace("\n\ncases", "\ncases");
        assert_eq!(form(&formed).unwrap(), formed);
        let mixed = "\
# of the topic
requires: [a]
topic: x   \n
cases:
  # of the first case
  - data:
      columns:
        - {name: a} # of a column
    # of the result
    result: valid
    why: >-
      two lines,

      with a blank one between

    id: one
  - result: valid

    id: two
    why: x


";
        assert_eq!(form(mixed).unwrap(), formed);
    }

    #[test]
    fn a_file_of_another_shape_is_left_alone() {
        let flow = "topic: x\ncases: [{id: one}]\n";
        assert_eq!(form(flow).unwrap_err(), "x.yaml:1:1: a line 'cases:' is expected, with the cases below it");
        let flat = "topic: x\ncases:\n- id: one\n";
        assert_eq!(form(flat).unwrap_err(), "x.yaml:3:1: a case is expected, which begins with '  - id: '");
    }

    #[test]
    fn text_that_looks_like_a_key_is_not_moved() {
        let quoted = "topic: x\ncases:\n  - id: one\n    why: \"a\n    aliases: b\"\n    result: valid\n";
        assert!(form(quoted).unwrap_err().contains("its lines cannot be told apart"));
    }
}
