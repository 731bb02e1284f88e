//! What the way to an implementation cannot say, and so is not asked of it.

use arrowipc_kit::value::Document;

use super::producer::MOST_ROWS;
use crate::adapter::message::{Hello, Limit, Via};
use crate::integration_json;

/// Why data cannot reach the implementation as `produce` hands them over, or leave it by a way to observe.
pub fn cannot_say(hello: &Hello, via: Option<Via>, document: &Document) -> Option<String> {
    let by_json = match via {
        // What is expected is handed over so.
        Some(Via::Itself) => true,
        None | Some(Via::Json) => hello.limited_to == Some(Limit::IntegrationJson),
        Some(_) => false,
    };
    if !by_json {
        return None;
    }
    if document.row_count() > MOST_ROWS {
        return Some(format!("integration JSON of {} rows is too large", document.row_count()));
    }
    integration_json::write(document).err().map(|reason| format!("integration JSON cannot say {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_integration_json_cannot_say_is_not_asked_by_way_of_it() {
        let document = |value: &str| {
            let json = format!(
                r#"{{"schema":{{"fields":[{{"name":"x","type":"float64","nullable":true,"metadata":[],"children":[]}}],"metadata":[]}},"batches":[{{"rows":1,"metadata":[],"columns":[["{value}"]]}}]}}"#
            );
            Document::from_json(json.as_bytes()).unwrap()
        };
        let (one, not_a_number) = (document("3ff0000000000000"), document("7ff8000000000000"));
        let hello = |limited: &str| -> Hello {
            let text = format!(
                r#"{{"protocol":1,"adapter":{{"id":"x","version":"1"}},"implementation":{{"name":"x","version":"1"}}{limited}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        let (free, limited) = (hello(""), hello(r#","limited_to":"integration_json""#));
        for via in [None, Some(Via::Json), Some(Via::Itself), Some(Via::Transcode)] {
            assert_eq!(cannot_say(&limited, via, &one), None);
            let reason = "integration JSON cannot say batches[0].x: NaN is no number of JSON".to_owned();
            let expected = (via != Some(Via::Transcode)).then_some(reason);
            assert_eq!(cannot_say(&limited, via, &not_a_number), expected);
            assert_eq!(cannot_say(&free, via, &not_a_number), expected.filter(|_| via == Some(Via::Itself)));
        }
    }
}
