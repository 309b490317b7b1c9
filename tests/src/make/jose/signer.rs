//! Exactly the signatures that a record must bear: each once, each by its own party, no other.

use super::{Family, stated};
use crate::exam::Task;
use crate::exam::task::Bound;
use crate::make::case::{About, Book, altered};
use crate::make::forge::{Jws, Part, flipped};
use crate::make::keys::{Key, set};
use crate::make::record;
use serde_json::{Value, json};

const LINK: &str = "mydata-slr+json";

pub(super) fn book() -> Book {
    let title = "Sets of signers: one of two, one twice, one too many, a stranger, one key for two";
    let mut family = Family::new("jose/signer", title, "FW-02 A11");
    two(&mut family);
    one_of_two(&mut family);
    owner_alone(&mut family);
    brought_along(&mut family);
    family.into_book()
}

fn keys(owner: &[&str], service: &[&str]) -> Bound {
    Bound {
        owner: Some(set(owner)),
        service: Some(set(service)),
        ..Bound::default()
    }
}

fn case(
    family: &mut Family,
    kind: &str,
    row: (&str, &str, &str),
    jws: &Jws,
    keys: Bound,
    code: &str,
) {
    let (id, more, says) = row;
    let task = Task::Verify {
        record: kind.to_owned(),
        envelope: jws.text(),
        keys,
    };
    let about = About {
        id: &format!("{}-{id}", super::slug(kind)),
        requirements: &format!("FW-02 SL-48 A11 {more}"),
        binds: super::super::case::SERVICES,
        says,
    };
    family.book.task(about, &task, stated(code));
}

/// The link record in general form, with these signatures.
fn link(parts: &[Part]) -> Jws {
    let mut jws = record::sealed("link_record", &record::link_record("sink"));
    jws.signatures = parts.to_vec();
    jws
}

/// A signature of a key over the link record, with this header.
fn part(key: &Key, header: &Value) -> Part {
    let mut jws = link(&[]);
    jws.sign(key, header);
    jws.signatures.remove(0)
}

fn header(key: &Key) -> Value {
    json!({ "alg": key.alg(), "kid": key.kid(), "typ": LINK })
}

fn by(kid: &str) -> Part {
    let key = Key::named(kid);
    part(&key, &header(&key))
}

/// By somebody else under the id.
fn forged(kid: &str) -> Part {
    let key = match Key::named(kid).alg() {
        "ES256" => Key::es256_of("impostor", kid),
        _ => Key::ed25519_of("impostor", kid),
    };
    part(&key, &header(&key))
}

fn with_header(kid: &str, alter: impl FnOnce(&mut Value)) -> Part {
    let key = Key::named(kid);
    let mut header = header(&key);
    alter(&mut header);
    part(&key, &header)
}

fn other_signature(mut part: Part, signature: String) -> Part {
    part.signature = signature;
    part
}

