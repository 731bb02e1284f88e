//! JUnit XML: what Jenkins' schema allows, what GitLab's limits are, what becomes of known failures and of hostile text.

use std::collections::BTreeSet;

use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::junit::{Detail, junit, of};
use arrowipc_runner::report::reader;
use roxmltree::{Document, Node};

use crate::adapters::{TRAP, Workshop};
use crate::samples::{HOSTILE, Sample, hostile, many_failures, report_of};

/// Its name, the attributes that it must have, those that it may have, and the elements in it.
type Element<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a [&'a str]);

/// Elements of `junit-10.xsd` of Jenkins' xUnit plugin that are used.
const SCHEMA: &[Element] = &[
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
    ),
    (
        "testcase",
        &["name"],
        &["time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("skipped", &[], &["type", "message"], &[]),
    ("error", &[], &["type", "message"], &[]),
    ("failure", &[], &["type", "message"], &[]),
    ("system-err", &[], &[], &[]),
];

/// Elements of which a test has one at most, as Jenkins reads it.
const OUTCOMES: &[&str] = &["skipped", "error", "failure"];

/// What the schema, Jenkins and GitLab refuse or read in another way than it is meant.
fn problems(text: &str) -> Vec<String> {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for node in document.root().descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        let Some((_, required, optional, children)) = SCHEMA.iter().find(|(known, ..)| *known == name) else {
            problems.push(format!("<{name}> is unknown"));
            continue;
        };
        for attribute in node.attributes().map(|attribute| attribute.name()) {
            if !required.contains(&attribute) && !optional.contains(&attribute) {
                problems.push(format!("<{name}> has {attribute}"));
            }
        }
        problems.extend(
            required.iter().filter(|key| !node.has_attribute(**key)).map(|key| format!("<{name}> lacks {key}")),
        );
        for child in node.children().filter(Node::is_element).map(|child| child.tag_name().name()) {
            if !children.contains(&child) {
                problems.push(format!("<{child}> in <{name}>"));
            }
        }
        if let Some(time) = node.attribute("time")
            && !is_time(time)
        {
            problems.push(format!("<{name}> takes '{time}'"));
        }
        match name {
            "testcase" => {
                let found = node.children().filter(|child| OUTCOMES.contains(&child.tag_name().name())).count();
                if found > 1 {
                    problems.push(format!("{:?} has {found} outcomes", node.attribute("name")));
                }
                // GitLab drops all but the first test of a name.
                if !names.insert((node.attribute("classname"), node.attribute("name"))) {
                    problems.push(format!("{:?} is there twice", node.attribute("name")));
                }
            }
            "testsuite" | "testsuites" => problems.extend(counts(&node)),
            _ => {}
        }
    }
    problems
}

/// `SUREFIRE_TIME` of the schema, but for its commas: digits, and digits behind a point.
fn is_time(text: &str) -> bool {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    whole.chars().chain(part.chars()).all(|c| c.is_ascii_digit())
}

fn counts(node: &Node) -> Vec<String> {
    let of = |name: &str| node.descendants().filter(|inner| inner.tag_name().name() == name).count().to_string();
    let told = [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")];
    let wrong = told.into_iter().filter_map(|(attribute, element)| {
        let told = node.attribute(attribute)?;
        (told != of(element)).then(|| format!("{attribute}=\"{told}\", there are {}", of(element)))
    });
    wrong.collect()
}

fn tests<'a>(document: &'a Document) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.has_tag_name("testcase")).collect()
}

#[test]
fn a_run_gives_what_the_schema_of_jenkins_allows() {
    let workshop = Workshop::with(TRAP);
    workshop.run(&["honest", "crash", "crash-once", "drops-row", "strict", "modest", "dies-at-start"]);
    let report = reader::read(&workshop.report()).unwrap();
    for detail in [Detail::Result, Detail::Case, Detail::Topic] {
        assert_eq!(problems(&of(&report, detail)), Vec::<String>::new(), "{detail:?}");
    }
    let text = junit(&report);
    let document = Document::parse(&text).unwrap();
    let results = report.artifacts.len() + report.cells.len() + report.header.down.len() + report.footer.breaches.len();
    assert_eq!(tests(&document).len(), results);
}

