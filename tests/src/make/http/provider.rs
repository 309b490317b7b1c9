//! An identity provider: how it may be configured, and what it may publish.

use super::resident::{By, for_encryption, judged, published, task, token, with};
use crate::exam::task::ResidentTask;
use crate::make::case::Book;
use crate::make::rsa;
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "Identity providers: how one is configured, and the keys that it publishes";
    let mut book = Book::new("http/provider", title);
    configured(&mut book);
    keys(&mut book);
    book
}

fn good() -> ResidentTask {
    task(token(By::Ed25519, &json!({}), &json!({})))
}

fn configured(book: &mut Book) {
    let issuer = "provider_issuer";
    let long = format!("https://id.example/{}", "a".repeat(237));
    #[rustfmt::skip]
    let issuers = [
        ("http", "Without TLS.", "http://id.town.example", issuer),
        ("other-scheme", "Another scheme.", "ftp://id.town.example", issuer),
        ("scheme-capitals", "The scheme in capitals.", "HTTPS://id.town.example", issuer),
        ("no-scheme", "No scheme.", "id.town.example", issuer),
        ("no-host", "No host.", "https:///realms/town", issuer),
        ("user", "A user.", "https://a@id.town.example", issuer),
        ("query", "A query.", "https://id.town.example?a", issuer),
        ("fragment", "A fragment.", "https://id.town.example#a", issuer),
        ("space", "A space.", "https://id.town.example/a b", issuer),
        ("encoded", "A character that is encoded.", "https://id.town.example/%61", issuer),
        ("long", "256 characters.", &*long, issuer),
        ("loopback-name", "Begins as the loopback does.", "http://localhost.example", issuer),
        ("loopback-port", "A port that is none.", "http://127.0.0.1:65536", issuer),
    ];
    for (id, says, text, codes) in issuers {
        let mut task = good();
        text.clone_into(&mut task.provider.issuer);
        judged(book, &format!("issuer-{id}"), says, task, codes);
    }
    for (id, says, text) in [
        (
            "loopback",
            "Without TLS on the same machine.",
            "http://127.0.0.1:8080/realms/town",
        ),
        (
            "loopback-v6",
            "The same, by its other address.",
            "http://[::1]",
        ),
        (
            "longest",
            "255 characters.",
            long.strip_suffix('a').unwrap(),
        ),
        ("port", "A port.", "https://id.town.example:8443/"),
    ] {
        let mut task = task(token(By::Ed25519, &json!({}), &json!({ "iss": text })));
        text.clone_into(&mut task.provider.issuer);
        judged(book, &format!("issuer-{id}"), says, task, "");
    }
    type Alter = fn(&mut ResidentTask);
    #[rustfmt::skip]
    let rows: [(&str, &str, Alter, &str); 7] = [
        ("audience-empty", "No name of ours.", |t| t.provider.audience.clear(), "provider_audience"),
        ("audience-space", "A name with a space.", |t| t.provider.audience = "a b".to_owned(), "provider_audience"),
        ("audience-long", "A name of 256 characters.", |t| t.provider.audience = "a".repeat(256), "provider_audience"),
        ("leeway", "More than a minute of leeway.", |t| t.provider.leeway = Some(61), "provider_leeway"),
        ("longest-none", "No token would live.", |t| t.provider.longest = Some(0), "provider_longest"),
        ("longest", "Tokens for more than a day.", |t| t.provider.longest = Some(86_401), "provider_longest"),
        ("first-provider-and-keys", "A provider that cannot be, and no keys: the provider is asked first.", |t| { t.provider.leeway = Some(61); t.keys.clear(); }, "provider_leeway"),
    ];
    for (id, says, alter, codes) in rows {
        let mut task = good();
        alter(&mut task);
        judged(book, id, says, task, codes);
    }
}

fn keys(book: &mut Book) {
    let (shape, none) = ("provider_keys_shape", "provider_keys_none");
    let published = published()["keys"].as_array().unwrap().clone();
    let ed25519 = published.get(2).unwrap();
    let set = |keys: &[Value]| json!({ "keys": keys }).to_string();
    let many = |count: usize| {
        let others = vec![json!({ "kty": "RSA" }); count - 1];
        set(&[&others[..], std::slice::from_ref(ed25519)].concat())
    };
    let renamed = |name: &str| with(ed25519.clone(), &json!({ "kid": name }));
    let twice = [ed25519.clone(), with(rsa::jwk("ed25519-1"), &json!({}))];
    let unusable = [
        ed25519.clone(),
        with(for_encryption(), &json!({ "kid": "ed25519-1" })),
    ];
    let deep = format!(r#"{{"a":{}{},"keys":[]}}"#, "[".repeat(8), "]".repeat(8));
    #[rustfmt::skip]
    let rows = [
        ("empty", "Nothing.", String::new(), shape),
        ("no-json", "No JSON.", "keys".to_owned(), shape),
        ("array", "The keys alone.", json!(published).to_string(), shape),
        ("no-keys", "No member for them.", "{}".to_owned(), shape),
        ("keys-object", "An object of keys.", json!({ "keys": { "a": ed25519 } }).to_string(), shape),
        ("member-twice", "A member twice.", r#"{"keys":[],"keys":[]}"#.to_owned(), shape),
        ("kid-member-twice", "A member of a key twice.", set(std::slice::from_ref(ed25519)).replacen("\"kid\"", "\"kid\":\"x\",\"kid\"", 1), shape),
        ("deep", "Nine levels.", deep, shape),
        ("many", "Sixty-five keys.", many(65), "provider_keys_many"),
        ("sixty-four", "Sixty-four keys, of which one is used.", many(64), ""),
        ("none", "No key.", set(&[]), none),
        ("none-usable", "A key for encryption alone.", set(&[for_encryption()]), none),
        ("kid-twice", "Two keys of one name.", set(&twice), "provider_kid_twice"),
        ("kid-twice-unusable", "Two of one name, and one of them is not used.", set(&unusable), ""),
        ("key-twice", "One key under two names.", set(&[renamed("other"), ed25519.clone()]), ""),
        ("first-keys-and-token", "No key, and no token.", set(&[]), none),
    ];
    for (id, says, keys, codes) in rows {
        let mut task = good();
        task.keys = keys;
        if id == "first-keys-and-token" {
            task.token.clear();
        }
        judged(book, &format!("keys-{id}"), says, task, codes);
    }
}
