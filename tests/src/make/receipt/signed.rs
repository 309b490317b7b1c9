//! Signed receipts: what verifies with public keys alone, and what does not.

use super::super::case::{About, Book, Stated, altered, without};
use super::super::forge::{Jws, flipped};
use super::super::keys::{Key, set};
use super::super::record::{self, START, consent_status, link_of, sealed_by};
use super::model;
use crate::base64url;
use crate::exam::task::ReceiptTask;
use crate::exam::{Role, Task};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const BINDS: &[Role] = &[Role::Operator];
const SHOWN: &str = "FW-25 FW-26 FW-27 FW-28 FW-29";

/// Both halves of a pair with their histories, and the receipt of them.
#[derive(Clone)]
struct Bundle {
    receipt: Value,
    evidence: Value,
}

/// A change of the status: the state, who signed, and the words of the receipt.
type Change = (&'static str, &'static str, Value);

fn history(service: &str, changes: &[Change]) -> Vec<(Jws, Value)> {
    let first = consent_status(service, "status-1", "Active", None, START);
    let first = sealed_by("consent_status", &first, &["owner-1"]);
    let mut all = vec![(first, json!({ "state": "given", "by": "data_subject" }))];
    for (at, (state, signer, told)) in changes.iter().enumerate() {
        let name = format!("status-{}", at + 2);
        // A timer ends a consent when its time is over, and everybody else when they like.
        let is_timer = told["by"] == "system" && told["reason"] == "expired";
        let iat = if is_timer {
            START + record::DAYS30
        } else {
            START + 60 * (at as u64 + 1)
        };
        let before = all.last().map(|(status, _)| status.clone());
        let status = consent_status(service, &name, state, before.as_ref(), iat);
        all.push((
            sealed_by("consent_status", &status, &[signer]),
            told.clone(),
        ));
    }
    all
}

fn evidence(link: &Jws, consent: &Jws, history: &[(Jws, Value)]) -> Value {
    let status: Vec<Value> = history.iter().map(|(status, _)| status.value()).collect();
    json!({ "link": link.value(), "consent": consent.value(), "status": status })
}

impl Bundle {
    fn pair(changes: &[Change]) -> Self {
        let halves = [("source", "Source"), ("sink", "Sink")].map(|(service, role)| {
            let kind = format!("{service}_consent");
            let consent = sealed_by(&kind, &record::good(&kind), &["owner-1"]);
            let history = history(service, changes);
            let record = model::record(role, service, &consent, &history);
            (record, evidence(&link_of(service), &consent, &history))
        });
        let [(source_record, source), (sink_record, sink)] = halves;
        let proposal = json!({ "media_type": "text/plain", "octets": "" });
        let mut receipt = model::pair(vec![source_record, sink_record]);
        receipt["issued"] = json!(START + record::DAYS30);
        if history("sink", changes)
            .last()
            .is_none_or(|(_, told)| told["state"] != "expired")
        {
            // As of an hour later, when nothing but what was done has ended anything.
            receipt["issued"] = json!(START + 3600);
        }
        Self {
            receipt,
            evidence: json!({ "pair": { "source": source, "sink": sink, "proposal": proposal } }),
        }
    }

    fn single() -> Self {
        let consent = sealed_by("single_consent", &record::single_consent(), &["owner-1"]);
        let history = history("sink", &[]);
        let evidence = evidence(&link_of("sink"), &consent, &history);
        Self {
            receipt: model::single(model::record("Sink", "sink", &consent, &history)),
            evidence: json!({ "single": { "record": evidence } }),
        }
    }

    fn notice(basis: &str, article: &str, remedy: &str) -> Self {
        Self {
            receipt: model::notice(basis, article, remedy),
            evidence: json!({ "none": {} }),
        }
    }

    fn text(&self) -> String {
        model::sealed(&self.receipt, &self.evidence).text()
    }

    fn said(mut self, path: &str, value: Value) -> Self {
        self.receipt = altered(&self.receipt, &steps(path), value);
        self
    }

    fn proved(mut self, path: &str, value: Value) -> Self {
        self.evidence = altered(&self.evidence, &steps(path), value);
        self
    }

    fn evidence(&self, path: &str) -> Value {
        self.evidence.pointer(path).cloned().unwrap()
    }
}

