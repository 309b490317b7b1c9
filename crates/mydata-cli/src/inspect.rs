//! `mydata inspect`: what is in a file, and everything that is wrong with it. Nothing is verified.

pub(crate) mod base64;
mod document;
pub(crate) mod envelope;
pub(crate) mod place;
mod secret;
mod shown;

use crate::args::InspectArguments;
use crate::finding::{Fault, Finding};
use crate::input;
use crate::paper::{Answer, Exit, Ink, Page};
use crate::times;
use crate::tree::Tree;
use envelope::Envelope;
use mydata::core::json::{JsonRefusal, Limits, from_slice};
use mydata::core::time::Timestamp;
use mydata::keys::PrivateKey;
use place::Place;
use secret::hides_a_key;
use serde_json::{Value, json};
use shown::Room;
use std::collections::BTreeSet;

/// Envelopes inside one another that are opened: a receipt has records, a request a token.
const DEEPEST: usize = 4;

/// What is wrong is told one by one up to here, and counted beyond; so are notes and times.
const MOST: usize = 500;

/// Envelopes that are opened in one file.
const ENVELOPES: usize = 2000;

/// What has been seen so far.
#[derive(Debug)]
pub(crate) struct Look {
    /// The time that is asked about; none in a receipt, which tells of what was.
    pub(crate) at: Option<Timestamp>,
    notes: Vec<String>,
    wrong: Vec<Finding>,
    /// What has come to be told or was left away as the same: code and place.
    seen: BTreeSet<(&'static str, String)>,
    untold: usize,
    unnoted: usize,
    doubled: usize,
    depth: usize,
    opened: usize,
    unopened: usize,
}

impl Look {
    const fn new(at: Option<Timestamp>) -> Self {
        Self {
            at,
            notes: Vec::new(),
            wrong: Vec::new(),
            seen: BTreeSet::new(),
            untold: 0,
            unnoted: 0,
            doubled: 0,
            depth: 0,
            opened: 0,
            unopened: 0,
        }
    }

    /// Something that is wrong; the same at the same place is said once.
    pub(crate) fn wrong(&mut self, finding: Finding) {
        if self.wrong.len() >= MOST {
            self.untold += 1;
            return;
        }
        if !self.seen.insert((finding.code, finding.at.clone())) {
            return;
        }
        // What the library says of a whole envelope has been said of its part.
        let is_same = |earlier: &Finding| {
            let below = earlier.at.strip_prefix(&finding.at);
            let is_there = below.is_some_and(|at| finding.at.is_empty() || at.starts_with(' '));
            earlier.code == finding.code && is_there
        };
        if !self.wrong.iter().any(is_same) {
            self.wrong.push(finding);
        }
    }

    /// Something that is worth a word.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        if self.notes.len() >= MOST {
            self.unnoted += 1;
            return;
        }
        self.notes.push(note.into());
    }

    /// Members that stand twice, each of them.
    pub(crate) fn doubles(&mut self, tree: &Tree, at: &Place<'_>) {
        tree.doubles(at, &mut |place| {
            self.doubled += 1;
            // A place is written for what is told only: all of them together are long.
            if self.doubled > MOST {
                self.untold += 1;
            } else {
                let refusal = Finding::of(&JsonRefusal::DuplicateMember);
                self.wrong(refusal.at(&place.to_string()));
            }
        });
    }

    /// The tree with every envelope in it opened.
    pub(crate) fn expand(&mut self, tree: Tree, at: &Place<'_>) -> Tree {
        if self.depth >= DEEPEST {
            return tree;
        }
        if let Some(envelope) = Envelope::in_tree(&tree) {
            if self.opened >= ENVELOPES {
                self.unopened += 1;
                return tree;
            }
            self.opened += 1;
            self.depth += 1;
            let opened = envelope.open(at, self);
            self.depth -= 1;
            let name = envelope.kind().map_or("envelope", |kind| kind.name);
            return Tree::Jws(name, Box::new(opened));
        }
        match tree {
            Tree::Object(members) => {
                let members = members.into_iter().map(|(name, value)| {
                    let value = self.expand(value, &Place::Member(at, &name));
                    (name, value)
                });
                Tree::Object(members.collect())
            }
            Tree::Array(values) => {
                let values = values.into_iter().enumerate();
                let values = values.map(|(n, value)| self.expand(value, &Place::Item(at, n)));
                Tree::Array(values.collect())
            }
            other @ (Tree::Null
            | Tree::Bool(_)
            | Tree::Number(_)
            | Tree::Text(_)
            | Tree::Jws(..)
            | Tree::More(_)
            | Tree::Secret) => other,
        }
    }

    /// What was counted only.
    fn count(&mut self) {
        if self.unopened > 0 {
            self.wrong(Finding::of(&JsonRefusal::TooMany));
        }
        let counts = [
            (self.unopened, "more signed envelopes are not opened"),
            (self.untold, "more things are wrong, and not told"),
            (self.unnoted, "more notes are not told"),
        ];
        for (count, says) in counts {
            if count > 0 {
                self.notes.push(format!("{count} {says}"));
            }
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
        look.note("the token stands in quotes");
        return signed(&envelope, None, look);
    }
    look.doubles(&tree, &Place::Top);
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
        look.expand(tree, &Place::Top)
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
    let content = envelope.open(&Place::Top, look);
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
        look.note("the text is not shown: it may have a private key in it");
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
    let mut look = Look::new(Some(arguments.at.unwrap_or_else(times::now)));
    let seen = look_at(&octets, &mut look);
    look.count();
    // Taken out before anything is cut: half a key is not told from other data.
    let mut room = Room::default();
    let content = seen.content.redacted().within(&mut room, 0);
    let (mut moments, mut unlisted) = (Vec::new(), 0_usize);
    content.times(&Place::Top, &mut |at, time| {
        if moments.len() < MOST {
            let at = at.to_string();
            moments.push(json!({ "at": at, "seconds": time, "utc": time.to_string() }));
        } else {
            unlisted += 1;
        }
    });
    if room.left_out > 0 {
        let count = room.left_out;
        look.notes.push(format!(
            "the file is long: {count} values are not shown, or cut"
        ));
    }
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
    let json = json!({
        "verified": false,
        "form": seen.form,
        "kind": seen.name,
        "must_sign": seen.signers,
        "content": content.json(),
        "left_out": { "values": room.left_out, "times": unlisted },
        "times": moments,
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
