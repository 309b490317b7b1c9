//! Receipts.

use super::{Done, coded, key_set};
use crate::exam::task::ReceiptTask;
use mydata::core::id::{OperatorId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::jws::Sealed;
use mydata::keys::Ring;
use mydata::receipt::signed::{SignedReceipt, Trust};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn receipt(task: &ReceiptTask) -> Done {
    match task {
        ReceiptTask::Verify {
            envelope,
            operators,
            services,
        } => verify(envelope, operators, services),
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
        operator: &|id| desks.get(id).cloned(),
        service: &|id| keys.get(id).cloned(),
        crypto: &Ring,
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
