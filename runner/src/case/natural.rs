//! From YAML as cases write it to the JSON that canonical values are read from.

use serde_json::{Map, Value as Json};
use serde_yaml::Value as Yaml;

use super::error::{CaseError, Origin};
use super::place::{Path, scalar_text};

/// The JSON for a part of a file: `repeat` carried out, numbers written as `0x…` kept as text.
pub fn to_json(yaml: &Yaml, origin: &Origin, path: &Path) -> Result<Json, CaseError> {
    Ok(match yaml {
        Yaml::Null => Json::Null,
        Yaml::Bool(value) => Json::Bool(*value),
        Yaml::String(text) => Json::String(text.clone()),
        Yaml::Number(number) => number_to_json(number, origin, path)?,
        Yaml::Sequence(items) => {
            let items = items.iter().enumerate().map(|(index, item)| to_json(item, origin, &path.to(index)));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Yaml::Mapping(entries) if entries.contains_key("repeat") => {
            let (Some(repeated), Some(times), 2) = (entries.get("repeat"), entries.get("times"), entries.len()) else {
                return Err(origin.error(path, "{repeat: X, times: n} has these two keys and no other"));
            };
            let times = times.as_u64().and_then(|times| usize::try_from(times).ok());
            let times = times.ok_or_else(|| origin.error(&path.to("times"), "times is a number from 0"))?;
            match to_json(repeated, origin, &path.to("repeat"))? {
                Json::String(text) => Json::String(text.repeat(times)),
                Json::Array(items) => Json::Array(std::iter::repeat_n(items, times).flatten().collect()),
                _ => return Err(origin.error(&path.to("repeat"), "a string or a list can be repeated")),
            }
        }
        Yaml::Mapping(entries) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let key = match key {
                    Yaml::String(key) => key.clone(),
                    Yaml::Number(key) => key.to_string(),
                    _ => return Err(origin.error(path, "a key is a word or a number")),
                };
                let value = to_json(value, origin, &path.to(key.as_str()))?;
                object.insert(key, value);
            }
            Json::Object(object)
        }
        Yaml::Tagged(_) => return Err(origin.error(path, "tags (!…) have no place in a case")),
    })
}

fn number_to_json(number: &serde_yaml::Number, origin: &Origin, path: &Path) -> Result<Json, CaseError> {
    // Bits of floats may be written without quotes; YAML has made an integer of them. The look at the whole file is for speed.
    if origin.text.contains("0x")
        && let Some(text) =
            scalar_text(&origin.text, path).filter(|text| text.trim_start_matches('-').starts_with("0x"))
    {
        return Ok(Json::String(text));
    }
    if let Some(integer) = number.as_i64() {
        return Ok(integer.into());
    }
    if let Some(integer) = number.as_u64() {
        return Ok(integer.into());
    }
    match number.as_f64() {
        Some(float) if float.is_nan() => Ok("nan".into()),
        Some(float) if float.is_infinite() => Ok(if float > 0.0 { "inf" } else { "-inf" }.into()),
        Some(float) => Ok(float.into()),
        None => Err(origin.error(path, "a number that cannot be read")),
    }
}

/// The part of a file that a path in a kit error names, such as `.batches[0][2]`.
pub fn path_below(path: &Path, kit_path: &str) -> Path {
    let mut path = path.clone();
    let mut rest = kit_path;
    while let Some(head) = rest.chars().next() {
        let body = &rest[head.len_utf8()..];
        if head == '[' {
            let (index, behind) = body.split_once(']').unwrap_or((body, ""));
            path = path.to(index.parse::<usize>().unwrap_or(0));
            rest = behind;
        } else {
            let end = body.find(['.', '[']).unwrap_or(body.len());
            path = path.to(&body[..end]);
            rest = &body[end..];
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Result<Json, CaseError> {
        let origin = Origin { file: "x.yaml".into(), text: text.into() };
        to_json(&origin.parse()?, &origin, &Path::default())
    }

    #[test]
    fn repetition_is_carried_out() {
        assert_eq!(json("{repeat: ab, times: 3}").unwrap(), "ababab");
        assert_eq!(json("{repeat: [1, null], times: 2}").unwrap(), serde_json::json!([1, null, 1, null]));
    }

    #[test]
    fn bits_need_no_quotes() {
        let values = json("[0x7fc00001, 5, .nan, -.inf, 1.5]").unwrap();
        assert_eq!(values, serde_json::json!(["0x7fc00001", 5, "nan", "-inf", 1.5]));
    }

    #[test]
    fn an_integer_that_yaml_would_round_is_an_error() {
        assert_eq!(
            json("[1, 100000000000000000000000]").unwrap_err().to_string(),
            "x.yaml:1:5: [1]: 100000000000000000000000 does not fit a number of YAML; write it as a string"
        );
    }

    #[test]
    fn kit_paths_are_followed() {
        let path = path_below(&Path::default().to("data"), ".batches[0].columns[2][5]");
        let steps = Path::default().to("data").to("batches").to(0).to("columns").to(2).to(5);
        assert_eq!(path, steps);
    }
}
