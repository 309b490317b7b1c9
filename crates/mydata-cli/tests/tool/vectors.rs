//! Vectors, from the shell as in the suite.

use crate::support::{Desk, cases, folder, vector_files};
use serde_json::Value;

#[test]
fn every_vector_file_is_judged_through_the_tool() {
    let desk = Desk::new();
    let mut all = 0;
    let files = vector_files();
    assert!(files.len() > 50, "{}", files.len());
    for file in &files {
        let ran = desk.run(&["verify", file.to_str().unwrap(), "--json"]);
        let json = ran.json();
        assert_eq!(
            (ran.status, &json["failed"]),
            (0, &0.into()),
            "{}: {}",
            file.display(),
            json["failures"]
        );
        assert_eq!(json["passed"], cases(file).len(), "{}", file.display());
        all += cases(file).len();
    }
    let suite = mydata_exam::Vectors::read(&folder()).unwrap();
    assert_eq!(all, suite.cases().len());
}

#[test]
fn a_folder_is_judged_at_once() {
    let folder = folder().join("records");
    let ran = Desk::new().run(&["verify", folder.to_str().unwrap()]);
    let count: usize = vector_files()
        .iter()
        .filter(|file| file.starts_with(&folder))
        .map(|file| cases(file).len())
        .sum();
    assert_eq!(
        (ran.status, ran.out),
        (0, format!("{count} passed, 0 failed\n"))
    );
}

#[test]
fn a_case_that_fails_is_told_and_counts() {
    let text = std::fs::read_to_string(folder().join("records/token.json")).unwrap();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    let count = file["cases"].as_array().unwrap().len();
    file["cases"][0]["expect"] = serde_json::json!({ "refused": "jws_crit" });
    let desk = Desk::new();
    desk.put_json("v.json", &file);
    let ran = desk.run(&["verify", "v.json"]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.starts_with("token/good ("), "{}", ran.out);
    assert!(
        ran.out
            .ends_with(&format!("{} passed, 1 failed\n", count - 1)),
        "{}",
        ran.out
    );
    let json = desk.run(&["verify", "v.json", "--json"]).json();
    assert_eq!(json["failures"][0]["case"], "token/good");
    // On standard input too.
    let ran = desk.feed(&["verify", "-"], file.to_string().as_bytes());
    assert_eq!(ran.status, 1);
}

#[test]
fn vectors_do_not_stand_in_for_a_record() {
    let desk = crate::support::record("records/token.json", "token/good");
    let good = folder().join("records/token.json");
    let good = good.to_str().unwrap();
    assert_eq!(desk.run(&["verify", good]).status, 0);
    let ran = desk.run(&["verify", "--keys", "keys.json", good, "--json"]);
    assert_eq!(
        (ran.status, ran.codes()),
        (1, vec!["jws_malformed".to_owned()])
    );
    assert_eq!(desk.run(&["verify", "--kind", "token", good]).status, 2);
    let records = folder().join("records");
    let ran = desk.run(&["verify", "--keys", "keys.json", records.to_str().unwrap()]);
    assert_eq!(ran.status, 2);
}

#[test]
fn vectors_that_are_not_in_order_are_not_judged() {
    let desk = Desk::new();
    desk.put("v.json", r#"{"title":"x","cases":[{"id":"a"}]}"#);
    assert_eq!(desk.run(&["verify", "v.json"]).status, 2);
    desk.put("v.json", r#"{"title":"x","cases":[]}"#);
    assert_eq!(desk.run(&["verify", "v.json"]).status, 1);
    let tables = folder().join("../tables");
    assert_eq!(desk.run(&["verify", tables.to_str().unwrap()]).status, 2);
}
