//! What RFCs publish: envelopes and keys typed in as data, most of which ask for what does not exist here.

use super::Family;
use crate::exam::Task;
use crate::exam::task::Bound;
use crate::make::case::{Book, SERVICES};
use crate::make::keys::set;
use serde::Deserialize;
use serde_json::Value;

/// `rfc.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    #[serde(rename = "source")]
    _source: String,
    envelopes: Vec<Envelope>,
    keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    id: String,
    source: String,
    /// The kind of record that it is given for.
    record: String,
    rows: String,
    says: String,
    envelope: String,
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    id: String,
    source: String,
    rows: String,
    says: String,
    jwk: Value,
    /// Empty where the key is accepted.
    code: String,
}

pub(super) fn book() -> Book {
    let title = "What RFC 7515, 7517, 7520, 7638 and 8037 publish, given to a verifier of records";
    let mut family = Family::new("jose/rfc", title, "FW-03");
    let published: Published = serde_json::from_str(include_str!("rfc.json")).unwrap();
    for one in published.envelopes {
        let task = Task::Verify {
            record: one.record,
            envelope: one.envelope,
            keys: Bound {
                owner: Some(set(&["owner-1"])),
                operator: Some(set(&["operator-tokens-1"])),
                service: Some(set(&["sink-1"])),
                sink: None,
            },
        };
        let requirements = format!("FW-02 {}", one.rows);
        let says = format!("{}: {}", one.source, one.says);
        family.task(&one.id, &requirements, SERVICES, &says, &task, &one.code);
    }
    for one in published.keys {
        let says = format!("{}: {}", one.source, one.says);
        let id = format!("key-{}", one.id);
        family.read(
            "key",
            &id,
            &one.rows,
            &says,
            &one.jwk.to_string(),
            &one.code,
        );
    }
    family.into_book()
}
