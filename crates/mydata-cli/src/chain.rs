//! `mydata chain verify`: the status records of one link or consent.

use crate::args::ChainArguments;
use crate::finding::{Fault, Finding, refusal};
use crate::input;
use crate::keys::Keys;
use crate::kind::{Kind, Known, believe, signatures};
use crate::paper::{Answer, Page};
use crate::verify::{find, kind_of};
use mydata::core::jws::JwsRefusal;
use mydata::core::lang::Language;
use mydata::core::party::Party;
use mydata::keys::Ring;
use mydata::record::chain::{Chain, StatusRecord};
use mydata::record::consent::{ConsentState, ConsentStatus};
use mydata::record::link::{LinkState, LinkStatus};
use serde_json::{Value, json};
use std::path::Path;

/// A state in words.
trait Worded: Copy {
    fn word(self, language: Language) -> &'static str;
}

impl Worded for ConsentState {
    fn word(self, language: Language) -> &'static str {
        self.label().get(language)
    }
}

impl Worded for LinkState {
    /// The library has no words of a link for residents.
    fn word(self, _: Language) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Removed => "removed",
        }
    }
}

pub(crate) fn run(arguments: &ChainArguments) -> Result<Answer, Fault> {
    let keys = Keys::read(&arguments.keys, arguments.party.map(Party::from))?;
    if keys.is_plain() {
        return Err(Fault::usage(
            "--keys: whose keys are they? Who signed decides what a status record may change: give an \
             object of owner and operator, or --party",
        ));
    }
    let mut paths: Vec<&Path> = arguments
        .files
        .iter()
        .map(std::path::PathBuf::as_path)
        .collect();
    paths.push(&arguments.keys);
    input::only_once(&paths)?;
    let mut texts = Vec::new();
    for path in &arguments.files {
        let octets = input::read(path)?;
        let text = String::from_utf8(octets).map_err(|_| Fault::refused(&JwsRefusal::Malformed))?;
        texts.push((input::name(path), text));
    }
    let first = texts.first().and_then(|(_, text)| find(text.trim()));
    let kind = kind_of(arguments.kind.as_deref(), first.as_ref())?;
    match kind.name {
        "link_status" => Ok(judge::<LinkStatus>(kind, &texts, &keys, arguments)),
        "consent_status" => Ok(judge::<ConsentStatus>(kind, &texts, &keys, arguments)),
        _ => Err(Fault::usage(
            "a chain has records of the kind link_status or consent_status",
        )),
    }
}

fn judge<S>(
    kind: &Kind,
    texts: &[(String, String)],
    keys: &Keys,
    arguments: &ChainArguments,
) -> Answer
where
    S: StatusRecord + Known,
    S::Subject: AsText,
    S::State: Worded,
{
    let mut page = Page::default();
    let mut json = json!({ "kind": kind.name, "length": texts.len() });
    page.row("kind", &format!("{} ({})", kind.says, kind.name));
    let mut chain: Option<Chain<S>> = None;
    for (at, (name, text)) in texts.iter().enumerate() {
        let appended = append(
            &mut chain,
            text.trim(),
            kind,
            keys,
            arguments.subject.as_deref(),
        );
        if let Err(finding) = appended {
            page.row(&format!("record {at}"), name);
            if let Some(members) = json.as_object_mut() {
                members.insert("record".to_owned(), json!(at));
                members.insert("file".to_owned(), json!(name));
            }
            return refusal(page, json, &[finding]);
        }
        let Some(latest) = chain.as_ref().map(Chain::latest) else {
            continue;
        };
        let signers: Vec<String> = signatures(latest)
            .iter()
            .map(|by| format!("{}, {}", by.party, by.kid))
            .collect();
        let line = format!(
            "{:?} at {}, signed by {}",
            latest.state(),
            latest.iat(),
            signers.join(" and ")
        );
        page.row(&format!("record {at}"), &line);
    }
    let Some(chain) = chain else {
        return refusal(page, json, &[]);
    };
    let state = format!("{:?}", chain.state());
    let latest = chain.latest();
    page.row("subject", latest.subject().as_text());
    page.row("latest", latest.record_id().as_str());
    page.row("state", chain.state().word(arguments.language.into()));
    page.verdict(true, "VERIFIED");
    let open = ["whether a later record exists: this is the state at the end of what was given"];
    page.list("not established", &open);
    if let Some(members) = json.as_object_mut() {
        members.extend([
            ("subject".to_owned(), json!(latest.subject().as_text())),
            ("latest".to_owned(), json!(latest.record_id())),
            ("state".to_owned(), Value::from(state)),
            ("since".to_owned(), json!(latest.iat())),
            ("not_established".to_owned(), json!(open)),
        ]);
    }
    Answer::valid(page, json)
}

fn append<S>(
    chain: &mut Option<Chain<S>>,
    text: &str,
    kind: &Kind,
    keys: &Keys,
    subject: Option<&str>,
) -> Result<(), Finding>
where
    S: StatusRecord + Known,
    S::Subject: AsText,
{
    let kids = find(text)
        .map(|envelope| envelope.kids())
        .unwrap_or_default();
    let binding = keys.bind(kind, &kids);
    let record = believe::<S>(text, &binding.keys()).map_err(|fault| Finding::jws(&fault))?;
    if let Some(chain) = chain {
        return chain
            .append(record, &Ring)
            .map_err(|refusal| Finding::of(&refusal));
    }
    let other = mydata::record::chain::ChainRefusal::OtherSubject;
    if subject.is_some_and(|subject| subject != record.subject().as_text()) {
        return Err(Finding::of(&other));
    }
    let (about, whose) = (record.subject().clone(), record.surrogate_id().clone());
    let begun = Chain::begin(record, &about, &whose).map_err(|refusal| Finding::of(&refusal))?;
    *chain = Some(begun);
    Ok(())
}

/// The id of a link or of a consent.
trait AsText {
    fn as_text(&self) -> &str;
}

impl AsText for mydata::core::id::LinkId {
    fn as_text(&self) -> &str {
        self.as_str()
    }
}

impl AsText for mydata::core::id::ConsentId {
    fn as_text(&self) -> &str {
        self.as_str()
    }
}
