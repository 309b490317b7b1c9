//! What must never be seen.

use crate::support::{decode, encode, generate, hex, kid};
use mydata_core::crypto::{Crypto, Random, Signer};
use mydata_core::jwk::Algorithm;
use mydata_keys::{
    AwsLc, Backend, KeyWrap, MasterKey, PrivateKey, PrivateKeyRefusal, Ring, Secret, Stamp,
    StampKey, SystemRandom, Vault, VaultFault, Wrapped,
};
use serde_json::Value;
use std::sync::Arc;

#[test]
fn debug_says_the_id_and_the_algorithm() {
    let key = generate("key-1", Algorithm::Ed25519);
    assert_eq!(format!("{key:?}"), "PrivateKey(key-1, EdDSA)");
    assert_eq!(format!("{key:#?}"), "PrivateKey(key-1, EdDSA)");
    let key = generate("key-2", Algorithm::Es256);
    assert_eq!(format!("{key:?}"), "PrivateKey(key-2, ES256)");
    assert_eq!(
        format!("{:?} {:#?}", key.to_pkcs8(), key.to_jwk()),
        "Secret(redacted) Secret(redacted)"
    );
}

#[test]
fn debug_never_shows_the_private_octets() {
    for algorithm in Algorithm::ALL {
        for _ in 0..16 {
            let key = generate("k", algorithm);
            let (pkcs8, jwk) = (key.to_pkcs8(), key.to_jwk());
            let members: Value = serde_json::from_slice(jwk.expose()).unwrap();
            let text = members["d"].as_str().unwrap();
            let number = decode(text);
            // It is there to be shown.
            assert!(pkcs8.expose().windows(32).any(|window| window == number));
            let shown = format!(
                "{key:?} {key:#?} {key:x?} {pkcs8:?} {pkcs8:#?} {pkcs8:x?} {jwk:?} {jwk:#?} {jwk:X?} {:?}",
                Some(&key as &dyn Signer)
            );
            let lower = shown.to_ascii_lowercase();
            for window in number.windows(6) {
                let decimal: Vec<_> = window.iter().map(u8::to_string).collect();
                assert!(!shown.contains(&encode(window)), "{shown}");
                assert!(!lower.contains(&hex(window)), "{shown}");
                assert!(!shown.contains(&decimal.join(", ")), "{shown}");
            }
            for window in text.as_bytes().windows(8) {
                assert!(
                    !shown.contains(std::str::from_utf8(window).unwrap()),
                    "{shown}"
                );
            }
        }
    }
}

/// Nothing of the vault shows a secret, nor what is wrapped, nor a stamp.
#[test]
fn debug_shows_nothing_of_the_vault() {
    let octets: [u8; 32] = std::array::from_fn(|at| u8::try_from((7 * at + 130) % 256).unwrap());
    let master = Arc::new(MasterKey::from_octets(kid("master-1"), octets));
    let stamps = StampKey::from_octets(&octets);
    let vault = Vault::new(master.clone());
    let sealed = vault.seal(b"a place", &octets).unwrap();
    let opened = vault.open(b"a place", &sealed).unwrap();
    let stamp = stamps.stamp(&[b"part"]);
    let text = master.to_text();
    assert_eq!(text.expose(), encode(octets).as_bytes());
    let fault = vault.open(b"another", &sealed).unwrap_err();
    let seen = format!(
        "{master:?} {:?} {stamps:?} {stamp:?} {sealed:?} {opened:?} {text:?} {vault:?} {fault:?} {fault}",
        Some(&*master as &dyn KeyWrap),
    );
    let said = "MasterKey(master-1) Some(MasterKey(master-1)) StampKey(redacted) Stamp(32 octets) \
        Wrapped(Secret, master-1, 60 octets) Secret(redacted) Secret(redacted) \
        Vault { present: KeyId(master-1), earlier: [] } UnwrapFailed ";
    assert_eq!(seen.strip_prefix(said), Some(fault.text()));
    let shown =
        format!("{master:#x?} {stamps:#x?} {stamp:#x?} {sealed:#x?} {opened:#x?} {vault:#x?}");
    let wrapped = sealed.to_octets();
    for octets in [&octets, stamp.as_octets(), wrapped.last_chunk().unwrap()] {
        for window in octets.windows(4) {
            let listed: Vec<_> = window.iter().map(|octet| format!("{octet:#x}")).collect();
            assert!(!shown.contains(&hex(window)), "{shown}");
            assert!(!shown.contains(&listed.join(", ")), "{shown}");
            assert!(
                !shown
                    .split_whitespace()
                    .collect::<String>()
                    .contains(&listed.join(","))
            );
        }
    }
}

/// A refusal repeats nothing of what was refused.
#[test]
fn refusals_never_show_the_input() {
    let jwk = r#"{"kid":"k","kty":"OKP","crv":"Ed25519","d":"c2VjcmV0","x":"c2VjcmV0"}"#;
    let refusal = mydata_chosen::from_jwk(jwk.as_bytes()).unwrap_err();
    assert!(!format!("{refusal} {refusal:?}").contains("c2Vjc"));
}

/// Compiles only if the type does not have the trait: with it, `f` would be ambiguous.
macro_rules! assert_not {
    ($type:ty: $($trait:path),+) => {$({
        trait Ambiguous<A> {
            fn f() {}
        }
        struct HasIt;
        impl<T: ?Sized> Ambiguous<()> for T {}
        impl<T: ?Sized + $trait> Ambiguous<HasIt> for T {}
        <$type as Ambiguous<_>>::f();
    })+};
}

#[test]
fn secrets_cannot_be_copied_compared_or_written() {
    assert_not!(Secret: Clone, Copy, PartialEq, std::fmt::Display, serde::Serialize);
    assert_not!(Secret: std::ops::Deref, AsRef<[u8]>, Default, std::fmt::LowerHex);
    assert_not!(PrivateKey: Clone, Copy, PartialEq, std::fmt::Display, serde::Serialize);
    assert_not!(PrivateKey: serde::Deserialize<'static>, Default);
    assert_not!(MasterKey: Clone, Copy, PartialEq, std::fmt::Display, serde::Serialize);
    assert_not!(MasterKey: serde::Deserialize<'static>, Default);
    assert_not!(StampKey: Clone, Copy, PartialEq, std::fmt::Display, serde::Serialize);
    assert_not!(StampKey: serde::Deserialize<'static>, Default);
    assert_not!(Wrapped: std::fmt::Display, serde::Serialize);
    assert_not!(Stamp: std::fmt::Display, std::hash::Hash, PartialOrd);
}

#[test]
fn everything_can_go_to_another_thread() {
    const fn sent<T: Send + Sync + std::fmt::Debug + 'static>() {}
    const fn signs<T: Signer>() {}
    const fn verifies<T: Crypto + Default + Copy>() {}
    const fn draws<T: Random + Default>() {}
    sent::<PrivateKey>();
    sent::<PrivateKeyRefusal>();
    sent::<AwsLc>();
    sent::<Backend>();
    sent::<Ring>();
    sent::<Secret>();
    sent::<SystemRandom>();
    sent::<MasterKey>();
    sent::<StampKey>();
    sent::<Vault>();
    sent::<VaultFault>();
    sent::<Wrapped>();
    signs::<PrivateKey>();
    verifies::<AwsLc>();
    verifies::<Backend>();
    verifies::<Ring>();
    draws::<SystemRandom>();
}
