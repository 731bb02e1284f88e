//! Adapters made of callbacks, in C and in Rust.

use std::env;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use arrowipc_kit::value::Document;

use crate::functions::{DOCUMENT, compiler, kit, library_folder, run};

/// What the adapter of `serve.c` answers to these lines, in a folder with the document `in.json`, and what it prints
/// to standard error.
fn session(requests: &[&str]) -> (Vec<String>, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("serve");
    let mut command = compiler("CC", "cc");
    command.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-o"]).arg(&program);
    run(command.arg(kit().join("tests/kit/serve.c")).arg("-I").arg(kit().join("include")).arg("-ldl"));
    fs::write(folder.path().join("in.json"), DOCUMENT).unwrap();
    let library = format!("{}arrowipc_kit{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
    let mut adapter = Command::new(program)
        .env("ARROWIPC_KIT", library_folder().join(library))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = format!(r#"{{"cmd":"start","protocols":[1,2],"workdir":{:?}}}"#, folder.path());
    let mut input = adapter.stdin.take().unwrap();
    for line in std::iter::once(start.as_str()).chain(requests.iter().copied()) {
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }
    drop(input);
    let output = adapter.wait_with_output().unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{printed}");
    let answers = String::from_utf8(output.stdout).unwrap();
    (answers.lines().map(str::to_owned).collect(), printed, folder)
}

/// The facts of a request that writes: the adapter keeps what it was given, and the kit says so.
const WRITTEN: &str = concat!(
    r#""facts":{"num_batches":2,"cdata_faults":["#,
    r#""the consumer has not released 1 schema (clause cdata-release-called-once)","#,
    r#""the consumer has not released 2 arrays (clause cdata-release-called-once)"]}"#,
);

#[test]
fn an_adapter_in_c_answers_every_request() {
    let digest = Document::from_json(DOCUMENT.as_bytes()).unwrap().digest();
    let echo = r#"{"cmd":"echo","id":5,"in":"in.json","validate":"none","observe":{"via":"cdata","dump":true,"out":"5.json"}}"#;
    let (answers, printed, folder) = session(&[
        r#"{"cmd":"produce","id":1,"in":"in.json","format":"stream","sink":"path","options":{},"out":"1.arrows"}"#,
        r#"{"cmd":"consume","id":2,"path":"1.arrows","format":"stream","observe":{"via":"cdata","dump":true,"out":"2.json"}}"#,
        r#"{"cmd":"produce","id":3,"in":"in.json","format":"stream","out":"3.arrows"}"#,
        r#"{"cmd":"consume","id":4,"path":"3.arrows","format":"stream","observe":{"via":"none"}}"#,
        echo,
        r#"{"cmd":"produce","id":6,"in":"in.json","format":"stream","out":"6.arrows"}"#,
        r#"{"cmd":"transcode","id":7,"path":"6.arrows","format":"stream","to":"file","options":{},"out":"7.arrow"}"#,
        r#"{"cmd":"produce","id":8,"in":"in.json","format":"stream","out":"8.arrows"}"#,
        r#"{"cmd":"consume","id":9,"path":"8.arrows","format":"stream","observe":{"via":"transcode","out":"9.arrows"}}"#,
        r#"{"cmd":"reset"}"#,
        r#"{"cmd":"stop"}"#,
        r#"{"cmd":"consume","id":99,"path":"1.arrows","format":"stream"}"#,
    ]);
    let facts = r#""facts":{"cdata_faults":[]}"#;
    // What was kept is told once.
    let again = r#""facts":{"num_batches":2,"cdata_faults":[]}"#;
    let kept =
        r#""facts":{"cdata_faults":["the consumer has not released 1 schema (clause cdata-release-called-once)"]}"#;
    let expected = [
        concat!(
            r#"{"protocol":1,"adapter":{"id":"memory","version":"1"},"features":["format.stream"],"#,
            r#""roles":["produce","consume","transcode","echo"],"observe":["cdata","transcode"],"validate":["none"]}"#,
        )
        .to_owned(),
        format!(r#"{{"id":1,"status":"ok","size":1,{WRITTEN}}}"#),
        format!(r#"{{"id":2,"status":"ok","digest":"{digest}","batches":2,"rows":3,{facts}}}"#),
        format!(r#"{{"id":3,"status":"ok","size":1,{WRITTEN}}}"#),
        format!(r#"{{"id":4,"status":"ok","batches":2,"rows":3,{facts}}}"#),
        format!(r#"{{"id":5,"status":"ok","digest":"{digest}","batches":2,"rows":3,{kept}}}"#),
        format!(r#"{{"id":6,"status":"ok","size":1,{WRITTEN}}}"#),
        format!(r#"{{"id":7,"status":"ok","size":1,{again}}}"#),
        format!(r#"{{"id":8,"status":"ok","size":1,{WRITTEN}}}"#),
        format!(r#"{{"id":9,"status":"ok","batches":2,"rows":3,{again}}}"#),
        r#"{"allocated":42}"#.to_owned(),
    ];
    assert_eq!(answers, expected);
    assert!(printed.contains("this goes to standard error"), "{printed}");
    for dump in ["2.json", "5.json"] {
        assert_eq!(fs::read_to_string(folder.path().join(dump)).unwrap(), DOCUMENT);
    }
}

#[test]
fn an_adapter_in_c_tells_why_it_does_not_answer() {
    let (answers, _, _folder) = session(&[
        r#"{"cmd":"consume","id":1,"path":"1.arrow","format":"file","observe":{"via":"none"}}"#,
        r#"{"cmd":"consume","id":2,"path":"1.arrows","format":"stream","observe":{"via":"none"}}"#,
        r#"{"cmd":"consume","id":3,"path":"1.arrows","format":"stream","source":"pipe"}"#,
        r#"{"cmd":"produce","id":4,"in":"in.json","format":"stream","options":{"compression":"lz4"},"out":"4.arrows"}"#,
        r#"{"cmd":"produce","id":5,"in":"in.json","format":"stream","options":{"alignment":64},"out":"5.arrows"}"#,
        r#"{"cmd":"produce","id":6,"in":"none.json","format":"stream","out":"6.arrows"}"#,
        r#"{"cmd":"produce","id":7,"in":"in.json","format":"stream","out":"no/such/folder"}"#,
        r#"{"cmd":"produce","id":8,"in":"in.json","format":"stream","out":"8.arrows"}"#,
        r#"{"cmd":"consume","id":9,"path":"8.arrows","format":"stream","projection":[1,7],"observe":{"via":"cdata"}}"#,
        r#"{"cmd":"echo","id":10,"in":"in.json","validate":"full","observe":{"via":"cdata"}}"#,
        r#"{"cmd":"consume","id":11,"path":"8.arrows","format":"stream","observe":{"via":"frame"}}"#,
        r#"{"cmd":"dance","id":12}"#,
        r#"{"cmd":"consume","id":13,"format":"stream"}"#,
        r#"{"id":14}"#,
    ]);
    let facts = r#""facts":{"cdata_faults":[]}"#;
    let rejected = |id: u32, phase: &str, kind: &str, message: &str, batches: &str| {
        let error = format!(r#"{{"type":"{kind}","message":"{message}"}}"#);
        format!(r#"{{"id":{id},"status":"rejected","phase":"{phase}","error":{error},{batches}{facts}}}"#)
    };
    let expected = [
        rejected(1, "open", "NoFile", "files are not read", r#""batches_before":0,"#),
        r#"{"id":2,"status":"unsupported","feature":"type.null","message":"nothing was written"}"#.to_owned(),
        r#"{"id":3,"status":"error","message":"the adapter's callback `read` answers 1 and says no reason"}"#
            .to_owned(),
        r#"{"id":4,"status":"unsupported","feature":"compress.lz4","message":"no codec"}"#.to_owned(),
        rejected(5, "write", "Alignment", "8 is all", ""),
        "none.json: No such file or directory".to_owned(),
        r#"{"id":7,"status":"error","message":"no file"}"#.to_owned(),
        format!(r#"{{"id":8,"status":"ok","size":1,{WRITTEN}}}"#),
        rejected(9, "dictionary", "Broken", "a broken batch", r#""batches_before":0,"#),
        rejected(10, "validate", "Full", "not that", r#""batches_before":0,"#),
        r#"{"id":11,"status":"unsupported","feature":"cmd.consume"}"#.to_owned(),
        r#"{"id":12,"status":"unsupported","feature":"cmd.dance"}"#.to_owned(),
        r#"{"id":13,"status":"error","message":"the request is no `consume` of protocol 1: missing field `path`"}"#
            .to_owned(),
        r#"{"id":14,"status":"error","message":"the request has no `cmd`"}"#.to_owned(),
    ];
    assert_eq!(answers.len(), expected.len() + 1);
    for (found, expected) in answers[1..].iter().zip(&expected) {
        if expected.starts_with('{') {
            assert_eq!(found, expected);
        } else {
            assert!(found.contains(expected) && found.contains(r#""status":"error""#), "{found}");
        }
    }
}

#[test]
fn lines_that_are_no_requests_are_answered_and_change_nothing() {
    let (answers, _, _folder) = session(&[
        "",
        "garbage \u{1}",
        "[1]",
        r#"{"cmd":"start","protocols":[2],"workdir":"/"}"#,
        r#"{"cmd":"produce","id":1,"in":"in.json","format":"stream","out":"1.arrows"}"#,
    ]);
    let error = |message: &str| format!(r#"{{"status":"error","message":"{message}"}}"#);
    assert_eq!(
        answers[1..],
        [
            error("the line is no request (EOF while parsing a value at line 2 column 0): "),
            error(r"the line is no request (expected value at line 1 column 1): garbage \\u{1}"),
            error("the line is no request (a request is an object): [1]"),
            error("only protocol 1 is spoken here, not one of [2]"),
            format!(r#"{{"id":1,"status":"ok","size":1,{WRITTEN}}}"#),
        ]
    );
}
