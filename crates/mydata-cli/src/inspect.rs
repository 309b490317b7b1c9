//! `mydata inspect`: what is in a file, and everything that is wrong with it. Nothing is verified.

pub(crate) mod base64;
mod document;
pub(crate) mod envelope;

use crate::args::InspectArguments;
use crate::finding::{Fault, Finding};
use crate::input;
use crate::paper::{Answer, Exit, Ink, Page};
use crate::times;
use crate::tree::{Tree, hides_a_key, pointer};
use envelope::Envelope;
use mydata::core::json::{JsonRefusal, Limits, from_slice};
use mydata::core::time::Timestamp;
use mydata::keys::PrivateKey;
use serde_json::{Value, json};

/// Envelopes inside one another that are opened: a receipt has records, a request a token.
const DEEPEST: usize = 4;

/// What is wrong is told one by one up to here, and counted beyond.
const MOST: usize = 500;

/// What has been seen so far.
#[derive(Debug)]
pub(crate) struct Look {
    /// The time that is asked about; none in a receipt, which tells of what was.
    pub(crate) at: Option<Timestamp>,
    pub(crate) notes: Vec<String>,
    wrong: Vec<Finding>,
    untold: usize,
    depth: usize,
}

impl Look {
    /// Something that is wrong; the same at the same place is said once.
    pub(crate) fn wrong(&mut self, finding: Finding) {
        if self.wrong.len() >= MOST {
            self.untold += 1;
            return;
        }
        // What the library says of a whole envelope has been said of its part.
        let is_same = |earlier: &Finding| {
            let below = earlier.at.strip_prefix(&finding.at);
            let is_there = below
                .is_some_and(|at| at.is_empty() || finding.at.is_empty() || at.starts_with(' '));
            earlier.code == finding.code && is_there
        };
        if !self.wrong.iter().any(is_same) {
            self.wrong.push(finding);
        }
    }

    /// Members that stand twice, each of them.
    pub(crate) fn doubles(&mut self, tree: &Tree, at: &str) {
        let mut found = Vec::new();
        tree.doubles(at, &mut found);
        for place in &found {
            self.wrong(Finding::of(&JsonRefusal::DuplicateMember).at(place));
        }
    }

    /// The tree with every envelope in it opened.
    pub(crate) fn expand(&mut self, tree: Tree, at: &str) -> Tree {
        if self.depth >= DEEPEST {
            return tree;
        }
        let envelope = match &tree {
            Tree::Object(_) => Envelope::of_tree(&tree, &tree.json().to_string()),
            Tree::Text(text) => Envelope::of_compact(text),
            Tree::Null
            | Tree::Bool(_)
            | Tree::Number(_)
            | Tree::Array(_)
            | Tree::Jws(..)
            | Tree::Secret => None,
        };
        if let Some(envelope) = envelope {
            self.depth += 1;
            let opened = envelope.open(at, self);
            self.depth -= 1;
            let name = envelope.kind().map_or("envelope", |kind| kind.name);
            return Tree::Jws(name, Box::new(opened));
        }
        match tree {
            Tree::Object(members) => {
                let members = members.into_iter().map(|(name, value)| {
                    let value = self.expand(value, &pointer(at, &name));
                    (name, value)
                });
                Tree::Object(members.collect())
            }
            Tree::Array(values) => {
                let values = values.into_iter().enumerate();
                Tree::Array(
                    values
                        .map(|(n, value)| self.expand(value, &format!("{at}/{n}")))
                        .collect(),
                )
            }
            other @ (Tree::Null
            | Tree::Bool(_)
            | Tree::Number(_)
            | Tree::Text(_)
            | Tree::Jws(..)
            | Tree::Secret) => other,
        }
    }
}

/// What a file seems to be.
struct Seen {
    name: &'static str,
    says: String,
    form: String,
    signers: Option<String>,
    content: Tree,
}

/// A whole header line, or its value: the scheme and what follows it.
fn without_scheme(text: &str) -> (Option<&str>, &str) {
    const LINE: &str = "authorization:";
    let bare = match text.get(..LINE.len()) {
        Some(head) if head.eq_ignore_ascii_case(LINE) => {
            text.get(LINE.len()..).unwrap_or_default().trim()
        }
        _ => text,
    };
    let is_scheme = |word: &str| {
        ["pop", "dpop", "bearer"]
            .iter()
            .any(|scheme| word.eq_ignore_ascii_case(scheme))
    };
    match bare.split_once(' ') {
        Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest.trim()),
        _ => (None, bare),
    }
}

/// The compact form in a text that may be a header line: what `verify` takes.
pub(crate) fn compact(text: &str) -> &str {
    without_scheme(text.trim()).1
}

