//! What GitHub Actions is told: annotations within its limits, a summary that it shows, and Markdown that stays in its place.

use arrowipc_runner::report::github::{SUMMARY_BYTES, annotations};
use arrowipc_runner::report::markdown::summary;
use arrowipc_runner::report::reader;

use crate::adapters::{TRAP, Workshop};
use crate::samples::{HOSTILE, hostile, many_failures};

/// A command as the runner of GitHub Actions reads it: level, properties, message.
fn command(line: &str) -> (String, Vec<(String, String)>, String) {
    let (head, message) =
        line.strip_prefix("::").and_then(|rest| rest.split_once("::")).unwrap_or_else(|| panic!("{line}"));
    let (level, properties) = head.split_once(' ').unwrap_or((head, ""));
    let properties = properties.split(',').map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or_else(|| panic!("{line}"));
        (key.to_owned(), decoded(value))
    });
    (level.to_owned(), properties.collect(), decoded(message))
}

fn decoded(text: &str) -> String {
    [("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]
        .iter()
        .fold(text.to_owned(), |text, (code, plain)| text.replace(code, plain))
}

#[test]
fn a_failure_is_shown_at_the_line_of_its_case() {
    let workshop = Workshop::with(TRAP);
    workshop.run(&["honest", "drops-row"]);
    let text = annotations(&reader::read(&workshop.report()).unwrap());
    let (level, properties, message) = command(text.lines().next().unwrap());
    assert_eq!(level, "error");
    let expected = [
        ("file", "cases/traps.yaml"),
        ("line", "8"),
        ("title", "wrong-value honest@1.0 -> drops-row@1.0 traps/trap[stream]"),
    ];
    assert_eq!(properties, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert!(message.contains("expected"), "{message}");
    assert!(message.ends_with("\narrowipc run 'traps/trap[stream]' -p honest -c drops-row --keep out"), "{message}");
}

#[test]
fn a_step_shows_ten_annotations_of_a_level_and_counts_the_others() {
    let text = annotations(&many_failures(25));
    let commands: Vec<_> = text.lines().map(command).collect();
    assert_eq!(commands.len(), 10);
    assert_eq!(commands[9].1, [("title".to_owned(), "and 16 more".to_owned())]);
    assert_eq!(annotations(&many_failures(10)).lines().count(), 10);
}

#[test]
fn hostile_text_is_no_command() {
    let text = annotations(&hostile());
    let commands: Vec<_> = text.lines().map(command).collect();
    let levels: Vec<&str> = commands.iter().map(|(level, ..)| level.as_str()).collect();
    assert_eq!(levels, ["error", "error", "error", "error", "error", "error", "warning"]);
    assert!(commands[1].2.starts_with(HOSTILE), "{:?}", commands[1].2);
    let breach = &commands[4];
    let place = [("file", "adapters/a/expect.toml"), ("line", "7"), ("title", "known failures")];
    assert_eq!(breach.1, place.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert_eq!(breach.2, "'x' matches nothing");
}

/// The text that GitHub would read as Markdown: what is in no block and in no code span.
fn outside_of_code(text: &str) -> String {
    let mut outside = String::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match &block {
            Some(fence) if line == fence => block = None,
            Some(_) => {}
            None if ticks >= 3 && line.ends_with("text") => block = Some("`".repeat(ticks)),
            None => {
                let mut rest = line;
                while let Some(start) = rest.find('`') {
                    let ticks = rest[start..].chars().take_while(|c| *c == '`').count();
                    outside.push_str(&rest[..start]);
                    let behind = &rest[start + ticks..];
                    let end = closing(behind, ticks).unwrap_or_else(|| panic!("a code span without end: {line}"));
                    rest = &behind[end + ticks..];
                }
                outside.push_str(rest);
                outside.push('\n');
            }
        }
    }
    assert_eq!(block, None, "a block without end");
    let mut plain = String::new();
    let mut rest = outside.as_str();
    while let Some((before, behind)) = rest.split_once("<code>") {
        plain.push_str(before);
        rest = behind.split_once("</code>").unwrap_or_else(|| panic!("code without end: {behind}")).1;
    }
    plain + rest
}

/// Where a run of exactly this many ticks begins.
fn closing(text: &str, ticks: usize) -> Option<usize> {
    let mut from = 0;
    while let Some(start) = text[from..].find('`').map(|start| from + start) {
        let found = text[start..].chars().take_while(|c| *c == '`').count();
        if found == ticks {
            return Some(start);
        }
        from = start + found;
    }
    None
}

#[test]
fn hostile_text_stays_in_code() {
    let text = summary(&hostile(), SUMMARY_BYTES);
    let outside = outside_of_code(&text);
    for part in ["script", "@org", "[x](y)"] {
        assert!(!outside.contains(part), "{part}: {outside}");
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<summary><code>topic/sub/a-case[]]><script"), "{text}");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    // Two parties, the heading and the rule; a bar in a name does not make a cell.
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.replace("\\|", "").matches('|').count() == 4), "{rows:#?}");
}

#[test]
fn a_summary_keeps_to_its_size_and_tells_what_it_leaves_out() {
    let report = many_failures(2000);
    for most in [SUMMARY_BYTES, 60_000, 3_000] {
        let text = summary(&report, most);
        assert!(text.len() <= most, "{most}: {}", text.len());
        assert!(text.starts_with("### Arrow IPC conformance: ❌ 2000 unexpected failures\n"), "{text}");
        assert!(text.ends_with(" more; all of them are in `report.jsonl`\n"), "{most}: {}", &text[text.len() - 200..]);
        outside_of_code(&text);
    }
    assert!(summary(&report, 100).len() <= 130);
}

#[test]
fn a_good_run_is_told_in_a_line_and_a_table() {
    let workshop = Workshop::with(TRAP);
    workshop.run(&["honest"]);
    let text = summary(&reader::read(&workshop.report()).unwrap(), SUMMARY_BYTES);
    assert_eq!(
        text,
        "### Arrow IPC conformance: ✅ all as expected\n\n3 variants, 3 cells; suite `0.1.0`.\n\n\
         | writes ＼ reads | `honest@1.0` |\n|---|---|\n| `honest@1.0` | 3 ok |\n\n"
    );
}
