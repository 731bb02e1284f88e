//! `arrowipc explain`.

use arrowipc_kit::value::{Canonical, Data};

use super::args::ExplainArgs;
use super::{AS_EXPECTED, Failure};
use crate::case::bytes::Recipe;
use crate::case::registry::Registry;
use crate::case::variant::{Expected, Variant};
use crate::glob;
use crate::wire::changes::{Bytes, Change};
use crate::wire::map::{RenderOptions, map, render};

/// Expected data longer than this are cut.
const MOST_TEXT: usize = 2000;

pub(super) fn run(args: &ExplainArgs) -> Result<u8, Failure> {
    let suite = super::list::load(args.cases.clone(), 0)?;
    let selected: Vec<&Variant> =
        suite.variants.iter().filter(|variant| glob::selects(&args.id, &variant.name)).collect();
    let Some(first) = selected.first() else {
        let names = suite.variants.iter().map(|variant| variant.case.name.as_str());
        let hint = crate::case::registry::suggestion(&args.id, names);
        return Err(Failure::usage(format!("no case is called '{}'{hint}", args.id)));
    };
    if selected.iter().any(|variant| variant.case.name != first.case.name) {
        return Err(Failure::usage(format!("'{}' is not one case; list shows their names", args.id)));
    }
    print!("{}", text(&selected, first, &suite.registry));
    Ok(AS_EXPECTED)
}

fn text(variants: &[&Variant], first: &Variant, registry: &Registry) -> String {
    let case = &first.case;
    let mut lines = vec![
        format!("{}  ({}, {})", case.name, json_word(&case.result), json_word(&case.strength)),
        format!("  {}:{}", case.file.display(), case.line),
        String::new(),
        format!("  {}", case.why),
        String::new(),
    ];
    for id in &case.clauses {
        if let Some(clause) = registry.clauses.get(id) {
            lines.push(format!("  clause {id} ({}): {}", clause.level, clause.statement.trim_end()));
            lines.push(format!("         {}", clause.source.trim_end()));
        }
    }
    for id in &case.breaks {
        lines.push(format!("  breaks {id}, as it asks for"));
    }
    for id in &case.flags {
        if let Some(flag) = registry.flags.get(id) {
            lines.push(format!("  flag   {id}: {}", flag.effect.trim_end()));
        }
    }
    if case.observation {
        lines.push("  an observation: what implementations do is recorded and not judged".into());
    }
    if let Some(why) = &case.alone {
        lines.push(format!("  alone: {}", why.trim_end()));
    }
    if let Some(reject) = case.reject {
        lines.push(format!("  must be rejected by phase {}", reject.latest));
    }
    for rule in &case.expect {
        lines.push(format!("  fact   {}: {}", rule.name, rule.bound));
    }
    let list = |needs: &std::collections::BTreeSet<String>| needs.iter().cloned().collect::<Vec<_>>().join(" ");
    lines.push(format!("  writing needs {}", list(&first.needs.write)));
    lines.push(format!("  reading needs {}", list(&first.needs.read)));
    lines.push(String::new());
    lines.push(format!("  {} variants:", variants.len()));
    lines.extend(variants.iter().map(|variant| format!("    {}", variant.name)));
    lines.push(String::new());
    lines.push(format!("  expected by {}:", first.name));
    lines.push(format!("    {}", expected(first)));
    if let Some(append) = &first.append {
        let batches: Vec<usize> = append.parts.iter().map(|part| part.batch_count()).collect();
        lines.push(String::new());
        lines.push(format!("  appended, in batches for each time: {batches:?}; there is already:"));
        lines.extend(bytes(first, &append.recipe));
    }
    if let Some(recipe) = &first.recipe {
        lines.push(String::new());
        lines.extend(bytes(first, recipe));
    }
    lines.join("\n") + "\n"
}

/// The edits, what they did, and every byte with what it is.
fn bytes(variant: &Variant, recipe: &Recipe) -> Vec<String> {
    let mut lines = Vec::new();
    let laid_out = match recipe.lay_out() {
        Ok(laid_out) => laid_out,
        Err(error) => return vec![format!("  bytes cannot be laid out: {error}")],
    };
    for edit in recipe.written["edit"].as_array().into_iter().flatten() {
        lines.push(format!("  edit   {edit}"));
    }
    for Change { offset, old, new } in laid_out.changes() {
        let shown = |bytes: &Bytes| match (bytes.hex.is_empty(), bytes.hex.len() == 2 * bytes.length) {
            (true, _) => "nothing".to_owned(),
            (false, true) => bytes.hex.clone(),
            (false, false) => format!("{}… ({} bytes)", bytes.hex, bytes.length),
        };
        lines.push(format!("  change at {offset}: {} -> {}", shown(&old), shown(&new)));
    }
    lines.push(format!("  bytes of {}, {} of them:", variant.name, laid_out.bytes.len()));
    let map = map(&laid_out.bytes, variant.format);
    let rendered = render(&map, &laid_out.bytes, &RenderOptions::default());
    lines.extend(rendered.lines().map(|line| format!("    {line}").trim_end().to_owned()));
    lines
}

fn expected(variant: &Variant) -> String {
    let text = match &variant.expected {
        Expected::Frame(frame) => frame.to_string(),
        Expected::Tensors(tensors) if !tensors.0.is_empty() => tensors.canonical(),
        Expected::Nothing | Expected::Tensors(_) => "a rejection".into(),
        Expected::Document(expected) if matches!(expected.document.data, Data::Generate(_)) => {
            format!("{}\n    {}", expected.digest(), expected.document.canonical())
        }
        Expected::Document(expected) => format!("{}\n    {}", expected.digest(), expected.document.canonical()),
    };
    match text.char_indices().nth(MOST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn json_word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}
