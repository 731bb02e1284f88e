//! The static corpus: what is in it, that it is the same every time, what `--check` finds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};

use arrowipc_kit::value::Document;
use arrowipc_runner::case::suite::Folder;
use arrowipc_runner::corpus::Corpus;
use serde_json::{Value as Json, json};

use crate::adapters::Workshop;

const TOPIC: &str = "\
topic: small/kinds
data: {columns: [{name: a, type: int32, values: [1, null]}]}
cases:
  - id: plain
    why: two ways of reading share a file
    clauses: [a-clause]
    result: valid
    matrix: {nullable: [nullable, required], format: [stream, file], source: [path, memory], validate: [none, full]}
  - id: ordered
    why: one batch behind the other
    clauses: [a-clause]
    result: defined
    read: {access: random, order: [1, 0]}
    matrix: {format: [file]}
    data: {columns: [{name: a, type: float32, batches: [[0.5], [nan]], layout: {offset: 3}}]}
    expect: {num_batches: 2}
  - id: cut
    why: nothing is read
    clauses: [a-clause]
    flags: [Fault]
    result: invalid
    reject: {latest: batch}
    edit: [{set: 'batch[0].length', to: 3}]
  - id: rewritten
    why: somebody else wrote it
    clauses: [a-clause]
    result: valid
    through: transcode
  - id: generated
    why: too long for a file
    clauses: [a-clause]
    result: valid
    data:
      generate: {batches: 1001, rows: 200}
      columns: [{name: a, type: int32, gen: {algo: sequence, start: 0, step: 1}}]
      digest: sha256:00
";

fn corpus(topic: &str) -> Corpus {
    let workshop = workshop(topic);
    Corpus::of(&workshop.suite()).unwrap()
}

fn workshop(topic: &str) -> Workshop {
    let workshop = Workshop::with("topic: empty\ncases: []\n");
    std::fs::create_dir_all(workshop.cases().join("small")).unwrap();
    workshop.write(topic);
    workshop
}

fn manifest(corpus: &Corpus) -> Json {
    serde_json::from_slice(&corpus.files["manifest.json"]).unwrap()
}

fn emit(workshop: &Workshop, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_arrowipc"))
        .arg("emit")
        .arg(workshop.keep())
        .arg("--cases")
        .arg(workshop.cases())
        .args(more)
        .output()
        .unwrap()
}

