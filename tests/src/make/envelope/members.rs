//! Members of the records: each that is mandatory left out, and values that none may have.

use super::{Kind, case};
use crate::make::case::{Book, Stated, altered, without};
use crate::make::keys::{Key, set};
use crate::make::record;
use serde_json::{Value, json};

/// One spoiled member: the id, the requirements, what it says, the path, the value, or none to
/// leave it out, and the code.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Option<Value>,
    &'static str,
);

pub(super) fn cases(book: &mut Book, kind: Kind) {
    let good = record::good(kind.name);
    for (id, requirements, says, path, value, code) in rows(kind) {
        let path: Vec<&str> = path.split('.').collect();
        let payload = match value {
            None => without(&good, &path),
            Some(value) => altered(&good, &path, value),
        };
        let text = kind.write(&record::sealed(kind.name, &payload));
        let stated = Stated::Refused(code);
        case(book, kind, id, requirements, says, text, stated);
    }
}

fn gone(
    id: &'static str,
    requirements: &'static str,
    says: &'static str,
    path: &'static str,
) -> Row {
    (id, requirements, says, path, None, "json_missing_member")
}

fn shape(
    id: &'static str,
    requirements: &'static str,
    says: &'static str,
    path: &'static str,
    value: Value,
) -> Row {
    (id, requirements, says, path, Some(value), "json_shape")
}

fn rows(kind: Kind) -> Vec<Row> {
    match kind.name {
        "link_record" => link(),
        "link_status" => link_status(),
        "single_consent" => single(),
        "source_consent" => source(),
        "sink_consent" => sink(),
        "consent_status" => consent_status(),
        "subscription" => subscription(),
        "notification" => notification(),
        "objection" => objection(),
        "objection_response" => objection_response(),
        "token" => token(),
        "data_request" => data_request(),
        "service_description" => vec![
            gone(
                "id-missing",
                "SD-05",
                "There is no `serviceId`.",
                "serviceId",
            ),
            gone(
                "urls-missing",
                "SD-01 SD-04",
                "There are no `serviceUrls`.",
                "serviceDescription.serviceUrls",
            ),
        ],
        "operator_description" => vec![
            gone(
                "id-missing",
                "SD-28 SD-30",
                "There is no `operatorId`.",
                "operatorId",
            ),
            gone(
                "urls-missing",
                "SD-28 SD-30",
                "There are no `operatorUrls`.",
                "operatorUrls",
            ),
        ],
        _ => Vec::new(),
    }
}

fn no_kid(kid: &str) -> Value {
    without(&Key::named(kid).jwk(), &["kid"])
}

fn private(kid: &str) -> Value {
    Key::named(kid).private().clone()
}

#[rustfmt::skip]
fn link() -> Vec<Row> {
    let mut nameless = set(&["owner-1", "owner-2"]);
    nameless["keys"][1] = no_kid("owner-2");
    let mut secret = set(&["owner-1"]);
    secret["keys"][0] = private("owner-1");
    vec![
        shape("version-other", "SL-39 C02", "The version is that of an earlier framework.", "version", json!("1.3")),
        gone("version-missing", "SL-39", "There is no version.", "version"),
        gone("link-id-missing", "SL-40", "There is no link id.", "link_id"),
        gone("operator-id-missing", "SL-41", "There is no operator id.", "operator_id"),
        gone("service-id-missing", "SL-41", "There is no service id.", "service_id"),
        gone("description-version-missing", "SL-42 C05", "The version of the description is missing.", "service_description_version"),
        gone("surrogate-missing", "SL-43", "There is no surrogate.", "surrogate_id"),
        gone("operator-key-missing", "SL-44", "There is no operator key.", "operator_key"),
        shape("operator-key-no-kid", "SL-44", "The operator key has no id.", "operator_key", no_kid("operator-status-1")),
        shape("operator-key-private", "SL-44 FW-03", "The operator key is a private one.", "operator_key", private("operator-status-1")),
        gone("cr-keys-missing", "SL-45", "There are no owner keys.", "cr_keys"),
        shape("cr-keys-empty", "SL-45", "The set of owner keys is empty.", "cr_keys", json!({ "keys": [] })),
        shape("cr-keys-no-kid", "SL-46", "One of the owner keys has no id.", "cr_keys", nameless),
        shape("cr-keys-private", "SL-45 FW-03", "An owner key is a private one.", "cr_keys", secret),
        shape("iat-text", "SL-47 FW-04 C06", "The time is a string.", "iat", json!("1736236800")),
        shape("iat-fraction", "SL-47 FW-04", "The time has a fraction.", "iat", json!(1_736_236_800.5)),
        gone("iat-missing", "SL-47", "There is no time.", "iat"),
    ]
}

