//! Residents' tokens: what they claim, once the signature has verified.

use super::resident::{By, ISSUER, judged, task, token};
use crate::exam::task::{KnownLevels, ResidentTask};
use crate::make::case::Book;
use crate::make::record::START;
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "Residents' tokens: what they claim, of whom, and how well identified";
    let mut book = Book::new("http/claims", title);
    whose(&mut book);
    times(&mut book);
    kinds(&mut book);
    people(&mut book);
    levels(&mut book);
    scopes(&mut book);
    order(&mut book);
    book
}

/// A good token but for these claims.
fn claiming(other: &Value) -> ResidentTask {
    task(token(By::Ed25519, &json!({}), other))
}

/// A table of claims that are other than good, each with the code; none is accepted.
fn table<const N: usize>(book: &mut Book, rows: [(&str, &str, Value, &str); N]) {
    for (id, says, other, codes) in rows {
        judged(book, id, says, claiming(&other), codes);
    }
}

fn whose(book: &mut Book) {
    let (issuer, audience) = ("identity_issuer", "identity_audience");
    let many = |count: usize| -> Vec<String> {
        let others = (1..count).map(|n| format!("client-{n}"));
        others.chain(["youth-card".to_owned()]).collect()
    };
    #[rustfmt::skip]
    table(book, [
        ("iss-missing", "No provider.", json!({ "iss": "-" }), issuer),
        ("iss-other", "Another provider.", json!({ "iss": "https://id.other.example/realms/town" }), issuer),
        ("iss-slash", "The provider, and a slash.", json!({ "iss": format!("{ISSUER}/") }), issuer),
        ("iss-case", "The provider in another spelling.", json!({ "iss": "https://ID.town.example/realms/town" }), issuer),
        ("iss-list", "A list with the provider in it.", json!({ "iss": [ISSUER] }), issuer),
        ("aud-missing", "No audience.", json!({ "aud": "-" }), audience),
        ("aud-other", "Another audience.", json!({ "aud": "account" }), audience),
        ("aud-part", "An audience that begins as ours.", json!({ "aud": "youth-card-2" }), audience),
        ("aud-empty", "A list of nothing.", json!({ "aud": [] }), audience),
        ("aud-list", "Ours in a list.", json!({ "aud": ["account", "youth-card"] }), ""),
        ("aud-sixteen", "Ours among sixteen.", json!({ "aud": many(16) }), ""),
        ("aud-seventeen", "Ours among seventeen.", json!({ "aud": many(17) }), audience),
        ("aud-mixed", "Ours, and a number.", json!({ "aud": ["youth-card", 1] }), audience),
        ("aud-object", "Ours, and an object.", json!({ "aud": ["youth-card", { "k": "a" }] }), audience),
    ]);
    let ours = |azp: Value| {
        let mut task = claiming(&json!({ "azp": azp }));
        task.provider.clients = vec!["profile-ui".to_owned(), "youth-ui".to_owned()];
        task
    };
    #[rustfmt::skip]
    let rows = [
        ("azp-ours", "Given to a client whose tokens are taken.", ours(json!("youth-ui")), ""),
        ("azp-other", "Given to another client.", ours(json!("other-ui")), "identity_client"),
        ("azp-missing", "Nothing is said of the client.", ours(json!("-")), "identity_client"),
        ("azp-list", "A list with a client in it.", ours(json!(["youth-ui"])), "identity_client"),
        ("azp-any", "No client is named here: any will do.", claiming(&json!({ "azp": "other-ui" })), ""),
    ];
    for (id, says, task, codes) in rows {
        judged(book, id, says, task, codes);
    }
}

