//! The guide in `spec/`: every code, file, id and example in it is there and is right.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a guide that cannot be read fails the test"
)]

use mydata::core::crypto::Crypto as _;
use mydata::core::id::ConsentId;
use mydata::core::json::{self, Limits};
use mydata::core::jwk::{KeySet, PublicKey};
use mydata::core::jws::{Payload, Sealed, Unsigned, Verified};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::record::chain::Chain;
use mydata::record::consent::{
    Consent as _, ConsentState, ConsentStatus, SingleConsent, SinkConsent, SourceConsent,
};
use mydata::record::description::{OperatorDescription, Policy, ServiceDescription};
use mydata::record::link::{LinkRecord, LinkState, LinkStatus};
use mydata::record::notification::{Notification, Subscription};
use mydata::record::objection::{ObjectionRequest, ObjectionResponse};
use mydata::record::possession::ProofScheme;
use mydata::token::access::{self, Access, Gate, HeldConsent, HeldConsents, Question};
use mydata::token::claims::Token;
use mydata::token::dpop::DpopProof;
use mydata::token::proof::DataRequest;
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use mydata_chosen::Chosen;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Words of the guide in code marks that look like codes and are names of something else.
const NAMES: &[&str] = &[
    "json_",
    "link_invitation",
    "link_proposal",
    "link_status",
    "single_consent",
    "source_consent",
    "sink_consent",
    "consent_status",
    "pop_access_token",
    "token_key",
    "key_ops",
    "at_hash",
    "c_hash",
    "auth_time",
    "client_id",
    "data_subject_activates",
    "any_activator_activates",
    "all_activators_activate",
    "automatically_activated",
    "no_record",
    "proposal_octets",
];

/// Codes that begin so are about what travels: a reader in another language needs each of them.
const ALL_OF: &[&str] = &[
    "json_",
    "jws_",
    "key_",
    "url_",
    "chain_",
    "consent_",
    "audience_",
    "proof_",
    "request_",
    "replay_",
    "held_",
    "description_",
    "identity_",
    "provider_keys_",
    "receipt_",
    "kantara_",
    "linked_",
];

fn spec() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec")
}

/// The pages of the guide with the door to it, in reading order as far as names have one.
fn pages() -> Vec<(PathBuf, String)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(spec().join("guide"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "md"))
        .collect();
    paths.push(spec().join("README.md"));
    paths.sort();
    assert!(paths.len() > 10, "{paths:?}");
    let read = |path: PathBuf| (path.clone(), fs::read_to_string(path).unwrap());
    paths.into_iter().map(read).collect()
}

/// A fenced block: what stands after the fence, and the text.
struct Block {
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push(Block {
                info: info.to_owned(),
                text: text.join("\n"),
            });
        }
    }
    found
}

/// The page without its fenced blocks.
fn prose(page: &str) -> String {
    let parts = page.split("\n```").enumerate();
    parts
        .filter(|(at, _)| at % 2 == 0)
        .map(|(_, text)| text)
        .collect()
}

/// What stands in code marks in the prose; marks of two are for text with a mark in it.
fn marked(page: &str) -> Vec<String> {
    let prose = prose(page);
    let single = prose.split("``").step_by(2);
    let parts = single.flat_map(|text| text.split('`').skip(1).step_by(2));
    parts.map(str::to_owned).collect()
}