#[rustfmt::skip]
fn link_status() -> Vec<Row> {
    vec![
        shape("version-other", "SL-50 C02", "The version is that of an earlier framework.", "version", json!("1.3")),
        gone("version-missing", "SL-50 C01", "There is no version.", "version"),
        gone("record-id-missing", "SL-51", "There is no record id.", "record_id"),
        gone("link-id-missing", "SL-52", "There is no link id.", "slr_id"),
        gone("surrogate-missing", "SL-52", "There is no surrogate.", "surrogate_id"),
        shape("state-unknown", "SL-07 SL-52", "The state is neither Active nor Removed.", "sl_status", json!("Paused")),
        gone("state-missing", "SL-52", "There is no state.", "sl_status"),
        gone("previous-missing", "SL-53", "The predecessor is not named.", "prev_record_id"),
        shape("previous-null", "SL-53 C10", "The predecessor of a first record is the word NULL and not a JSON null.", "prev_record_id", Value::Null),
        shape("iat-text", "FW-04 C06", "The time is a string.", "iat", json!("1736236800")),
    ]
}

#[rustfmt::skip]
fn single() -> Vec<Row> {
    vec![
        shape("version-other", "CN-68 C02", "The version is that of an earlier framework.", "version", json!("1.3")),
        gone("version-missing", "CN-34 CN-68", "There is no version.", "version"),
        gone("consent-id-missing", "CN-34 CN-69", "There is no consent id.", "cr_id"),
        gone("surrogate-missing", "CN-34 CN-70", "There is no surrogate.", "surrogate_id"),
        gone("link-id-missing", "CN-34 CN-70", "There is no link id.", "slr_id"),
        gone("data-missing", "CN-34 CN-65", "There is no resource set.", "rs_description"),
        shape("data-empty", "CN-65", "The resource set has no dataset.", "rs_description.resource_set.dataset", json!([])),
        shape("data-twice", "CN-65", "A dataset stands twice.", "rs_description.resource_set.dataset", json!([{ "dataset_id": "own" }, { "dataset_id": "own" }])),
        gone("proposal-missing", "CN-34 CN-72", "It is not said what the person was shown.", "consent_proposal"),
        shape("proposal-hash", "CN-72 C15", "The hash of what was shown is none.", "consent_proposal.hash", json!("abc")),
        gone("description-version-missing", "CN-34 CN-71", "The version of the description is missing.", "service_description_version"),
        gone("operator-missing", "CN-34 CN-76", "There is no operator.", "operator"),
        gone("subject-missing", "CN-34 CN-76", "It is not said which service the consent is for.", "subject_id"),
        gone("rules-missing", "CN-34 CN-77", "There are no usage rules.", "usage_rules"),
        shape("rules-empty", "CN-77", "The usage rules are empty.", "usage_rules", json!([])),
        shape("rules-outside", "CN-77", "A rule names a dataset that is not in the resource set.", "usage_rules", json!([{ "purposeId": "own", "datasets": ["other"] }])),
        shape("iat-text", "CN-73 FW-04 C06", "The time is a string.", "iat", json!("1736236800")),
        gone("iat-missing", "CN-34 CN-73", "There is no time.", "iat"),
        shape("exp-before-nbf", "CN-38", "The consent would end before it begins.", "nbf", json!(record::START + record::DAYS30)),
        shape("role-other", "CN-81 C11", "The role of a consent for one service is Sink.", "role", json!("Source")),
    ]
}

#[rustfmt::skip]
fn source() -> Vec<Row> {
    vec![
        shape("version-other", "CN-80 C02", "The version is that of an earlier framework.", "common_part.version", json!("1.3")),
        gone("version-missing", "CN-34 CN-80", "There is no version.", "common_part.version"),
        gone("common-part-missing", "CN-34", "There is no common part.", "common_part"),
        gone("role-part-missing", "CN-34", "There is no part for the role.", "role_specific_part"),
        gone("pop-key-missing", "CN-34 CN-84", "The sink's key is missing.", "role_specific_part.pop_key"),
        shape("pop-key-no-kid", "CN-84", "The sink's key has no id.", "role_specific_part.pop_key", no_kid("sink-pop-1")),
        shape("pop-key-private", "CN-84 FW-03", "The sink's key is a private one.", "role_specific_part.pop_key", private("sink-pop-1")),
        gone("issuer-key-missing", "CN-34 CN-85", "The key of the token issuer is missing.", "role_specific_part.token_issuer_key"),
        shape("issuer-key-no-kid", "CN-85", "The key of the token issuer has no id.", "role_specific_part.token_issuer_key", no_kid("operator-tokens-1")),
        shape("keys-are-one", "CN-84 CN-85 D17", "The sink's key and that of the token issuer are one.", "role_specific_part.pop_key", Key::named("operator-tokens-1").jwk()),
        shape("role-of-sink", "CN-48 CN-81", "The role is the sink's.", "common_part.role", json!("Sink")),
        shape("role-unknown", "CN-81", "The role is none of the two.", "common_part.role", json!("Both")),
        shape("address-not-https", "CN-67 D16", "The data would be fetched without https.", "common_part.rs_description.resource_set.dataset.0.distribution_url", json!("http://source.example/data/a")),
        ("address-missing", "CN-67 CN-34", "A dataset has no address.", "common_part.rs_description.resource_set.dataset.0.distribution_url", None, "json_shape"),
        shape("address-twice", "DT-08 D16", "Two datasets have one address.", "common_part.rs_description.resource_set.dataset.1.distribution_url", json!("https://source.example/data/a")),
        shape("exp-text", "CN-83 FW-04", "The end is a string.", "common_part.exp", json!("1738828800")),
    ]
}