fn times(book: &mut Book) {
    let (expired, not_yet, long) = ("identity_expired", "identity_not_yet", "identity_too_long");
    #[rustfmt::skip]
    table(book, [
        ("exp-missing", "No end.", json!({ "exp": "-" }), expired),
        ("exp-past", "Over thirty seconds ago.", json!({ "iat": START - 300, "exp": START - 30 }), expired),
        ("exp-leeway", "Over for less than thirty seconds.", json!({ "iat": START - 300, "exp": START - 29 }), ""),
        ("exp-text", "An end that is a text.", json!({ "exp": (START + 300).to_string() }), expired),
        ("exp-fraction", "An end with a fraction.", json!({ "exp": START as f64 + 300.5 }), expired),
        ("exp-float", "A whole number written with a fraction.", json!({ "exp": START as f64 + 300.0 }), expired),
        ("exp-never", "An end after the year 9999.", json!({ "exp": 253_402_300_800_u64 }), expired),
        ("exp-negative", "An end before 1970.", json!({ "exp": -1 }), expired),
        ("iat-ahead", "Issued thirty-one seconds ahead.", json!({ "iat": START + 31 }), not_yet),
        ("iat-leeway", "Issued thirty seconds ahead.", json!({ "iat": START + 30 }), ""),
        ("iat-text", "A beginning that is a text.", json!({ "iat": START.to_string() }), not_yet),
        ("iat-null", "A beginning that is null.", json!({ "iat": null }), not_yet),
        ("iat-missing", "No beginning.", json!({ "iat": "-" }), long),
        ("nbf-ahead", "Good from thirty-one seconds ahead.", json!({ "nbf": START + 31 }), not_yet),
        ("nbf-leeway", "Good from thirty seconds ahead.", json!({ "nbf": START + 30 }), ""),
        ("nbf-text", "Good from a text on.", json!({ "nbf": "0" }), not_yet),
        ("life-hour", "An hour.", json!({ "exp": START + 3600 }), ""),
        ("life-longer", "An hour and a second.", json!({ "exp": START + 3601 }), long),
        ("life-backwards", "It ends before it begins, within the leeway.", json!({ "iat": START + 20, "exp": START - 20 }), ""),
    ]);
    let set = |leeway: Option<u32>, longest: Option<u32>, other: Value| {
        let mut task = claiming(&other);
        (task.provider.leeway, task.provider.longest) = (leeway, longest);
        task
    };
    #[rustfmt::skip]
    let rows = [
        ("leeway-none", "No leeway: its end is its end.", set(Some(0), None, json!({ "iat": START - 300, "exp": START })), expired),
        ("leeway-minute", "A minute of leeway.", set(Some(60), None, json!({ "iat": START - 300, "exp": START - 59 })), ""),
        ("life-shorter", "Only short ones are taken.", set(None, Some(299), json!({})), long),
        ("life-day", "A day.", set(None, Some(86_400), json!({ "exp": START + 86_400 })), ""),
    ];
    for (id, says, task, codes) in rows {
        judged(book, id, says, task, codes);
    }
}

/// Tokens that the provider signs too, and for something else.
fn kinds(book: &mut Book) {
    let other = "identity_not_access";
    #[rustfmt::skip]
    table(book, [
        ("kind-id", "An ID token, by Keycloak's own word.", json!({ "typ": "ID" }), other),
        ("kind-refresh", "A refresh token.", json!({ "typ": "Refresh" }), other),
        ("kind-null", "The word is null.", json!({ "typ": null }), other),
        ("kind-none", "No such word.", json!({ "typ": "-" }), ""),
        ("kind-nonce", "A claim of ID tokens.", json!({ "nonce": "n" }), other),
        ("kind-at-hash", "Another.", json!({ "at_hash": "h" }), other),
        ("kind-c-hash", "And another.", json!({ "c_hash": "h" }), other),
        ("kind-events", "A claim of logout tokens.", json!({ "events": {} }), other),
        ("bound", "Bound to a key of its client.", json!({ "cnf": { "jkt": "h" } }), "identity_bound"),
        ("bound-null", "Bound to nothing that is said.", json!({ "cnf": null }), "identity_bound"),
    ]);
    let access = json!({ "typ": "at+jwt" });
    let nonce = task(token(By::Ed25519, &access, &json!({ "nonce": "n" })));
    let says = "The header says an access token: then such a claim means nothing.";
    judged(book, "kind-access-nonce", says, nonce, "");
    let id = task(token(By::Ed25519, &access, &json!({ "typ": "ID" })));
    let says = "The header says an access token, and the claims an ID token.";
    judged(book, "kind-access-id", says, id, other);
}

