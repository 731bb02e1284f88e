//! From `tensors` of a case to canonical tensors, and what such a case may have beside them.

use arrowipc_kit::value::Tensors;
use serde_json::Value as Json;

use super::axis::Axis;
use super::data::in_words;
use super::error::{CaseError, Origin};
use super::file::{CaseFile, CaseResult, Through};
use super::natural::{path_below, to_json};
use super::place::Path;

/// Reads tensors, with their layouts.
pub fn read(yaml: &[serde_yaml::Value], origin: &Origin, path: &Path) -> Result<Tensors, CaseError> {
    let items = yaml.iter().enumerate().map(|(index, item)| to_json(item, origin, &path.to(index)));
    let json = Json::from(items.collect::<Result<Vec<_>, _>>()?);
    let tensors = Tensors::from_natural(&json);
    tensors.map_err(|error| origin.error(&path_below(path, &error.path), in_words(&error)))
}

/// Refuses what has no place beside tensors.
pub fn check(
    case: &CaseFile,
    through: Through,
    tensors: &Tensors,
    origin: &Origin,
    path: &Path,
) -> Result<(), CaseError> {
    let beside = [
        ("data", case.data.is_some(), "tensors stand in place of data"),
        ("frame", case.frame.is_some(), "tensors stand in place of a frame"),
        ("raw", case.raw.is_some(), "raw says how data become bytes; bytes of tensors are written down with wire"),
        (
            "edit",
            case.edit.is_some() && case.wire.is_none(),
            "there is nothing to edit: bytes of tensors are written down with wire",
        ),
        ("cdata", case.cdata.is_some(), "tensors do not cross the C Data Interface"),
        ("through", matches!(through, Through::Transcode | Through::Echo), "tensors are written and read, no more"),
        ("read", case.read.access.is_some() || case.read.order.is_some(), "tensors are read one behind the other"),
        ("read", case.read.projection.is_some(), "tensors have no columns"),
    ];
    if let Some((key, _, message)) = beside.into_iter().find(|(_, present, _)| *present) {
        return Err(origin.error_at_key(&path.to(key), message));
    }
    let at = path.to("tensors");
    match case.result {
        CaseResult::Invalid if case.wire.is_none() => {
            Err(origin.error(path, "an invalid case of tensors has its bytes written down with wire"))
        }
        CaseResult::Invalid if !tensors.0.is_empty() => {
            Err(origin.error(&at, "nothing must be read of an invalid case: tensors: []"))
        }
        CaseResult::Valid | CaseResult::Defined if tensors.0.is_empty() => {
            Err(origin.error(&at, "tensors are what a reader must see, and none are here"))
        }
        _ => Ok(()),
    }
}

/// Whether an axis has a place in a case of tensors.
pub fn check_axis(axis: &Axis, through: Through) -> Result<(), String> {
    let known: &[&str] = match through {
        Through::Suite => &["source", "validate"],
        _ => &["source", "validate", "sink", "metadata_version"],
    };
    match known.contains(&axis.name.as_str()) {
        true => Ok(()),
        false => Err(format!("axis '{}' has no place in this case of tensors; it has {}", axis.name, known.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use arrowipc_kit::value::Canonical;

    use super::*;

    fn tensors(text: &str) -> Result<Tensors, CaseError> {
        let origin = Origin { file: "x.yaml".into(), text: text.into() };
        read(&origin.parse::<Vec<serde_yaml::Value>>()?, &origin, &Path::default())
    }

    #[test]
    fn values_become_canonical_by_the_type() {
        let read = tensors("- {kind: dense, type: float32, shape: [2], values: [0x7fc00001, 1]}").unwrap();
        assert!(read.canonical().ends_with(r#""values":["7fc00001","3f800000"]}]}"#), "{}", read.canonical());
    }

    #[test]
    fn a_wrong_value_is_placed() {
        let error = tensors("- {kind: dense, type: int8, shape: [2], values: [1, 300]}").unwrap_err();
        assert_eq!((error.place.unwrap().line, error.place.unwrap().column), (1, 53));
    }
}
