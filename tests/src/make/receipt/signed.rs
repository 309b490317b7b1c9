//! Signed receipts: what verifies with public keys alone, and what does not.

mod held;
mod said;

use super::super::case::{About, Book, Stated, altered};
use super::super::forge::Jws;
use super::super::keys::set;
use super::super::record::{self, START, consent_status, link_of, sealed_by};
use super::model;
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
        Self::halves(changes, changes)
    }

    /// Each half with a history of its own.
    fn halves(source: &[Change], sink: &[Change]) -> Self {
        let halves = [("source", "Source", source), ("sink", "Sink", sink)];
        let halves = halves.map(|(service, role, changes)| {
            let kind = format!("{service}_consent");
            let consent = sealed_by(&kind, &record::good(&kind), &["owner-1"]);
            let history = history(service, changes);
            let record = model::record(role, service, &consent, &history);
            (record, evidence(&link_of(service), &consent, &history))
        });
        let [
            (source_record, source_evidence),
            (sink_record, sink_evidence),
        ] = halves;
        let proposal = json!({ "media_type": "text/plain", "octets": "" });
        let mut receipt = model::pair(vec![source_record, sink_record]);
        let is_over = sink.iter().any(|(_, _, told)| told["state"] == "expired");
        // As of an hour later, unless a timer has come.
        receipt["issued"] = json!(START + if is_over { record::DAYS30 } else { 3600 });
        Self {
            receipt,
            evidence: json!({ "pair": { "source": source_evidence, "sink": sink_evidence, "proposal": proposal } }),
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
    trusting(text, record::OPERATOR, set(&["operator-receipts-1"]))
}

/// The same for somebody who knows these keys, of this operator.
fn trusting(text: String, operator: &str, keys: Value) -> Task {
    let services = ["source", "sink"];
    let services = services.map(|name| (name.to_owned(), set(&[&format!("{name}-1")])));
    Task::Receipt(ReceiptTask::Verify {
        envelope: text,
        operators: BTreeMap::from([(operator.to_owned(), keys)]),
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
    let source_pause = (
        "Disabled",
        "operator-status-1",
        json!({ "state": "paused", "by": "operator", "reason": "suspected_misuse" }),
    );
    let source_end = json!({ "state": "revoked", "by": "operator", "reason": "suspected_misuse" });
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
        ("source-paused", "The source's half is paused and the sink's is not: nothing may flow.",
            Bundle::halves(std::slice::from_ref(&source_pause), &[])),
        ("source-revoked", "The source's half has ended and the sink's is paused: an end goes before a pause.",
            Bundle::halves(&[("Withdrawn", "operator-status-1", source_end)], &[("Disabled", "owner-1", person("paused"))])),
        ("sink-revoked-first", "Both halves have ended, the sink's by the operator before the source's by the person.",
            Bundle::halves(&[("Disabled", "owner-1", person("paused")), ("Withdrawn", "owner-1", person("withdrawn"))],
                &[("Withdrawn", "operator-status-1", json!({ "state": "revoked", "by": "operator", "reason": "legal_order" }))])),
        ("paused-and-over", "Its time ran out while it was paused.", ended_by_itself(&[("Disabled", "owner-1", person("paused"))])),
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
        ended_by_itself(&[]).text(),
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
fn ended_by_itself(changes: &[Change]) -> Bundle {
    let mut bundle = Bundle::pair(changes);
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
    said::otherwise(&mut book);
    held::evidence(&mut book);
    held::envelopes(&mut book);
    book
}
