//! JSON Schema draft-07, as far as the project's schemas use it. A keyword that is not known here fails the check, so that none is
//! passed over.

use serde_json::Value as Json;

/// What a value breaks of a schema: the first thing, with its place.
pub fn problem(value: &Json, schema: &Json, root: &Json, place: &str) -> Option<String> {
    let rules = schema.as_object()?;
    rules.iter().find_map(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "title" | "description" | "definitions" => None,
        "$ref" => {
            let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
            problem(value, root.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}")), root, place)
        }
        "oneOf" => {
            let problems: Vec<_> =
                rule.as_array().unwrap().iter().map(|one| problem(value, one, root, place)).collect();
            let fitting = problems.iter().filter(|problem| problem.is_none()).count();
            // What is told of the schema that comes closest is told last.
            (fitting != 1).then(|| {
                format!("{place}: {fitting} fit: {:?}", problems.into_iter().flatten().max_by_key(String::len))
            })
        }
        "type" => (!is_a(value, rule.as_str().unwrap())).then(|| format!("{place}: no {rule}: {value}")),
        "enum" => (!rule.as_array().unwrap().contains(value)).then(|| format!("{place}: {value} is not listed")),
        "const" => (value != rule).then(|| format!("{place}: {value} is not {rule}")),
        "minimum" => (value.as_f64()? < rule.as_f64().unwrap()).then(|| format!("{place}: {value} is below {rule}")),
        "pattern" => {
            (!fits(value.as_str()?, rule.as_str().unwrap())).then(|| format!("{place}: {value} is not {rule}"))
        }
        "items" => value.as_array()?.iter().find_map(|item| problem(item, rule, root, &format!("{place}[]"))),
        "required" => {
            let missing = rule.as_array().unwrap().iter().find(|key| value.get(key.as_str().unwrap()).is_none())?;
            value.is_object().then(|| format!("{place}: lacks {missing}"))
        }
        "properties" => rule.as_object().unwrap().iter().find_map(|(key, rule)| {
            value.get(key).and_then(|inner| problem(inner, rule, root, &format!("{place}.{key}")))
        }),
        "additionalProperties" => {
            let known = schema.get("properties").and_then(Json::as_object);
            let mut others =
                value.as_object()?.iter().filter(|(key, _)| known.is_none_or(|known| !known.contains_key(*key)));
            match rule {
                Json::Bool(allowed) => others.next().filter(|_| !allowed).map(|(key, _)| format!("{place}: has {key}")),
                rule => others.find_map(|(key, inner)| problem(inner, rule, root, &format!("{place}.{key}"))),
            }
        }
        keyword => panic!("'{keyword}' of the schema is not known to this check"),
    })
}

fn is_a(value: &Json, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        kind => panic!("no type '{kind}'"),
    }
}

/// The patterns that the schemas of reports use.
fn fits(text: &str, pattern: &str) -> bool {
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let digest = |text: &str| text.len() == 64 && hex(text);
    match pattern {
        "^([0-9a-f]{2})*$" => text.len().is_multiple_of(2) && hex(text),
        "^[0-9a-f]{64}$" => digest(text),
        "^sha256:[0-9a-f]{64}$" => text.strip_prefix("sha256:").is_some_and(digest),
        pattern => panic!("the pattern '{pattern}' is not known to this check"),
    }
}
