//! Every row of `spec/requirements` is kept by code and shown by a test, or there is a reason.
//!
//! `MYDATA_BLESS=1 cargo test -p mydata-conformance coverage` writes `spec/coverage.txt` again.
#![expect(
    clippy::print_stdout,
    reason = "a tree that cannot be read fails the test, and what is left to do is told"
)]

use crate::support::checked_in;
use mydata_conformance::trace::{self, COVERAGE, Files, Report, examine};
use std::path::Path;

#[test]
fn every_row_is_kept_and_shown() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if std::env::var_os("MYDATA_BLESS").is_some() {
        let files = trace::read(&root).unwrap();
        checked_in("coverage.txt", &examine(&files).coverage);
    }
    let report = examine(&trace::read(&root).unwrap());
    for line in report
        .coverage
        .lines()
        .skip(2)
        .take_while(|l| !l.is_empty())
    {
        println!("{line}");
    }
    if !report.pending.is_empty() {
        let (count, rows) = (report.pending.len(), report.pending.join(" "));
        println!("\nSTILL TO BE DONE, {count} ROWS (`pending` in spec/exceptions.toml): {rows}\n");
    }
    assert!(report.faults.is_empty(), "{}", report.faults.join("\n"));
}

const ROWS: &str = r#"
    document = "A document of tests"
    prefix = "ZZ"
    [[requirement]]
    id = "ZZ-01"
    level = "MUST"
    section = "1"
    binds = ["OP"]
    text = "One."
    check = "Neg."
    [[requirement]]
    id = "ZZ-02"
    level = "decl"
    section = "2"
    binds = ["all"]
    text = "Again."
    check = "= ZZ-01"
    same_as = ["ZZ-01"]
    [[requirement]]
    id = "ZZ-03"
    level = "MAY"
    section = "3"
    binds = ["AO"]
    text = "A person does it."
    check = "None."
"#;

const EXCEPTIONS: &str = r#"
    pending = []
    [[exception]]
    id = "ZZ-03"
    reason = "It is done by a natural person and not by software."
"#;

const CATALOGUE: &str = "spec/requirements/zz.toml";
const FILE: &str = "spec/exceptions.toml";
const CODE: &str = "crates/one/src/lib.rs";
const TEST: &str = "tests/conformance/one.rs";
const MAIN: &str = "tests/conformance/main.rs";
const VECTOR: &str = "spec/vectors/one/two.json";

/// A small tree without a fault.
fn tree() -> Files {
    let file = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
    let files = [
        (CATALOGUE, ROWS),
        (FILE, EXCEPTIONS),
        (CODE, "/// Keeps (ZZ-01).\n//= ZZ-01\nfn f() {}\n"),
        (TEST, "//= ZZ-01 test\n#[test]\nfn f() {}\n"),
        (
            "README.md",
            "See ZZ-01, ZZ-02…03, AZZ-99, ZZ-nn and ZZ-99x.\n",
        ),
    ];
    blessed(files.into_iter().map(file).collect())
}

/// With the table that belongs to it.
fn blessed(mut files: Files) -> Files {
    let coverage = examine(&files).coverage;
    files.insert(COVERAGE.to_owned(), coverage);
    files
}

/// What is said of the tree when one file is another.
fn with(path: &str, text: &str) -> Report {
    let mut files = tree();
    files.insert(path.to_owned(), text.to_owned());
    examine(&blessed(files))
}

#[track_caller]
fn refused(path: &str, text: &str, fault: &str) {
    let faults = with(path, text).faults;
    assert!(faults.iter().any(|f| f == fault), "{faults:#?}");
}

#[test]
fn a_tree_that_keeps_its_word_has_no_fault() {
    let report = examine(&tree());
    assert_eq!(report.faults, Vec::<String>::new());
    let total = "total        3            2       2         1     0\n";
    assert!(report.coverage.contains(total), "{}", report.coverage);
    let row = "ZZ-01\n  code: crates/one/src/lib.rs\n  tests: tests/conformance/one.rs\n";
    assert!(report.coverage.contains(row), "{}", report.coverage);
}

