//! Receipts.

use super::{Done, coded, key_set, several, unknown, written};
use crate::library::Library;
use crate::task::{ReceiptForm, ReceiptTask};
use crate::verdict::Verdict;
use mydata::core::Coded;
use mydata::core::id::{OperatorId, ServiceId};
use mydata::core::json::{Limits, from_slice};
use mydata::core::jwk::KeySet;
use mydata::core::jws::Sealed;
use mydata::core::lang::Language;
use mydata::receipt::finding::{Level, Report};
use mydata::receipt::kantara;
use mydata::receipt::linked;
use mydata::receipt::loss::Loss;
use mydata::receipt::receipt::Receipt;
use mydata::receipt::signed::{SignedReceipt, Trust};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn receipt(task: &ReceiptTask) -> Done {
    match task {
        ReceiptTask::Verify {
            envelope,
            operators,
            services,
        } => verify(envelope, operators, services),
        ReceiptTask::Validate { form, text, pad } => {
            let mut octets = text.clone().into_bytes();
            octets.resize(octets.len() + pad.unwrap_or_default(), b' ');
            Ok(validate(*form, &octets))
        }
        ReceiptTask::Read { form, text } => read(*form, text.as_bytes()),
        ReceiptTask::Write {
            form,
            receipt,
            language,
        } => write(*form, receipt, language.as_deref()),
    }
}

fn verify(
    envelope: &str,
    operators: &BTreeMap<String, Value>,
    services: &BTreeMap<String, Value>,
) -> Done {
    let mut desks: BTreeMap<OperatorId, KeySet> = BTreeMap::new();
    for (id, set) in operators {
        desks.insert(OperatorId::parse(id).map_err(coded)?, key_set(set)?);
    }
    let mut keys: BTreeMap<ServiceId, KeySet> = BTreeMap::new();
    for (id, set) in services {
        keys.insert(ServiceId::parse(id).map_err(coded)?, key_set(set)?);
    }
    let sealed = Sealed::<SignedReceipt>::from_json(envelope.as_bytes()).map_err(coded)?;
    let trust = Trust {
        operator: &|id| desks.get(id).cloned().map(Into::into),
        service: &|id| keys.get(id).cloned().map(Into::into),
        crypto: &Library,
    };
    let proven = SignedReceipt::verify(&sealed, &trust).map_err(coded)?;
    let state = proven.given().and_then(|given| given.state());
    let unchecked: Vec<&str> = proven.unchecked().iter().map(|one| one.name()).collect();
    Ok(json!({
        "receipt_id": proven.receipt_id,
        "basis": proven.basis(),
        "state": state,
        "digest": proven.digest(),
        "unchecked": unchecked,
    }))
}

fn validate(form: ReceiptForm, octets: &[u8]) -> Value {
    match form {
        ReceiptForm::Kantara => {
            let report = kantara::validate(octets);
            let let_through: BTreeSet<&str> =
                report.let_through().map(|one| one.rule.code()).collect();
            let mut said = found(&report);
            said.extend([
                ("schema".to_owned(), json!(kantara::schema_accepts(octets))),
                ("let_through".to_owned(), json!(let_through)),
            ]);
            Value::Object(said)
        }
        ReceiptForm::Linked => Value::Object(found(&linked::validate(octets))),
    }
}

/// The findings, by place and then by rule: in which order they were found is nobody's business.
fn found<R: Coded>(report: &Report<R>) -> Map<String, Value> {
    let findings = report.findings.iter();
    let findings: BTreeSet<(&str, &str, Level)> = findings
        .map(|one| (one.pointer.as_str(), one.rule.code(), one.level))
        .collect();
    let findings = findings.into_iter();
    let findings: Vec<Value> = findings
        .map(|(pointer, rule, level)| json!({ "pointer": pointer, "rule": rule, "level": level }))
        .collect();
    Map::from_iter([
        ("valid".to_owned(), json!(report.is_valid())),
        ("findings".to_owned(), json!(findings)),
    ])
}

fn read(form: ReceiptForm, octets: &[u8]) -> Done {
    match form {
        ReceiptForm::Kantara => {
            let reading = kantara::read(octets).map_err(|report| errors(&report))?;
            let repairs = reading.repairs.iter();
            let repairs = repairs.map(|one| (one.pointer.as_str(), one.repair.code()));
            Ok(repaired(written(&reading.document), repairs.collect()))
        }
        ReceiptForm::Linked => {
            let reading = linked::read(octets).map_err(|report| errors(&report))?;
            let repairs = reading.repairs.iter();
            let repairs = repairs.map(|one| (one.pointer.as_str(), one.repair.code()));
            Ok(repaired(plain(&reading.document), repairs.collect()))
        }
    }
}

/// Refused with the codes of all errors.
fn errors<R: Coded>(report: &Report<R>) -> Verdict {
    let errors = report.findings.iter();
    let errors = errors.filter(|found| found.level == Level::Error);
    Verdict::Refused(several(errors.map(|found| found.rule.code())))
}

fn repaired(document: Value, repairs: BTreeSet<(&str, &'static str)>) -> Value {
    let repairs = repairs.into_iter();
    let repairs: Vec<Value> = repairs
        .map(|(pointer, repair)| json!({ "pointer": pointer, "repair": repair }))
        .collect();
    json!({ "document": document, "repairs": repairs })
}

/// A document without its context where that is ours: it is the same in each of them, and long.
fn plain(document: &linked::Document) -> Value {
    let mut document = written(document);
    if document.get("@context") == Some(&linked::context())
        && let Some(members) = document.as_object_mut()
    {
        members.remove("@context");
    }
    document
}

fn write(form: ReceiptForm, receipt: &Value, language: Option<&str>) -> Done {
    let octets = receipt.to_string();
    let receipt: Receipt = from_slice(octets.as_bytes(), Limits::MESSAGE).map_err(coded)?;
    let (document, losses) = match (form, language.map(Language::parse)) {
        (ReceiptForm::Kantara, Some(Some(language))) => {
            let document = kantara::Document::of(&receipt, language).map_err(coded)?;
            (written(&document), kantara::losses(&receipt, language))
        }
        (ReceiptForm::Linked, None) => {
            let document = linked::Document::of(&receipt);
            (plain(&document), linked::losses(&receipt))
        }
        (ReceiptForm::Kantara | ReceiptForm::Linked, _) => return Err(unknown()),
    };
    let losses: BTreeMap<&str, &Loss> = losses
        .iter()
        .map(|loss| (loss.pointer.as_str(), loss))
        .collect();
    let losses: Vec<&Loss> = losses.into_values().collect();
    Ok(json!({ "document": document, "losses": losses }))
}
