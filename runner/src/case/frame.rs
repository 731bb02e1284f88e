//! From `frame` of a case to the FRAME of the protocol, in canonical values.

use arrowipc_kit::value::{Canonical, DataType, Field, Value};
use serde_json::{Map, Value as Json};

use super::error::{CaseError, Origin};
use super::natural::{path_below, to_json};
use super::place::Path;

/// Reads a frame and makes its values canonical by their dtypes.
pub fn read(yaml: &serde_yaml::Value, origin: &Origin, path: &Path) -> Result<Json, CaseError> {
    let json = to_json(yaml, origin, path)?;
    let object = members(&json, &["index", "columns"], origin, path)?;
    let index = object.get("index").ok_or_else(|| origin.error(path, "a frame has an index"))?;
    let index_path = path.to("index");
    let index = if index.get("range").is_some() {
        members(index, &["range"], origin, &index_path)?;
        index.clone()
    } else {
        column(index, origin, &index_path)?
    };
    let columns = object.get("columns").and_then(Json::as_array);
    let columns = columns.ok_or_else(|| origin.error(path, "a frame has a list of columns"))?;
    let path = path.to("columns");
    let columns = columns.iter().enumerate().map(|(at, json)| column(json, origin, &path.to(at)));
    Ok(serde_json::json!({"index": index, "columns": columns.collect::<Result<Vec<_>, _>>()?}))
}

fn column(json: &Json, origin: &Origin, path: &Path) -> Result<Json, CaseError> {
    let object = members(json, &["name", "dtype", "values", "categories", "ordered"], origin, path)?;
    let dtype = object.get("dtype").and_then(Json::as_str);
    let dtype = dtype.ok_or_else(|| origin.error(path, "a column of a frame has a dtype"))?;
    let data_type = match object.get("categories").and_then(Json::as_array) {
        // A category is a string, or an integer, as its categories are.
        Some(categories) if categories.iter().any(Json::is_number) => DataType::Int64,
        _ => type_of(dtype).ok_or_else(|| origin.error(&path.to("dtype"), format!("dtype '{dtype}' is not known")))?,
    };
    let field = Field::new("", data_type);
    let mut canonical = object.clone();
    for key in ["values", "categories"] {
        let Some(values) = object.get(key) else { continue };
        let at = path.to(key);
        let values = values.as_array().ok_or_else(|| origin.error(&at, "a list is expected"))?;
        let values = values.iter().enumerate().map(|(index, value)| {
            let wrong = |error: arrowipc_kit::value::ParseError| {
                let message = format!("expected {}, found {}", error.expected, error.found);
                origin.error(&path_below(&at.to(index), &error.path), message)
            };
            let value = Value::from_natural(&field, value).map_err(wrong)?;
            serde_json::from_str(&value.canonical()).map_err(|error| origin.error(&at.to(index), error.to_string()))
        });
        canonical.insert(key.into(), Json::Array(values.collect::<Result<_, _>>()?));
    }
    Ok(Json::Object(canonical))
}

fn members<'a>(
    json: &'a Json,
    known: &[&str],
    origin: &Origin,
    path: &Path,
) -> Result<&'a Map<String, Json>, CaseError> {
    let object = json
        .as_object()
        .ok_or_else(|| origin.error(path, format!("a mapping with {} is expected", known.join(", "))))?;
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => {
            Err(origin
                .error_at_key(&path.to(key.as_str()), format!("unknown key '{key}'; known are {}", known.join(", "))))
        }
        None => Ok(object),
    }
}

/// The type whose canonical values a dtype has.
fn type_of(dtype: &str) -> Option<DataType> {
    let unit = |rest: &str| rest.split([',', ']']).next().map(str::to_owned);
    let text = if let Some(rest) = dtype.strip_prefix("datetime64[") {
        format!("timestamp[{}]", unit(rest)?)
    } else if let Some(rest) = dtype.strip_prefix("timedelta64[") {
        format!("duration[{}]", unit(rest)?)
    } else {
        let word = dtype.split('[').next()?.to_lowercase();
        match word.as_str() {
            "boolean" => "bool".into(),
            "object" | "str" | "string" | "category" => "utf8".into(),
            _ => word,
        }
    };
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> Result<Json, CaseError> {
        let origin = Origin { file: "x.yaml".into(), text: text.into() };
        read(&origin.parse().unwrap(), &origin, &Path::default())
    }

    #[test]
    fn values_become_canonical_by_their_dtype() {
        let text = "index: {range: [0, 2, 1]}\ncolumns:\n  - {name: f, dtype: float64, values: [1.5, null]}\n  - {name: t, dtype: 'datetime64[ns, UTC]', values: [7, null]}\n";
        let canonical = frame(text).unwrap();
        assert_eq!(canonical["columns"][0]["values"], serde_json::json!(["3ff8000000000000", null]));
        assert_eq!(canonical["columns"][1]["values"], serde_json::json!(["7", null]));
    }

    #[test]
    fn a_wrong_value_is_placed() {
        let error = frame("index: {range: [0, 1, 1]}\ncolumns: [{name: i, dtype: Int64, values: [x]}]").unwrap_err();
        assert_eq!((error.place.unwrap().line, error.place.unwrap().column), (2, 44));
    }
}