#[rustfmt::skip]
fn sink() -> Vec<Row> {
    vec![
        shape("version-other", "CN-80 C02", "The version is that of an earlier framework.", "common_part.version", json!("1.3")),
        gone("source-consent-missing", "CN-34 CN-86", "The other half is not named.", "role_specific_part.source_cr_id"),
        gone("rules-missing", "CN-34 CN-87", "There are no usage rules.", "role_specific_part.usage_rules"),
        shape("rules-text", "CN-87 C13", "Rules are objects and not titles.", "role_specific_part.usage_rules", json!(["care"])),
        shape("rules-empty", "CN-87", "The usage rules are empty.", "role_specific_part.usage_rules", json!([])),
        shape("rules-outside", "CN-87", "A rule names a dataset that is not in the resource set.", "role_specific_part.usage_rules", json!([{ "purposeId": "care", "datasets": ["src/c"] }])),
        shape("purpose-twice", "CN-87", "A purpose has two rules.", "role_specific_part.usage_rules", json!([{ "purposeId": "care", "datasets": ["src/a"] }, { "purposeId": "care", "datasets": ["src/b"] }])),
        shape("role-of-source", "CN-48 CN-81", "The role is the source's.", "common_part.role", json!("Source")),
        gone("link-id-missing", "CN-34 CN-70", "There is no link id.", "common_part.slr_id"),
    ]
}

#[rustfmt::skip]
fn consent_status() -> Vec<Row> {
    vec![
        shape("version-other", "CN-90 C02", "The version is that of an earlier framework.", "version", json!("1.3")),
        gone("version-missing", "CN-90", "There is no version.", "version"),
        gone("record-id-missing", "CN-91", "There is no record id.", "record_id"),
        gone("consent-id-missing", "CN-91", "There is no consent id.", "cr_id"),
        gone("surrogate-missing", "CN-91", "There is no surrogate.", "surrogate_id"),
        shape("state-paused", "CN-92 C37", "The state is one of earlier code.", "consent_status", json!("Paused")),
        shape("state-no-link", "CN-92 C07", "The state is one of a figure.", "consent_status", json!("No Link")),
        gone("state-missing", "CN-92", "There is no state.", "consent_status"),
        gone("previous-missing", "CN-93", "The predecessor is not named.", "prev_record_id"),
        shape("previous-lower-case", "CN-93 C10", "The word that begins a chain is NULL in capitals.", "prev_record_id", json!("null")),
        shape("iat-text", "FW-04 C06", "The time is a string.", "iat", json!("1736236800")),
    ]
}

#[rustfmt::skip]
fn subscription() -> Vec<Row> {
    vec![
        gone("id-missing", "NT-12 C32", "There is no id.", "id"),
        shape("iat-text", "NT-12 FW-04 C06", "The time is a string.", "iat", json!("1736236800")),
        gone("surrogate-missing", "NT-12", "There is no surrogate.", "sub"),
        gone("types-missing", "NT-13", "No types are named.", "notifications"),
        shape("types-empty", "NT-13", "The list of types is empty.", "notifications", json!([])),
        shape("type-twice", "NT-08 NT-13", "A type is subscribed and cancelled at once.", "notifications", json!(["news", "-news"])),
        shape("type-of-signs", "NT-08", "A sign of cancelling stands twice.", "notifications", json!(["--news"])),
        gone("encrypted-missing", "NT-14", "It is not said whether to encrypt.", "encrypted"),
        shape("encrypted-text", "NT-14", "The wish to encrypt is a string.", "encrypted", json!("false")),
    ]
}

#[rustfmt::skip]
fn notification() -> Vec<Row> {
    vec![
        gone("id-missing", "NT-17 C32", "There is no id.", "id"),
        gone("iat-missing", "NT-17", "There is no time.", "iat"),
        gone("service-id-missing", "NT-17", "There is no service id.", "service_id"),
        gone("surrogate-missing", "NT-17", "There is no surrogate.", "sub"),
        gone("messages-missing", "NT-17", "There are no messages.", "messages"),
        shape("messages-empty", "NT-17", "The list of messages is empty.", "messages", json!([])),
        shape("page-not-https", "NT-17", "The page is not one of the web.", "messages.0.url", json!("javascript:alert(1)")),
    ]
}

