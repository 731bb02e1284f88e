//! The published JSON Schemas say what the code reads and writes.

use std::collections::BTreeSet;
use std::path::Path;

use arrowipc_runner::adapter::manifest::{Kind, Manifest};
use arrowipc_runner::archery::Executables;
use arrowipc_runner::case::axis::AXES;
use arrowipc_runner::case::file::{CaseFile, DataFile, ReadFile, TopicFile};
use arrowipc_runner::case::options::{
    Access, Compression, Dictionaries, Format, Phase, Sink, Source, Validate, WriteOptions,
};
use arrowipc_runner::command::claims::Claims;
use arrowipc_runner::expect::file::Rule;
use arrowipc_runner::judge::declared::Part;
use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::wire::edit::Edit;
use arrowipc_runner::wire::lower::options::RawOptions;
use serde_json::Value as Json;

use crate::adapters::{TRAP, Workshop};
use crate::json_schema::problem;

fn schema(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/schema").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The keys that a type reads, as serde tells them when it meets another.
fn keys(error: &str) -> BTreeSet<String> {
    let listed = error.split("expected").nth(1).unwrap_or_else(|| panic!("{error}"));
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn yaml_keys<T: serde::de::DeserializeOwned>() -> BTreeSet<String> {
    keys(&serde_yaml::from_str::<T>("{'': 0}").err().unwrap().to_string())
}

fn toml_keys<T: serde::de::DeserializeOwned>() -> BTreeSet<String> {
    keys(&toml::from_str::<T>("\"\" = 0").err().unwrap().to_string())
}

fn properties(schema: &Json, pointer: &str) -> BTreeSet<String> {
    let object = schema.pointer(pointer).and_then(Json::as_object).unwrap_or_else(|| panic!("no {pointer}"));
    object.keys().cloned().collect()
}

#[test]
fn the_schema_of_cases_has_the_keys_that_are_read() {
    let schema = schema("case-v1.json");
    assert_eq!(properties(&schema, "/properties"), yaml_keys::<TopicFile>());
    assert_eq!(properties(&schema, "/definitions/case/properties"), yaml_keys::<CaseFile>());
    assert_eq!(properties(&schema, "/definitions/data/properties"), yaml_keys::<DataFile>());
    assert_eq!(properties(&schema, "/definitions/options/properties"), yaml_keys::<WriteOptions>());
    assert_eq!(properties(&schema, "/definitions/raw/properties"), yaml_keys::<RawOptions>());
    assert_eq!(properties(&schema, "/definitions/case/properties/read/properties"), yaml_keys::<ReadFile>());
    let axes: BTreeSet<String> = AXES.iter().map(|axis| (*axis).to_owned()).collect();
    assert_eq!(properties(&schema, "/definitions/matrix/properties"), axes);
}

#[test]
fn the_schema_of_edits_has_the_operations_that_are_read() {
    let schema = schema("case-v1.json");
    let listed = schema.pointer("/definitions/edit/oneOf").unwrap().as_array().unwrap();
    let names = listed.iter().map(|one| one["required"][0].as_str().unwrap());
    let unknown = Edit::read(&serde_json::json!({"": 0})).unwrap_err().message;
    for name in names.collect::<BTreeSet<_>>() {
        assert!(unknown.contains(name), "{name}: {unknown}");
    }
    for one in listed {
        let entries = properties(one, "/properties").into_iter().map(|key| {
            let value = match key.as_str() {
                "at" | "by" => Json::from(1),
                "bytes" => "00".into(),
                "where" => serde_json::json!({"name": "a"}),
                "append" => "end_of_stream".into(),
                _ => "batch[0].length".into(),
            };
            (key, value)
        });
        let edit = Json::Object(entries.collect());
        Edit::read(&edit).unwrap_or_else(|error| panic!("{edit}: {error}"));
    }
}

#[test]
fn the_schemas_of_adapters_and_known_failures_have_the_keys_that_are_read() {
    let adapter = schema("adapter-v1.json");
    assert_eq!(properties(&adapter, "/properties"), toml_keys::<Manifest>());
    assert_eq!(
        properties(&adapter, "/properties/limits/properties"),
        toml_keys::<arrowipc_runner::adapter::manifest::Limits>()
    );
    assert_eq!(properties(&adapter, "/properties/claims/properties"), toml_keys::<Claims>());
    assert_eq!(properties(&adapter, "/properties/archery/properties"), toml_keys::<Executables>());
    let listed = |pointer: &str| adapter.pointer(pointer).unwrap().as_array().unwrap().iter().cloned();
    let kinds: Vec<Json> = listed("/properties/kind/enum").collect();
    assert_eq!(kinds, Kind::ALL.iter().map(|kind| Json::from(kind.name())).collect::<Vec<_>>());
    let parts = keys(&serde_json::from_str::<Part>("\"\"").unwrap_err().to_string());
    let lost = listed("/properties/claims/properties/loses/items/enum");
    assert_eq!(lost.map(|part| part.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(), parts);
    let expect = schema("expect-v1.json");
    assert_eq!(properties(&expect, "/properties/expected/items/properties"), toml_keys::<Rule>());
    let listed = expect.pointer("/properties/expected/items/properties/verdict/enum").unwrap();
    let failures: Vec<&str> = Verdict::ALL.iter().filter(|verdict| verdict.is_failure()).map(|v| v.name()).collect();
    assert_eq!(*listed, serde_json::json!(failures));
}

#[test]
fn the_schemas_list_the_words_of_the_vocabulary() {
    fn words<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> Json {
        all.iter().map(|value| Json::from(name(*value))).collect()
    }
    let cases = schema("case-v1.json");
    for (axis, expected) in [
        ("format", words(Format::ALL, Format::name)),
        ("compression", words(Compression::ALL, Compression::name)),
        ("source", words(Source::ALL, Source::name)),
        ("sink", words(Sink::ALL, Sink::name)),
        ("access", words(Access::ALL, Access::name)),
        ("dictionaries", words(Dictionaries::ALL, Dictionaries::name)),
        ("validate", words(Validate::ALL, Validate::name)),
    ] {
        let pointer = format!("/definitions/matrix/properties/{axis}/items/enum");
        assert_eq!(cases.pointer(&pointer), Some(&expected), "{axis}");
    }
    let report = schema("report-v1.json");
    assert_eq!(report.pointer("/definitions/verdict/enum"), Some(&words(Verdict::ALL, Verdict::name)));
    let phases = words(Phase::ALL, Phase::name);
    assert_eq!(report.pointer("/definitions/cell/properties/phase/enum"), Some(&phases));
}

#[test]
fn the_schema_of_reports_has_the_keys_that_are_written() {
    let schema = schema("report-v1.json");
    let workshop = Workshop::with(TRAP);
    workshop.run(&["honest", "crash", "crash-once", "strict", "dies-at-start"]);
    let text = std::fs::read_to_string(workshop.report().join("report.jsonl")).unwrap();
    let mut kinds = BTreeSet::new();
    for line in text.lines() {
        let line: Json = serde_json::from_str(line).unwrap();
        let (kind, body) = line.as_object().unwrap().iter().next().unwrap();
        kinds.insert(kind.clone());
        let known = properties(&schema, &format!("/definitions/{kind}/properties"));
        let written: BTreeSet<String> = body.as_object().unwrap().keys().cloned().collect();
        assert!(written.is_subset(&known), "{kind}: {:?}", written.difference(&known));
        let required = schema.pointer(&format!("/definitions/{kind}/required")).unwrap().as_array().unwrap();
        for key in required {
            assert!(written.contains(key.as_str().unwrap()), "{kind} lacks {key}");
        }
    }
    assert_eq!(kinds.len(), 6);
}

#[test]
fn every_line_of_a_report_is_as_its_schema_says_and_a_wrong_one_is_not() {
    let schema = schema("report-v1.json");
    let problem = |line: &Json| problem(line, &schema, &schema, "");
    let workshop = Workshop::with(TRAP);
    workshop.run(&["honest", "crash", "crash-once", "wrong-value", "strict", "modest", "dies-at-start"]);
    let text = std::fs::read_to_string(workshop.report().join("report.jsonl")).unwrap();
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert_eq!(problem(line), None, "{line}");
    }
    let line = |kind: &str| lines.iter().find(|line| line.get(kind).is_some()).unwrap().clone();
    for (kind, key, value) in [
        ("header", "schema", "arrowipc-report/2".into()),
        ("header", "seed", (-1).into()),
        ("case", "digest", "sha256:0".into()),
        ("artifact", "ms", "fast".into()),
        ("cell", "verdict", "fine".into()),
        ("cell", "unknown", 1.into()),
        ("footer", "complete", false.into()),
    ] {
        let mut wrong = line(kind);
        wrong[kind][key] = value;
        assert!(problem(&wrong).is_some(), "{wrong}");
    }
    let mut wrong = line("cell");
    wrong["cell"].as_object_mut().unwrap().remove("producer");
    assert!(problem(&wrong).is_some_and(|problem| problem.contains("lacks \\\"producer\\\"")), "{:?}", problem(&wrong));
}
