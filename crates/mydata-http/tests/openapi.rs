//! The OpenAPI documents of `spec/openapi`, written out of the rows that make the routes.
//!
//! `MYDATA_BLESS=1 cargo test -p mydata-http --test openapi` writes them again.

use mydata_http::openapi::Api;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_documents_are_those_of_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/openapi");
    for api in Api::ALL {
        let written = serde_json::to_string_pretty(&api.document()).unwrap() + "\n";
        let file = folder.join(format!("{}.json", api.name()));
        if std::env::var_os("MYDATA_BLESS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&file, &written).unwrap();
        }
        let found = std::fs::read_to_string(&file);
        let is_same = found.is_ok_and(|found| found == written);
        assert!(is_same, "spec/openapi/{}.json: write it again", api.name());
    }
    let known: BTreeSet<_> = Api::ALL
        .iter()
        .map(|api| format!("{}.json", api.name()))
        .collect();
    let found = std::fs::read_dir(&folder).unwrap();
    let found: BTreeSet<_> = found
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(found, known, "a document of no API");
}

/// Calls `look` on every object of a document.
fn objects(value: &Value, look: &mut dyn FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            look(members);
            members.values().for_each(|member| objects(member, look));
        }
        Value::Array(items) => items.iter().for_each(|item| objects(item, look)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    for api in Api::ALL {
        let document = api.document();
        let mut count = 0;
        objects(&document, &mut |members| {
            if let Some(Value::String(to)) = members.get("$ref") {
                count += 1;
                let pointer = to
                    .strip_prefix('#')
                    .unwrap_or_else(|| panic!("{to} leads out of the document"));
                assert!(document.pointer(pointer).is_some(), "{}: {to}", api.name());
            }
        });
        assert!(count > 0, "{} refers to nothing", api.name());
    }
}

#[test]
fn an_operation_has_one_name_and_the_caller_proves_who_it_is() {
    for api in Api::ALL {
        let document = api.document();
        let mut names = BTreeSet::new();
        for (path, item) in document.get("paths").and_then(Value::as_object).unwrap() {
            for (verb, operation) in item.as_object().unwrap() {
                let name = operation
                    .get("operationId")
                    .and_then(Value::as_str)
                    .unwrap();
                assert!(
                    names.insert(name.to_owned()),
                    "{}: {name} twice",
                    api.name()
                );
                assert!(
                    operation.pointer("/responses/default").is_some(),
                    "{verb} {path}"
                );
                assert!(
                    operation.get("security").is_some_and(Value::is_array),
                    "{verb} {path}"
                );
            }
        }
        assert!(
            names.len() > 2,
            "{}: {} operations",
            api.name(),
            names.len()
        );
    }
}
