//! Errors and panics of arrow-rs as refusals.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_schema::ArrowError;
use arrowipc_kit::serve::{Failure, Phase};

/// What a closure gives; a panic in it is a refusal.
pub fn caught<T>(phase: Phase, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(Failure::rejected(phase, "panic", text(&*panic))))
}

/// The text of a panic.
pub fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a text".to_owned())
}

/// An error as a refusal, or as a feature that is not there.
pub fn rejected(phase: Phase, error: &ArrowError) -> Failure {
    let message = error.to_string();
    match crate::claims::feature_of(&message) {
        Some(feature) => Failure::Unsupported { feature, message },
        None => Failure::rejected(phase, kind(error), message),
    }
}

/// The name of an error's variant.
pub fn kind(error: &ArrowError) -> String {
    let text = format!("{error:?}");
    text.split(['(', ' ']).next().unwrap_or_default().to_owned()
}