fn look_at(octets: &[u8], look: &mut Look) -> Seen {
    let Ok(text) = std::str::from_utf8(octets) else {
        return of_octets(octets, look);
    };
    let (scheme, bare) = without_scheme(text.trim());
    if let Some(envelope) = Envelope::of_compact(bare) {
        return signed(&envelope, scheme, look);
    }
    if bare.contains("-----BEGIN ") {
        return of_pem(bare, look);
    }
    let Some(tree) = Tree::read(bare.as_bytes()) else {
        return unreadable(bare, look);
    };
    if let Tree::Text(inner) = &tree
        && let Some(envelope) = Envelope::of_compact(inner)
    {
        look.notes.push("the token stands in quotes".to_owned());
        return signed(&envelope, None, look);
    }
    look.doubles(&tree, "");
    if let Some(envelope) = Envelope::of_tree(&tree, bare) {
        return signed(&envelope, None, look);
    }
    let guessed = document::guess(&tree, bare.as_bytes(), look);
    if guessed.is_none() {
        let fault = from_slice::<Value>(bare.as_bytes(), Limits::MESSAGE).err();
        let shape = || Finding::of(&JsonRefusal::Shape);
        look.wrong(fault.map_or_else(shape, |fault| Finding::of(&fault)));
    }
    let (name, says) = guessed.unwrap_or(("unknown", "JSON of no kind that is known here"));
    let content = if name == "vectors" {
        tree.member("title").cloned().unwrap_or(Tree::Null)
    } else {
        look.expand(tree, "")
    };
    Seen {
        name,
        says: says.to_owned(),
        form: "JSON".to_owned(),
        signers: None,
        content,
    }
}

fn signed(envelope: &Envelope, scheme: Option<&str>, look: &mut Look) -> Seen {
    let kind = envelope.kind();
    look.depth = 1;
    let content = envelope.open("", look);
    let scheme = scheme.map_or_else(String::new, |scheme| format!(", scheme {scheme}"));
    Seen {
        name: kind.map_or("envelope", |kind| kind.name),
        says: kind
            .map_or("signed envelope of no kind that is known here", |kind| {
                kind.says
            })
            .to_owned(),
        form: format!("JWS, {}{scheme}", envelope.form),
        signers: kind.map(crate::kind::Kind::must_sign),
        content,
    }
}

/// DER of a private key, or nothing that is known.
fn of_octets(octets: &[u8], look: &mut Look) -> Seen {
    let is_key = mydata::core::id::KeyId::parse("inspected")
        .is_ok_and(|kid| PrivateKey::from_pkcs8(kid, octets).is_ok());
    if !is_key {
        look.wrong(Finding::of(&JsonRefusal::Syntax));
    }
    Seen {
        name: if is_key { "private_key" } else { "unknown" },
        says: if is_key {
            "private key"
        } else {
            "octets that are no text"
        }
        .to_owned(),
        form: if is_key { "PKCS#8 in DER" } else { "octets" }.to_owned(),
        signers: None,
        content: if is_key {
            Tree::Secret
        } else {
            Tree::Text(format!("{} octets", octets.len()))
        },
    }
}

fn of_pem(text: &str, look: &mut Look) -> Seen {
    match crate::keys::of_pem(text) {
        Some(der) => Seen {
            form: "PKCS#8 in PEM".to_owned(),
            ..of_octets(&der, look)
        },
        None => unreadable(text, look),
    }
}

/// Text that is nothing, shown as it stands unless it may hide a key.
fn unreadable(text: &str, look: &mut Look) -> Seen {
    let fault = from_slice::<Value>(text.as_bytes(), Limits::new(4 << 20, 64, 1 << 12, 1 << 20));
    look.wrong(fault.map_or_else(
        |fault| Finding::of(&fault),
        |_| Finding::of(&JsonRefusal::TooDeep),
    ));
    // What is escaped could spell anything.
    let is_hidden = hides_a_key(text) || text.contains("\\u");
    if is_hidden {
        look.notes
            .push("the text is not shown: it may have a private key in it".to_owned());
    }
    Seen {
        name: "unknown",
        says: "text that is neither JSON nor a token".to_owned(),
        form: "text".to_owned(),
        signers: None,
        content: if is_hidden {
            Tree::Secret
        } else {
            Tree::Text(text.to_owned())
        },
    }
}

pub(crate) fn run(arguments: &InspectArguments) -> Result<Answer, Fault> {
    let octets = input::read(&arguments.file)?;
    let mut look = Look {
        at: Some(arguments.at.unwrap_or_else(times::now)),
        notes: Vec::new(),
        wrong: Vec::new(),
        untold: 0,
        depth: 0,
    };
    let seen = look_at(&octets, &mut look);
    if look.untold > 0 {
        look.notes.push(format!(
            "{} more things are wrong, and not told",
            look.untold
        ));
    }
    let content = seen.content.redacted();
    let mut page = Page::default();
    page.line(
        Ink::Warning,
        "NOT VERIFIED: this shows what is there, and proves nothing of it.",
    );
    page.row("form", &seen.form);
    page.row("seems to be", &format!("{} ({})", seen.says, seen.name));
    if let Some(signers) = &seen.signers {
        page.row("must sign", signers);
    }
    content.print(&mut page, 0);
    for note in &look.notes {
        page.row("note", note);
    }
    let is_right = look.wrong.is_empty();
    if is_right {
        page.row("wrong", "nothing that shows without keys");
    } else {
        page.line(Ink::Bad, "wrong");
        page.findings(&look.wrong);
    }
    let mut moments = Vec::new();
    content.times("", &mut moments);
    let moments = moments
        .iter()
        .map(|(at, time)| json!({ "at": at, "seconds": time, "utc": time.to_string() }));
    let json = json!({
        "verified": false,
        "form": seen.form,
        "kind": seen.name,
        "must_sign": seen.signers,
        "content": content.json(),
        "times": moments.collect::<Value>(),
        "notes": look.notes,
        "wrong": look.wrong.iter().map(Finding::json).collect::<Value>(),
    });
    Ok(Answer {
        exit: if is_right { Exit::Valid } else { Exit::Refused },
        json,
        page,
        note: String::new(),
    })
}
