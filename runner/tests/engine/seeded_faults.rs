//! Implementations that are wrong on purpose are caught by the cases.

use std::path::Path;

use arrowipc_runner::case::suite::Folder;
use arrowipc_runner::faults::{catches, file, subject};

fn folder() -> Folder {
    Folder::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases").canonicalize().unwrap())
}

#[test]
fn every_faulty_implementation_is_caught() {
    let folder = folder();
    let suite = folder.load(0).unwrap();
    let faults = file::load(&folder.path, &folder.shown_as, &suite.registry).unwrap();
    assert!(faults.len() >= 60, "there are {}", faults.len());
    let catches = catches::first(&faults, &subject::subjects(&suite), &suite.registry.clauses);
    let uncaught: Vec<_> = catches.iter().filter(|catch| catch.cases.is_empty()).map(|catch| &catch.id).collect();
    assert!(uncaught.is_empty(), "no case catches {uncaught:?}");
}

#[test]
fn a_fault_that_no_case_is_about_is_not_caught() {
    let folder = folder();
    let registry = folder.registry().unwrap();
    let mut suite = folder.load(0).unwrap();
    // Without the cases of intervals nothing shows what becomes of them.
    suite.variants.retain(|variant| variant.case.topic == "types/bool");
    let faults = file::load(&folder.path, &folder.shown_as, &registry).unwrap();
    let caught = |id: &str| {
        let fault: Vec<_> = faults.iter().filter(|fault| fault.id == id).cloned().collect();
        !catches::first(&fault, &subject::subjects(&suite), &registry.clauses)[0].cases.is_empty()
    };
    assert!(!caught("reader-cuts-nanoseconds"));
    assert!(caught("reader-loses-nullability"));
}

#[test]
fn faults_of_one_side_with_the_same_cases_are_alike() {
    let catch = |id: &str, side, cases: &[&str]| catches::Catch {
        id: id.into(),
        does: String::new(),
        side,
        cases: cases.iter().map(ToString::to_string).collect(),
    };
    let all = [
        catch("a", "reader", &["x", "y"]),
        catch("b", "reader", &["x"]),
        catch("c", "reader", &["x", "y"]),
        catch("d", "writer", &["x", "y"]),
        catch("e", "reader", &[]),
    ];
    assert_eq!(catches::alike(&all), [["a", "c"]]);
}