#[test]
fn a_citation_names_a_row_and_is_well_formed() {
    let at = |n: u8, what: &str| format!("{CODE}:{n}: {what}");
    refused(CODE, "//= ZZ-01, ZZ-09\n", &at(1, "ZZ-09 is no row"));
    refused(
        TEST,
        "//= YY-01 test\n#[test]",
        &format!("{TEST}:1: YY-01 is no row"),
    );
    for line in [
        "//=ZZ-01",
        "//= ZZ-1",
        "//= ZZ-01 ZZ-02",
        "//= ZZ-01,ZZ-02",
        "//= zz-01",
        "//= ZZ-01 because",
        "//= ZZ-01 tested",
        "//=",
        "//== ZZ-01",
        "//= ZZ-01 ",
    ] {
        refused(
            CODE,
            &format!("\n    {line}\n"),
            &at(2, "a malformed citation"),
        );
    }
    let own = "a citation has a line of its own";
    refused(CODE, "fn f() {} //= ZZ-01", &at(1, own));
    refused(CODE, "//! //= ZZ-01", &at(1, own));
}

#[test]
fn code_is_cited_in_sources_and_tests_in_tests() {
    let both = "//= ZZ-01\n//= ZZ-01 test\n#[test]";
    refused(
        CODE,
        both,
        &format!("{CODE}:2: a citation of a test in the sources"),
    );
    refused(
        TEST,
        both,
        &format!("{TEST}:1: a citation in a test does not say `test`"),
    );
    let inner = "crates/one/tests/inner/main.rs";
    refused(
        inner,
        both,
        &format!("{inner}:1: a citation in a test does not say `test`"),
    );
    for path in [
        "tests/src/world.rs",
        "fuzz/src/lib.rs",
        "tests/benches/b.rs",
    ] {
        refused(
            path,
            both,
            &format!("{path}:2: nothing is cited in this folder"),
        );
    }
}

#[test]
fn a_test_that_nothing_runs_shows_nothing() {
    let text = "//= ZZ-01 test\nfn f() {}\n";
    let fault = format!("{TEST}: cites tests, and no test runs it");
    refused(TEST, text, &fault);
    let mut files = tree();
    files.insert(TEST.to_owned(), text.to_owned());
    files.insert(MAIN.to_owned(), "mod two;\n// mod one;\n".to_owned());
    assert_eq!(examine(&files).faults, [fault]);
    files.insert(MAIN.to_owned(), "mod one;\n".to_owned());
    assert_eq!(examine(&files).faults, Vec::<String>::new());
    let example = "examples/src/one.rs";
    refused(
        example,
        text,
        &format!("{example}: cites tests, and no test runs it"),
    );
}

#[test]
fn prose_names_no_row_that_is_not_there() {
    for path in [
        "README.md",
        "spec/decisions.md",
        "tests/src/world.rs",
        "fuzz/fuzz_targets/a.rs",
    ] {
        for text in [
            "one\n(ZZ-04)",
            "one\nZZ-04",
            "one\n`ZZ-04`, ZZ-05",
            "one\nZZ-01..ZZ-04",
        ] {
            refused(path, text, &format!("{path}:2: ZZ-04 is no row"));
        }
        refused(path, "ZZ-1", &format!("{path}:1: ZZ-1 is no row"));
    }
}

#[test]
fn a_row_has_code_and_a_test_or_an_exception() {
    let lacks = |what: &str| format!("ZZ-01: {what}, and no exception");
    refused(CODE, "", &lacks("a test and no code"));
    refused(TEST, "", &lacks("code and no test"));
    let mut files = tree();
    files.remove(CODE);
    files.remove(TEST);
    let faults = examine(&blessed(files)).faults;
    let again = "ZZ-02: neither code nor a test, and no exception".to_owned();
    assert_eq!(faults, [lacks("neither code nor a test"), again]);
    refused(
        FILE,
        "pending = []",
        "ZZ-03: neither code nor a test, and no exception",
    );
}

