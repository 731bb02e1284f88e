//! Line and column of any part of a YAML text, found by its path.
//!
//! serde_yaml attaches a place to every error that is raised while it deserializes. To find the place of a part that
//! turned out wrong afterwards, the text is deserialized again by a seed that walks to this part and raises an error there.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One step down a YAML text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Into a mapping, by key.
    Key(String),
    /// Into a sequence, by position.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// A part of a YAML text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The path one step further down.
    #[must_use]
    pub fn to(&self, step: impl Into<Step>) -> Self {
        let mut steps = self.0.clone();
        steps.push(step.into());
        Self(steps)
    }

    /// The path of a part of what this leads to.
    #[must_use]
    pub fn below(&self, rest: &Path) -> Self {
        Self(self.0.iter().chain(&rest.0).cloned().collect())
    }
}

/// Line and column, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// Where a part begins. When the path leads nowhere, where the last part on the way begins.
pub fn locate(text: &str, path: &Path) -> Option<Place> {
    let walk = Walk { steps: &path.0, at_key: false, text: None };
    let location = walk.deserialize(serde_yaml::Deserializer::from_str(text)).err()?.location()?;
    Some(Place { line: location.line(), column: location.column() })
}

/// Where the key of a mapping's entry begins.
pub fn locate_key(text: &str, path: &Path) -> Option<Place> {
    let walk = Walk { steps: &path.0, at_key: true, text: None };
    let location = walk.deserialize(serde_yaml::Deserializer::from_str(text)).err()?.location()?;
    Some(Place { line: location.line(), column: location.column() })
}

/// The text of a scalar as it is written, before YAML makes a number of it.
pub fn scalar_text(text: &str, path: &Path) -> Option<String> {
    let mut found = None;
    let walk = Walk { steps: &path.0, at_key: false, text: Some(&mut found) };
    // The walk ends with the error that it raises at its goal.
    let _ = walk.deserialize(serde_yaml::Deserializer::from_str(text));
    found
}

const HERE: &str = "here";

struct Walk<'a> {
    steps: &'a [Step],
    at_key: bool,
    text: Option<&'a mut Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.steps.is_empty() && self.text.is_some() {
            deserializer.deserialize_str(self)
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HERE)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        if let Some(text) = self.text.filter(|_| self.steps.is_empty()) {
            *text = Some(value.to_owned());
        }
        Err(E::custom(HERE))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Some((Step::Index(goal), steps)) = self.steps.split_first() else { return Err(A::Error::custom(HERE)) };
        for _ in 0..*goal {
            if items.next_element::<IgnoredAny>()?.is_none() {
                return Err(A::Error::custom(HERE));
            }
        }
        items.next_element_seed(Walk { steps, at_key: self.at_key, text: self.text })?;
        Err(A::Error::custom(HERE))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let Some((Step::Key(goal), steps)) = self.steps.split_first() else { return Err(A::Error::custom(HERE)) };
        let stop = self.at_key && steps.is_empty();
        while let Some(found) = entries.next_key_seed(Key { goal, stop })? {
            if found {
                entries.next_value_seed(Walk { steps, at_key: self.at_key, text: self.text })?;
                break;
            }
            entries.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::custom(HERE))
    }
}

struct Key<'a> {
    goal: &'a str,
    stop: bool,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        if key == self.goal && self.stop { Err(E::custom(HERE)) } else { Ok(key == self.goal) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a:\n  - {b: 0x7fc00000, c: [1, two]}\n  - d: null\n    e: yes\n";

    fn place(path: &Path) -> (usize, usize) {
        let place = locate(TEXT, path).unwrap();
        (place.line, place.column)
    }

    #[test]
    fn parts_are_found() {
        let item = Path::default().to("a").to(0);
        assert_eq!(place(&item), (2, 5));
        assert_eq!(place(&item.to("c").to(1)), (2, 28));
        assert_eq!(place(&Path::default().to("a").to(1).to("d")), (3, 8));
    }

    #[test]
    fn keys_are_found() {
        let path = Path::default().to("a").to(1).to("e");
        assert_eq!(locate_key(TEXT, &path), Some(Place { line: 4, column: 5 }));
    }

    #[test]
    fn what_is_missing_is_placed_where_it_should_be() {
        assert_eq!(place(&Path::default().to("a").to(1).to("missing")), (3, 5));
    }

    #[test]
    fn numbers_are_seen_as_they_are_written() {
        let path = Path::default().to("a").to(0).to("b");
        assert_eq!(scalar_text(TEXT, &path).as_deref(), Some("0x7fc00000"));
    }
}
