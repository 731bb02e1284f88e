//! The verdicts of a cell.

use serde::{Deserialize, Serialize};

/// What became of a production or a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As the case says.
    Pass,
    /// Equal but for types that the implementation declares it cannot keep.
    Converted,
    /// Other values.
    WrongValue,
    /// Another schema.
    WrongSchema,
    /// Other batches, or a fact that is not as the case says.
    WrongLayout,
    /// Bytes that break a rule of the format, whatever readers make of them.
    WrongBytes,
    /// The C Data or C Stream Interface is not kept, whatever the data are.
    WrongInterface,
    /// Invalid input was accepted.
    Lenient,
    /// Valid input was rejected.
    OverStrict,
    /// Invalid input was rejected after the last phase in which it may be.
    Late,
    /// A feature that the adapter does not claim.
    Unsupported,
    /// A claimed feature that is not there.
    FalseClaim,
    /// The process died.
    Crash,
    /// There was no answer in time.
    Timeout,
    /// The process used more memory than it may.
    OutOfMemory,
    /// The adapter itself is wrong.
    AdapterError,
    /// The input could not be made.
    Blocked,
    /// The adapter is down.
    NotRun,
}

impl Verdict {
    /// Every verdict, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Pass,
        Self::Converted,
        Self::WrongValue,
        Self::WrongSchema,
        Self::WrongLayout,
        Self::WrongBytes,
        Self::WrongInterface,
        Self::Lenient,
        Self::OverStrict,
        Self::Late,
        Self::Unsupported,
        Self::FalseClaim,
        Self::Crash,
        Self::Timeout,
        Self::OutOfMemory,
        Self::AdapterError,
        Self::Blocked,
        Self::NotRun,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Converted => "converted",
            Self::WrongValue => "wrong-value",
            Self::WrongSchema => "wrong-schema",
            Self::WrongLayout => "wrong-layout",
            Self::WrongBytes => "wrong-bytes",
            Self::WrongInterface => "wrong-interface",
            Self::Lenient => "lenient",
            Self::OverStrict => "over-strict",
            Self::Late => "late",
            Self::Unsupported => "unsupported",
            Self::FalseClaim => "false-claim",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
            Self::OutOfMemory => "out-of-memory",
            Self::AdapterError => "adapter-error",
            Self::Blocked => "blocked",
            Self::NotRun => "not-run",
        }
    }

    /// Whether the case was run and came out as it should.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Pass | Self::Converted)
    }

    /// Whether the case was run and did not come out as it should.
    pub fn is_failure(self) -> bool {
        !self.is_success() && !matches!(self, Self::Unsupported | Self::Blocked | Self::NotRun)
    }

    /// Whether it is no failure where a case says nothing that an implementation must do: readers and writers may differ there, but
    /// they may not endanger the process. Bytes that break a rule do so whatever the case.
    pub fn may_differ(self) -> bool {
        matches!(
            self,
            Self::WrongValue | Self::WrongSchema | Self::WrongLayout | Self::Lenient | Self::OverStrict | Self::Late
        )
    }

    /// Whether the failure is one of data, bytes or structures, which may be that of whoever made them.
    pub fn is_of_data(self) -> bool {
        matches!(
            self,
            Self::WrongValue | Self::WrongSchema | Self::WrongLayout | Self::WrongBytes | Self::WrongInterface
        )
    }

    /// Whether the implementation endangers its process; such results are listed one by one.
    pub fn is_unsafe(self) -> bool {
        matches!(self, Self::Crash | Self::Timeout | Self::OutOfMemory)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_report() {
        for verdict in Verdict::ALL {
            assert_eq!(serde_json::to_value(verdict).unwrap(), verdict.name());
        }
    }
}
