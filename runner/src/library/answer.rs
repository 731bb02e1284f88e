//! What the host answers.

use serde_json::{Map, Value, json};

use super::abi::Failure;
use super::abi::failure::status;
use crate::case::options::Phase;

/// The members of an answer but for its `id`.
pub type Members = Map<String, Value>;

/// Why a request was not done.
#[derive(Debug)]
pub enum Refusal {
    /// The library refuses the input.
    Rejected {
        /// Where.
        phase: Phase,
        /// Why.
        failure: Failure,
        /// Batches handed over before.
        batches_before: u64,
    },
    /// The library, or this host, cannot do this.
    Unsupported {
        /// What.
        feature: String,
        /// What the library says.
        failure: Option<Failure>,
    },
    /// The library did what it was asked to, and what it exported is not as the C Data Interface says. The kit has noticed what.
    Malformed,
    /// Neither did what it should.
    Error(String),
}

impl Refusal {
    /// A failed call of the library: the input's fault, a missing feature, or a fault of the library or this host.
    pub fn at(phase: Phase, batches_before: u64) -> impl Fn(Failure) -> Self {
        move |failure| match failure.code {
            status::INVALID_DATA | status::LIMIT_EXCEEDED | status::IO => {
                Self::Rejected { phase, failure, batches_before }
            }
            status::UNSUPPORTED => Self::Unsupported { feature: failure.to_string(), failure: Some(failure) },
            _ => Self::from(failure),
        }
    }

    /// A failed call that was given structures of the kit: those may be what the library calls the
    /// caller's bug, or a stream of them fails.
    pub fn of_structures(phase: Phase) -> impl Fn(Failure) -> Self {
        move |failure| match failure.code {
            status::INVALID_ARGUMENT | status::OUT_OF_MEMORY => Self::Rejected { phase, failure, batches_before: 0 },
            _ => Self::at(phase, 0)(failure),
        }
    }

    /// Something that this host does not do.
    pub fn unsupported(feature: impl Into<String>) -> Self {
        Self::Unsupported { feature: feature.into(), failure: None }
    }

    /// A failure of this host itself while it did something to a file.
    pub fn io(action: &str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let place = format!("{action} {}", path.display());
        move |error| Self::Error(format!("{place}: {error}"))
    }
}

/// A call that nothing from outside should make fail.
impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Error(format!("{}: {failure}", failure.name))
    }
}

/// The line that answers a request, with what the kit noticed meanwhile.
pub fn line(id: Option<Value>, outcome: Result<Members, Refusal>, faults: Vec<String>) -> Value {
    let mut answer = Members::new();
    answer.extend(id.map(|id| ("id".to_owned(), id)));
    let members = match outcome {
        Ok(members) => {
            answer.insert("status".into(), "ok".into());
            members
        }
        Err(Refusal::Malformed) => members(json!({"status": "ok"})),
        Err(Refusal::Rejected { phase, failure, batches_before }) => members(json!({
            "status": "rejected",
            "phase": phase,
            "error": {"type": failure.name, "message": failure.to_string()},
            "batches_before": batches_before,
        })),
        Err(Refusal::Unsupported { feature, .. }) => members(json!({"status": "unsupported", "feature": feature})),
        Err(Refusal::Error(message)) => members(json!({"status": "error", "message": message})),
    };
    answer.extend(members);
    // What has no number gives the library nothing to go wrong with.
    if answer.contains_key("id") && matches!(answer["status"].as_str(), Some("ok" | "rejected")) {
        let facts = answer.entry("facts").or_insert_with(|| Members::new().into());
        facts["cdata_faults"] = faults.into();
    }
    answer.into()
}

/// The members of an object that was written with `json!`.
pub fn members(object: Value) -> Members {
    match object {
        Value::Object(members) => members,
        _ => Members::new(),
    }
}
