//! Facts that an implementation tells of itself, held against the case.

use serde_json::{Map, Value as Json};

use super::Judgement;
use super::difference::Difference;
use super::verdict::Verdict;
use crate::case::variant::{Bound, FactRule};

/// The first rule that the facts break, if any.
pub fn judge<'a>(rules: impl Iterator<Item = &'a FactRule>, facts: &Map<String, Json>) -> Option<Judgement> {
    for FactRule { name, bound } in rules {
        let Some(fact) = facts.get(name) else {
            let message = format!("claims fact.{name} and does not tell it");
            return Some(Judgement::new(Verdict::FalseClaim, message));
        };
        let kept = match bound {
            Bound::Equals(value) => same(value, fact),
            Bound::AtMost(most) => fact.as_f64().is_some_and(|fact| fact <= *most),
            Bound::AtLeast(least) => fact.as_f64().is_some_and(|fact| fact >= *least),
        };
        if !kept {
            let difference = Difference::at(format!("fact {name}"), bound.to_string(), fact.to_string());
            return Some(Judgement::differs(Verdict::WrongLayout, difference));
        }
    }
    None
}

/// The fact that every adapter with the kit tells: what the kit noticed at the C Data Interface.
const FAULTS: &str = "cdata_faults";

/// A judgement that would pass, unless the kit noticed faults. Without a digest they are what kept the kit from making one.
pub fn with_faults(judgement: Judgement, facts: &Map<String, Json>, has_digest: bool) -> Judgement {
    let Some(Json::Array(faults)) = facts.get(FAULTS) else { return judgement };
    let mut faults = faults.iter().map(|fault| fault.as_str().map_or_else(|| fault.to_string(), str::to_owned));
    match faults.next() {
        Some(first) if judgement.verdict.is_success() || !has_digest => {
            let more = faults.count();
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            Judgement { phase: judgement.phase, ..Judgement::new(Verdict::WrongInterface, format!("{first}{more}")) }
        }
        _ => judgement,
    }
}

/// The facts that the rules are about.
pub fn asked<'a>(rules: impl Iterator<Item = &'a FactRule>, facts: &Map<String, Json>) -> Map<String, Json> {
    rules.filter_map(|rule| Some((rule.name.clone(), facts.get(&rule.name)?.clone()))).collect()
}

/// Equal, whether a number is written as an integer or as a float.
fn same(a: &Json, b: &Json) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(bound: Bound, fact: Option<Json>) -> Option<Verdict> {
        let rule = FactRule { name: "allocated".into(), bound };
        let facts = fact.map(|fact| ("allocated".to_owned(), fact)).into_iter().collect();
        judge([&rule].into_iter(), &facts).map(|judgement| judgement.verdict)
    }

    #[test]
    fn bounds_hold_up_to_the_bound() {
        assert_eq!(verdict(Bound::AtMost(4096.0), Some(4096.into())), None);
        assert_eq!(verdict(Bound::AtMost(4096.0), Some(4097.into())), Some(Verdict::WrongLayout));
        assert_eq!(verdict(Bound::AtLeast(1.0), Some(0.into())), Some(Verdict::WrongLayout));
        assert_eq!(verdict(Bound::Equals(true.into()), Some(true.into())), None);
        assert_eq!(verdict(Bound::Equals(2.into()), Some(2.0.into())), None);
    }

    #[test]
    fn faults_fail_what_would_pass_and_explain_what_has_no_digest() {
        let facts = |faults: Json| [("cdata_faults".to_owned(), faults)].into_iter().collect();
        let two = facts(serde_json::json!(["one (clause a)", "two (clause b)"]));
        let none = facts(serde_json::json!([]));
        let judged = |verdict, facts: &Map<_, _>, digest| with_faults(Judgement::new(verdict, "m"), facts, digest);
        let wrong = Judgement::new(Verdict::WrongInterface, "one (clause a), and 1 more");
        assert_eq!(judged(Verdict::Pass, &two, true), wrong);
        assert_eq!(judged(Verdict::AdapterError, &two, false), wrong);
        assert_eq!(judged(Verdict::WrongValue, &two, true).verdict, Verdict::WrongValue);
        assert_eq!(judged(Verdict::Pass, &none, true).verdict, Verdict::Pass);
        assert_eq!(judged(Verdict::Pass, &Map::new(), true).verdict, Verdict::Pass);
    }

    #[test]
    fn facts_that_nobody_asked_for_are_left_out() {
        let rule = FactRule { name: "allocated".into(), bound: Bound::AtMost(1.0) };
        let told = [("allocated", 7), ("peak", 9)].map(|(name, value)| (name.to_owned(), Json::from(value)));
        let asked = asked([&rule].into_iter(), &told.into_iter().collect());
        assert_eq!(Json::Object(asked).to_string(), r#"{"allocated":7}"#);
    }

    #[test]
    fn a_claimed_fact_that_is_not_told_is_a_false_claim() {
        assert_eq!(verdict(Bound::AtMost(1.0), None), Some(Verdict::FalseClaim));
    }
}