fn two(family: &mut Family) {
    let (owner, service) = (by("owner-1"), by("sink-1"));
    let turned = other_signature(owner.clone(), flipped(&owner.signature));
    let bound = || keys(&["owner-1", "owner-2"], &["sink-1", "sink-2"]);
    let none = |part: &Part| other_signature(part.clone(), String::new());
    let mut other = record::sealed(
        "link_record",
        &altered(
            &record::link_record("sink"),
            &["iat"],
            json!(record::START + 1),
        ),
    );
    let over_other = other.signatures.remove(1);
    #[rustfmt::skip]
    let rows = [
        (("both", "P7", "Both have signed."), vec![owner.clone(), service.clone()], ""),
        (("other-keys", "P7", "Both have signed, each with its second key."), vec![by("owner-2"), by("sink-2")], ""),
        (("forged-then-good", "P7", "The first signature is forged and the second good."), vec![forged("owner-1"), service.clone()], "jws_signature_invalid"),
        (("good-then-forged", "P7", "The first signature is good and the second forged."), vec![service.clone(), forged("owner-1")], "jws_signature_invalid"),
        (("both-forged", "P7", "Both signatures are forged."), vec![forged("owner-1"), forged("sink-1")], "jws_signature_invalid"),
        (("one-bit", "P7", "One bit of one signature is turned."), vec![turned, service.clone()], "jws_signature_invalid"),
        (("changed-places", "P7", "The two signatures have changed headers."), vec![
            other_signature(owner.clone(), service.signature.clone()), other_signature(service.clone(), owner.signature.clone())], "jws_signature_invalid"),
        (("owner-empty", "P7", "The owner's signature is empty."), vec![none(&owner), service.clone()], "jws_signature_invalid"),
        (("service-empty", "P7", "The service's signature is empty."), vec![owner.clone(), none(&service)], "jws_signature_invalid"),
        (("owner-twice", "P7", "The owner has signed twice with one key, the service not at all."), vec![owner.clone(), owner.clone()], "jws_signer_set"),
        (("owner-two-keys", "P7", "The owner has signed twice with two keys, the service not at all."), vec![owner.clone(), by("owner-2")], "jws_signer_set"),
        (("service-twice", "P7", "The service has signed twice, the owner not at all."), vec![service.clone(), service.clone()], "jws_signer_set"),
        (("service-two-keys", "P7", "The service has signed with two keys, the owner not at all."), vec![service.clone(), by("sink-2")], "jws_signer_set"),
        (("three", "P7", "A third signature, good as the two others."), vec![owner.clone(), service.clone(), by("owner-2")], "jws_signer_set"),
        (("three-stranger", "P7", "A stranger's signature beside both."), vec![owner.clone(), service.clone(), by("stranger-1")], "jws_signer_set"),
        (("three-broken", "P7", "A third signature that is none, beside both."), vec![owner.clone(), service.clone(), none(&owner)], "jws_signer_set"),
        (("stranger-for-owner", "P1 P7", "A stranger has signed instead of the owner."), vec![by("stranger-1"), service.clone()], "jws_kid_unknown"),
        (("stranger-for-service", "P1 P7", "A stranger has signed instead of the service."), vec![owner.clone(), by("stranger-1")], "jws_kid_unknown"),
        (("operator-for-service", "P7", "The operator has signed instead of the service."), vec![owner.clone(), by("operator-status-1")], "jws_kid_unknown"),
        (("second-none", "A1 P7", "The second algorithm is `none`."), vec![owner.clone(), with_header("sink-1", |h| h["alg"] = json!("none"))], "jws_alg_unsupported"),
        (("second-mismatch", "A2 P7", "The second algorithm is that of the first key."), vec![owner.clone(), with_header("sink-1", |h| h["alg"] = json!("ES256"))], "jws_alg_mismatch"),
        (("second-crit", "A5 P7", "The second header demands an extension."), vec![owner.clone(), with_header("sink-1", |h| h["crit"] = json!(["exp"]))], "jws_crit"),
        (("second-jwk", "A4 P2 P7", "The second header brings its key."), vec![owner.clone(), with_header("sink-1", |h| h["jwk"] = Key::named("sink-1").jwk())], "jws_key_in_header"),
        (("second-typ", "A13 P7", "The second header is that of another kind."), vec![owner.clone(), with_header("sink-1", |h| h["typ"] = json!("mydata-ssr+json"))], "jws_typ_mismatch"),
        (("second-no-kid", "P7", "The second header names no key."), vec![owner.clone(), with_header("sink-1", |h| { h.as_object_mut().unwrap().remove("kid"); })], "jws_kid_missing"),
        (("second-other-payload", "P6 P7", "The second signature is over another record."), vec![owner.clone(), over_other], "jws_signature_invalid"),
    ];
    for (row, parts, code) in rows {
        case(family, "link_record", row, &link(&parts), bound(), code);
    }
    // One key under two ids, and one id with two parties.
    let both = Key::named("owner-1");
    let again = both.called("sink-1");
    let same = Bound {
        owner: Some(set(&["owner-1"])),
        service: Some(json!({ "keys": [again.jwk()] })),
        ..Bound::default()
    };
    let signed = link(&[part(&both, &header(&both)), part(&again, &header(&again))]);
    let says = "One key is bound to both under two ids: one signer is not two.";
    case(
        family,
        "link_record",
        ("one-key-two-ids", "P7", says),
        &signed,
        same,
        "jws_signer_set",
    );
    let named = Bound {
        owner: Some(set(&["owner-1"])),
        service: Some(json!({ "keys": [Key::named("sink-1").called("owner-1").jwk()] })),
        ..Bound::default()
    };
    let says = "The keys of both have one id.";
    let signed = link(&[owner.clone(), owner]);
    case(
        family,
        "link_record",
        ("one-id-two-keys", "P7", says),
        &signed,
        named,
        "jws_kid_ambiguous",
    );
    let says = "The service's key is not bound: nobody is asked for it.";
    let unbound = Bound {
        owner: Some(set(&["owner-1"])),
        ..Bound::default()
    };
    let signed = link(&[by("owner-1"), by("sink-1")]);
    case(
        family,
        "link_record",
        ("service-unbound", "P1 P7", says),
        &signed,
        unbound,
        "jws_kid_unknown",
    );
}

