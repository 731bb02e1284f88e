//! Features: what a case needs, what an adapter claims.

use std::collections::BTreeSet;

/// Features that a case needs of its writer and of its reader.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Of the producer.
    pub write: BTreeSet<String>,
    /// Of the consumer.
    pub read: BTreeSet<String>,
}

impl Needs {
    /// A feature of both sides.
    pub fn both(&mut self, feature: impl Into<String>) {
        let feature = feature.into();
        self.write.insert(feature.clone());
        self.read.insert(feature);
    }

    /// A feature of the producer.
    pub fn write(&mut self, feature: impl Into<String>) {
        self.write.insert(feature.into());
    }

    /// A feature of the consumer.
    pub fn read(&mut self, feature: impl Into<String>) {
        self.read.insert(feature.into());
    }

    /// A feature as a case names it: of the side it ends with, of the sides it can concern.
    pub fn named(&mut self, name: &str) {
        match name.rsplit_once(':') {
            Some((feature, "r")) => self.read(feature),
            Some((feature, "w")) => self.write(feature),
            _ if concerns_only_writing(name) => self.write(name),
            _ if concerns_only_reading(name) => self.read(name),
            _ => self.both(name),
        }
    }

    /// Every feature of either side.
    pub fn all(&self) -> BTreeSet<&str> {
        self.write.iter().chain(&self.read).map(String::as_str).collect()
    }
}

/// Whether a reader has no use for it.
pub fn concerns_only_writing(name: &str) -> bool {
    name.starts_with("sink.")
        || matches!(name, "compress.level" | "alignment" | "dict.unify" | "write.append" | "fact.write_peak")
}

/// Whether a writer has no use for it.
pub fn concerns_only_reading(name: &str) -> bool {
    matches!(name, "projection" | "projection.any" | "endian.big")
        || ["source.", "access.", "validate.", "fact."].iter().any(|area| name.starts_with(area))
}

/// One of the two directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Bytes to values.
    Read,
    /// Values to bytes.
    Write,
}

/// The first feature of `needed` that no claim covers in this direction.
pub fn first_missing<'a>(needed: &'a BTreeSet<String>, claims: &[String], direction: Direction) -> Option<&'a str> {
    needed.iter().map(String::as_str).find(|feature| !claims.iter().any(|claim| covers(claim, feature, direction)))
}

/// Whether a claim such as `type.*` or `compress.zstd:r` covers a feature.
pub fn covers(claim: &str, feature: &str, direction: Direction) -> bool {
    let (claim, side) = claim.rsplit_once(':').unwrap_or((claim, ""));
    let right_side = match side {
        "r" => direction == Direction::Read,
        "w" => direction == Direction::Write,
        _ => true,
    };
    right_side && (claim == feature || claim.strip_suffix('*').is_some_and(|area| feature.starts_with(area)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_have_directions_and_areas() {
        assert!(covers("type.*", "type.utf8", Direction::Read));
        assert!(covers("compress.zstd:r", "compress.zstd", Direction::Read));
        assert!(!covers("compress.zstd:r", "compress.zstd", Direction::Write));
        assert!(!covers("type.utf8", "type.utf8_view", Direction::Read));
        assert!(covers("*", "anything", Direction::Write));
    }

    #[test]
    fn a_named_feature_goes_to_the_sides_it_concerns() {
        let mut needs = Needs::default();
        for name in ["dict.delta:r", "sink.socket", "endian.big", "fact.in_map", "fact.write_peak", "type.map"] {
            needs.named(name);
        }
        assert_eq!(needs.read, ["dict.delta", "endian.big", "fact.in_map", "type.map"].map(String::from).into());
        assert_eq!(needs.write, ["fact.write_peak", "sink.socket", "type.map"].map(String::from).into());
    }
}
