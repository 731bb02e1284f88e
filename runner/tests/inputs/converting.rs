//! `convert`: the same rows in every form, and bytes that break no rule.

use crate::commands::{arrowipc, code, orders, text};

/// Converts the example, looks at the result, and compares it.
fn converted(options: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out").display().to_string();
    let orders = orders().display().to_string();
    let run = arrowipc(&[&["convert", &orders, &out], options].concat());
    // It says on standard error that the library is built, if that takes a moment.
    assert_eq!(code(&run), 0, "{options:?}: {}", text(&run.stderr));
    let validated = arrowipc(&["validate", &out]);
    assert_eq!(code(&validated), 0, "{options:?}: {}", text(&validated.stdout));
    let compared = arrowipc(&["diff", "--logical", &orders, &out]);
    assert_eq!((code(&compared), text(&compared.stdout)), (0, String::new()), "{options:?}");
    (text(&arrowipc(&["inspect", "--map", &out]).stdout), out)
}

#[test]
fn every_form_has_the_same_rows() {
    for to in ["stream", "file"] {
        for (options, shown) in [
            (&[][..], ", little-endian"),
            (&["--compression", "lz4"], ", LZ4, "),
            (&["--compression", "zstd", "--level", "9"], ", ZSTD, "),
            (&["--alignment", "64"], ".buffers[4].offset = 192"),
            (&["--metadata-version", "4"], ", V4"),
            (&["--legacy", "--metadata-version", "4"], ", framed as before 0.15"),
            (&["--dictionaries", "unify"], "dictionary[0]"),
            (&["--endianness", "big"], "schema, big-endian"),
            (&["--endianness", "big", "--compression", "zstd", "--legacy"], ", ZSTD, "),
        ] {
            let (inspected, _) = converted(&[&["--to", to], options].concat());
            assert!(inspected.contains(&format!("Arrow IPC {to}")), "{options:?}: {inspected}");
            assert!(inspected.contains(shown), "{to} {options:?}: {inspected}");
        }
    }
}

#[test]
fn what_it_becomes_must_be_clear() {
    let orders = orders().display().to_string();
    let run = arrowipc(&["convert", &orders, "-"]);
    let expected =
        "error: whether - is to be a stream or a file is not clear: name it *.arrows or *.arrow, or say --to\n";
    assert_eq!((code(&run), text(&run.stderr).as_str()), (2, expected));
}

#[test]
fn a_refusal_leaves_no_output() {
    let folder = tempfile::tempdir().unwrap();
    let (cut, out) = (folder.path().join("cut.arrow"), folder.path().join("out.arrow"));
    std::fs::write(&cut, &std::fs::read(orders()).unwrap()[..2000]).unwrap();
    let run = arrowipc(&["convert", &cut.display().to_string(), &out.display().to_string()]);
    assert_eq!(code(&run), 1, "{run:?}");
    assert!(text(&run.stderr).contains(": libarrowipc does not read it (open): "), "{}", text(&run.stderr));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["cut.arrow"]);
}
