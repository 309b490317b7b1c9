//! Kantara 1.1: the published schema, and the text.

use crate::kantara_plain::{PURPOSE, is_accepted, judged, plain, renamed, set, with, without};
use serde_json::{Value, json};

/// Every line of the table of what the published schema accepts (`[run]` against the file itself), and
/// what the text says of the same.
#[test]
fn the_schema_is_as_weak_as_it_was_found_to_be() {
    let purpose = |name: &str| format!("{PURPOSE}/{name}");
    let nobody = |document| {
        with(
            document,
            &purpose("thirdPartyDisclosure"),
            Some(json!(false)),
        )
    };
    let not_sensitive = |document| with(document, "/sensitive", Some(json!(false)));
    let milliseconds = json!(1_700_000_000_000_u64);
    let rows: Vec<(Value, bool, &[&str])> = vec![
        (plain(), true, &[]),
        (set("/version", json!("foo")), true, &["kantara_version"]),
        (set("/version", json!("")), true, &["kantara_empty_text"]),
        (
            set("/jurisdiction", json!("")),
            true,
            &["kantara_empty_text"],
        ),
        (
            set("/piiPrincipalId", json!("")),
            true,
            &["kantara_empty_text"],
        ),
        (
            set("/consentTimestamp", milliseconds),
            true,
            &["kantara_time_milliseconds"],
        ),
        (
            set("/consentTimestamp", json!("2023-11-14T22:13:20Z")),
            false,
            &["kantara_wrong_type"],
        ),
        (
            set("/consentTimestamp", json!(-1)),
            false,
            &["kantara_wrong_type"],
        ),
        (
            set("/consentTimestamp", json!(1_700_000_000.0)),
            false,
            &["kantara_wrong_type"],
        ),
        (
            set("/piiControllers", json!([])),
            true,
            &["kantara_empty_list"],
        ),
        (set("/services", json!([])), true, &["kantara_empty_list"]),
        (
            set("/services/0/purposes", json!([])),
            true,
            &["kantara_empty_list"],
        ),
        (
            set(&purpose("purposeCategory"), json!([])),
            true,
            &["kantara_empty_list"],
        ),
        (
            set(&purpose("piiCategory"), json!([])),
            true,
            &["kantara_empty_list"],
        ),
        (without(&purpose("purpose")), true, &[]),
        (
            set(&purpose("consentType"), json!("banana")),
            true,
            &["kantara_consent_undescribed"],
        ),
        (
            set(&purpose("purposeCategory/0"), json!("99 - X")),
            true,
            &["kantara_category_unknown"],
        ),
        (without(&purpose("primaryPurpose")), true, &[]),
        (
            set(&purpose("purposeCategory"), json!("1 - Core Function")),
            false,
            &["kantara_wrong_type"],
        ),
        (
            without(&purpose("thirdPartyName")),
            false,
            &["kantara_third_party_unnamed"],
        ),
        (
            set(&purpose("thirdPartyName"), json!("")),
            true,
            &["kantara_empty_text"],
        ),
        (nobody(plain()), true, &["kantara_third_party_denied"]),
        (
            nobody(set(&purpose("thirdPartyName"), json!(42))),
            true,
            &["kantara_third_party_type"],
        ),
        (
            without(&purpose("thirdPartyDisclosure")),
            false,
            &["kantara_missing"],
        ),
        (
            without(&purpose("termination")),
            false,
            &["kantara_missing"],
        ),
        (
            set("/spiCat", json!([])),
            true,
            &["kantara_sensitive_unlisted"],
        ),
        (not_sensitive(plain()), true, &["kantara_sensitive_denied"]),
        (
            not_sensitive(without("/spiCat")),
            false,
            &["kantara_missing"],
        ),
        (
            renamed("/policyUrl", "policyURL"),
            false,
            &["kantara_misspelt", "kantara_missing"],
        ),
        (
            without("/piiControllers/0/phone"),
            false,
            &["kantara_missing"],
        ),
        (
            without("/piiControllers/0/contact"),
            false,
            &["kantara_missing"],
        ),
        (
            set("/piiControllers/0/address", json!({})),
            true,
            &["kantara_address"],
        ),
        (
            renamed("/piiControllers/0/onBehalf", "on_behalf"),
            true,
            &["kantara_misspelt"],
        ),
        (set("/policyUrl", json!("see desk")), true, &["kantara_url"]),
        (
            set("/language", json!("zz-ZZZZ")),
            true,
            &["kantara_language"],
        ),
        (
            set("/whatever", json!({ "a": 1 })),
            true,
            &["kantara_unknown_member"],
        ),
    ];
    for (document, accepts, codes) in rows {
        let report = judged(&document);
        let found: Vec<&str> = report.findings.iter().map(|f| f.rule.code()).collect();
        assert_eq!(found, codes, "{document}");
        assert_eq!(is_accepted(&document), accepts, "{codes:?}");
        assert_eq!(
            report.let_through().count() == codes.len(),
            accepts,
            "{codes:?}"
        );
    }
}
