//! The conformance suite under `cargo test` and nextest.
//!
//! `cargo test` shows one trial a cell, all in this process, which starts each adapter once. nextest runs each trial in a
//! process of its own, so there a trial is one (topic, producer -> consumer). `ARROWIPC_TRIALS=cells` or `pairs` overrides
//! the choice, `ARROWIPC_ADAPTERS=libarrowipc,pyarrow` names who takes part.
//!
//! Cells that need what an adapter does not claim are listed as ignored; the claims are remembered between processes.

mod scene;
mod trials;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use scene::{Grain, Scene};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let whole = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.ignored;
    let grain = Grain::of_environment();
    // A process that runs one trial needs the cases of one topic.
    let topic = arguments.filter.as_deref().filter(|_| arguments.exact && grain == Grain::Pairs);
    let topic = topic.and_then(|name| name.split_once("::")).map(|(topic, _)| topic.to_owned());
    let scene = match Scene::set(topic.as_deref()) {
        Ok(scene) => Arc::new(scene),
        Err(reason) => {
            // The reason is shown as a failed trial, whatever was asked for, so that nothing passes by being absent.
            arguments.filter = None;
            let setup = Trial::test("setup", move || Err(Failed::from(reason)));
            return libtest_mimic::run(&arguments, vec![setup]).exit_code();
        }
    };
    let trials = trials::all(&scene, grain);
    let conclusion = libtest_mimic::run(&arguments, trials);
    scene.stop();
    let breaches = if arguments.list { Vec::new() } else { scene.breaches(whole && grain == Grain::Cells) };
    for breach in &breaches {
        eprintln!("{}\n     edit {}", breach.problem, breach.edit);
    }
    if conclusion.has_failed() || breaches.is_empty() { conclusion.exit_code() } else { ExitCode::from(101) }
}
