//! Paths: names and indices, such as `batch[0].column[s].offsets[2]`.

use std::fmt;

/// A path as it is written, and its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: String,
    steps: Vec<(Step, usize)>,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A name; behind the first one there is a dot in front.
    Name(String),
    /// Brackets.
    At(Index),
}

/// What stands in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Index {
    /// A position.
    Position(usize),
    /// `end`: behind the last.
    End,
    /// `*`: every one.
    All,
    /// `**`: every column and the children below.
    Deep,
    /// The name of a column; in quotes where it would be something else.
    Name(String),
}

impl Path {
    /// Reads a path.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let step = if let Some(behind) = rest.strip_prefix('[') {
                let (index, length) = index(behind).ok_or_else(|| format!("'{text}': a bracket without end"))?;
                rest = &behind[length..];
                if steps.is_empty() {
                    return Err(format!("'{text}': a path begins with a name"));
                }
                Step::At(index)
            } else {
                let behind = match steps.is_empty() {
                    true => rest,
                    false => rest
                        .strip_prefix('.')
                        .ok_or_else(|| format!("'{text}': expected . or [ in front of '{rest}'"))?,
                };
                let end = behind.find(['.', '[']).unwrap_or(behind.len());
                if end == 0 {
                    return Err(format!("'{text}': a name is missing in front of '{behind}'"));
                }
                rest = &behind[end..];
                Step::Name(behind[..end].to_owned())
            };
            steps.push((step, text.len() - rest.len()));
        }
        match steps.is_empty() {
            true => Err("an empty path".to_owned()),
            false => Ok(Path { text: text.to_owned(), steps }),
        }
    }

    /// The step at a position.
    pub fn step(&self, position: usize) -> Option<&Step> {
        self.steps.get(position).map(|(step, _)| step)
    }

    /// The text up to a position and with it.
    pub fn up_to(&self, position: usize) -> &str {
        let end = self.steps.get(position).or(self.steps.last()).map_or(0, |(_, end)| *end);
        &self.text[..end]
    }

    /// Whether it can name any number of things.
    pub fn has_wildcard(&self) -> bool {
        self.steps.iter().any(|(step, _)| matches!(step, Step::At(Index::All | Index::Deep)))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What stands behind an opening bracket, and its length with the closing one.
fn index(text: &str) -> Option<(Index, usize)> {
    if text.starts_with('"') {
        // A JSON string, so that names can hold anything.
        let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let name = strings.next()?.ok()?;
        let end = strings.byte_offset();
        return text[end..].starts_with(']').then_some((Index::Name(name), end + 1));
    }
    let (inside, _) = text.split_once(']')?;
    let index = match inside {
        "end" => Index::End,
        "*" => Index::All,
        "**" => Index::Deep,
        _ => match inside.parse() {
            Ok(position) => Index::Position(position),
            Err(_) => Index::Name(inside.to_owned()),
        },
    };
    Some((index, inside.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_names_and_indices() {
        let path = Path::parse(r#"batch[0].column[a b]["0].x"].child[*].data[end]"#).unwrap();
        let at = |index| Step::At(index);
        let name = |name: &str| Step::Name(name.to_owned());
        let steps: Vec<Step> = path.steps.iter().map(|(step, _)| step.clone()).collect();
        let expected = [
            name("batch"),
            at(Index::Position(0)),
            name("column"),
            at(Index::Name("a b".into())),
            at(Index::Name("0].x".into())),
            name("child"),
            at(Index::All),
            name("data"),
            at(Index::End),
        ];
        assert_eq!(steps, expected);
        assert_eq!(path.up_to(3), "batch[0].column[a b]");
        assert!(path.has_wildcard());
        assert!(!Path::parse("message[1].bodyLength").unwrap().has_wildcard());
    }

    #[test]
    fn what_is_no_path_is_named() {
        let refused = |text| Path::parse(text).unwrap_err();
        assert_eq!(refused(""), "an empty path");
        assert_eq!(refused("[0]"), "'[0]': a path begins with a name");
        assert_eq!(refused("batch[0"), "'batch[0': a bracket without end");
        assert_eq!(refused("batch[\"x]"), "'batch[\"x]': a bracket without end");
        assert_eq!(refused("batch[0]length"), "'batch[0]length': expected . or [ in front of 'length'");
        assert_eq!(refused("batch[0]..length"), "'batch[0]..length': a name is missing in front of '.length'");
    }
}
