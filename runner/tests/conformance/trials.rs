//! The trials: their names, which are ignored, and what they say when they fail.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::human::{Style, failure};
use libtest_mimic::{Completion, Failed, Trial};

use crate::scene::{Grain, Place, Scene};

/// No colours: the text is wrapped by whoever shows it.
const PLAIN: Style = Style { colours: false };

/// How many failing cells a trial of many shows.
const SHOWN: usize = 10;

/// All trials of a scene.
pub fn all(scene: &Arc<Scene>, grain: Grain) -> Vec<Trial> {
    let (producers, consumers) = (scene.producers(), scene.consumers());
    let mut cells: BTreeMap<(usize, String), Vec<Place>> = BTreeMap::new();
    let mut position = BTreeMap::new();
    for (index, variant) in scene.variants.iter().enumerate() {
        let subject = match grain {
            Grain::Cells => &variant.name,
            Grain::Pairs => &variant.case.topic,
        };
        for &(producer, from) in producers.iter().filter(|(producer, _)| producer.makes(variant)) {
            for &(consumer, to) in &consumers {
                let name = format!("{subject}::{from}_to_{to}");
                let next = position.len();
                let place = *position.entry(name.clone()).or_insert(next);
                cells.entry((place, name)).or_default().push(Place { variant: index, producer, consumer });
            }
        }
    }
    cells.into_iter().map(|((_, name), cells)| trial(scene, name, cells)).collect()
}

fn trial(scene: &Arc<Scene>, name: String, cells: Vec<Place>) -> Trial {
    let ignored = cells.iter().all(|cell| scene.is_unsupported(*cell));
    let scene = Arc::clone(scene);
    Trial::ignorable_test(name, move || run(&scene, &cells)).with_ignored_flag(ignored)
}

fn run(scene: &Scene, cells: &[Place]) -> Result<Completion, Failed> {
    let mut failures = Vec::new();
    let mut unsupported = Vec::new();
    for place in cells {
        let (cell, artifact) = scene.cell(*place)?;
        if let Some(artifact) = artifact.filter(|artifact| !artifact.expected) {
            let parties = format!("{} writes", artifact.producer);
            failures.push(failure(&artifact.case, &parties, artifact.verdict, &artifact.trace, PLAIN));
        } else if cell.verdict == Verdict::Unsupported {
            unsupported.push(cell.trace.message);
        } else if !cell.expected || cell.verdict == Verdict::NotRun {
            let parties = format!("{} -> {}", cell.producer, cell.consumer);
            failures.push(failure(&cell.case, &parties, cell.verdict, &cell.trace, PLAIN));
        }
    }
    if !failures.is_empty() {
        let more = failures.len().saturating_sub(SHOWN);
        let mut text = format!("{} of {} cells failed\n\n", failures.len(), cells.len());
        text.push_str(&failures[..failures.len() - more].join("\n"));
        if more > 0 {
            text.push_str(&format!("\nand {more} more\n"));
        }
        return Err(text.into());
    }
    match unsupported.pop() {
        Some(reason) if unsupported.len() + 1 == cells.len() => Ok(Completion::ignored_with(reason)),
        _ => Ok(Completion::Completed),
    }
}