#[test]
fn variants_that_are_only_read_in_different_ways_share_a_file() {
    let corpus = corpus(TOPIC);
    let paths: Vec<&str> = corpus.files.keys().map(String::as_str).filter(|path| path.contains('/')).collect();
    assert_eq!(
        paths,
        [
            "defined/small/kinds/ordered.arrow",
            "defined/small/kinds/ordered.json",
            "invalid/small/kinds/cut.arrows",
            "valid/small/kinds/plain--nullable.arrow",
            "valid/small/kinds/plain--nullable.arrows",
            "valid/small/kinds/plain--nullable.integration.json",
            "valid/small/kinds/plain--nullable.json",
            "valid/small/kinds/plain--required.arrow",
            "valid/small/kinds/plain--required.arrows",
            "valid/small/kinds/plain--required.integration.json",
            "valid/small/kinds/plain--required.json",
        ]
    );
    let manifest = manifest(&corpus);
    let mut sharing: BTreeMap<&str, usize> = BTreeMap::new();
    for case in manifest["cases"].as_array().unwrap() {
        *sharing.entry(case["path"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(sharing["valid/small/kinds/plain--nullable.arrow"], 4);
    assert_eq!(sharing.values().sum::<usize>(), 16 + 1 + 1);
}

#[test]
fn an_entry_says_how_to_read_and_what_must_come_of_it() {
    let manifest = manifest(&corpus(TOPIC));
    let entry = |id: &str| {
        let cases = manifest["cases"].as_array().unwrap();
        cases.iter().find(|case| case["id"] == id).cloned().unwrap_or_else(|| panic!("no {id}"))
    };
    let plain = entry("small/kinds/plain[required,file,memory,full]");
    assert_eq!(plain["read"], json!({"source": "memory", "validate": "full"}));
    assert_eq!(plain["expected"]["path"], "valid/small/kinds/plain--required.json");
    let ordered = entry("small/kinds/ordered[file]");
    assert_eq!(ordered["read"], json!({"access": "random", "order": [1, 0]}));
    assert_eq!(ordered["no_integration"], "batches[1].a: NaN is no number of JSON");
    assert_eq!(ordered["facts"], json!({"num_batches": {"equals": 2}}));
    let cut = entry("small/kinds/cut");
    assert_eq!((cut["phase"].as_str(), cut["flags"][0].as_str()), (Some("batch"), Some("Fault")));
    assert_eq!(cut["changes"][0]["old"], json!({"length": 1, "hex": "02"}));
    assert_eq!(cut["changes"][0]["new"], json!({"length": 1, "hex": "03"}));
    assert!(cut.get("expected").is_none() && cut.get("digest").is_none());
    let reasons: Vec<&str> =
        manifest["left_out"].as_array().unwrap().iter().map(|entry| entry["reason"].as_str().unwrap()).collect();
    assert_eq!(
        reasons,
        [
            "its 200200 rows are made by a rule; more than 200000 make no file here",
            "the bytes are those of whichever implementation wrote them"
        ]
    );
}

#[test]
fn the_values_beside_an_input_are_those_of_the_whole() {
    let corpus = corpus(TOPIC);
    let text = |path: &str| String::from_utf8(corpus.files[path].clone()).unwrap();
    let values = text("defined/small/kinds/ordered.json");
    let batches = r#""batches":[{"rows":1,"metadata":[],"columns":[["3f000000"]]},{"rows":1,"metadata":[],"columns":[["7fc00000"]]}]}"#;
    assert!(values.trim_end().ends_with(batches), "{values}");
    assert!(Document::from_json(values.as_bytes()).is_ok() && !values.contains("layout"), "{values}");
}

#[test]
fn a_corpus_is_checked_against_the_cases() {
    let workshop = workshop(TOPIC);
    let told = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    let emitted = emit(&workshop, &[]);
    assert_eq!(emitted.status.code(), Some(0), "{emitted:?}");
    assert_eq!(emit(&workshop, &["--check"]).status.code(), Some(0));
    let file = |path: &str| workshop.keep().join(path);
    let mut bytes = std::fs::read(file("invalid/small/kinds/cut.arrows")).unwrap();
    bytes[9] ^= 1;
    std::fs::write(file("invalid/small/kinds/cut.arrows"), bytes).unwrap();
    std::fs::remove_file(file("defined/small/kinds/ordered.json")).unwrap();
    std::fs::write(file("valid/small/more.arrow"), "").unwrap();
    std::fs::write(file("notes.txt"), "mine").unwrap();
    let checked = emit(&workshop, &["--check"]);
    assert_eq!(checked.status.code(), Some(1));
    assert_eq!(
        told(&checked),
        "missing  defined/small/kinds/ordered.json\nchanged  invalid/small/kinds/cut.arrows\n\
         surplus  notes.txt\nsurplus  valid/small/more.arrow\n"
    );
    // Another emit mends it, and leaves alone what is not its own.
    assert_eq!(emit(&workshop, &[]).status.code(), Some(0));
    assert_eq!(told(&emit(&workshop, &["--check"])), "surplus  notes.txt\n");
}

#[test]
fn a_folder_with_something_else_is_refused() {
    let workshop = workshop(TOPIC);
    std::fs::create_dir_all(workshop.keep()).unwrap();
    std::fs::write(workshop.keep().join("thesis.txt"), "").unwrap();
    let output = emit(&workshop, &[]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("holds files and no manifest.json: it is no corpus"), "{message}");
    assert!(!workshop.keep().join("manifest.json").exists());
}

#[test]
fn cases_with_one_name_for_two_files_are_refused() {
    let topic = "topic: small/kinds\ndata: {columns: [{name: a, type: int32, values: [1]}]}\ncases:\n  \
                 - {id: a, why: w, result: valid, matrix: {nullable: [required]}}\n  - {id: a--required, why: w, result: valid}\n";
    assert_eq!(
        Corpus::of(&workshop(topic).suite()).unwrap_err(),
        [
            "small/kinds/a and small/kinds/a--required would both be valid/small/kinds/a--required.arrows; one needs another id"
        ]
    );
}

#[test]
fn the_corpus_of_all_cases_is_the_same_every_time_and_keeps_its_promises() {
    let all = || {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
        Corpus::of(&Folder::new(cases).load(0).unwrap()).unwrap()
    };
    let corpus = all();
    assert!(corpus.files == all().files, "two emits differ");
    for path in corpus.files.keys() {
        check_name(path);
    }
    let manifest = manifest(&corpus);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/schema/manifest-v1.json");
    let schema: Json = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    Schema(&schema).check(&manifest, &schema, "$");
    let cases = manifest["cases"].as_array().unwrap();
    assert!(cases.is_sorted_by_key(|case| case["id"].as_str()));
    let files = cases.iter().flat_map(|case| [case, &case["expected"], &case["integration"]]);
    let listed: BTreeSet<&str> = files.filter_map(|file| file["path"].as_str()).collect();
    let made: BTreeSet<&str> = corpus.files.keys().map(String::as_str).filter(|path| path.contains('/')).collect();
    assert_eq!(listed, made);
}

/// Names that every file system takes, and none takes for another's.
fn check_name(path: &str) {
    const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];
    assert!(path.len() <= 150, "{path} is long");
    for part in path.split('/') {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
        assert!(part.bytes().all(plain) || part == "README.md", "{path}");
        assert!(!DEVICES.contains(&part.split('.').next().unwrap_or_default()), "{path}");
    }
}

/// A JSON Schema, as far as that of the manifest goes.
struct Schema<'a>(&'a Json);

impl Schema<'_> {
    fn check(&self, value: &Json, schema: &Json, place: &str) {
        for (key, rule) in schema.as_object().unwrap() {
            match key.as_str() {
                "$ref" => {
                    let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                    self.check(value, self.0.pointer(pointer).unwrap(), place);
                }
                "type" => assert!(has_type(value, rule.as_str().unwrap()), "{place}: expected {rule}, found {value}"),
                "enum" => assert!(rule.as_array().unwrap().contains(value), "{place}: expected {rule}, found {value}"),
                "items" => {
                    for (index, item) in value.as_array().unwrap().iter().enumerate() {
                        self.check(item, rule, &format!("{place}[{index}]"));
                    }
                }
                "required" => {
                    for key in rule.as_array().unwrap() {
                        assert!(value.get(key.as_str().unwrap()).is_some(), "{place}: {key} is missing");
                    }
                }
                "properties" => {
                    for (key, member) in value.as_object().unwrap() {
                        match (rule.get(key), &schema["additionalProperties"]) {
                            (Some(rule), _) => self.check(member, rule, &format!("{place}.{key}")),
                            (None, Json::Bool(false)) => panic!("{place}: '{key}' is unknown"),
                            (None, _) => {}
                        }
                    }
                }
                "additionalProperties" if rule.is_object() => {
                    for (key, member) in value.as_object().unwrap() {
                        self.check(member, rule, &format!("{place}.{key}"));
                    }
                }
                "additionalProperties" | "description" | "title" | "definitions" | "$schema" => {}
                other => panic!("'{other}' is not checked here"),
            }
        }
    }
}

fn has_type(value: &Json, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        _ => false,
    }
}
