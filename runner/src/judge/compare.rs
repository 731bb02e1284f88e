//! Comparison of what was read with what the case expects.

use arrowipc_kit::value::{Canonical, DifferenceKind, Document, Levels, Tensors, first_difference};
use serde_json::Value as Json;

use super::Judgement;
use super::declared::Declared;
use super::difference::Difference;
use super::verdict::Verdict;

/// Judges a document at the levels of the case. What those through whom the data went declare that they do not keep is no difference.
pub fn documents(expected: &Document, observed: &Document, levels: Levels, through: &[Declared]) -> Judgement {
    let Some(mut difference) = first_difference(expected, observed, levels) else { return Judgement::pass() };
    let mut besides = String::new();
    if through.iter().any(|declared| !declared.is_nothing()) {
        let (mut converted, mut observed, mut kept) = (expected.clone(), observed.clone(), levels);
        let mut changes = Vec::new();
        for declared in through {
            let (next, converts) = declared.convert(&converted);
            converted = next;
            changes.extend(converts);
            changes.extend(declared.forget(&mut converted));
            declared.forget(&mut observed);
            kept = declared.levels(kept);
        }
        if kept != levels {
            changes.push("other batches".into());
        }
        changes.dedup();
        let declared = format!("as declared: {}", changes.join(", "));
        match first_difference(&converted, &observed, kept) {
            None => return Judgement::new(Verdict::Converted, declared),
            // A type that differs as declared stands before the value that is wrong.
            Some(behind) if difference.kind == DifferenceKind::Schema && !changes.is_empty() => {
                difference = behind;
                besides = format!(" ({declared})");
            }
            Some(_) => {}
        }
    }
    let verdict = match difference.kind {
        DifferenceKind::Value => Verdict::WrongValue,
        DifferenceKind::Schema => Verdict::WrongSchema,
        DifferenceKind::Layout => Verdict::WrongLayout,
    };
    let judgement = Judgement::differs(verdict, difference.into());
    Judgement { message: judgement.message + &besides, ..judgement }
}

/// Judges a DataFrame.
pub fn frames(expected: &Json, observed: &Json) -> Judgement {
    match first_json_difference(expected, observed, "frame") {
        None => Judgement::pass(),
        Some((place, expected, observed)) => {
            let in_values = place.contains(".values[") || place.contains(".range[");
            let verdict = if in_values { Verdict::WrongValue } else { Verdict::WrongSchema };
            Judgement::differs(verdict, Difference::at(place, expected, observed))
        }
    }
}

/// Judges tensors, in canonical form.
pub fn tensors(expected: &Tensors, observed: &Tensors) -> Judgement {
    // Canonical texts are JSON.
    let json = |tensors: &Tensors| serde_json::from_str(&tensors.canonical()).unwrap_or(Json::Null);
    let Some((place, expected, observed)) = first_json_difference(&json(expected), &json(observed), "") else {
        return Judgement::pass();
    };
    let place = place.trim_start_matches('.');
    let values = [".values", ".indices", ".indptr"];
    let in_values = values.iter().any(|key| place.contains(&format!("{key}[")) || place.ends_with(key));
    let verdict = if in_values { Verdict::WrongValue } else { Verdict::WrongSchema };
    Judgement::differs(verdict, Difference::at(place, expected, observed))
}

