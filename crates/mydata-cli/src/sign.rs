//! `mydata sign`: a payload becomes a record of one kind, and of no other.

use crate::args::SignArguments;
use crate::finding::{Fault, Finding};
use crate::key::kid;
use crate::keys::private;
use crate::kind::{Kind, believe, seal};
use crate::paper::{Answer, Ink, Page};
use crate::tree::pointer;
use crate::{input, verify};
use mydata::core::crypto::{Crypto as _, Signer};
use mydata::core::json::from_slice;
use mydata::core::jwk::KeySet;
use mydata::core::jws::JwsRefusal;
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::Ring;
use mydata::record::link::{LinkProposal, LinkRecord};
use serde_json::{Value, json};

/// Kinds that this tool does not sign, and why.
const UNSIGNED: [(&str, &str); 2] = [
    (
        "receipt",
        "a receipt is made of records and a register by the operator that gives it: nothing of that \
         could be checked here",
    ),
    (
        "link_record",
        "two sign a link record: the owner with --kind link_proposal, then the service with \
         --kind link_record --add",
    ),
];

pub(crate) fn run(arguments: &SignArguments) -> Result<Answer, Fault> {
    let kind = Kind::named(&arguments.kind).ok_or_else(|| {
        Fault::usage("--kind: there is no such kind; `mydata help verify` names them")
    })?;
    input::only_once(&[&arguments.file, &arguments.key])?;
    if arguments.add && kind.name != "link_record" {
        return Err(Fault::usage(
            "--add is for --kind link_record: no other kind bears two signatures",
        ));
    }
    let refused = UNSIGNED
        .iter()
        .find(|(name, _)| *name == kind.name && !arguments.add);
    if let Some((_, why)) = refused {
        return Err(Fault::usage(format!("--kind {}: {why}", kind.name)));
    }
    let key = input::read(&arguments.key)?;
    let key = private(&key, kid(arguments.kid.as_ref())?.as_ref())
        .map_err(|refusal| Fault::unusable(&input::name(&arguments.key), &refusal))?;
    let payload = input::read(&arguments.file)?;
    let payload = payload.trim_ascii();
    if arguments.add {
        let text =
            std::str::from_utf8(payload).map_err(|_| Fault::refused(&JwsRefusal::Malformed))?;
        let signed = countersign(text, &key).map_err(|finding| Fault::Refused(vec![finding]))?;
        return Ok(answer(kind, &key, &signed, &[]));
    }
    let made = (kind.sign)(payload, &key).map_err(Fault::Refused)?;
    // What the kind does not know is not signed: whoever signs is told.
    let given: Value = from_slice(payload, kind.limits).map_err(|fault| Fault::refused(&fault))?;
    let mut left_out = Vec::new();
    lost(&given, &made.written, "", &mut left_out);
    Ok(answer(kind, &key, &made.text, &left_out))
}

fn answer(kind: &Kind, key: &dyn Signer, signed: &str, left_out: &[String]) -> Answer {
    let mut page = Page::default();
    page.line(Ink::Plain, signed);
    let digest = verify::find(signed)
        .map(|envelope| Ring.sha256(envelope.signed().as_bytes()).to_base64url());
    let json = json!({
        "kind": kind.name,
        "typ": kind.typ,
        "kid": key.public().kid(),
        "signed": signed,
        "digest": digest,
        "left_out": left_out,
    });
    let note = left_out
        .iter()
        .map(|at| format!("mydata: not signed, since the kind does not know it: {at}"));
    Answer {
        note: note.collect::<Vec<_>>().join("\n"),
        ..Answer::valid(page, json)
    }
}

/// The second signature of a link record. The owner's keys are those that the record itself names:
/// trust in them begins with this one message (C29), and the service that signs vouches for it.
fn countersign(text: &str, key: &dyn Signer) -> Result<String, Finding> {
    let of = |fault| Finding::jws(&fault);
    let opened = seal::<LinkProposal>(text)
        .and_then(|sealed| sealed.open())
        .map_err(of)?;
    let owner = opened.hint().cr_keys.clone();
    let keys = PartyKeys::none().with(Party::Owner, &owner);
    let proposal = believe::<LinkProposal>(text, &keys).map_err(of)?;
    let record = proposal.countersign::<LinkRecord>(key);
    let record = record
        .map_err(|fault| Finding::of(&fault))?
        .seal()
        .to_json();
    // What nobody would accept is not given out: the owner's own key a second time, say.
    let service = KeySet::from(key.public().clone());
    believe::<LinkRecord>(&record, &keys.with(Party::Service, &service)).map_err(of)?;
    Ok(record)
}

/// Members of `given` that are not in `written`.
fn lost(given: &Value, written: &Value, at: &str, found: &mut Vec<String>) {
    match (given, written) {
        (Value::Object(given), Value::Object(written)) => {
            for (name, value) in given {
                let here = pointer(at, name);
                match written.get(name) {
                    Some(written) => lost(value, written, &here, found),
                    None => found.push(here),
                }
            }
        }
        (Value::Array(given), Value::Array(written)) => {
            for (index, (given, written)) in given.iter().zip(written).enumerate() {
                lost(given, written, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}