#[rustfmt::skip]
fn objection() -> Vec<Row> {
    vec![
        shape("version-other", "OB-09 C02", "The version is that of an earlier framework.", "version", json!("1.3")),
        gone("version-missing", "OB-09", "There is no version.", "version"),
        gone("id-missing", "OB-10", "There is no id.", "id"),
        gone("surrogate-missing", "OB-10", "There is no surrogate.", "sub"),
        shape("iat-text", "OB-10 FW-04 C06", "The time is a string.", "iat", json!("1736236800")),
        gone("items-missing", "OB-14", "Nothing is objected to.", "processing_objected"),
        shape("items-empty", "OB-14", "The list of items is empty.", "processing_objected", json!([])),
        shape("item-of-nothing", "OB-11 OB-12 OB-14", "An item names neither a processing nor a dataset.", "processing_objected", json!([{ "id": "1" }])),
        shape("item-twice", "OB-14", "Two items have one id.", "processing_objected", json!([{ "id": "1", "datasetId": "a" }, { "id": "1", "datasetId": "b" }])),
    ]
}

#[rustfmt::skip]
fn objection_response() -> Vec<Row> {
    vec![
        shape("version-other", "OB-16 C02", "The version is that of an earlier framework.", "version", json!("1.3")),
        gone("version-missing", "OB-16", "There is no version.", "version"),
        gone("id-missing", "OB-17", "There is no id.", "id"),
        gone("service-id-missing", "OB-17", "There is no service id.", "service_id"),
        gone("surrogate-missing", "OB-17", "There is no surrogate.", "sub"),
        gone("objection-missing", "OB-17", "The objection is not named.", "request_id"),
        gone("decisions-missing", "OB-17", "There are no decisions.", "decisions"),
        shape("decisions-empty", "OB-17", "The list of decisions is empty.", "decisions", json!([])),
        shape("decision-unknown", "OB-18", "The decision is none of the three.", "decisions.0.decision", json!("granted")),
        shape("decision-twice", "OB-21", "One item is decided twice.", "decisions.1.id", json!("1")),
        shape("rejected-bare", "OB-19", "A rejection does not say where to read why.", "decisions", json!([{ "id": "1", "decision": "rejected" }])),
    ]
}

#[rustfmt::skip]
fn token() -> Vec<Row> {
    vec![
        gone("issuer-missing", "DT-47", "There is no issuer.", "iss"),
        gone("confirmation-missing", "DT-48", "No key is named.", "cnf"),
        shape("confirmation-key", "DT-48 C16", "The token brings a key instead of naming one.", "cnf", json!({ "jwk": Key::named("sink-pop-1").jwk() })),
        shape("audience-text", "DT-49 C16", "The audience is a string.", "aud", json!("https://source.example/data/a")),
        shape("audience-empty", "DT-49", "The audience is empty.", "aud", json!([])),
        shape("audience-host", "DT-49 C54", "The audience is a whole host without a path.", "aud", json!(["https://*.example/data/a"])),
        gone("exp-missing", "DT-50", "There is no end.", "exp"),
        gone("nbf-missing", "DT-51", "There is no beginning.", "nbf"),
        shape("exp-not-after-nbf", "DT-50 DT-51", "The token ends when it begins.", "exp", json!(record::START)),
        shape("exp-far", "DT-50", "The token lives longer than a day.", "exp", json!(record::START + 90_000)),
        shape("exp-text", "DT-50 FW-04", "The end is a string.", "exp", json!("1736240400")),
        gone("iat-missing", "DT-52", "There is no time of issue.", "iat"),
        gone("jti-missing", "DT-53", "The token has no id.", "jti"),
        gone("consent-missing", "DT-54 C16", "No consent is named.", "cr_id"),
    ]
}

#[rustfmt::skip]
fn data_request() -> Vec<Row> {
    vec![
        gone("token-missing", "DT-32 HR-02", "There is no token.", "at"),
        shape("token-object", "DT-32 HR-02 C17", "The token is an object.", "at", json!({ "auth_token": "x" })),
        gone("time-missing", "DT-33 HR-03", "There is no time.", "ts"),
        shape("time-fraction", "DT-33 HR-03 C18", "The time has a fraction.", "ts", json!(1_736_236_800.25)),
        shape("time-text", "DT-33 HR-03", "The time is a string.", "ts", json!("1736236800")),
        gone("method-missing", "HR-04 P17", "The method is not signed.", "m"),
        gone("host-missing", "HR-05 P17", "The host is not signed.", "u"),
        gone("path-missing", "HR-06 P17", "The path is not signed.", "p"),
    ]
}
