//! The life of the account.

use crate::ours::{coded, unknown};
use crate::verdict::Verdict;
use mydata::core::id::VerificationCode;
use mydata::operator::{Proof, ToPerson, Verification, Vouching};
use serde_json::{Value, json};

pub(super) fn verification(name: &str) -> Result<Verification, Verdict> {
    Ok(match name {
        "activation" => Verification::Activation,
        "export" => Verification::Export,
        "deletion" => Verification::Deletion,
        "deletion_at_once" => Verification::DeletionAtOnce,
        _ => return Err(unknown()),
    })
}

pub(super) fn proof(code: Option<&str>, vouched: Option<&str>) -> Result<Proof, Verdict> {
    match (code, vouched) {
        (Some(code), None) => Ok(Proof::Code(VerificationCode::parse(code).map_err(coded)?)),
        (None, Some("electronic_identity")) => Ok(Proof::Vouched(Vouching::ElectronicIdentity)),
        (None, Some("external_identity")) => Ok(Proof::Vouched(Vouching::ExternalIdentity)),
        (None, Some("in_person")) => Ok(Proof::Vouched(Vouching::InPerson)),
        (None | Some(_), _) => Err(unknown()),
    }
}

pub(super) fn told(message: &ToPerson) -> Value {
    match message {
        ToPerson::Verify { code, expires, .. } => {
            json!({ "verify": { "code": code.as_str(), "expires": expires } })
        }
        ToPerson::ExportReady { until } => json!({ "export_ready": { "until": until } }),
        ToPerson::Closing { until } => json!({ "closing": { "until": until } }),
        ToPerson::Reopened => json!("reopened"),
        ToPerson::Ended => json!("ended"),
        other => json!({ "unknown": format!("{other:?}") }),
    }
}
