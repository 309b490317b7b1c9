//! The list of all targets: what `any` chooses from, and what each target of its own runs.

use crate::bound::Bound;
use crate::{
    commands, identity, jose, journal, legacy, messages, peer, published, receipts, select,
    statuses, texts, tokens,
};

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// What a target is given.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// Octets.
    Octets(fn(&[u8])),
    /// Text: the input as far as it is UTF-8.
    Text(fn(&str)),
}

/// How long a target runs in CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// The whole time: what decides whether something is authentic, and command sequences.
    Whole,
    /// A part of it: forms, descriptions, searches.
    Part,
}

/// One target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    pub name: &'static str,
    pub share: Share,
    pub body: Body,
}

impl Target {
    const fn whole(name: &'static str, body: Body) -> Self {
        Self {
            name,
            share: Share::Whole,
            body,
        }
    }

    const fn part(name: &'static str, body: Body) -> Self {
        Self {
            name,
            share: Share::Part,
            body,
        }
    }

    /// The target of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// What a call of this target may allocate. The wider bounds are what is, and not what is wanted: the issue allows
    /// [`Bound::RULE`] and no more, and these do not keep it.
    pub fn bound(&self) -> Bound {
        match self.name {
            "journal"
            | "legacy"
            | "published"
            | "receipt_kantara"
            | "receipt_linked"
            | "service_description" => Bound::OF_A_TREE,
            _ => Bound::RULE,
        }
    }

    /// How many kinds of input there are when the first octet says which; one when it does not.
    pub fn kinds(&self) -> u8 {
        match self.name {
            "authorization_header" | "party" => 3,
            "dpop" => 4,
            "identity_token" => 6,
            "legacy" => 7,
            "message" => messages::MESSAGES.len() as u8,
            "record" => jose::RECORDS.len() as u8,
            "select" => select::SELECTIONS.len() as u8,
            _ => 1,
        }
    }

    /// Its seeds, in the order of their names.
    ///
    /// # Panics
    /// When they cannot be read.
    pub fn seeds(&self) -> Vec<Vec<u8>> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let entries = fs::read_dir(home.join("seeds").join(self.name)).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    /// Runs the seeds, so that what is made once and kept is there: it is of no input.
    pub fn warm(&self) {
        self.seeds().iter().for_each(|seed| self.run(seed));
        crate::bound::most();
    }

    /// One input.
    pub fn run(&self, data: &[u8]) {
        crate::bound::set(self.bound());
        match self.body {
            Body::Octets(body) => body(data),
            Body::Text(body) => body(text(data)),
        }
    }
}

/// The input as far as it is UTF-8.
fn text(data: &[u8]) -> &str {
    let valid = std::str::from_utf8(data).map_or_else(|error| error.valid_up_to(), str::len);
    std::str::from_utf8(&data[..valid]).unwrap_or_default()
}

use Body::{Octets, Text};

/// All of them, in the order of their names.
pub const TARGETS: &[Target] = &[
    Target::part("account_export", Octets(messages::account_export)),
    Target::part(
        "account_registration",
        Octets(messages::account_registration),
    ),
    Target::whole("audience", Text(tokens::audience)),
    Target::whole("authorization_header", Octets(tokens::authorization_header)),
    Target::whole("chain", Octets(statuses::run)),
    Target::whole("differential", Text(peer::run)),
    Target::whole("dpop", Octets(tokens::dpop)),
    Target::whole("http_request", Text(tokens::http_request)),
    Target::whole("identity_token", Octets(identity::token)),
    Target::whole("introspection", Text(tokens::introspection)),
    Target::whole("journal", Octets(journal::run)),
    Target::whole("json_strict", Octets(jose::json_strict)),
    Target::whole("jwk", Octets(jose::jwk)),
    Target::whole("jws_compact", Text(jose::jws_compact)),
    Target::whole("jws_json", Octets(jose::jws_json)),
    Target::part("legacy", Octets(legacy::run)),
    Target::part("message", Octets(messages::message)),
    Target::part("message_to_service", Octets(messages::to_service)),
    Target::whole("operator_commands", Octets(commands::run)),
    Target::whole("party", Octets(tokens::party)),
    Target::whole("private_key_pkcs8_jwk", Octets(jose::private_key)),
    Target::part("published", Octets(published::run)),
    Target::part("receipt_kantara", Octets(receipts::kantara)),
    Target::part("receipt_linked", Octets(receipts::linked)),
    Target::part("receipt_register", Octets(receipts::register)),
    Target::part("receipt_signed", Octets(receipts::signed)),
    Target::whole("record", Octets(jose::record)),
    Target::part("registry_search", Text(published::search)),
    Target::whole("replay_guard", Octets(tokens::replay_guard)),
    Target::whole("resource_url", Text(tokens::resource_url)),
    Target::whole("select", Octets(select::run)),
    Target::part("service_description", Octets(messages::service_description)),
    Target::part("texts", Text(texts::run)),
];

/// Runs a target by its name, with each call held to its bound: what a fuzzer calls.
///
/// # Panics
/// When there is no such target, or it finds something.
pub fn run(name: &str, data: &[u8]) {
    static CHOSEN: OnceLock<&'static Target> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| {
        let target = Target::named(name);
        let target = target.unwrap_or_else(|| panic!("no target is called `{name}`"));
        target.warm();
        crate::bound::judge();
        target
    });
    chosen.run(data);
}