fn steps(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

fn task(text: String) -> Task {
    let services = ["source", "sink"];
    let services = services.map(|name| (name.to_owned(), set(&[&format!("{name}-1")])));
    Task::Receipt(ReceiptTask::Verify {
        envelope: text,
        operators: BTreeMap::from([(record::OPERATOR.to_owned(), set(&["operator-receipts-1"]))]),
        services: BTreeMap::from(services),
    })
}

fn note(book: &mut Book, (id, says): (&str, &str), text: String, stated: Stated<'_>) {
    let about = About {
        id,
        requirements: SHOWN,
        binds: BINDS,
        says,
    };
    book.task(about, &task(text), stated);
}

fn person(state: &str) -> Value {
    json!({ "state": state, "by": "data_subject", "reason": "owner_wish" })
}

pub(super) fn accepted() -> Book {
    let mut book = Book::new(
        "receipt/signed",
        "Signed receipts that verify with public keys alone",
    );
    let legal = json!({ "state": "revoked", "by": "operator", "reason": "legal_order" });
    let timer = json!({ "state": "expired", "by": "system", "reason": "expired" });
    let desk = json!({ "state": "withdrawn", "by": "representative", "reason": "owner_wish" });
    let pause = ("Disabled", "owner-1", person("paused"));
    let resume = ("Active", "owner-1", person("resumed"));
    let end = ("Withdrawn", "owner-1", person("withdrawn"));
    #[rustfmt::skip]
    let rows: Vec<(&str, &str, Bundle)> = vec![
        ("pair", "A consent for a source and a sink, with what was shown.", Bundle::pair(&[])),
        ("single", "A consent for one service; what was shown is not carried.", Bundle::single()),
        ("paused", "The person has paused.", Bundle::pair(std::slice::from_ref(&pause))),
        ("resumed", "And gone on: nothing was affirmed anew.", Bundle::pair(&[pause.clone(), resume.clone()])),
        ("withdrawn", "The person has withdrawn.", Bundle::pair(&[pause, resume, end])),
        ("withdrawn-for-the-person", "The operator signs what the person has asked for at a desk: a withdrawal.",
            Bundle::pair(&[("Withdrawn", "operator-status-1", desk)])),
        ("revoked", "The operator has ended it: no withdrawal.", Bundle::pair(&[("Withdrawn", "operator-status-1", legal)])),
        ("revoked-by-a-service", "The service has left: no withdrawal.", Bundle::pair(&[("Withdrawn", "operator-status-1",
            json!({ "state": "revoked", "by": "service", "reason": "service_left" }))])),
        ("revoked-by-a-timer", "A mandate has ended: no withdrawal.", Bundle::pair(&[("Withdrawn", "operator-status-1",
            json!({ "state": "revoked", "by": "system", "reason": "mandate_ended" }))])),
        ("given-by-a-parent", "A parent has acted for a child: the receipt says so, and how old it is.", by_a_parent()),
        ("expired", "Its time was over, and a timer has recorded that.", Bundle::pair(&[("Withdrawn", "operator-status-1", timer)])),
        ("legal-obligation", "The law demands it: nothing can be done about it.", Bundle::notice("legalObligation", "eu-gdpr:A6-1-c", "nothing")),
        ("public-interest", "One may object.", Bundle::notice("publicInterest", "eu-gdpr:A6-1-e", "object")),
        ("legitimate-interest", "One may object.", Bundle::notice("legitimateInterest", "eu-gdpr:A6-1-f", "object")),
        ("vital-interest", "One may object.", Bundle::notice("vitalInterest", "eu-gdpr:A6-1-d", "object")),
        ("contract", "One ends the contract.", Bundle::notice("contract", "eu-gdpr:A6-1-b", "end_contract")),
    ];
    for (id, says, bundle) in rows {
        note(&mut book, (id, says), bundle.text(), Stated::Accepted);
    }
    note(
        &mut book,
        (
            "expired-by-itself",
            "Its time was over when the receipt was issued, and nobody has recorded that.",
        ),
        ended_by_itself().text(),
        Stated::Accepted,
    );
    let unknown = Bundle::pair(&[]).said("x_later", json!([1]));
    note(
        &mut book,
        (
            "unknown-member",
            "A member that is not known is passed over; its octets are signed.",
        ),
        unknown.text(),
        Stated::Accepted,
    );
    book
}

/// A parent has acted for a child.
fn by_a_parent() -> Bundle {
    let minor = json!({ "capacity": "parent", "authority": "register/1", "minor": { "age": 5 } });
    let mut bundle = Bundle::pair(&[]).said("grounds/consent/ceremony/acting", minor);
    for record in bundle.receipt["grounds"]["consent"]["records"]
        .as_array_mut()
        .unwrap()
    {
        record["events"][0]["by"] = json!("representative");
    }
    bundle
}

/// Issued after the end of the consent.
fn ended_by_itself() -> Bundle {
    let mut bundle = Bundle::pair(&[]);
    let end = START + record::DAYS30;
    bundle.receipt["issued"] = json!(end);
    let event = json!({ "at": end, "state": "expired", "by": "system", "reason": "expired" });
    for record in bundle.receipt["grounds"]["consent"]["records"]
        .as_array_mut()
        .unwrap()
    {
        record["events"].as_array_mut().unwrap().push(event.clone());
    }
    bundle
}

pub(super) fn refused() -> Book {
    let mut book = Book::new(
        "receipt/signed-refused",
        "Signed receipts that must not be believed, though most are signed by their operator",
    );
    said_otherwise(&mut book);
    evidence_that_does_not_hold(&mut book);
    envelopes(&mut book);
    book
}

/// The receipt says something else than its records.
fn said_otherwise(book: &mut Book) {
    let hash = json!("A".repeat(43));
    #[rustfmt::skip]
    let rows: [(&str, &str, Value); 28] = [
        ("pseudonym", "controller/surrogate_id", json!("somebody-else")),
        ("service", "controller/service/service_id", json!("another")),
        ("version", "controller/service/version", json!("9.0.0")),
        ("source-pseudonym", "source/surrogate_id", json!("somebody-else")),
        ("source-version", "source/service/version", json!("9.0.0")),
        ("language", "language", json!("fi")),
        ("notice-url", "grounds/consent/notice/url", json!("https://operator.example/proposals/2")),
        ("notice-hash", "grounds/consent/notice/sha256", hash.clone()),
        ("end", "grounds/consent/exp", json!(START + 1000 * 86_400)),
        ("beginning", "grounds/consent/nbf", json!(START)),
        ("purpose", "processes/0/purpose_id", json!("marketing")),
        ("dataset", "processes/0/data/0/dataset_id", json!("src/c")),
        ("remedy", "remedy/kind", json!("nothing")),
        ("consent", "grounds/consent/records/1/cr_id", json!("another")),
        ("time", "grounds/consent/records/1/iat", json!(START - 1)),
        ("key", "grounds/consent/records/1/kid", json!("owner-2")),
        ("hash", "grounds/consent/records/1/sha256", hash.clone()),
        ("state", "grounds/consent/records/1/events/0/state", json!("withdrawn")),
        ("giver", "grounds/consent/records/1/events/0/by", json!("operator")),
        ("status-hash", "grounds/consent/records/1/events/0/record/sha256", hash),
        ("event-time", "grounds/consent/records/0/events/0/at", json!(START - 1)),
        ("issued-before", "issued", json!(START - 1)),
        ("link", "grounds/consent/records/1/slr_id", json!("another")),
        ("role", "grounds/consent/records/1/role", json!("Source")),
        ("reason-at-first", "grounds/consent/records/1/events/0/reason", json!("owner_wish")),
        ("article", "processes/0/legal_basis", json!(["eu-gdpr:A6-1-c"])),
        ("left-out-and-given", "processes/0/left_out", json!([model::item("src/a")])),
        ("no-source", "source", Value::Null),
    ];
    for (id, path, value) in rows {
        let bundle = Bundle::pair(&[]).said(path, value);
        let says = "An operator cannot sign what the records do not say.";
        note(
            book,
            (&format!("says-other-{id}"), says),
            bundle.text(),
            Stated::Refused("receipt_fact_other"),
        );
    }
    let revoked = [(
        "Withdrawn",
        "operator-status-1",
        json!({ "state": "withdrawn", "by": "operator", "reason": "legal_order" }),
    )];
    note(
        book,
        (
            "revoked-as-withdrawn",
            "What somebody else has ended the person has not withdrawn.",
        ),
        Bundle::pair(&revoked).text(),
        Stated::Refused("receipt_fact_other"),
    );
    let order = Bundle::pair(&[]);
    let turned = order.receipt["processes"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .cloned()
        .collect();
    note(
        book,
        (
            "purposes-turned",
            "The purposes stand in another order than the usage rules.",
        ),
        order.clone().said("processes", turned).text(),
        Stated::Refused("receipt_fact_other"),
    );
    let one = json!([order.receipt["processes"][0]]);
    note(
        book,
        (
            "purpose-left-out",
            "A purpose that was consented to is left out.",
        ),
        order.said("processes", one).text(),
        Stated::Refused("receipt_fact_other"),
    );
    let mut more = Bundle::single();
    more.receipt["source"] = Bundle::pair(&[]).receipt["source"].clone();
    note(
        book,
        (
            "source-of-one-service",
            "Data that stays in one service has no source.",
        ),
        more.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let wrong =
        |state: &str, by: &str, reason: &str| json!({ "state": state, "by": by, "reason": reason });
    #[rustfmt::skip]
    let causes = [
        ("revoked-by-the-person", "owner-1", wrong("revoked", "operator", "legal_order"), "What the person has signed nobody else has brought about."),
        ("paused-by-the-person", "owner-1", wrong("withdrawn", "system", "owner_wish"), "What the person has signed no timer has done."),
        ("expired-before-its-time", "operator-status-1", wrong("expired", "operator", "expired"), "The time was not over."),
    ];
    for (id, signer, told, says) in causes {
        let bundle = Bundle::pair(&[("Withdrawn", signer, told)]);
        note(
            book,
            (id, says),
            bundle.text(),
            Stated::Refused("receipt_fact_other"),
        );
    }
    let mut silent = Bundle::pair(&[("Withdrawn", "owner-1", person("withdrawn"))]);
    for record in silent.receipt["grounds"]["consent"]["records"]
        .as_array_mut()
        .unwrap()
    {
        record["events"].as_array_mut().unwrap().pop();
    }
    note(
        book,
        (
            "silent-about-the-end",
            "A receipt of an ended consent that leaves out the end.",
        ),
        silent.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let mut late = ended_by_itself();
    for record in late.receipt["grounds"]["consent"]["records"]
        .as_array_mut()
        .unwrap()
    {
        record["events"].as_array_mut().unwrap().pop();
    }
    note(
        book,
        (
            "silent-about-the-time",
            "A receipt issued after the end that does not say so.",
        ),
        late.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let consent = Bundle::notice("consent", "eu-gdpr:A6-1-a", "withdraw");
    note(
        book,
        (
            "consent-without-record",
            "Consent without a record is no consent.",
        ),
        consent.text(),
        Stated::Refused("receipt_fact_other"),
    );
    let wrong = Bundle::notice("publicInterest", "eu-gdpr:A6-1-e", "nothing");
    note(
        book,
        (
            "objection-kept-back",
            "One may object to public interest, and the receipt says that one can do nothing.",
        ),
        wrong.text(),
        Stated::Refused("receipt_fact_other"),
    );
}

/// The records do not bear the receipt out.
fn evidence_that_does_not_hold(book: &mut Book) {
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
fn envelopes(book: &mut Book) {
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
        let Task::Receipt(mut task) = task(by(&key)) else {
            panic!("a task of receipts")
        };
        let ReceiptTask::Verify { operators, .. } = &mut task else {
            panic!("a task of a verifier")
        };
        operators.insert(record::OPERATOR.to_owned(), json!({ "keys": [key.jwk()] }));
        let about = About {
            id: &format!("key-of-{id}"),
            requirements: SHOWN,
            binds: BINDS,
            says: "A key that signs something else signs no receipt, even if somebody trusts it.",
        };
        book.task(
            about,
            &Task::Receipt(task),
            Stated::Refused("receipt_key_two_roles"),
        );
    }
    let Task::Receipt(mut unknown) = task(good.text()) else {
        panic!("a task of receipts")
    };
    let ReceiptTask::Verify { operators, .. } = &mut unknown else {
        panic!("a task of a verifier")
    };
    let keys = operators.remove(record::OPERATOR).unwrap();
    operators.insert("another.example".to_owned(), keys);
    let about = About {
        id: "unknown-operator",
        requirements: SHOWN,
        binds: BINDS,
        says: "Keys of another operator are no keys of this one.",
    };
    book.task(
        about,
        &Task::Receipt(unknown),
        Stated::Refused("receipt_operator_unknown"),
    );
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
