//! Reports made up for tests: any verdict, any text, any size.

use std::path::Path;

use arrowipc_runner::judge::verdict::Verdict;
use arrowipc_runner::report::line::Line;
use arrowipc_runner::report::reader::{Report, parse};
use serde_json::json;

/// Text that every format has a rule against: markup, ends of lines, quotes, directives, commands, characters of terminals.
pub const HOSTILE: &str = "]]><script>alert(1)</script> & \"q\" 'a' \\ # TODO | `` ```\n::error::x %0A,\r\n=1+1\t\u{1b}[31m\0\u{85}\u{2028}\u{ffff} @org [x](y) é\u{1f600}";

/// A result: variant, producer, consumer (none: a production), verdict, whether it is expected, message.
pub type Sample<'a> = (&'a str, &'a str, Option<&'a str>, Verdict, bool, &'a str);

/// A report of these results. All cases are valid and need `features` of theirs.
pub fn report_of(samples: &[Sample], features: &dyn Fn(&str) -> Vec<&'static str>) -> Report {
    let mut producers: Vec<&str> = Vec::new();
    let mut consumers: Vec<&str> = Vec::new();
    let mut cases: Vec<&str> = Vec::new();
    for (case, producer, consumer, ..) in samples {
        for (list, name) in
            [(&mut cases, Some(case)), (&mut producers, Some(producer)), (&mut consumers, consumer.as_ref())]
        {
            list.extend(name.filter(|name| !list.contains(name)));
        }
    }
    let implementations: serde_json::Map<_, _> = producers
        .iter()
        .chain(&consumers)
        .map(|party| {
            let (name, version) = party.split_once('@').unwrap_or((party, "1"));
            let hello = json!({
                "protocol": 1, "adapter": {"id": name, "version": "1"},
                "implementation": {"name": name, "language": "x", "version": version, "components": {}},
                "roles": ["produce", "consume"], "features": ["format.*", "type.*", "dict.basic"],
            });
            ((*party).to_owned(), hello)
        })
        .collect();
    let mut lines = vec![json!({"header": {
        "schema": "arrowipc-report/1", "suite": {"version": "0.1.0", "digest": digest(0)}, "seed": 0, "shard": "1/1",
        "all_cases": true, "producers": producers, "consumers": consumers, "implementations": implementations,
        "down": {}, "host": {"os": "linux", "arch": "x86_64"},
    }})];
    lines.extend(cases.iter().enumerate().map(|(index, case)| {
        json!({"case": {
            "id": case, "why": HOSTILE, "place": format!("cases/sample.yaml:{}", index + 3), "digest": digest(1), "result": "valid",
            "strength": "must", "clauses": [], "features": features(case),
        }})
    }));
    let (mut unexpected, mut count) = (0, 0);
    for (case, producer, consumer, verdict, expected, message) in samples {
        unexpected += u64::from(!expected);
        count += u64::from(consumer.is_some());
        let mut result = json!({
            "case": case, "producer": producer, "verdict": verdict, "expected": expected, "message": message,
            "stderr": if verdict.is_unsafe() { message } else { &"" }, "attempts": 1, "ms": 1.5,
            "repro": if expected == &true { String::new() } else { format!("arrowipc run '{case}'") },
        });
        if let Some(consumer) = consumer {
            result["consumer"] = json!(consumer);
        }
        lines.push(if consumer.is_some() { json!({"cell": result}) } else { json!({"artifact": result}) });
    }
    lines.push(json!({"footer": {
        "complete": true, "cells": count, "artifacts": samples.len() as u64 - count, "counts": {}, "unexpected": unexpected,
        "breaches": [],
    }}));
    let text: Vec<String> = lines.iter().map(ToString::to_string).collect();
    parse(&text.join("\n"), Path::new("sample")).unwrap()
}

fn digest(n: u8) -> String {
    format!("sha256:{n:064}")
}

/// A report with a result of each standing, every text hostile, and everything that may be wrong with a run.
pub fn hostile() -> Report {
    let case = format!("topic/sub/a-case[{HOSTILE}]");
    let party = format!("evil\"<&>|`@{HOSTILE}");
    let mut samples: Vec<Sample> = vec![
        (&case, "a@1.0", None, Verdict::Pass, true, ""),
        (&case, &party, None, Verdict::WrongBytes, false, HOSTILE),
        (&case, "a@1.0", Some("a@1.0"), Verdict::Pass, true, ""),
        (&case, "a@1.0", Some(&party), Verdict::WrongValue, false, HOSTILE),
        (&case, &party, Some("a@1.0"), Verdict::Crash, false, HOSTILE),
        (&case, &party, Some(&party), Verdict::Lenient, true, HOSTILE),
    ];
    let others: Vec<String> = (0..4).map(|n| format!("topic/other-{n}[stream]")).collect();
    for (case, verdict) in others.iter().zip([Verdict::Unsupported, Verdict::Blocked, Verdict::NotRun, Verdict::Late]) {
        samples.push((case, "a@1.0", Some("a@1.0"), verdict, true, HOSTILE));
    }
    let mut report = report_of(&samples, &|_| vec!["format.stream"]);
    for cell in report.cells.iter_mut().filter(|cell| cell.verdict == Verdict::Late) {
        cell.observation = true;
    }
    for cell in report.cells.iter_mut().filter(|cell| cell.verdict == Verdict::Lenient) {
        cell.trace.unstable = Some(HOSTILE.into());
    }
    report.header.down.insert(format!("down{HOSTILE}"), HOSTILE.into());
    report.header.left_out.insert("left".into(), HOSTILE.into());
    report.footer.breaches = vec!["adapters/a/expect.toml:7: 'x' matches nothing".into(), HOSTILE.into()];
    report
}

/// Many variants of one case, all of which failed.
pub fn many_failures(count: usize) -> Report {
    let names: Vec<String> = (0..count).map(|n| format!("topic/case-{n}[{HOSTILE}]")).collect();
    let message = HOSTILE.repeat(40);
    let samples: Vec<Sample> = names
        .iter()
        .map(|name| (name.as_str(), "a@1", Some("b@1"), Verdict::WrongValue, false, message.as_str()))
        .collect();
    report_of(&samples, &|_| vec![])
}

/// Writes a report as a run writes it.
pub fn write(report: &Report, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let Report { header, terms, cases, artifacts, cells, footer } = report.clone();
    let lines = std::iter::once(Line::Header(header))
        .chain(terms.into_iter().map(Line::Term))
        .chain(cases.into_iter().map(Line::Case))
        .chain(artifacts.into_iter().map(Line::Artifact))
        .chain(cells.into_iter().map(Line::Cell))
        .chain([Line::Footer(footer)]);
    let text: String = lines.map(|line| serde_json::to_string(&line).unwrap() + "\n").collect();
    std::fs::write(folder.join("report.jsonl"), text).unwrap();
}
