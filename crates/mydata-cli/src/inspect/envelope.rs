//! Signed envelopes, broken ones too: taken apart as far as they let themselves be, and everything
//! that is wrong with them. The library stops at the first fault, as it must; this goes on.

use super::Look;
use super::base64::{canonical, lenient};
use super::place::Place;
use crate::finding::Finding;
use crate::kind::Kind;
use crate::tree::Tree;
use mydata::core::json::{Limits, from_slice};
use mydata::core::jwk::Algorithm;
use mydata::core::jws::{JwsRefusal, KeyNaming};
use serde_json::Value;

/// The parts of an envelope, undecoded.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) form: &'static str,
    payload: String,
    signatures: Vec<Part>,
    /// As it came, for the library.
    text: String,
}

#[derive(Debug, Default)]
struct Part {
    protected: String,
    header: Option<Tree>,
    signature: String,
}

/// Signatures of an envelope that are taken apart; no record has more than two.
const SIGNATURES: usize = 100;

/// Members of a header that refuse it, whatever is in them.
const REFUSED: &[(&str, JwsRefusal)] = &[
    ("crit", JwsRefusal::Crit),
    ("b64", JwsRefusal::Crit),
    ("jwk", JwsRefusal::KeyInHeader),
    ("jku", JwsRefusal::KeyInHeader),
    ("x5u", JwsRefusal::KeyInHeader),
    ("x5c", JwsRefusal::KeyInHeader),
    ("x5t", JwsRefusal::KeyInHeader),
    ("x5t#S256", JwsRefusal::KeyInHeader),
    ("cty", JwsRefusal::Nested),
];

impl Envelope {
    /// The compact form, or what was meant to be it: parts with full stops between them, of which the
    /// first is an object in base64.
    pub(crate) fn of_compact(text: &str) -> Option<Self> {
        // What the first character of base64 is, of white space or a brace.
        if !text.trim_start().starts_with(['e', 'I', 'C', 'D']) {
            return None;
        }
        let mut parts = text.split('.');
        let (protected, payload) = (parts.next()?, parts.next()?);
        let rest: Vec<&str> = parts.collect();
        let head = lenient(protected)?;
        head.trim_ascii_start().starts_with(b"{").then(|| Self {
            form: "compact",
            payload: payload.to_owned(),
            signatures: vec![Part {
                protected: protected.to_owned(),
                header: None,
                signature: rest.join("."),
            }],
            text: text.to_owned(),
        })
    }

    /// Any form, as a value in a document.
    pub(crate) fn in_tree(tree: &Tree) -> Option<Self> {
        if let Tree::Text(text) = tree {
            return Self::of_compact(text);
        }
        // The text is made only for what is an envelope: it is as long as the value.
        let mut envelope = Self::of_tree(tree, "")?;
        envelope.text = tree.json().to_string();
        Some(envelope)
    }

    /// Either JSON form.
    pub(crate) fn of_tree(tree: &Tree, text: &str) -> Option<Self> {
        let payload = tree.member("payload")?.text()?;
        let part = |tree: &Tree| {
            let text = |name| tree.member(name).and_then(Tree::text).unwrap_or_default();
            Part {
                protected: text("protected").to_owned(),
                header: tree.member("header").cloned(),
                signature: text("signature").to_owned(),
            }
        };
        let (form, signatures) = match tree.member("signatures") {
            Some(Tree::Array(parts)) => ("general JSON", parts.iter().map(part).collect()),
            _ if tree.has(&["protected"]) || tree.has(&["signature"]) => {
                ("flattened JSON", vec![part(tree)])
            }
            // A record of which the signatures have been taken away.
            None if tree.members().is_some_and(|members| members.len() == 1) => {
                ("flattened JSON", Vec::new())
            }
            _ => return None,
        };
        Some(Self {
            form,
            payload: payload.to_owned(),
            signatures,
            text: text.to_owned(),
        })
    }

    /// The `typ` of the first header.
    pub(crate) fn typ(&self) -> Option<String> {
        let first = self.signatures.first()?;
        let header = Tree::read(&lenient(&first.protected)?)?;
        header.member("typ")?.text().map(str::to_owned)
    }

    /// The octets that the first signature is over.
    pub(crate) fn signed(&self) -> String {
        let first = self.signatures.first();
        let protected = first.map_or("", |part| part.protected.as_str());
        [protected, ".", &self.payload].concat()
    }

    /// The ids of the keys that are said to have signed, in the order of the signatures.
    pub(crate) fn kids(&self) -> Vec<String> {
        let kid = |part: &Part| {
            let protected = lenient(&part.protected).and_then(|octets| Tree::read(&octets));
            let kid = |header: &Tree| Some(header.member("kid")?.text()?.to_owned());
            protected
                .as_ref()
                .and_then(kid)
                .or_else(|| part.header.as_ref().and_then(kid))
        };
        self.signatures.iter().filter_map(kid).collect()
    }

