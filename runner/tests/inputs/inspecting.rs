//! `inspect`: every byte once, whatever the input.

use arrowipc_runner::wire::map;
use arrowipc_runner::wire::parse;

use crate::case_files::CASE_FILES;

#[test]
fn the_ranges_of_every_case_file_are_the_file_without_overlap_and_gap() {
    let mut bytes = 0;
    for file in CASE_FILES.iter() {
        let parsed = parse::parse(&file.bytes, file.format);
        let mut at = 0;
        for section in map::sections(&file.bytes, &parsed) {
            assert_eq!(section.range.start, at, "{}: {}", file.name, section.name);
            for entry in &section.map.entries {
                assert_eq!(entry.range.start, at, "{}: {entry:?}", file.name);
                assert!(!entry.range.is_empty(), "{}: {entry:?}", file.name);
                at = entry.range.end;
            }
            assert_eq!(section.range.end, at, "{}: {}", file.name, section.name);
        }
        assert_eq!(at, file.bytes.len(), "{}", file.name);
        bytes += at;
    }
    eprintln!("{} case files, {bytes} bytes, each in one range", CASE_FILES.len());
    assert!(CASE_FILES.len() > 2000, "{}", CASE_FILES.len());
}