fn people(book: &mut Book) {
    let subject = "identity_subject";
    #[rustfmt::skip]
    table(book, [
        ("sub-missing", "Nobody.", json!({ "sub": "-" }), subject),
        ("sub-empty", "A name of nothing.", json!({ "sub": "" }), subject),
        ("sub-space", "A name with a space.", json!({ "sub": "a b" }), subject),
        ("sub-wide", "A name beyond ASCII.", json!({ "sub": "\u{e4}" }), subject),
        ("sub-number", "A number.", json!({ "sub": 1 }), subject),
        ("sub-longest", "A name of 255 characters.", json!({ "sub": "a".repeat(255) }), ""),
        ("sub-longer", "A name of 256.", json!({ "sub": "a".repeat(256) }), subject),
        ("said-none", "Neither a session, nor when, nor how well identified.", json!({ "sid": "-", "auth_time": "-", "loa": "-" }), ""),
        ("said-odd", "A session and a time that are none are not told.", json!({ "sid": "a b", "auth_time": "now" }), ""),
        ("said-ahead", "Who was identified thirty-one seconds ahead was not.", json!({ "auth_time": START + 31 }), ""),
        ("said-leeway", "Thirty seconds ahead.", json!({ "auth_time": START + 30 }), ""),
    ]);
}

fn levels(book: &mut Book) {
    #[rustfmt::skip]
    let rows = [
        ("level-enough", "As well as is needed.", json!({}), "substantial", ""),
        ("level-more", "Better than is needed.", json!({ "loa": "high" }), "substantial", ""),
        ("level-less", "Not as well as is needed.", json!({ "loa": "low" }), "substantial", "identity_assurance"),
        ("level-unsaid", "Nothing is said.", json!({ "loa": "-" }), "low", "identity_assurance"),
        ("level-word", "A word that is not known.", json!({ "loa": "very high" }), "low", "identity_assurance"),
        ("level-list", "Of several the best counts.", json!({ "loa": ["low", "high", 1] }), "high", ""),
    ];
    for (id, says, other, least, codes) in rows {
        let mut task = claiming(&other);
        task.least = Some(least.to_owned());
        judged(book, id, says, task, codes);
    }
    let words = [
        ("urn:pin", "low"),
        ("urn:card", "high"),
        ("urn:card", "substantial"),
    ];
    #[rustfmt::skip]
    let rows = [
        ("level-other-claim", "Another claim, with words of its own; of a word that stands twice the lower level.", "urn:card", "substantial", ""),
        ("level-other-twice", "The higher of the two does not count.", "urn:card", "high", "identity_assurance"),
        ("level-other-name", "The name of a level is no word then.", "high", "low", "identity_assurance"),
    ];
    for (id, says, word, least, codes) in rows {
        let mut task = claiming(&json!({ "acr": word }));
        task.least = Some(least.to_owned());
        let words = words.map(|(word, level)| (word.to_owned(), level.to_owned()));
        task.provider.levels = Some(KnownLevels {
            claim: "acr".to_owned(),
            words: words.to_vec(),
        });
        judged(book, id, says, task, codes);
    }
    #[rustfmt::skip]
    let rows = [
        ("fresh", "Identified as lately as is needed.", json!({}), 60, ""),
        ("fresh-ahead", "Identified a little ahead.", json!({ "auth_time": START + 10 }), 0, ""),
        ("stale", "A second too long ago.", json!({}), 59, "identity_too_old"),
        ("stale-unsaid", "It is not said when.", json!({ "auth_time": "-" }), 60, "identity_too_old"),
        ("stale-ahead", "When it was is too far ahead to be so.", json!({ "auth_time": START + 31 }), 60, "identity_too_old"),
    ];
    for (id, says, other, freshest, codes) in rows {
        let mut task = claiming(&other);
        task.freshest = Some(freshest);
        judged(book, id, says, task, codes);
    }
}

