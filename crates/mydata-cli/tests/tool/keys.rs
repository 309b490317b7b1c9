//! `mydata key`.

use crate::support::Desk;
use serde_json::{Value, json};
use std::fs;

/// RFC 8037 appendix A: the key and its thumbprint.
const RFC_8037: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const PRIVATE: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

#[test]
fn a_new_key_is_written_for_its_owner_alone_and_its_public_half_is_printed() {
    for (alg, kty) in [("EdDSA", "OKP"), ("ES256", "EC")] {
        let desk = Desk::new();
        let ran = desk.run(&["key", "new", "--alg", alg, "--out", "k.json"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        let public: Value = serde_json::from_str(&ran.out).unwrap();
        let private: Value =
            serde_json::from_slice(&fs::read(desk.path("k.json")).unwrap()).unwrap();
        assert_eq!(public["kty"], kty);
        assert_eq!(public["x"], private["x"]);
        assert!(public.get("d").is_none());
        let secret = private["d"].as_str().unwrap();
        assert!(!ran.out.contains(secret) && !ran.err.contains(secret));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(desk.path("k.json"))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // The id of a key without a name is its thumbprint.
        let thumbprint = desk.run(&["key", "thumbprint", "k.json", "--json"]).json();
        assert_eq!(thumbprint["keys"][0]["thumbprint"], public["kid"]);
        let again = desk.run(&["key", "public", "k.json"]);
        assert_eq!((again.status, again.out), (0, ran.out));
    }
}

#[test]
fn a_key_is_never_overwritten_unless_it_must_be() {
    let desk = Desk::new();
    desk.put("k.json", "something");
    let ran = desk.run(&["key", "new", "--out", "k.json"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("--force"), "{ran:?}");
    assert_eq!(fs::read(desk.path("k.json")).unwrap(), b"something");
    let ran = desk.run(&[
        "key", "new", "--out", "k.json", "--force", "--kid", "desk-1",
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        fs::read_to_string(desk.path("k.json"))
            .unwrap()
            .contains("\"d\"")
    );
    assert!(!desk.path("k.json.new").exists());
}

#[test]
fn a_private_key_is_printed_only_when_it_is_asked_for_by_name() {
    let desk = Desk::new();
    let ran = desk.run(&["key", "new"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("--print-private"), "{ran:?}");
    let ran = desk.run(&["key", "new", "--print-private", "--kid", "k"]);
    let key: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(key["d"].is_string());
    let both = desk.run(&["key", "new", "--print-private", "--out", "k.json"]);
    assert_eq!(both.status, 2);
    assert_eq!(
        desk.run(&["key", "new", "--out", "k.json", "--kid", "a b"])
            .status,
        2
    );
    assert!(!desk.path("k.json").exists());
}

#[test]
fn the_thumbprint_is_that_of_the_rfc_whatever_the_form() {
    let desk = Desk::new();
    desk.put("jwk", RFC_8037);
    let ran = desk.run(&["key", "thumbprint", "jwk", "--kid", "k"]);
    assert_eq!(ran.out, format!("{THUMBPRINT}  k\n"));
    let ran = desk.run(&["key", "thumbprint", "jwk", "--json"]);
    assert_eq!(
        (ran.status, ran.codes()),
        (1, vec!["private_key_no_kid".to_owned()])
    );
    // RFC 8410 section 7, with the seed of this key: as OpenSSL writes it.
    let der = [
        b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec(),
        seed(),
    ]
    .concat();
    desk.put("der", &der);
    let pem = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &der);
    desk.put(
        "pem",
        format!("-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n"),
    );
    for file in ["der", "pem"] {
        let ran = desk.run(&["key", "thumbprint", file, "--kid", "k"]);
        assert_eq!(ran.out, format!("{THUMBPRINT}  k\n"), "{file}");
        assert_eq!(desk.run(&["key", "public", file]).status, 1, "no --kid");
    }
}

fn seed() -> Vec<u8> {
    let url = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    base64::Engine::decode(&url, PRIVATE).unwrap()
}

#[test]
fn a_set_becomes_a_public_set() {
    let mut private: Value = serde_json::from_str(RFC_8037).unwrap();
    private["kid"] = json!("a");
    let desk = Desk::new();
    desk.put_json("set", &json!({ "keys": [private] }));
    let ran = desk.run(&["key", "public", "set"]);
    let set: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(set["keys"][0]["kid"], "a");
    assert!(!ran.out.contains(PRIVATE));
    desk.put_json("set", &json!({ "keys": [private, private] }));
    assert_eq!(
        desk.run(&["key", "public", "set", "--json"]).codes(),
        ["key_duplicate_kid"]
    );
    assert_eq!(
        desk.feed(&["key", "public", "-", "--json"], b"{\"keys\":[]}")
            .codes(),
        ["key_set_empty"]
    );
}