    /// What it seems to be: by its `typ`, and of a link record by how many have signed it.
    pub(crate) fn kind(&self) -> Option<&'static Kind> {
        let kind = Kind::of_typ(&self.typ()?)?;
        if kind.name == "link_record" && self.signatures.len() == 1 {
            return Kind::named("link_proposal");
        }
        Some(kind)
    }

    /// Takes it apart; what is wrong goes into `look`.
    pub(crate) fn open(&self, at: &Place<'_>, look: &mut Look) -> Tree {
        let kind = self.kind();
        if kind.is_some_and(|kind| kind.name == "receipt") {
            look.at = None;
        }
        let mut found = Vec::new();
        let parts = self.signatures.iter().take(SIGNATURES);
        let mut headers: Vec<Tree> = parts.map(|part| header(part, kind, &mut found)).collect();
        if let Some(more @ 1..) = self.signatures.len().checked_sub(SIGNATURES) {
            headers.push(Tree::Text(format!(
                "{more} more signatures are not looked at"
            )));
        }
        let count = kind.map(|kind| kind.parties().1);
        if count.is_some_and(|count| count != self.signatures.len()) {
            found.push(Finding::of(&JwsRefusal::SignerSet));
        }
        // The library's word, for what is not looked at here.
        let judge = kind.or_else(|| Kind::named("token").filter(|_| self.form == "compact"));
        let judge = judge.or_else(|| Kind::named("consent_status"));
        let says = judge.and_then(|kind| (kind.envelope)(&self.text));
        let payload = self.payload(kind, &mut found, at, look);
        found.extend(says);
        let at = at.to_string();
        for finding in found {
            look.wrong(finding.at(&at));
        }
        let headers = match <[Tree; 1]>::try_from(headers) {
            Ok([only]) => ("header".to_owned(), only),
            Err(several) => ("headers".to_owned(), Tree::Array(several)),
        };
        Tree::Object(vec![headers, ("payload".to_owned(), payload)])
    }

    fn payload(
        &self,
        kind: Option<&Kind>,
        found: &mut Vec<Finding>,
        at: &Place<'_>,
        look: &mut Look,
    ) -> Tree {
        let strict = canonical(&self.payload);
        if strict.is_none() {
            found.push(Finding::of(&JwsRefusal::NotBase64url).at("payload"));
        }
        let Some(octets) = strict.or_else(|| lenient(&self.payload)) else {
            return Tree::Text(self.payload.clone());
        };
        let tree = Tree::read(&octets);
        if let Some(kind) = kind {
            let mut faults = (kind.payload)(&octets, look.at);
            // Without what stands twice: the faults behind it.
            if let Some(tree) = &tree {
                for fault in (kind.payload)(tree.json().to_string().as_bytes(), look.at) {
                    if !faults.iter().any(|earlier| earlier.code == fault.code) {
                        faults.push(fault);
                    }
                }
            }
            found.extend(faults.into_iter().map(|fault| fault.at("payload")));
        } else if let Err(fault) = from_slice::<Value>(&octets, Limits::MESSAGE) {
            found.push(Finding::of(&fault).at("payload"));
        }
        match tree {
            Some(tree) => {
                look.doubles(&tree, at);
                look.expand(tree, at)
            }
            None => Tree::Text(String::from_utf8_lossy(&octets).into_owned()),
        }
    }
}

/// One protected header with what stands beside it, and the form of its signature.
fn header(part: &Part, kind: Option<&Kind>, found: &mut Vec<Finding>) -> Tree {
    let mut wrong = |refusal: JwsRefusal| found.push(Finding::of(&refusal).at("header"));
    if part.protected.len() > Limits::HEADER.octets {
        wrong(JwsRefusal::HeaderTooLarge);
    }
    let strict = canonical(&part.protected);
    if strict.is_none() {
        wrong(JwsRefusal::NotBase64url);
    }
    let octets = strict
        .or_else(|| lenient(&part.protected))
        .unwrap_or_default();
    let tree = Tree::read(&octets);
    let text = |name: &str| tree.as_ref().and_then(|tree| tree.member(name)?.text());
    if let Some(tree) = &tree {
        let brings_key = kind.is_some_and(|kind| kind.naming == KeyNaming::Jwk);
        for (name, refusal) in REFUSED {
            if tree.has(&[name]) && !(brings_key && *name == "jwk") {
                wrong(*refusal);
            }
        }
        let known = |name: &str| {
            matches!(name, "alg" | "kid" | "typ") || REFUSED.iter().any(|(known, _)| *known == name)
        };
        if !brings_key
            && tree
                .members()
                .is_some_and(|members| members.iter().any(|(name, _)| !known(name)))
        {
            wrong(JwsRefusal::HeaderUnknownMember);
        }
        if text("alg").and_then(Algorithm::parse).is_none() {
            wrong(JwsRefusal::AlgUnsupported);
        }
        match text("typ") {
            None => wrong(JwsRefusal::TypMissing),
            Some(typ) if kind.is_none_or(|kind| kind.typ != typ) => wrong(JwsRefusal::TypMismatch),
            Some(_) => {}
        }
        let beside = part.header.as_ref().is_some_and(|tree| tree.has(&["kid"]));
        match (tree.has(&["kid"]), beside) {
            _ if brings_key && !tree.has(&["jwk"]) => wrong(JwsRefusal::JwkMissing),
            _ if brings_key => {}
            (true, true) => wrong(JwsRefusal::KidTwice),
            (false, false) => wrong(JwsRefusal::KidMissing),
            (true, false) | (false, true) => {}
        }
    }
    match canonical(&part.signature) {
        None => found.push(Finding::of(&JwsRefusal::NotBase64url).at("signature")),
        Some(octets) if octets.len() != 64 => {
            found.push(Finding::of(&JwsRefusal::SignatureInvalid).at("signature"));
        }
        Some(_) => {}
    }
    if let Err(fault) = from_slice::<Value>(&octets, Limits::HEADER) {
        found.push(Finding::of(&fault).at("header"));
    }
    let text = String::from_utf8_lossy(&octets);
    let shown = tree.unwrap_or_else(|| Tree::Text(text.into_owned()));
    match (&part.header, shown) {
        (Some(beside), Tree::Object(mut members)) => {
            members.push(("(unprotected)".to_owned(), beside.clone()));
            Tree::Object(members)
        }
        (_, shown) => shown,
    }
}
