//! An engine with one adapter, for results of which a single adapter is on either side.

use std::path::Path;

use crate::adapter::setup::Adapter;
use crate::case::suite::Suite;
use crate::case::variant::Variant;
use crate::run::engine::{Cast, Engine};
use crate::run::producer::Producer;

/// Starts an engine in which the adapter and the suite write, and the adapter reads.
pub fn set(adapter: &Adapter, variants: Vec<Variant>, suite: &Suite, kit: &Path) -> std::io::Result<Engine> {
    let cast = Cast {
        adapters: vec![adapter.clone()],
        producers: vec![Producer::Suite, Producer::Adapter(0)],
        consumers: vec![0],
        versions: Default::default(),
        left_out: Default::default(),
        deaths: Default::default(),
        kit: kit.to_owned(),
        repro: Default::default(),
    };
    Engine::start(variants, suite.registry.clauses.clone(), cast, None)
}
