//! Evidence that does not hold, and envelopes.

use super::super::model;
use super::{BINDS, Bundle, SHOWN, note, person, steps, trusting};
use crate::base64url;
use crate::make::case::{About, Book, Stated, altered, without};
use crate::make::forge::{Jws, flipped};
use crate::make::keys::Key;
use crate::make::record::{self, START, consent_status, sealed_by};
use serde_json::{Value, json};

/// The records do not bear the receipt out.
pub(super) fn evidence(book: &mut Book) {
    let good = Bundle::pair(&[]);
    let ended = Bundle::pair(&[("Withdrawn", "owner-1", person("withdrawn"))]);
    let spoiled = |path: &str| {
        let text = good.evidence(path);
        json!(flipped(text.as_str().unwrap()))
    };
    let sink_with = |path: &[&str], value: Value| {
        let record = altered(&record::sink_consent(), path, value);
        sealed_by("sink_consent", &record, &["owner-1"]).value()
    };
    let common = |name: &str, value: Value| sink_with(&["common_part", name], value);
    let in_common = |path: &[&str], value: Value| {
        let path: Vec<&str> = std::iter::once("common_part")
            .chain(path.iter().copied())
            .collect();
        sink_with(&path, value)
    };
    let with_sink = |consent: Value| good.clone().proved("pair/sink/consent", consent);
    let less = json!([
        record::sink_consent()["common_part"]["rs_description"]["resource_set"]["dataset"][0]
    ]);
    let less = altered(
        &record::sink_consent(),
        &["common_part", "rs_description", "resource_set", "dataset"],
        less,
    );
    let less = altered(
        &less,
        &["role_specific_part", "usage_rules"],
        json!([{ "purposeId": "care", "datasets": ["src/a"] }]),
    );
    let less = sealed_by("sink_consent", &less, &["owner-1"]).value();
    let both = good.clone().proved("pair/source/status", json!([])).proved(
        "pair/sink/consent/signature",
        spoiled("/pair/sink/consent/signature"),
    );
    let other_sink = altered(
        &record::sink_consent(),
        &["role_specific_part", "source_cr_id"],
        json!("another"),
    );
    let other_sink = sealed_by("sink_consent", &other_sink, &["owner-1"]).value();
    let by_stranger = sealed_by("sink_consent", &record::sink_consent(), &["sink-1"]).value();
    let unlinked = altered(
        &record::sink_consent(),
        &["common_part", "slr_id"],
        json!("another"),
    );
    let unlinked = sealed_by("sink_consent", &unlinked, &["owner-1"]).value();
    let other_key = sealed_by("sink_consent", &record::sink_consent(), &["owner-2"]).value();
    let half_link = sealed_by("link_proposal", &record::link_record("sink"), &["owner-1"]).value();
    let fork = consent_status("sink", "status-2", "Withdrawn", None, START + 60);
    let fork = sealed_by("consent_status", &fork, &["owner-1"]).value();
    let first = good.evidence("/pair/sink/status/0");
    #[rustfmt::skip]
    let rows: Vec<(&str, &str, Bundle, &str)> = vec![
        ("none", "A decision without evidence.", Bundle { evidence: json!({ "none": {} }), ..good.clone() }, "receipt_evidence_kind"),
        ("single-for-pair", "The evidence of another kind of consent.", Bundle { evidence: Bundle::single().evidence, ..good.clone() }, "receipt_fact_other"),
        ("evidence-for-notice", "Evidence of a consent under a receipt of a notice.", Bundle { receipt: model::notice("contract", "eu-gdpr:A6-1-b", "end_contract"), ..good.clone() }, "receipt_evidence_kind"),
        ("no-status", "A consent without a status.", good.clone().proved("pair/sink/status", json!([])), "receipt_status_missing"),
        ("link-signature", "A signature of the link has a bit turned.", good.clone().proved("pair/sink/link/signatures/1/signature", spoiled("/pair/sink/link/signatures/1/signature")), "jws_signature_invalid"),
        ("consent-signature", "The person's signature has a bit turned.", good.clone().proved("pair/sink/consent/signature", spoiled("/pair/sink/consent/signature")), "jws_signature_invalid"),
        ("status-signature", "A status has a bit turned.", good.clone().proved("pair/source/status/0/signature", spoiled("/pair/source/status/0/signature")), "jws_signature_invalid"),
        ("half-link", "The service has not signed the link: nobody vouches for the person's key.", good.clone().proved("pair/sink/link", half_link), "jws_signer_set"),
        ("by-a-service", "A service has signed the consent.", good.clone().proved("pair/sink/consent", by_stranger), "jws_kid_unknown"),
        ("other-link", "A consent under another link.", good.clone().proved("pair/sink/consent", unlinked), "receipt_link_other"),
        ("links-swapped", "The link of the other half.", good.clone().proved("pair/sink/link", good.evidence("/pair/source/link")), "receipt_link_other"),
        ("other-pseudonym", "A consent with another pseudonym than the link's.", with_sink(common("surrogate_id", json!("another"))), "receipt_link_other"),
        ("other-service", "A consent for another service than the link's.", with_sink(common("subject_id", json!("another"))), "receipt_link_other"),
        ("other-operator", "A consent with another operator than the link's.", with_sink(common("operator", json!("another.example"))), "receipt_link_other"),
        ("halves-data", "The halves name other data.", with_sink(less), "receipt_halves_other"),
        ("halves-set", "The halves name other resource sets.", with_sink(in_common(&["rs_description", "resource_set", "rs_id"], json!("another"))), "receipt_halves_other"),
        ("halves-proposal", "The halves name other proposals.", with_sink(in_common(&["consent_proposal", "url"], json!("https://operator.example/proposals/2"))), "receipt_halves_other"),
        ("halves-end", "The halves end at other times.", with_sink(common("exp", json!(START + 60))), "receipt_halves_other"),
        ("source-first", "A fault in each half: the source's is told.", both, "receipt_status_missing"),
        ("halves-other", "The sink's half names another source's.", good.clone().proved("pair/sink/consent", other_sink), "receipt_halves_other"),
        ("halves-by-two-keys", "The halves were signed with two keys.", good.clone().proved("pair/sink/consent", other_key), "receipt_halves_other"),
        ("source-for-sink", "The source's record in the place of the sink's.", good.clone().proved("pair/sink/consent", good.evidence("/pair/source/consent")), "jws_typ_mismatch"),
        ("foreign-status", "The history of the other half.", good.clone().proved("pair/sink/status", good.evidence("/pair/source/status")), "chain_other_subject"),
        ("gap", "The first status is left out.", ended.clone().proved("pair/sink/status", json!([ended.evidence("/pair/sink/status/1")])), "chain_first_has_previous"),
        ("twice", "A status stands twice.", good.clone().proved("pair/sink/status", json!([first, first])), "chain_repeated"),
        ("fork", "A second story of the same consent.", good.clone().proved("pair/sink/status", json!([first, fork])), "chain_fork"),
        ("proposal", "What was shown is not what the consent names.", good.clone().proved("pair/proposal/octets", json!(base64url::encode(b"?"))), "receipt_proposal_altered"),
        ("unknown-service", "A service of which no key is known.", good.clone().proved("pair/sink/link", link_of_stranger()), "receipt_service_unknown"),
    ];
    for (id, says, bundle, code) in rows {
        note(book, (id, says), bundle.text(), Stated::Refused(code));
    }
}