#[test]
fn a_case_of_a_vector_counts_as_a_test() {
    let vector = r#"{"cases": [{"requirements": ["ZZ-01"]}]}"#;
    let mut files = tree();
    files.remove(TEST);
    files.insert(VECTOR.to_owned(), vector.to_owned());
    assert_eq!(examine(&blessed(files)).faults, Vec::<String>::new());
    let wrong = vector.replace("01", "04");
    refused(VECTOR, &wrong, &format!("{VECTOR}: ZZ-04 is no row"));
    let shape = format!("{VECTOR}: `requirements` is not an array of ids");
    for wrong in [r#""ZZ-01""#, r#"["ZZ-01", 1]"#] {
        refused(VECTOR, &vector.replace(r#"["ZZ-01"]"#, wrong), &shape);
    }
    assert_eq!(with(VECTOR, "{").faults.len(), 1);
}

#[test]
fn an_exception_is_of_a_row_that_needs_it_and_says_why() {
    let of = |id: &str| EXCEPTIONS.replace("ZZ-03", id);
    refused(
        FILE,
        &of("ZZ-01"),
        &format!("{FILE}: ZZ-01 is excepted and has code and a test"),
    );
    refused(
        FILE,
        &of("ZZ-02"),
        &format!("{FILE}: ZZ-02 is excepted and has code and a test"),
    );
    refused(
        FILE,
        &of("ZZ-04"),
        &format!("{FILE}: ZZ-04 is excepted and no row"),
    );
    let twice = [
        EXCEPTIONS,
        EXCEPTIONS.trim_start().trim_start_matches("pending = []"),
    ]
    .concat();
    refused(FILE, &twice, &format!("{FILE}: ZZ-03 is excepted twice"));
    let short = EXCEPTIONS.replace(
        "It is done by a natural person and not by software.",
        "None.",
    );
    refused(
        FILE,
        &short,
        &format!("{FILE}: the exception of ZZ-03 gives no reason"),
    );
    assert!(!with(FILE, "pending = 1").faults.is_empty());
}

#[test]
fn what_is_pending_is_a_row_that_is_not_done() {
    let pending = |ids: &str| EXCEPTIONS.replace("pending = []", &format!("pending = {ids}"));
    let done = format!("{FILE}: ZZ-01 is pending and has code and a test");
    refused(FILE, &pending(r#"["ZZ-01"]"#), &done);
    refused(
        FILE,
        &pending(r#"["ZZ-04"]"#),
        &format!("{FILE}: ZZ-04 is pending and no row"),
    );
    refused(
        FILE,
        &pending(r#"["ZZ-03"]"#),
        &format!("{FILE}: ZZ-03 is excepted and pending"),
    );
    let mut files = tree();
    files.remove(TEST);
    files.insert(FILE.to_owned(), pending(r#"["ZZ-01"]"#));
    let report = examine(&blessed(files.clone()));
    assert_eq!((report.faults.len(), report.pending.len()), (0, 1));
    files.insert(FILE.to_owned(), pending(r#"["ZZ-01", "ZZ-01"]"#));
    let twice = format!("{FILE}: ZZ-01 is pending twice");
    assert_eq!(examine(&blessed(files)).faults, [twice]);
}

#[test]
fn the_catalogue_is_sound() {
    let rows = |from: &str, to: &str| ROWS.replacen(from, to, 1);
    let same = |id: &str| rows(r#"["ZZ-01"]"#, &format!("[\"{id}\"]"));
    refused(
        CATALOGUE,
        &same("ZZ-04"),
        "ZZ-02: same as ZZ-04, which is no row",
    );
    let itself = "ZZ-02: same as ZZ-02, which is itself the same as another";
    refused(CATALOGUE, &same("ZZ-02"), itself);
    let twice = rows(r#"id = "ZZ-02""#, r#"id = "ZZ-01""#);
    refused(CATALOGUE, &twice, "ZZ-01: two rows have this id");
    let other = rows(r#"id = "ZZ-02""#, r#"id = "ZY-02""#);
    refused(
        CATALOGUE,
        &other,
        &format!("{CATALOGUE}: ZY-02 is no id of this document"),
    );
    let nobody = rows(r#"["OP"]"#, r#"["XX"]"#);
    refused(
        CATALOGUE,
        &nobody,
        &format!("{CATALOGUE}: ZZ-01 binds nobody that is known"),
    );
    assert!(!with(CATALOGUE, &rows("level", "levels")).faults.is_empty());
}

#[test]
fn the_table_that_is_checked_in_is_the_one_computed() {
    let mut files = tree();
    files.insert("crates/one/src/two.rs".to_owned(), "//= ZZ-01\n".to_owned());
    let fault = "spec/coverage.txt is stale: bless it, and read the difference";
    assert_eq!(examine(&files).faults, [fault]);
    files.remove(COVERAGE);
    assert_eq!(examine(&files).faults, [fault]);
}