fn scopes(book: &mut Book) {
    let permissions = |all: Value| json!({ "authorization": { "permissions": all } });
    #[rustfmt::skip]
    table(book, [
        ("scopes-none", "No permission.", json!({ "authorization": "-" }), ""),
        ("scopes-sorted", "In order, none twice.", permissions(json!([{ "scopes": ["b", "a"] }, { "scopes": ["a"] }])), ""),
        ("scopes-odd", "What has another shape gives none.", permissions(json!([1, "a", { "scopes": "b" }, { "scopes": ["c", 2, "d e"] }, { "rsid": "f" }])), ""),
        ("scopes-flat", "A claim that is not named gives none.", json!({ "scope": "openid profile" }), ""),
    ]);
    let named = |value: Value| {
        let mut task = claiming(&json!({ "scope": value, "authorization": "-" }));
        task.provider.scope_claims = vec!["scope".to_owned(), "roles".to_owned()];
        task
    };
    #[rustfmt::skip]
    let rows = [
        ("scopes-named", "Words of a text.", named(json!("profile  openid")), ""),
        ("scopes-named-list", "Texts of a list.", named(json!(["profile", "openid email", 1])), ""),
    ];
    for (id, says, task, codes) in rows {
        judged(book, id, says, task, codes);
    }
}

/// Of two faults the one that is asked first is told.
fn order(book: &mut Book) {
    let over = START - 300;
    #[rustfmt::skip]
    table(book, [
        ("first-issuer-and-audience", "Another provider, another audience.", json!({ "iss": "a", "aud": "a" }), "identity_issuer"),
        ("first-audience-and-end", "Another audience, and over.", json!({ "aud": "a", "exp": over }), "identity_audience"),
        ("first-end-and-beginning", "Over, and not begun.", json!({ "exp": over, "nbf": START + 300 }), "identity_expired"),
        ("first-beginning-and-life", "Not begun, and for too long.", json!({ "nbf": START + 300, "exp": START + 9000 }), "identity_not_yet"),
        ("first-life-and-kind", "For too long, and an ID token.", json!({ "exp": START + 9000, "typ": "ID" }), "identity_too_long"),
        ("first-kind-and-bound", "An ID token, and bound.", json!({ "typ": "ID", "cnf": {} }), "identity_not_access"),
        ("first-bound-and-subject", "Bound, and nobody's.", json!({ "cnf": {}, "sub": "-" }), "identity_bound"),
    ]);
    let mut task = claiming(&json!({ "aud": "a", "azp": "other" }));
    task.provider.clients = vec!["profile-ui".to_owned()];
    let says = "Another audience, and another client.";
    judged(
        book,
        "first-audience-and-client",
        says,
        task,
        "identity_audience",
    );
    let mut task = claiming(&json!({ "azp": "other", "exp": over }));
    task.provider.clients = vec!["profile-ui".to_owned()];
    let says = "Another client, and over.";
    judged(book, "first-client-and-end", says, task, "identity_client");
    let mut task = claiming(&json!({ "sub": "-", "loa": "low" }));
    task.least = Some("high".to_owned());
    judged(
        book,
        "first-subject-and-level",
        "Nobody's, and not identified.",
        task,
        "identity_subject",
    );
    let mut task = claiming(&json!({ "loa": "low" }));
    (task.least, task.freshest) = (Some("high".to_owned()), Some(1));
    let says = "Not identified well enough, and too long ago.";
    judged(
        book,
        "first-level-and-age",
        says,
        task,
        "identity_assurance",
    );
}
