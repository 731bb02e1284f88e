//! Verdicts: what came back is compared with the case, never with the producer.

pub mod bytes;
pub mod compare;
pub mod declared;
pub mod difference;
pub mod facts;
pub mod verdict;

use crate::adapter::message::{Answer, Done, Rejection};
use crate::adapter::pool::{Exchange, Outcome};
use crate::adapter::process::Death;
use crate::case::file::{CaseResult, Reject};
use crate::case::options::Phase;
use difference::Difference;
use verdict::Verdict;

/// A verdict and its reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The phase of a rejection.
    pub phase: Option<Phase>,
    /// What was found, what was expected, where; empty for a pass.
    pub message: String,
    /// The first difference, where data were compared.
    pub difference: Option<Box<Difference>>,
}

impl Judgement {
    /// A verdict and its reason.
    pub fn new(verdict: Verdict, message: impl Into<String>) -> Self {
        Self { verdict, phase: None, message: message.into(), difference: None }
    }

    /// Other data than those of the case.
    pub fn differs(verdict: Verdict, difference: Difference) -> Self {
        let message = difference.to_string();
        Self { difference: Some(Box::new(difference)), ..Self::new(verdict, message) }
    }

    /// As the case says.
    pub fn pass() -> Self {
        Self::new(Verdict::Pass, "")
    }

    fn of_rejection(verdict: Verdict, rejection: &Rejection, rest: &str) -> Self {
        let Rejection { phase, error_type, message, .. } = rejection;
        let text = if error_type.is_empty() { message.clone() } else { format!("{error_type}: {message}") };
        let message = format!("rejected in phase {phase}{rest}: {}", text.trim_end());
        Self { phase: Some(*phase), ..Self::new(verdict, message) }
    }
}

/// The answer of an exchange, or the verdict when there is none or it says that nothing was done.
pub fn answer(exchange: &Exchange) -> Result<Result<&Done, &Rejection>, Judgement> {
    match &exchange.outcome {
        Outcome::Answered(Answer::Ok(done)) => Ok(Ok(done)),
        Outcome::Answered(Answer::Rejected(rejection)) => Ok(Err(rejection)),
        Outcome::Answered(Answer::Unsupported { feature, issue }) => {
            let issue = issue.as_ref().map(|issue| format!(" ({issue})")).unwrap_or_default();
            let message =
                format!("answers that '{feature}' is unsupported{issue}, though it claims what the case needs");
            Err(Judgement::new(Verdict::FalseClaim, message))
        }
        Outcome::Answered(Answer::Crashed { end, .. }) => {
            Err(Judgement::new(Verdict::Crash, format!("its process ended with {end}")))
        }
        Outcome::Answered(Answer::Error { message }) => Err(Judgement::new(Verdict::AdapterError, message.trim_end())),
        Outcome::Died(death) => {
            let verdict = match death {
                Death::Ended(_) => Verdict::Crash,
                Death::TimedOut(_) => Verdict::Timeout,
                Death::OutOfMemory { .. } => Verdict::OutOfMemory,
                Death::Garbage(_) | Death::NotStarted { .. } => Verdict::AdapterError,
            };
            Err(Judgement::new(verdict, death.to_string()))
        }
        Outcome::Down(reason) => Err(Judgement::new(Verdict::NotRun, reason.clone())),
    }
}

/// Judges a rejection by a writer that must refuse, in whichever phase.
pub fn refusal(rejection: &Rejection) -> Judgement {
    Judgement::of_rejection(Verdict::Pass, rejection, ", as it must be")
}

/// Judges a rejection by what the case says.
pub fn rejection(result: CaseResult, reject: Option<Reject>, rejection: &Rejection) -> Judgement {
    match (result, reject) {
        (CaseResult::Valid, _) => Judgement::of_rejection(Verdict::OverStrict, rejection, ", but the input is valid"),
        (CaseResult::Defined, _) | (CaseResult::Invalid, None) => {
            Judgement::of_rejection(Verdict::Pass, rejection, ", as it may be")
        }
        (CaseResult::Invalid, Some(Reject { latest })) if rejection.phase > latest => Judgement::of_rejection(
            Verdict::Late,
            rejection,
            &format!(", but {latest} is the last phase in which it may be"),
        ),
        (CaseResult::Invalid, Some(_)) => Judgement::of_rejection(Verdict::Pass, rejection, ", as it must be"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(phase: Phase) -> Rejection {
        Rejection {
            phase,
            error_type: "E".into(),
            message: "m".into(),
            batches_before: None,
            facts: Default::default(),
        }
    }

    #[test]
    fn a_rejection_is_judged_by_result_and_phase() {
        let verdict = |result, latest: Option<Phase>, phase| {
            rejection(result, latest.map(|latest| Reject { latest }), &rejected(phase)).verdict
        };
        assert_eq!(verdict(CaseResult::Valid, None, Phase::Batch), Verdict::OverStrict);
        assert_eq!(verdict(CaseResult::Defined, None, Phase::Batch), Verdict::Pass);
        assert_eq!(verdict(CaseResult::Invalid, Some(Phase::Batch), Phase::Schema), Verdict::Pass);
        assert_eq!(verdict(CaseResult::Invalid, Some(Phase::Batch), Phase::Batch), Verdict::Pass);
        assert_eq!(verdict(CaseResult::Invalid, Some(Phase::Batch), Phase::Validate), Verdict::Late);
    }

    #[test]
    fn a_late_rejection_names_both_phases() {
        let judgement =
            rejection(CaseResult::Invalid, Some(Reject { latest: Phase::Batch }), &rejected(Phase::Validate));
        assert_eq!(
            judgement.message,
            "rejected in phase validate, but batch is the last phase in which it may be: E: m"
        );
    }
}
