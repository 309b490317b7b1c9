//! The one door for JSON from outside. It must refuse more than `serde_json`, never less, and give
//! the same value for what it lets through.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::json::{JsonRefusal, Limits, from_slice};
use serde_json::Value;

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fuzz_target!(|data: &[u8]| {
    let plain = serde_json::from_slice::<Value>(data);
    match from_slice::<Value>(data, Limits::HEADER) {
        Ok(value) => {
            assert!(depth(&value) <= Limits::HEADER.depth);
            assert_eq!(Some(value), plain.ok());
        }
        Err(fault) if fault.refusal == JsonRefusal::Syntax => assert!(plain.is_err()),
        Err(_) => {}
    }
});
