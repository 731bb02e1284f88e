//! Which variants of a suite are run.

use std::collections::BTreeSet;

use crate::case::variant::Variant;
use crate::glob;
use crate::hash::number_of;

/// What `run`, `list` and the tests choose from a suite. Everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Names, topics or globs; one of them must match. None: all.
    pub names: Vec<String>,
    /// Features, or globs of them; the variant needs one of them.
    pub features: Vec<String>,
    /// Clauses, or globs of them; the case names one of them.
    pub clauses: Vec<String>,
    /// Flags, or globs of them; the case has one of them.
    pub flags: Vec<String>,
    /// Exactly these variants.
    pub exactly: Option<BTreeSet<String>>,
    /// A part of the cases.
    pub shard: Option<Shard>,
    /// Cases of gigabytes, too.
    pub large: bool,
}

/// The i-th of n parts, split by case, so that added cases move no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub part: u64,
    /// How many there are.
    pub of: u64,
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((part, of)) if 1 <= part && part <= of => Ok(Self { part, of }),
            _ => Err("i/n is expected, with i from 1 to n, e.g. 2/4".into()),
        }
    }
}

impl Selection {
    /// Whether everything is selected, but perhaps for cases of gigabytes.
    pub fn is_everything(&self) -> bool {
        *self == Self { large: self.large, ..Self::default() }
    }

    /// Whether a variant is selected.
    pub fn selects(&self, variant: &Variant) -> bool {
        let any = |patterns: &[String], mut test: Box<dyn FnMut(&str) -> bool + '_>| {
            patterns.is_empty() || patterns.iter().any(|pattern| test(pattern))
        };
        let case = &variant.case;
        let needs = variant.needs.all();
        any(&self.names, Box::new(|name| named(name, variant)))
            && any(&self.features, Box::new(|feature| needs.iter().any(|need| glob::matches(feature, need))))
            && any(&self.clauses, Box::new(|clause| case.clauses.iter().any(|id| glob::matches(clause, id))))
            && any(&self.flags, Box::new(|flag| case.flags.iter().any(|id| glob::matches(flag, id))))
            && self.exactly.as_ref().is_none_or(|names| names.contains(&variant.name))
            && (self.large || !case.large)
            && self.shard.is_none_or(|shard| number_of(&case.name) % shard.of == shard.part - 1)
    }

    /// Names and patterns that select nothing, each a mistake.
    pub fn idle_names(&self, variants: &[Variant]) -> Vec<&str> {
        let idle = |name: &&String| !variants.iter().any(|variant| named(name, variant));
        self.names.iter().filter(idle).map(String::as_str).collect()
    }
}

fn named(pattern: &str, variant: &Variant) -> bool {
    glob::selects(pattern, &variant.name) || variant.case.aliases.iter().any(|alias| alias == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_written_as_part_of_a_whole() {
        assert_eq!("2/4".parse(), Ok(Shard { part: 2, of: 4 }));
        for wrong in ["0/4", "5/4", "2", "a/b", "1/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