fn first_json_difference(expected: &Json, observed: &Json, place: &str) -> Option<(String, String, String)> {
    match (expected, observed) {
        (Json::Array(a), Json::Array(b)) => {
            let inside = a
                .iter()
                .zip(b)
                .enumerate()
                .find_map(|(index, (a, b))| first_json_difference(a, b, &format!("{place}[{index}]")));
            inside.or_else(|| {
                (a.len() != b.len())
                    .then(|| (place.to_owned(), format!("{} items", a.len()), format!("{} items", b.len())))
            })
        }
        (Json::Object(a), Json::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            keys.into_iter().find_map(|key| {
                let place = format!("{place}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => first_json_difference(a, b, &place),
                    (Some(a), None) => Some((place, a.to_string(), "nothing".into())),
                    (_, b) => Some((place, "nothing".into(), b.map_or_else(String::new, Json::to_string))),
                }
            })
        }
        (a, b) => (a != b).then(|| (place.to_owned(), a.to_string(), b.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::declared::Part;

    fn maps(from: &str, to: &str) -> Declared {
        Declared { type_map: [(from.into(), to.into())].into(), ..Declared::default() }
    }

    fn document(data_type: &str, value: &str) -> Document {
        let text = format!(
            r#"{{"schema":{{"fields":[{{"name":"s","type":"{data_type}","nullable":true,"metadata":[],"children":[]}}],"metadata":[]}},"batches":[{{"rows":1,"metadata":[],"columns":[["{value}"]]}}]}}"#
        );
        Document::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_declared_conversion_is_no_failure_and_an_undeclared_one_is() {
        let (expected, observed) = (document("utf8", "a"), document("utf8_view", "a"));
        let judgement = documents(&expected, &observed, Levels::DEFAULT, &[maps("utf8", "utf8_view")]);
        assert_eq!(judgement, Judgement::new(Verdict::Converted, "as declared: utf8 became utf8_view"));
        let judgement = documents(&expected, &observed, Levels::DEFAULT, &[]);
        assert_eq!(judgement.verdict, Verdict::WrongSchema);
    }

    #[test]
    fn a_conversion_does_not_hide_another_value() {
        let through = [maps("utf8", "utf8_view")];
        let judgement = documents(&document("utf8", "a"), &document("utf8_view", "b"), Levels::DEFAULT, &through);
        assert_eq!(judgement.verdict, Verdict::WrongValue);
        let message =
            r#"batch 0, column 0 "s", row 0, value: expected "a", observed "b" (as declared: utf8 became utf8_view)"#;
        assert_eq!(judgement.message, message);
    }

    #[test]
    fn what_is_declared_and_not_done_hides_no_other_value() {
        let through = [maps("utf8", "utf8_view")];
        let judgement = documents(&document("utf8", "a"), &document("utf8", "b"), Levels::DEFAULT, &through);
        assert_eq!(judgement.verdict, Verdict::WrongValue);
        assert_eq!(judgement.message, r#"batch 0, column 0 "s", row 0, value: expected "a", observed "b""#);
    }

    #[test]
    fn ticks_of_a_finer_unit_are_more() {
        let through = [maps("timestamp[s]", "timestamp[ms]")];
        let expected = document("timestamp[s, Europe/Paris]", "5");
        let observed = |ticks| document("timestamp[ms, Europe/Paris]", ticks);
        assert_eq!(documents(&expected, &observed("5000"), Levels::DEFAULT, &through).verdict, Verdict::Converted);
        assert!(!documents(&expected, &observed("5"), Levels::DEFAULT, &through).verdict.is_success());
    }

    #[test]
    fn data_that_went_through_two_lose_what_either_does_not_keep() {
        let through = [maps("utf8", "large_utf8"), maps("large_utf8", "utf8_view")];
        let judgement = documents(&document("utf8", "a"), &document("utf8_view", "a"), Levels::DEFAULT, &through);
        let message = "as declared: utf8 became large_utf8, large_utf8 became utf8_view";
        assert_eq!(judgement, Judgement::new(Verdict::Converted, message));
    }

    #[test]
    fn a_part_that_is_not_kept_is_no_difference_and_another_one_is() {
        let (mut expected, observed) = (document("utf8", "a"), document("utf8", "a"));
        expected.schema.fields[0].nullable = false;
        let loses = |part| [Declared { loses: [part].into(), ..Declared::default() }];
        let judgement = documents(&expected, &observed, Levels::DEFAULT, &loses(Part::Nullable));
        assert_eq!(judgement, Judgement::new(Verdict::Converted, "as declared: nullability not kept"));
        let judgement = documents(&expected, &observed, Levels::DEFAULT, &loses(Part::FieldMetadata));
        assert_eq!(judgement.verdict, Verdict::WrongSchema);
    }

    #[test]
    fn frames_differ_at_a_place() {
        let a = serde_json::json!({"columns": [{"name": "c", "values": ["1", null]}]});
        let b = serde_json::json!({"columns": [{"values": ["1", "2"], "name": "c"}]});
        assert_eq!(frames(&a, &a).verdict, Verdict::Pass);
        let judgement = frames(&a, &b);
        assert_eq!(judgement.verdict, Verdict::WrongValue);
        assert_eq!(judgement.message, r#"frame.columns[0].values[1]: expected null, observed "2""#);
    }

    #[test]
    fn tensors_differ_at_a_place() {
        let of = |json: Json| Tensors::from_natural(&json).unwrap();
        let tensor = |shape: &[i64], values: &[i64]| {
            of(serde_json::json!([{"kind": "dense", "type": "int8", "shape": shape, "values": values}]))
        };
        assert_eq!(tensors(&tensor(&[2], &[1, 2]), &tensor(&[2], &[1, 2])), Judgement::pass());
        let at = |place: &str, expected: &str, observed: &str| Difference::at(place, expected, observed);
        let value = Judgement::differs(Verdict::WrongValue, at("tensors[0].values[1]", r#""2""#, r#""3""#));
        assert_eq!(tensors(&tensor(&[2], &[1, 2]), &tensor(&[2], &[1, 3])), value);
        let shape = tensors(&tensor(&[2, 1], &[1, 2]), &tensor(&[1, 2], &[1, 2]));
        assert_eq!(shape, Judgement::differs(Verdict::WrongSchema, at("tensors[0].shape[0]", r#""2""#, r#""1""#)));
        let number = tensors(&tensor(&[1], &[1]), &of(serde_json::json!([])));
        assert_eq!(number, Judgement::differs(Verdict::WrongSchema, at("tensors", "1 items", "0 items")));
        assert_eq!(number.message, "tensors: expected 1 items, observed 0 items");
    }
}
