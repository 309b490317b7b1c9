//! `mydata verify`: signatures and times of one record or receipt, or the judgement of vectors.

mod receipt;
mod vectors;

use crate::args::VerifyArguments;
use crate::finding::{Fault, Finding, refusal};
use crate::inspect::compact;
use crate::inspect::envelope::Envelope;
use crate::keys::Keys;
use crate::kind::{Believed, Kind, Signature, believe};
use crate::paper::{Answer, Page};
use crate::tree::Tree;
use crate::{input, times};
use mydata::core::jws::JwsRefusal;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::time::Timestamp;
use mydata::token::access::AccessRule;
use mydata::token::claims::Token;
use serde_json::{Value, json};
use std::path::Path;

pub(crate) fn run(arguments: &VerifyArguments) -> Result<Answer, Fault> {
    // Whoever gives keys asks about a record: a file of vectors in its place would need none to be in
    // order.
    let is_record = arguments.keys.is_some() || arguments.kind.is_some();
    if arguments.file.is_dir() && !is_record {
        return vectors::folder(&arguments.file);
    }
    let keys_file = arguments.keys.as_deref();
    let paths: Vec<&Path> = keys_file
        .into_iter()
        .chain([arguments.file.as_path()])
        .collect();
    input::only_once(&paths)?;
    let octets = input::read(&arguments.file)?;
    if !is_record && vectors::is_file(&octets) {
        return vectors::file(&input::name(&arguments.file), &octets);
    }
    let Some(keys_file) = keys_file else {
        return Err(Fault::usage(
            "--keys FILE is needed: nothing is verified with a key that comes with it",
        ));
    };
    let keys = Keys::read(keys_file, arguments.party.map(Party::from))?;
    let text = std::str::from_utf8(&octets)
        .map_err(|_| Fault::refused(&JwsRefusal::Malformed))?
        .trim();
    let text = if text.starts_with('{') {
        text
    } else {
        compact(text)
    };
    let envelope = find(text);
    let kind = kind_of(arguments.kind.as_deref(), envelope.as_ref())?;
    if kind.name == "receipt" {
        if keys.is_plain() {
            return Err(Fault::usage(
                "a receipt has signatures of several parties, so the keys must say whose they are: \
                 operators and services by id, or operator and service",
            ));
        }
        if arguments.at.is_some() {
            return Err(Fault::usage(
                "--at: a receipt is no permission and has no time in which it is good",
            ));
        }
        return Ok(receipt::verify(text, &keys, arguments.language.into()));
    }
    let now = arguments.at.unwrap_or_else(times::now);
    let kids = envelope.as_ref().map(Envelope::kids).unwrap_or_default();
    Ok(record(text, kind, &keys, &kids, now))
}

/// The envelope of a text, for what its headers say.
pub(crate) fn find(text: &str) -> Option<Envelope> {
    Envelope::of_compact(text).or_else(|| Envelope::of_tree(&Tree::read(text.as_bytes())?, text))
}

/// The kind that was asked for, else that of the `typ`.
pub(crate) fn kind_of(
    asked: Option<&str>,
    envelope: Option<&Envelope>,
) -> Result<&'static Kind, Fault> {
    if let Some(name) = asked {
        return Kind::named(name).ok_or_else(|| {
            Fault::usage("--kind: there is no such kind; `mydata help verify` names them")
        });
    }
    let envelope = envelope.ok_or_else(|| Fault::refused(&JwsRefusal::Malformed))?;
    let typ = envelope
        .typ()
        .ok_or_else(|| Fault::refused(&JwsRefusal::TypMissing))?;
    Kind::of_typ(&typ).ok_or_else(|| Fault::refused(&JwsRefusal::TypMismatch))
}

fn record(text: &str, kind: &Kind, keys: &Keys, kids: &[String], now: Timestamp) -> Answer {
    let mut page = Page::default();
    let mut json = json!({ "kind": kind.name, "at": now });
    page.row("kind", &format!("{} ({})", kind.says, kind.name));
    let binding = keys.bind(kind, kids);
    let believed = match (kind.verify)(text, &binding.keys(), now) {
        Err(fault) => return refusal(page, json, &[Finding::jws(&fault)]),
        Ok(believed) => believed,
    };
    let parties = kind.parties().0;
    let signed_by: Value = believed
        .signed_by
        .iter()
        .map(|by| row(by, keys, parties, &mut page))
        .collect();
    page.row("digest", &believed.digest);
    page.row("at", &now.to_string());
    let mut open: Vec<&str> = kind.open.to_vec();
    if keys.is_plain() && parties.len() > 1 {
        open.push("which of the parties signed: the key set does not say whose keys they are");
    }
    let mut wrong = believed.wrong.clone();
    match in_request(&believed, keys, now) {
        None => {}
        Some(Ok(())) => page.row("token in it", "verified"),
        Some(Err(Some(finding))) => wrong.push(finding.at("token")),
        Some(Err(None)) => open.push("the token in it: no keys were given as an operator's"),
    }
    if let Some(members) = json.as_object_mut() {
        members.insert("signed_by".to_owned(), signed_by);
        members.insert("digest".to_owned(), json!(believed.digest));
        members.insert("not_established".to_owned(), json!(open));
    }
    if !wrong.is_empty() {
        return refusal(page, json, &wrong);
    }
    page.verdict(true, "VERIFIED");
    page.list("not established", &open);
    Answer::valid(page, json)
}

/// A good signature, in words and as JSON.
fn row(by: &Signature, keys: &Keys, parties: &[Party], page: &mut Page) -> Value {
    let is_known = !keys.is_plain() || parties.len() == 1;
    let party = is_known.then(|| by.party.to_string());
    let who = party.clone().unwrap_or_else(|| {
        let names: Vec<String> = parties.iter().map(ToString::to_string).collect();
        names.join(" or ")
    });
    page.row(
        "signed by",
        &format!("{who}, {} ({})", by.kid, by.thumbprint),
    );
    json!({ "party": party, "kid": by.kid, "thumbprint": by.thumbprint })
}

/// The token of a data request: verified, wrong in some way, or without a key to verify it with.
fn in_request(
    believed: &Believed,
    keys: &Keys,
    now: Timestamp,
) -> Option<Result<(), Option<Finding>>> {
    use crate::kind::Known as _;
    let text = believed.token.as_ref()?;
    let Some(set) = keys.of_token() else {
        return Some(Err(None));
    };
    let token = believe::<Token>(text, &PartyKeys::none().with(Party::Operator, set));
    let judged = token
        .map_err(|fault| Finding::jws(&fault))
        .and_then(|token| {
            let signer = believed.signed_by.first();
            // A token with a thumbprint is for DPoP: no signed request is good with it.
            let is_bound = signer.is_some_and(|by| by.kid == token.confirmation().as_str());
            if !is_bound || token.thumbprint().is_some() {
                return Err(Finding::of(&AccessRule::KeyMismatch));
            }
            token.at(now).map_or(Ok(()), Err)
        });
    Some(judged.map_err(Some))
}