/// A status is signed by one of two parties, and not by both.
fn one_of_two(family: &mut Family) {
    let payload = record::good("consent_status");
    let bound = || Bound {
        owner: Some(set(&["owner-1", "owner-2"])),
        operator: Some(set(&["operator-status-1"])),
        ..Bound::default()
    };
    #[rustfmt::skip]
    let rows: [(&str, &str, &[&str], &str); 5] = [
        ("operator", "The operator has signed.", &["operator-status-1"], ""),
        ("both", "Owner and operator have signed, where one does.", &["owner-1", "operator-status-1"], "jws_signer_set"),
        ("owner-two-keys", "The owner has signed with two keys.", &["owner-1", "owner-2"], "jws_signer_set"),
        ("with-service", "The service has signed beside the owner.", &["owner-1", "sink-1"], "jws_signer_set"),
        ("service", "The service has signed.", &["sink-1"], "jws_kid_unknown"),
    ];
    for (id, says, kids, code) in rows {
        let jws = record::sealed_by("consent_status", &payload, kids);
        case(
            family,
            "consent_status",
            (id, "CN-94", says),
            &jws,
            bound(),
            code,
        );
    }
}

/// What the owner alone signs is not believed with more.
fn owner_alone(family: &mut Family) {
    let payload = record::link_record("sink");
    #[rustfmt::skip]
    let rows: [(&str, &str, &[&str], &str); 4] = [
        ("countersigned", "A proposal that the service has signed already.", &["owner-1", "sink-1"], "jws_signer_set"),
        ("service", "A proposal that only the service has signed.", &["sink-1"], "jws_kid_unknown"),
        ("twice", "A proposal that the owner has signed twice.", &["owner-1", "owner-1"], "jws_signer_set"),
        ("owner", "A proposal that the owner has signed.", &["owner-1"], ""),
    ];
    for (id, says, kids, code) in rows {
        let jws = record::sealed_by("link_proposal", &payload, kids);
        let keys = keys(&["owner-1"], &["sink-1"]);
        case(
            family,
            "link_proposal",
            (id, "SL-19", says),
            &jws,
            keys,
            code,
        );
    }
}

/// A link record whose own `cr_keys` would verify it: keys count once it is believed, not before.
fn brought_along(family: &mut Family) {
    let stranger = Key::named("stranger-1");
    let impostor = Key::ed25519_of("impostor", "owner-1");
    for (id, key, says, code) in [
        (
            "cr-keys-of-a-stranger",
            &stranger,
            "The record brings the key of whoever signed it, and claims to be the owner's.",
            "jws_kid_unknown",
        ),
        (
            "cr-keys-of-an-impostor",
            &impostor,
            "The record brings a key under the owner's id, and is signed with that.",
            "jws_alg_mismatch",
        ),
    ] {
        let payload = altered(
            &record::link_record("sink"),
            &["cr_keys"],
            json!({ "keys": [key.jwk()] }),
        );
        for kind in ["link_record", "link_proposal"] {
            let service = Key::named("sink-1");
            let signers = if kind == "link_record" {
                vec![key, &service]
            } else {
                vec![key]
            };
            let jws = Jws::of(&payload, LINK, &signers);
            let keys = keys(&["owner-1"], &["sink-1"]);
            case(
                family,
                kind,
                (id, "SL-45 A27 P1 P3", says),
                &jws,
                keys,
                code,
            );
        }
    }
    let payload = altered(
        &record::link_record("sink"),
        &["operator_key"],
        stranger.jwk(),
    );
    let jws = record::sealed("link_record", &payload);
    let keys = keys(&["owner-1"], &["sink-1"]);
    let says =
        "The record brings another operator's key, and both have signed that: it is theirs to say.";
    case(
        family,
        "link_record",
        ("operator-key-signed", "SL-44 A27 P4", says),
        &jws,
        keys,
        "",
    );
}