#[test]
fn hostile_text_stays_text() {
    let text = junit(&hostile());
    assert_eq!(problems(&text), Vec::<String>::new());
    let document = Document::parse(&text).unwrap();
    // The characters that XML 1.0 does not have are replaced, and nothing else is.
    let kept: String =
        HOSTILE.chars().map(|c| if matches!(c, '\0' | '\x1b' | '\u{ffff}') { '\u{fffd}' } else { c }).collect();
    let failure = document.descendants().find(|node| node.has_tag_name("failure")).unwrap();
    assert!(failure.text().unwrap().starts_with(&kept), "{:?}", failure.text());
    assert!(tests(&document).iter().any(|test| test.attribute("name").unwrap().contains(&kept)));
}

#[test]
fn a_schema_that_is_broken_is_seen() {
    for (wrong, problem) in [
        ("<testsuite name='a' tests='0' failures='0'/>", "<testsuite> lacks errors"),
        ("<testcase name='a' file='b'/>", "<testcase> has file"),
        ("<testcase name='a' time='1e3'/>", "<testcase> takes '1e3'"),
        ("<testsuite name='a' tests='2' failures='0' errors='0'/>", "tests=\"2\", there are 0"),
        ("<failure><p/></failure>", "<p> in <failure>"),
        ("<testsuites><testcase name='a'/></testsuites>", "<testcase> in <testsuites>"),
    ] {
        assert!(problems(wrong).contains(&problem.to_owned()), "{wrong}: {:?}", problems(wrong));
    }
}

#[test]
fn only_what_somebody_has_to_look_at_fails() {
    let text = junit(&hostile());
    let document = Document::parse(&text).unwrap();
    let outcomes = |element: &str| -> Vec<String> {
        let nodes = document.descendants().filter(|node| node.has_tag_name(element));
        nodes.map(|node| node.attribute("message").unwrap().split(": ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(outcomes("failure"), ["wrong-bytes", "wrong-value"]);
    assert_eq!(outcomes("error")[..2], ["not-run", "crash"]);
    assert_eq!(outcomes("error").len(), 5, "and the adapter that is down, and two breaches");
    assert_eq!(outcomes("skipped"), ["unsupported", "blocked", "observed", "known"]);
}

#[test]
fn names_stay_when_a_version_changes() {
    let names = |version: &str| -> Vec<String> {
        let party = format!("a@{version}");
        let report = report_of(&[("t/c[x]", &party, Some(&party), Verdict::Pass, true, "")], &|_| vec![]);
        let text = junit(&report);
        let document = Document::parse(&text).unwrap();
        tests(&document).iter().map(|test| test.attribute("name").unwrap().to_owned()).collect()
    };
    assert_eq!(names("1.0"), ["t/c[x] a -> a"]);
    assert_eq!(names("1.0"), names("2.0"));
    let two = [
        ("t/c[x]", "a@1", Some("a@1"), Verdict::Pass, true, ""),
        ("t/c[x]", "a@1", Some("a@2"), Verdict::Pass, true, ""),
    ];
    let text = junit(&report_of(&two, &|_| vec![]));
    assert!(text.contains("name=\"t/c[x] a@1 -&gt; a@2\""), "{text}");
}

#[test]
fn a_report_of_half_a_million_cells_fits_its_readers_and_keeps_its_failures() {
    let cases: Vec<String> = (0..26_000).map(|n| format!("types/topic-{}/case-{}[{n}]", n % 40, n % 1300)).collect();
    let mut samples: Vec<Sample> = Vec::new();
    for case in &cases {
        samples.push((case, "a@1", Some("b@1"), Verdict::Pass, true, ""));
    }
    samples.push((&cases[5], "a@1", Some("c@1"), Verdict::WrongValue, false, "wrong"));
    let mut report = report_of(&samples, &|_| vec![]);
    let passed = report.cells[..cases.len()].to_vec();
    for n in 1..20 {
        report.cells.extend(passed.iter().cloned().map(|mut cell| {
            cell.producer = format!("a{n}@1");
            cell
        }));
    }
    let text = junit(&report);
    assert!(text.len() < 30_000_000, "{}", text.len());
    assert_eq!(problems(&text), Vec::<String>::new());
    let document = Document::parse(&text).unwrap();
    let tests = tests(&document);
    assert!(tests.len() < 500_000, "{}", tests.len());
    assert_eq!(tests.iter().filter(|test| test.has_children()).count(), 1);
    assert_eq!(tests[0].attribute("name"), Some("types/topic-0/case-0 a -> b"));
}

#[test]
fn long_messages_are_cut() {
    let text = junit(&many_failures(3));
    let document = Document::parse(&text).unwrap();
    for failure in document.descendants().filter(|node| node.has_tag_name("failure")) {
        assert!(failure.text().unwrap().len() < 5000);
        assert!(failure.attribute("message").unwrap().ends_with(" more bytes)"));
    }
}
