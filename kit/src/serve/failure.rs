//! Why a request is not done.

use serde_json::{Map, Value as Json, json};

/// The step of reading or writing that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The input as a whole.
    Open,
    /// The schema.
    Schema,
    /// A dictionary.
    Dictionary,
    /// A record batch.
    Batch,
    /// The check of everything that was read.
    Validate,
    /// The end of the input.
    Finish,
    /// Writing.
    Write,
}

impl Phase {
    const ALL: [Self; 7] =
        [Self::Open, Self::Schema, Self::Dictionary, Self::Batch, Self::Validate, Self::Finish, Self::Write];

    /// Its word in the protocol.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Schema => "schema",
            Self::Dictionary => "dictionary",
            Self::Batch => "batch",
            Self::Validate => "validate",
            Self::Finish => "finish",
            Self::Write => "write",
        }
    }

    /// The phase of that word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

/// Why a request is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The implementation refuses the input.
    Rejected {
        /// In which step.
        phase: Phase,
        /// Type of its error.
        kind: String,
        /// Text of its error.
        message: String,
    },
    /// The implementation does not have what was asked for.
    Unsupported {
        /// The missing feature, of `cases/features.yaml`.
        feature: String,
        /// What the implementation says.
        message: String,
    },
    /// What was exported is not as the C Data Interface says. The kit has noticed what.
    Malformed,
    /// The adapter, the request or the kit is at fault.
    Error(String),
}

impl Failure {
    /// A refusal of the implementation.
    pub fn rejected(phase: Phase, kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Rejected { phase, kind: kind.into(), message: message.into() }
    }

    /// A feature that is not there.
    pub fn unsupported(feature: impl Into<String>) -> Self {
        Self::Unsupported { feature: feature.into(), message: String::new() }
    }

    /// The same failure, of the request as a whole to write.
    pub(super) fn while_writing(self) -> Self {
        match self {
            Self::Rejected { kind, message, .. } => Self::Rejected { phase: Phase::Write, kind, message },
            failure => failure,
        }
    }

    /// The members of the answer.
    pub(super) fn answer(self, batches_before: Option<u64>) -> Map<String, Json> {
        let object = match self {
            Self::Rejected { phase, kind, message } => {
                let mut answer = json!({
                    "status": "rejected",
                    "phase": phase.name(),
                    "error": {"type": kind, "message": message},
                });
                if let Some(batches) = batches_before {
                    answer["batches_before"] = batches.into();
                }
                answer
            }
            Self::Unsupported { feature, message } if message.is_empty() => {
                json!({"status": "unsupported", "feature": feature})
            }
            Self::Unsupported { feature, message } => {
                json!({"status": "unsupported", "feature": feature, "message": message})
            }
            Self::Malformed => json!({"status": "ok"}),
            Self::Error(message) => json!({"status": "error", "message": message}),
        };
        match object {
            Json::Object(members) => members,
            _ => Map::new(),
        }
    }
}
