//! The bytes of all cases, as the suite lays them out.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use arrowipc_runner::case::file::{CaseResult, Through};
use arrowipc_runner::case::options::Format;
use arrowipc_runner::case::suite::Folder;
use arrowipc_runner::case::variant::{Case, Variant};
use arrowipc_runner::workspace::Workspace;

/// Larger ones say nothing that smaller ones do not.
const MOST_BYTES: usize = 1 << 20;

/// The bytes of a variant.
pub struct CaseFile {
    pub name: String,
    pub case: std::sync::Arc<Case>,
    pub format: Format,
    pub bytes: Vec<u8>,
    /// Where edits made them other than they would be, as far as they have the same length.
    pub changed: Vec<Range<usize>>,
}

/// Every variant whose bytes are not those of another one of its case.
pub static CASE_FILES: LazyLock<Vec<CaseFile>> = LazyLock::new(|| {
    let suite = Folder::new(Workspace::find().unwrap().cases()).load(0).unwrap();
    let mut seen = BTreeSet::new();
    suite.variants.iter().filter_map(|variant| case_file(variant, &mut seen)).collect()
});

fn case_file(variant: &Variant, seen: &mut BTreeSet<(String, Vec<u8>)>) -> Option<CaseFile> {
    if variant.case.large || variant.through == Through::Echo || variant.append.is_some() {
        return None;
    }
    let laid_out = variant.lay_out().ok().filter(|laid_out| laid_out.bytes.len() <= MOST_BYTES)?;
    if !seen.insert((variant.case.name.clone(), laid_out.bytes.clone())) {
        return None;
    }
    let changes = laid_out.changes();
    let moved = changes.iter().any(|change| change.old.length != change.new.length);
    let changed = changes.iter().map(|change| change.offset..change.offset + change.new.length.max(1));
    Some(CaseFile {
        name: variant.name.clone(),
        case: variant.case.clone(),
        format: variant.format,
        bytes: laid_out.bytes,
        changed: if moved { Vec::new() } else { changed.collect() },
    })
}

/// Those of one result.
pub fn of_result(result: CaseResult) -> impl Iterator<Item = &'static CaseFile> {
    CASE_FILES.iter().filter(move |file| file.case.result == result)
}
