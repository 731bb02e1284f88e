//! Where the data differ from the case first, and what both sides have there.

use serde::{Deserialize, Serialize};

/// The first difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Where it is, in words.
    pub place: String,
    /// What the case has there.
    pub expected: String,
    /// What was read there.
    pub observed: String,
    /// The batch, as the case has them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub batch: Option<usize>,
    /// The column.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<usize>,
    /// The row in the batch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub row: Option<usize>,
}

impl Difference {
    /// A difference that no batch, column or row is known of.
    pub fn at(place: impl Into<String>, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        let (place, expected, observed) = (place.into(), expected.into(), observed.into());
        Self { place, expected, observed, batch: None, column: None, row: None }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { place, expected, observed, .. } = self;
        write!(f, "{place}: expected {expected}, observed {observed}")
    }
}

impl From<arrowipc_kit::value::Difference> for Difference {
    fn from(difference: arrowipc_kit::value::Difference) -> Self {
        let place = difference.place();
        let arrowipc_kit::value::Difference { batch, column, row, expected, observed, .. } = difference;
        Self { place, expected, observed, batch, column: column.map(|(index, _)| index), row }
    }
}
