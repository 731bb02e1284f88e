//! Axes of a case: each choice of values, one an axis, is a variant.

use serde_yaml::Mapping;

use super::error::{CaseError, Origin};
use super::options::{Access, Compression, Dictionaries, Format, Sink, Source, Validate};
use super::place::Path;
use super::registry::suggestion;

/// The names of the axes.
pub const AXES: &[&str] = &[
    "format",
    "compression",
    "nullable",
    "source",
    "access",
    "sink",
    "dictionaries",
    "metadata_version",
    "alignment",
    "validate",
];

/// One value on one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AxisValue {
    /// `format`.
    Format(Format),
    /// `compression`.
    Compression(Compression),
    /// `nullable`: whether the fields are.
    Nullable(bool),
    /// `source`.
    Source(Source),
    /// `access`.
    Access(Access),
    /// `sink`.
    Sink(Sink),
    /// `dictionaries`.
    Dictionaries(Dictionaries),
    /// `metadata_version`.
    MetadataVersion(u8),
    /// `alignment`.
    Alignment(u32),
    /// `validate`.
    Validate(Validate),
}

/// An axis with its values, as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// The values as they appear in variant names, and what they mean.
    pub values: Vec<(String, AxisValue)>,
    /// Where it stands.
    pub path: Path,
}

/// Reads a `matrix`.
pub fn read(matrix: &Mapping, origin: &Origin, path: &Path) -> Result<Vec<Axis>, CaseError> {
    let mut axes = Vec::new();
    for (key, value) in matrix {
        let name = key.as_str().unwrap_or_default().to_owned();
        let path = path.to(name.as_str());
        if !AXES.contains(&name.as_str()) {
            let hint = suggestion(&name, AXES.iter().copied());
            return Err(origin
                .error_at_key(&path, format!("no axis is called '{name}'; the axes are {}{hint}", AXES.join(", "))));
        }
        let listed = value.as_sequence().filter(|values| !values.is_empty());
        let listed = listed.ok_or_else(|| origin.error(&path, format!("axis '{name}' needs a list of values")))?;
        let mut values: Vec<(String, AxisValue)> = Vec::new();
        for (index, value) in listed.iter().enumerate() {
            let at = path.to(index);
            let text = match value {
                serde_yaml::Value::String(text) => text.clone(),
                serde_yaml::Value::Number(number) => number.to_string(),
                _ => return Err(origin.error(&at, format!("a value of axis '{name}' is a word"))),
            };
            let meaning = meaning(&name, &text).ok_or_else(|| {
                origin.error(&at, format!("axis '{name}' has no value '{text}'; it has {}", choices(&name)))
            })?;
            if values.iter().any(|(known, _)| *known == text) {
                return Err(origin.error(&at, format!("'{text}' is listed twice on axis '{name}'")));
            }
            values.push((text, meaning));
        }
        axes.push(Axis { name, values, path });
    }
    Ok(axes)
}

/// A case's axes over its topic's: the same axis takes the place of the topic's, others follow.
pub fn merge(topic: &[Axis], case: Vec<Axis>) -> Vec<Axis> {
    let mut merged = topic.to_vec();
    for axis in case {
        match merged.iter_mut().find(|other| other.name == axis.name) {
            Some(other) => *other = axis,
            None => merged.push(axis),
        }
    }
    merged
}

/// Every choice of one value an axis; the last axis varies fastest.
pub fn choices_of(axes: &[Axis]) -> Vec<Vec<(&Axis, usize)>> {
    let mut choices = vec![Vec::new()];
    for axis in axes {
        choices = choices
            .into_iter()
            .flat_map(|choice: Vec<(&Axis, usize)>| {
                (0..axis.values.len()).map(move |index| choice.iter().copied().chain([(axis, index)]).collect())
            })
            .collect();
    }
    choices
}

fn meaning(axis: &str, text: &str) -> Option<AxisValue> {
    Some(match axis {
        "format" => AxisValue::Format(Format::from_name(text)?),
        "compression" => AxisValue::Compression(Compression::from_name(text)?),
        "nullable" => AxisValue::Nullable(match text {
            "nullable" => true,
            "required" => false,
            _ => return None,
        }),
        "source" => AxisValue::Source(Source::from_name(text)?),
        "access" => AxisValue::Access(Access::from_name(text)?),
        "sink" => AxisValue::Sink(Sink::from_name(text)?),
        "dictionaries" => AxisValue::Dictionaries(Dictionaries::from_name(text)?),
        "metadata_version" => AxisValue::MetadataVersion(match text {
            "v4" => 4,
            "v5" => 5,
            _ => return None,
        }),
        "alignment" => AxisValue::Alignment(text.parse().ok().filter(|n| [8, 16, 32, 64].contains(n))?),
        "validate" => AxisValue::Validate(Validate::from_name(text)?),
        _ => return None,
    })
}

fn choices(axis: &str) -> String {
    fn names<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> String {
        all.iter().map(|value| name(*value)).collect::<Vec<_>>().join(", ")
    }
    match axis {
        "format" => names(Format::ALL, Format::name),
        "compression" => names(Compression::ALL, Compression::name),
        "source" => names(Source::ALL, Source::name),
        "access" => names(Access::ALL, Access::name),
        "sink" => names(Sink::ALL, Sink::name),
        "dictionaries" => names(Dictionaries::ALL, Dictionaries::name),
        "validate" => names(Validate::ALL, Validate::name),
        "nullable" => "nullable, required".into(),
        "metadata_version" => "v4, v5".into(),
        _ => "8, 16, 32, 64".into(),
    }
}