fn link_of_stranger() -> Value {
    let link = altered(
        &record::link_record("sink"),
        &["service_id"],
        json!("stranger"),
    );
    sealed_by("link_record", &link, &["owner-1", "sink-1"]).value()
}

/// The envelope itself.
pub(super) fn envelopes(book: &mut Book) {
    let good = Bundle::pair(&[]);
    let payload = json!({ "receipt": good.receipt, "evidence": good.evidence });
    let by = |key: &Key| Jws::of(&payload, "mydata-receipt+json", &[key]).text();
    let own = Key::named("operator-receipts-1");
    let called = |kid: &str| by(&Key::named(kid).called("operator-receipts-1"));
    let typ = |typ: &str| Jws::of(&payload, typ, &[&own]).text();
    let mut bent = Jws::of(&payload, "mydata-receipt+json", &[&own]);
    bent.signatures[0].signature = flipped(&bent.signatures[0].signature);
    let part =
        |path: &[&str]| Jws::of(&without(&payload, path), "mydata-receipt+json", &[&own]).text();
    let put = |path: &str, value: Value| {
        let payload = altered(&payload, &steps(path), value);
        Jws::of(&payload, "mydata-receipt+json", &[&own]).text()
    };
    #[rustfmt::skip]
    let rows: Vec<(&str, &str, String, &str)> = vec![
        ("signature", "A bit of the operator's signature is turned.", bent.text(), "jws_signature_invalid"),
        ("stranger", "Somebody else with a key of the same name.", called("nobody"), "jws_signature_invalid"),
        ("unknown-key", "A key that is not one of receipts.", by(&Key::named("operator-status-1")), "jws_kid_unknown"),
        ("typ", "The envelope says that it is a consent.", typ("mydata-sink-cr+json"), "jws_typ_mismatch"),
        ("jwt", "A receipt is no token.", typ("JWT"), "jws_typ_mismatch"),
        ("no-receipt", "Evidence alone.", part(&["receipt"]), "json_missing_member"),
        ("no-evidence", "A receipt alone.", part(&["evidence"]), "json_missing_member"),
        ("no-purpose-term", "A purpose without its term.", part(&["receipt", "processes", "0", "purpose"]), "json_missing_member"),
        ("phantom-term", "A term that DPV has not.", put("receipt/processes/0/purpose", json!("dpv:Niceness")), "json_shape"),
        ("term-of-another-kind", "A right in the place of a purpose.", put("receipt/processes/0/purpose", json!("eu-gdpr:A15")), "json_shape"),
        ("category-0", "Categories begin with 1.", put("receipt/processes/0/category", json!(0)), "json_shape"),
        ("country", "A country that there is not.", put("receipt/jurisdiction", json!(["DW"])), "json_shape"),
        ("blank-text", "A blank text.", put("receipt/processes/0/title/sv", json!(" ")), "json_shape"),
        ("milliseconds", "A time in milliseconds.", put("receipt/issued", json!(START * 1000)), "json_shape"),
        ("uuid-1", "An id that is no UUID of version 4.", put("receipt/receipt_id", json!("6b1d1d3c-7c5a-1e53-9e0e-2f6a4f0f3f10")), "json_shape"),
        ("version", "A version with a letter O.", put("receipt/version", json!("1.O")), "json_shape"),
        ("no-purpose", "No purpose.", put("receipt/processes", json!([])), "json_shape"),
        ("no-jurisdiction", "No country.", put("receipt/jurisdiction", json!([])), "json_shape"),
        ("no-storage", "No place of storage.", put("receipt/processes/0/storage", json!([])), "json_shape"),
        ("no-operations", "Nothing is done.", put("receipt/processes/0/operations", json!([])), "json_shape"),
        ("no-article", "No article permits it.", put("receipt/processes/0/legal_basis", json!([])), "json_shape"),
        ("no-data", "No data.", put("receipt/processes/0/data", json!([])), "json_shape"),
        ("blank-street", "An address of nothing.", put("receipt/operator/address/street", json!(" ")), "json_shape"),
        ("blank-business-id", "A business id of nothing.", put("receipt/authority/business_id", json!("")), "json_shape"),
        ("blank-authority", "A reference to nothing.", put("receipt/grounds/consent/ceremony/acting/authority", json!("")), "json_shape"),
        ("email", "An address that is more than an address.", put("receipt/operator/email", json!("office@town.example?subject=x")), "json_shape"),
        ("media-type", "A media type of two lines.", put("evidence/pair/proposal/media_type", json!("text/html\r\nX: y")), "json_shape"),
        ("no-event", "A record that was never given.", put("receipt/grounds/consent/records/0/events", json!([])), "json_shape"),
    ];
    for (id, says, text, code) in rows {
        note(
            book,
            (&format!("envelope-{id}"), says),
            text,
            Stated::Refused(code),
        );
    }
    for (id, kid) in [
        ("tokens", "operator-tokens-1"),
        ("status", "operator-status-1"),
        ("the-person", "owner-2"),
        ("possession", "sink-pop-1"),
        ("a-service", "source-1"),
    ] {
        // The same numbers under the name of a key of receipts: an id is no proof of a role.
        let key = Key::named(kid).called("operator-receipts-1");
        let about = About {
            id: &format!("key-of-{id}"),
            requirements: SHOWN,
            binds: BINDS,
            says: "A key that signs something else signs no receipt, even if somebody trusts it.",
        };
        let task = trusting(by(&key), record::OPERATOR, json!({ "keys": [key.jwk()] }));
        book.task(about, &task, Stated::Refused("receipt_key_two_roles"));
    }
    let about = About {
        id: "unknown-operator",
        requirements: SHOWN,
        binds: BINDS,
        says: "Keys of another operator are no keys of this one.",
    };
    let keys = json!({ "keys": [own.jwk()] });
    let task = trusting(good.text(), "another.example", keys);
    book.task(about, &task, Stated::Refused("receipt_operator_unknown"));
    let other = Key::named("another-receipts-1");
    let receipt = altered(&good.receipt, &["operator_id"], json!("another.example"));
    let payload = json!({ "receipt": receipt, "evidence": good.evidence });
    let text = Jws::of(&payload, "mydata-receipt+json", &[&other]).text();
    let about = About {
        id: "operator-of-others",
        says: "A known operator gives a receipt of what was decided with another.",
        ..about
    };
    let task = trusting(text, "another.example", json!({ "keys": [other.jwk()] }));
    book.task(about, &task, Stated::Refused("receipt_fact_other"));
    let stranger = good.said("operator_id", json!("another.example"));
    note(
        book,
        (
            "envelope-another-operator",
            "An operator signs in the name of another.",
        ),
        stranger.text(),
        Stated::Refused("receipt_operator_unknown"),
    );
}