fn codes() -> BTreeSet<String> {
    let text = fs::read_to_string(spec().join("codes.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned())
        .collect()
}

/// Every name of a member in the schemas, and every word that may be a value.
fn members(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            for (name, inner) in object {
                if name == "properties" {
                    into.extend(inner.as_object().unwrap().keys().cloned());
                }
                if name == "enum" || name == "const" {
                    let words = inner
                        .as_array()
                        .map_or(std::slice::from_ref(inner), |all| all);
                    into.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                members(inner, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| members(inner, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_code_in_the_guide_is_one() {
    let codes = codes();
    let mut known: BTreeSet<String> = codes.clone();
    known.extend(NAMES.iter().map(|&name| name.to_owned()));
    let folders = ["schemas", "openapi"].map(|folder| fs::read_dir(spec().join(folder)).unwrap());
    for entry in folders.into_iter().flatten() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        members(&serde_json::from_str(&text).unwrap(), &mut known);
    }
    let mut named = BTreeSet::new();
    for (path, page) in pages() {
        for word in marked(&page) {
            let is_code = word.len() > 1
                && word.contains('_')
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit());
            assert!(
                !is_code || known.contains(&word),
                "{}: `{word}`",
                path.display()
            );
            named.insert(word);
        }
    }
    let wanted = codes
        .iter()
        .filter(|code| ALL_OF.iter().any(|head| code.starts_with(head)));
    let left_out: Vec<_> = wanted.filter(|code| !named.contains(*code)).collect();
    assert!(
        left_out.is_empty(),
        "codes that the guide does not name: {left_out:?}"
    );
}

#[test]
fn every_file_in_the_guide_is_there() {
    for (path, page) in pages() {
        let folder = path.parent().unwrap();
        let links = page
            .split("](")
            .skip(1)
            .map(|rest| rest.split(')').next().unwrap().to_owned());
        let endings = [".md", ".json", ".toml", ".txt", ".rs", "/"];
        let files = marked(&page).into_iter().filter(|word| {
            let is_path = word
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"./-_".contains(&b));
            let is_origin = word.starts_with('/') || word.len() < 3;
            is_path && !is_origin && endings.iter().any(|end| word.ends_with(end))
        });
        for file in links
            .chain(files)
            .filter(|file| !file.starts_with("https://"))
        {
            let places = [
                folder.join(&file),
                spec().join(&file),
                spec().join("..").join(&file),
                spec().join("schemas").join(&file),
                spec().join("openapi").join(&file),
            ];
            assert!(
                places.iter().any(|place| place.exists()),
                "{}: {file}",
                path.display()
            );
        }
    }
}

/// Ids of requirements, contradictions, decisions and peers' failures that are rows somewhere.
fn ids() -> BTreeSet<String> {
    let mut files = vec![spec().join("decisions.md"), spec().join("peer-failures.md")];
    let rows = spec().join("requirements");
    if rows.is_dir() {
        files.extend(
            fs::read_dir(rows)
                .unwrap()
                .map(|entry| entry.unwrap().path()),
        );
    } else {
        files.push(spec().join("requirements.md"));
    }
    let mut ids = BTreeSet::new();
    for file in files {
        for line in fs::read_to_string(file).unwrap().lines() {
            let row = line
                .strip_prefix("| ")
                .and_then(|row| row.split(' ').next());
            let row = row.or_else(|| line.strip_prefix("id = \"")?.strip_suffix('"'));
            ids.extend(row.map(str::to_owned));
        }
    }
    ids
}

#[test]
fn every_id_in_the_guide_is_a_row() {
    let ids = ids();
    let mut cited = 0;
    for (path, page) in pages() {
        let prose = prose(&page);
        for word in prose.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
            let letters = word.bytes().take_while(u8::is_ascii_uppercase).count();
            let (head, number) = word.split_at(letters);
            let number = match head.len() {
                1 if "CDP".contains(head) => Some(number),
                2 => number.strip_prefix('-'),
                _ => None,
            };
            let Some(number) = number else { continue };
            if (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) {
                assert!(ids.contains(word), "{}: {word}", path.display());
                cited += 1;
            }
        }
    }
    assert!(cited > 200, "the guide cites its sources: {cited}");
}

fn read(text: &str) -> Value {
    json::from_slice(text.as_bytes(), Limits::MESSAGE).unwrap()
}

/// All blocks of the guide.
fn all_blocks() -> Vec<Block> {
    pages().iter().flat_map(|(_, page)| blocks(page)).collect()
}

fn key(jwk: &Value) -> PublicKey {
    PublicKey::from_jwk(jwk.to_string().as_bytes()).unwrap()
}

/// The keys that the guide prints, by role.
fn keys() -> BTreeMap<String, PublicKey> {
    let printed = all_blocks();
    let printed = printed
        .iter()
        .find(|block| block.info == "json keys")
        .unwrap();
    let keys = read(&printed.text);
    let keys = keys.as_object().unwrap().iter();
    let keys: BTreeMap<String, PublicKey> =
        keys.map(|(role, jwk)| (role.clone(), key(jwk))).collect();
    let stored = read(&fs::read_to_string(spec().join("guide/keys.json")).unwrap());
    for (role, key) in &keys {
        let mut stored = stored[role].clone();
        assert!(
            stored.as_object_mut().unwrap().remove("d").is_some(),
            "{role}"
        );
        assert_eq!(self::key(&stored), *key, "{role}");
    }
    keys
}

#[test]
fn every_example_is_json_for_our_reader() {
    let blocks = all_blocks();
    let examples = blocks.iter().filter(|block| block.info.starts_with("json"));
    assert!(examples.clone().count() > 20);
    for block in examples {
        read(&block.text);
    }
}

/// The `n`th signed example of a kind, verified with the keys that the guide prints.
fn example<T: Payload>(n: usize) -> Verified<T> {
    let blocks = all_blocks();
    let signed: Vec<usize> = (0..blocks.len())
        .filter(|at| {
            let mut words = blocks[*at].info.split(' ').skip(1);
            words.next() == Some("signed") && words.next() == Some(T::TYP)
        })
        .collect();
    let at = signed[n];
    let roles = blocks[at].info.rsplit(' ').next().unwrap();
    let keys = keys();
    let sets: Vec<(Party, KeySet)> = roles
        .split(',')
        .map(|role| {
            let party = match role {
                "owner" => Party::Owner,
                "operator-status" | "operator-token" => Party::Operator,
                "source" => Party::Service,
                "sink-pop" => Party::Sink,
                other => panic!("{other}"),
            };
            (party, KeySet::from(keys[role].clone()))
        })
        .collect();
    let bound = sets.iter().fold(PartyKeys::none(), |bound, (party, set)| {
        bound.with(*party, set)
    });
    let text = &blocks[at].text;
    let sealed = if blocks[at].info.starts_with("json") {
        Sealed::<T>::from_json(text.as_bytes()).unwrap()
    } else {
        Sealed::<T>::from_compact(text).unwrap()
    };
    let verified = sealed.open().unwrap().verify(&Chosen, &bound).unwrap();
    // What is shown is what is signed.
    let shown = read(&blocks[at - 1].text);
    assert_eq!(blocks[at - 1].info, "json payload");
    assert_eq!(
        serde_json::to_value(&*verified).unwrap(),
        shown,
        "{}",
        T::TYP
    );
    verified
}

#[test]
fn every_signed_example_verifies_with_the_keys_in_the_guide() {
    let signed = all_blocks();
    let signed = signed
        .iter()
        .filter(|block| block.info.contains(" signed "))
        .count();
    assert_eq!(signed, 16, "each is verified below");
    example::<Subscription>(0);
    example::<Notification>(0);
    let objection = example::<ObjectionRequest>(0);
    assert!(example::<ObjectionResponse>(0).answers(&objection));
    let link = example::<LinkRecord>(0);
    let consent = example::<SourceConsent>(0);
    let sink = example::<SinkConsent>(0);
    assert_eq!(sink.source_cr_id(), &consent.terms().cr_id);
    assert_eq!(sink.terms().resource_set(), consent.terms().resource_set());
    assert_eq!(consent.terms().slr_id, link.link_id);
    example::<SingleConsent>(0);
    let key = &keys()["owner"];
    let page = fs::read_to_string(spec().join("guide/2-keys.md")).unwrap();
    assert!(page.contains(&key.thumbprint(&Chosen).to_base64url()));
}

/// The chains of the examples, up to the first record or to the second.
fn link_chain(records: usize) -> Chain<LinkStatus> {
    let link = example::<LinkRecord>(0);
    let first = example::<LinkStatus>(0);
    let mut chain = Chain::begin(first, &link.link_id, &link.surrogate_id).unwrap();
    if records > 1 {
        chain.append(example::<LinkStatus>(1), &Chosen).unwrap();
    }
    chain
}

fn consent_chain(records: usize) -> Chain<ConsentStatus> {
    let consent = example::<SourceConsent>(0);
    let first = example::<ConsentStatus>(0);
    let terms = consent.terms();
    let mut chain = Chain::begin(first, &terms.cr_id, &terms.surrogate_id).unwrap();
    if records > 1 {
        chain.append(example::<ConsentStatus>(1), &Chosen).unwrap();
    }
    chain
}

#[test]
fn the_status_records_of_the_guide_are_chains() {
    assert_eq!(link_chain(2).state(), LinkState::Removed);
    assert_eq!(consent_chain(2).state(), ConsentState::Disabled);
    for record in consent_chain(2).iter().skip(1) {
        let extension = record.x_mydata.as_ref().unwrap();
        assert_eq!(
            extension.prev_sha256,
            Some(consent_chain(1).latest().digest(&Chosen))
        );
    }
}

/// What the source of the examples holds.
#[derive(Debug)]
struct Holds(
    Verified<SourceConsent>,
    Chain<LinkStatus>,
    Chain<ConsentStatus>,
);

impl HeldConsents for Holds {
    fn source_consent(&self, id: &ConsentId) -> Option<HeldConsent<'_>> {
        (self.0.terms().cr_id == *id).then_some(HeldConsent {
            consent: &self.0,
            link: &self.1,
            status: &self.2,
            complete: true,
        })
    }
}

/// What a source that holds this decides about a `GET` of the examples.
fn decide(
    holds: &Holds,
    (authorization, headers): (&str, &[(&str, &str)]),
    query: &str,
    now: Timestamp,
) -> Access {
    let origin = Origin::parse("https://ecec.city.example").unwrap();
    let target = format!("/mydata/placement?{query}");
    let request = HttpRequest::received(&origin, &target, "GET", b"").unwrap();
    let request = request.with_headers(headers).unwrap();
    let mut replay = TwoGenerations::without_past(&Window::default(), 10, now);
    let question = Question {
        authorization,
        request: &request,
        now,
        window: Window::default(),
        consents: holds,
        crypto: &Chosen,
    };
    let mut gate = Gate {
        replay: &mut replay,
        tokens: None,
    };
    access::access(&question, &mut gate)
}

#[test]
fn the_request_of_the_guide_is_granted() {
    let proof = example::<DataRequest>(0);
    let token = example::<Token>(0);
    assert_eq!(proof.token().as_str(), token.seal().to_compact().unwrap());
    let authorization = format!("PoP {}", proof.seal().to_compact().unwrap());
    let now = proof.signed_at();
    let decide = |holds: &Holds, now: Timestamp| {
        let query = "fields=name&from=2025-01-01";
        decide(holds, (&authorization, &[]), query, now)
    };
    let consent = example::<SourceConsent>(0);
    let active = Holds(consent.clone(), link_chain(1), consent_chain(1));
    assert!(matches!(decide(&active, now), Access::Granted(_)));
    let paused = Holds(consent, link_chain(1), consent_chain(2));
    let denial = decide(&paused, now).granted().unwrap_err();
    assert_eq!(denial.wire_code(), "consent_disabled");
    for (seconds, code) in [(61, "proof_too_old"), (290, "token_expired")] {
        let later = Timestamp::from_seconds(now.seconds() + seconds).unwrap();
        let denial = decide(&active, later).granted().unwrap_err();
        assert_eq!(denial.reasons()[0].code(), code);
    }
}

/// The same consent for DPoP, which the guide does not print; the owner of the examples signs it.
#[test]
fn the_dpop_request_of_the_guide_is_granted() {
    let (token, proof) = (example::<Token>(1), example::<DpopProof>(0));
    let authorization = format!("DPoP {}", token.seal().to_compact().unwrap());
    let header = proof.seal().to_compact().unwrap();
    let owner = fs::read_to_string(spec().join("guide/keys.json")).unwrap();
    let owner = mydata_chosen::from_jwk(read(&owner)["owner"].to_string().as_bytes()).unwrap();
    let printed = example::<SourceConsent>(0);
    let consent = SourceConsent::clone(&printed).proven_by(ProofScheme::Dpop);
    let consent = Unsigned::new(consent).sign(&owner).unwrap().seal();
    let keys = KeySet::from(keys()["owner"].clone());
    let keys = PartyKeys::none().with(Party::Owner, &keys);
    let consent = consent.open().unwrap().verify(&Chosen, &keys).unwrap();
    let sent = [("DPoP", header.as_str())];
    let ask = |consent: Verified<SourceConsent>, query: &str| {
        let holds = Holds(consent, link_chain(1), consent_chain(1));
        let answer = decide(&holds, (&authorization, &sent), query, proof.signed_at());
        answer
            .granted()
            .map(drop)
            .map_err(|d| d.reasons()[0].code())
    };
    assert_eq!(ask(consent.clone(), "fields=name"), Ok(()));
    assert_eq!(ask(consent, "fields=all"), Err("proof_query_mismatch"));
    assert_eq!(ask(printed, "fields=name"), Err("token_key_mismatch"));
}

#[test]
fn the_descriptions_of_the_guide_are_accepted() {
    for block in all_blocks() {
        match block.info.as_str() {
            "json service" => {
                let description =
                    ServiceDescription::from_json(block.text.as_bytes(), &Policy::default());
                assert!(description.unwrap().is_source());
            }
            "json operator" => {
                OperatorDescription::from_json(block.text.as_bytes()).unwrap();
            }
            _ => {}
        }
    }
}

#[test]
fn the_limits_in_the_guide_are_those_of_the_reader() {
    let page = fs::read_to_string(spec().join("guide/1-conventions.md")).unwrap();
    let page = page.replace('\u{a0}', " ");
    for (kind, limits) in [
        ("protected JOSE header", Limits::HEADER),
        ("payload of a token", Limits::TOKEN),
        ("payload of any other record", Limits::RECORD),
        ("message, description", Limits::MESSAGE),
    ] {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| {kind}")))
            .unwrap();
        let numbers: Vec<usize> = row
            .split('|')
            .skip(2)
            .filter_map(|cell| cell.replace(' ', "").parse().ok())
            .collect();
        let wanted = [limits.octets, limits.depth, limits.members, limits.values];
        assert_eq!(numbers, wanted, "{kind}");
    }
}

#[test]
fn every_kind_of_record_stands_in_the_guide() {
    let table = fs::read_to_string(spec().join("tables/records.md")).unwrap();
    let rows = table.lines().filter_map(|line| line.split('`').nth(1));
    let pages: Vec<String> = pages().into_iter().map(|(_, page)| page).collect();
    for typ in rows.filter(|typ| !typ.contains('/')) {
        let typ = format!("`{typ}`");
        assert!(pages.iter().any(|page| page.contains(&typ)), "{typ}");
    }
    assert_eq!(
        Chosen.sha256(b"").to_base64url(),
        "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
    );
}
