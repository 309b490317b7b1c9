//! The vault as a store sees it: what is sealed is had again, in its place and of its kind, under the
//! keys that are known; and nothing else is.

use crate::support::{encode, generate, hex, kid};
use mydata_chosen::{Chosen, backend};
use mydata_core::crypto::{Crypto, Signer};
use mydata_core::id::KeyId;
use mydata_core::jwk::Algorithm;
use mydata_keys::{KeyWrap, MasterKey, Secret, Stamp, StampKey, Vault, VaultFault, Wrapped};
use proptest::prelude::*;
use std::sync::Arc;

fn fresh(id: &str) -> Arc<MasterKey> {
    Arc::new(MasterKey::generate(kid(id)).unwrap())
}

fn one() -> Vault {
    Vault::new(fresh("master-1"))
}

fn octets(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..=most)
}

/// A master key that lives elsewhere: it hides nothing, and fails when it is told to.
#[derive(Debug)]
struct Elsewhere {
    id: KeyId,
    fault: Option<VaultFault>,
    gives: &'static [u8],
}

impl Elsewhere {
    fn that_gives(gives: &'static [u8]) -> Vault {
        let (id, fault) = (kid("hsm"), None);
        Vault::new(Arc::new(Self { id, fault, gives }))
    }
}

impl KeyWrap for Elsewhere {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn wrap(&self, _: &[u8], secret: &[u8]) -> Result<Vec<u8>, VaultFault> {
        self.fault.map_or_else(|| Ok(secret.to_vec()), Err)
    }

    fn unwrap(&self, _: &[u8], _: &[u8]) -> Result<Secret, VaultFault> {
        let gives = || Ok(Secret::from_octets(self.gives.to_vec()));
        self.fault.map_or_else(gives, Err)
    }
}

proptest! {
    #[test]
    fn what_is_sealed_is_had_again(context in octets(80), secret in octets(300)) {
        let vault = one();
        let wrapped = vault.seal(&context, &secret).unwrap();
        let stored = wrapped.to_octets();
        let read = Wrapped::read(&stored).unwrap();
        prop_assert_eq!(&read, &wrapped);
        prop_assert_eq!(read.master(), vault.present());
        let opened = vault.open(&context, &read).unwrap();
        prop_assert_eq!(opened.expose(), secret.as_slice());
        // No two are alike, and none has the secret in it.
        let again = vault.seal(&context, &secret).unwrap().to_octets();
        prop_assert_ne!(&again, &stored);
        let shown = secret.len() >= 8 && stored.windows(secret.len()).any(|w| w == secret);
        prop_assert!(!shown);
    }

    #[test]
    fn whatever_is_changed_is_refused(
        context in octets(20),
        secret in octets(40),
        at: prop::sample::Index,
        bits in 1..=u8::MAX,
    ) {
        // The id of either is one bit from the other's.
        let vault = one().with_earlier(fresh("master-3")).unwrap();
        let mut stored = vault.seal(&context, &secret).unwrap().to_octets();
        let at = at.index(stored.len());
        stored[at] ^= bits;
        let opened = Wrapped::read(&stored).and_then(|read| vault.open(&context, &read));
        prop_assert!(opened.is_err(), "octet {at}");
    }

    #[test]
    fn whatever_is_cut_or_added_is_refused(secret in octets(40), more in octets(3)) {
        let vault = one();
        let stored = vault.seal(b"row", &secret).unwrap().to_octets();
        let open = |stored: &[u8]| Wrapped::read(stored).and_then(|read| vault.open(b"row", &read));
        for length in 0..stored.len() {
            prop_assert!(open(&stored[..length]).is_err(), "{length} octets");
        }
        let longer = [stored.as_slice(), &more].concat();
        prop_assert_eq!(open(&longer).is_ok(), more.is_empty());
    }

    #[test]
    fn another_place_is_refused(context in octets(12), other in octets(12), secret in octets(40)) {
        prop_assume!(context != other);
        let vault = one();
        let wrapped = vault.seal(&context, &secret).unwrap();
        let fault = vault.open(&other, &wrapped).unwrap_err();
        prop_assert_eq!(fault, VaultFault::UnwrapFailed);
        let longer = [context.as_slice(), &other, b"."].concat();
        let fault = vault.open(&longer, &wrapped).unwrap_err();
        prop_assert_eq!(fault, VaultFault::UnwrapFailed);
    }

    /// Every row is taken over; the old key is needed until then, and not afterwards.
    #[test]
    fn rotation_keeps_every_secret(rows in prop::collection::vec(octets(40), 1..6), done: prop::sample::Index) {
        let (old, new) = (fresh("master-1"), fresh("master-2"));
        let before = Vault::new(old.clone());
        let mut stored: Vec<_> = rows.iter().map(|row| before.seal(b"r", row).unwrap()).collect();
        let during = Vault::new(new.clone()).with_earlier(old).unwrap();
        let after = Vault::new(new);
        // The job stopped in the middle and began again: what was done is not done twice.
        for length in [done.index(rows.len()), rows.len()] {
            for wrapped in &mut stored[..length] {
                if let Some(again) = during.rewrap(b"r", wrapped).unwrap() {
                    let fault = after.open(b"r", wrapped).unwrap_err();
                    prop_assert_eq!(fault, VaultFault::KeyUnknown);
                    *wrapped = again;
                }
            }
            for (row, wrapped) in rows.iter().zip(&stored) {
                let opened = during.open(b"r", wrapped).unwrap();
                prop_assert_eq!(opened.expose(), row.as_slice());
            }
        }
        for (row, wrapped) in rows.iter().zip(&stored) {
            prop_assert_eq!(after.rewrap(b"r", wrapped).unwrap(), None);
            let opened = after.open(b"r", wrapped).unwrap();
            prop_assert_eq!(opened.expose(), row.as_slice());
            let fault = before.open(b"r", wrapped).unwrap_err();
            prop_assert_eq!(fault, VaultFault::KeyUnknown);
        }
    }

    #[test]
    fn a_master_key_is_read_as_it_is_written(octets: [u8; 32], around in "[ \t\r\n]{0,3}") {
        prop_assume!(octets != [octets[0]; 32]);
        let wrapped = MasterKey::from_octets(kid("m"), octets).wrap(b"", b"secret").unwrap();
        let digits = hex(&octets);
        let texts = [encode(octets), digits.to_uppercase(), digits];
        for text in &texts {
            let key = MasterKey::parse(kid("m"), &format!("{around}{text}{around}")).unwrap();
            let opened = key.unwrap(b"", &wrapped).unwrap();
            prop_assert_eq!(opened.expose(), b"secret");
            let written = key.to_text();
            prop_assert_eq!(written.expose(), texts[0].as_bytes());
        }
    }

    #[test]
    fn what_is_no_master_key_is_refused(digits in "[0-9a-fA-F]{63}", other in "[^0-9a-fA-F]", at in 0_usize..64) {
        let parse = |text: &str| MasterKey::parse(kid("m"), text).map(|_| ());
        let mut text: Vec<char> = digits.chars().collect();
        // One that is 64 octets of UTF-8 all the same, or not.
        text.insert(at, other.chars().next().unwrap());
        let text: String = text.into_iter().collect();
        prop_assert_eq!(parse(&text), Err(VaultFault::MasterText));
    }

    #[test]
    fn no_octet_of_a_row_can_move(parts in prop::collection::vec(octets(8), 1..4), to in prop::collection::vec(octets(8), 1..4)) {
        let key = StampKey::generate().unwrap();
        fn view(parts: &[Vec<u8>]) -> Vec<&[u8]> {
            parts.iter().map(Vec::as_slice).collect()
        }
        let stamp = key.stamp(&view(&parts));
        prop_assert!(key.check(&view(&parts), &stamp));
        prop_assert_eq!(key.check(&view(&to), &stamp), parts == to);
        prop_assert!(!key.check(&[&parts.concat(), b""], &stamp) || parts == [parts.concat(), vec![]]);
        let mut more = view(&parts);
        more.push(b"");
        prop_assert!(!key.check(&more, &stamp));
        prop_assert!(!StampKey::generate().unwrap().check(&view(&parts), &stamp));
    }

    #[test]
    fn a_changed_stamp_is_no_stamp(part in octets(40), at in 0_usize..32, bits in 1..=u8::MAX) {
        let key = StampKey::generate().unwrap();
        let stamp = key.stamp(&[&part]);
        let mut octets = *stamp.as_octets();
        prop_assert_eq!(Stamp::from_octets(octets), stamp);
        octets[at] ^= bits;
        prop_assert!(!key.check(&[&part], &Stamp::from_octets(octets)));
    }
}

/// Each bit of one wrapped secret, since properties only try some.
#[test]
fn every_flipped_bit_is_refused() {
    let vault = one().with_earlier(fresh("master-3")).unwrap();
    let stored = vault.seal(b"row", b"sixteen octets..").unwrap().to_octets();
    let mut codes = std::collections::BTreeMap::<_, usize>::new();
    for at in 0..stored.len() {
        for bit in 0..8 {
            let mut other = stored.clone();
            other[at] ^= 1 << bit;
            let opened = Wrapped::read(&other).and_then(|read| vault.open(b"row", &read));
            *codes.entry(opened.unwrap_err().code()).or_default() += 1;
        }
    }
    let total: usize = codes.values().sum();
    assert_eq!(total, 8 * (1 + 1 + 1 + 8 + 12 + 16 + 16), "{codes:?}");
    assert_eq!(codes["vault_version"], 8);
    // The last octet of the id, changed to the id of the other key, is one of these.
    assert_eq!(codes["vault_unwrap_failed"], 8 * (12 + 16 + 16) + 1);
}

#[test]
fn private_keys_come_back_with_their_ids() {
    let vault = one();
    for algorithm in Algorithm::ALL {
        let key = generate("owner-1", algorithm);
        let stored = vault.seal_key(b"a", &key).unwrap().to_octets();
        let wrapped = Wrapped::read(&stored).unwrap();
        let open =
            |context: &[u8], id: &str| vault.open_key_on(backend(), context, &kid(id), &wrapped);
        let again = open(b"a", "owner-1").unwrap();
        assert_eq!(again.public(), key.public());
        let signature = again.sign(b"message").unwrap();
        assert!(Chosen.verify(key.public(), b"message", &signature));
        let fault = |opened: Result<_, VaultFault>| opened.map(|_: mydata_keys::PrivateKey| ());
        assert_eq!(fault(open(b"b", "owner-1")), Err(VaultFault::UnwrapFailed));
        for id in ["owner-2", "owner-11", "owner-", "o"] {
            assert_eq!(fault(open(b"a", id)), Err(VaultFault::NotKey), "{id}");
        }
        // Whichever library made it, ring opens it.
        assert!(vault.open_key(b"a", &kid("owner-1"), &wrapped).is_ok());
    }
}

#[test]
fn a_kind_has_one_door() {
    let (old, new) = (fresh("master-1"), fresh("master-2"));
    let vault = Vault::new(old.clone());
    let stamps = StampKey::generate().unwrap();
    let key = generate("owner-1", Algorithm::Ed25519);
    let during = Vault::new(new.clone()).with_earlier(old).unwrap();
    let after = Vault::new(new);
    let rewrap = |wrapped: Wrapped| during.rewrap(b"c", &wrapped).unwrap().unwrap();
    let secret = rewrap(vault.seal(b"c", b"secret").unwrap());
    let private = rewrap(vault.seal_key(b"c", &key).unwrap());
    let stamp_key = rewrap(vault.seal_stamp(b"c", &stamps).unwrap());
    for wrapped in [&secret, &private, &stamp_key] {
        let opened = [
            after.open(b"c", wrapped).map(|_| ()),
            after.open_key(b"c", &kid("owner-1"), wrapped).map(|_| ()),
            after.open_stamp(b"c", wrapped).map(|_| ()),
        ];
        let good = opened.iter().filter(|opened| opened.is_ok()).count();
        let of_kind = |opened: &&Result<(), _>| **opened == Err(VaultFault::Kind);
        assert_eq!(
            (good, opened.iter().filter(of_kind).count()),
            (1, 2),
            "{wrapped:?}"
        );
        // The octet that says the kind is no way round it.
        for kind in 0..=u8::MAX {
            let mut stored = wrapped.to_octets();
            if stored[1] == kind {
                continue;
            }
            stored[1] = kind;
            let Ok(read) = Wrapped::read(&stored) else {
                continue;
            };
            assert!(after.open(b"c", &read).is_err());
            assert!(after.open_key(b"c", &kid("owner-1"), &read).is_err());
            assert!(after.open_stamp(b"c", &read).is_err());
        }
    }
    let again = after.open_stamp(b"c", &stamp_key).unwrap();
    assert!(again.check(&[b"row"], &stamps.stamp(&[b"row"])));
}

#[test]
fn another_key_of_the_same_id_opens_nothing() {
    let wrapped = one().seal(b"c", b"secret").unwrap();
    let fault = one().open(b"c", &wrapped).unwrap_err();
    assert_eq!(fault.code(), "vault_unwrap_failed");
    let fault = Vault::new(fresh("master-2"))
        .open(b"c", &wrapped)
        .unwrap_err();
    assert_eq!(fault.code(), "vault_key_unknown");
}

#[test]
fn two_keys_have_two_ids() {
    let twice = |vault: Vault, id| vault.with_earlier(fresh(id)).map(|_| ());
    assert_eq!(twice(one(), "master-1"), Err(VaultFault::KeyTwice));
    let two = || one().with_earlier(fresh("master-2")).unwrap();
    assert_eq!(twice(two(), "master-2"), Err(VaultFault::KeyTwice));
    assert_eq!(twice(two(), "master-3"), Ok(()));
}

#[test]
fn master_keys_that_are_none() {
    let parse = |text: &str| MasterKey::parse(kid("m"), text).map(|_| ());
    let weak = [
        encode([0; 32]),
        hex(&[0; 32]),
        hex(&[0xff; 32]),
        encode([1; 32]),
    ];
    for text in weak {
        assert_eq!(parse(&text), Err(VaultFault::MasterWeak), "{text}");
    }
    let digits = hex(&std::array::from_fn::<u8, 32, _>(|at| {
        u8::try_from(at).unwrap()
    }));
    assert_eq!(parse(&digits), Ok(()));
    let others = [
        String::new(),
        "\n".to_owned(),
        "password".to_owned(),
        digits.replacen("00", "0x", 1),
        format!("{digits}0"),
        digits.replacen('0', "", 1),
        digits.replacen("10", "1 ", 1),
        format!("{}=", encode([9; 32])),
        encode([0xfb; 32]).replacen('-', "+", 1),
    ];
    for text in others {
        assert_eq!(parse(&text), Err(VaultFault::MasterText), "{text}");
    }
}

#[test]
fn what_was_never_wrapped_is_not_read() {
    let read = |octets: &[u8]| Wrapped::read(octets).map(|_| ());
    assert_eq!(read(b""), Err(VaultFault::NotWrapped));
    for version in (0..=u8::MAX).filter(|version| *version != 1) {
        assert_eq!(read(&[version, 0, 1, b'm']), Err(VaultFault::Version));
    }
    let others: [&[u8]; 7] = [
        b"\x01",
        b"\x01\x00",
        b"\x01\x00\x00",
        b"\x01\x00\x02m",
        b"\x01\x00\x01 ",
        b"\x01\x00\x02\xc3\x28",
        b"\x01\x03\x01m",
    ];
    for octets in others {
        assert_eq!(read(octets), Err(VaultFault::NotWrapped), "{octets:?}");
    }
    // Sealed octets too short for any nonce and tag: read, and never opened.
    for length in 0..28 {
        let octets = [b"\x01\x00\x08master-1".as_slice(), &vec![7; length]].concat();
        let fault = one()
            .open(b"", &Wrapped::read(&octets).unwrap())
            .unwrap_err();
        assert_eq!(fault, VaultFault::UnwrapFailed, "{length}");
    }
}

/// What an HSM answers is told as it is, and what it gives is looked at.
#[test]
fn a_master_key_elsewhere() {
    let key = generate("owner-1", Algorithm::Ed25519);
    for fault in VaultFault::ALL.iter().copied() {
        let (id, gives) = (kid("hsm"), b"".as_slice());
        let failing = Vault::new(Arc::new(Elsewhere {
            id,
            fault: Some(fault),
            gives,
        }));
        assert_eq!(failing.seal(b"c", b"secret").unwrap_err(), fault);
        let wrapped = Elsewhere::that_gives(b"").seal(b"c", b"secret").unwrap();
        assert_eq!(failing.open(b"c", &wrapped).unwrap_err(), fault);
    }
    for gives in [
        b"".as_slice(),
        b"\x07owner-1",
        b"\x07owner-1junk",
        b"\xff",
        &[7; 31],
        &[7; 33],
    ] {
        let vault = Elsewhere::that_gives(gives);
        let wrapped = vault.seal_key(b"c", &key).unwrap();
        let opened = vault.open_key(b"c", &kid("owner-1"), &wrapped);
        assert_eq!(opened.map(|_| ()), Err(VaultFault::NotKey), "{gives:?}");
        let wrapped = vault
            .seal_stamp(b"c", &StampKey::generate().unwrap())
            .unwrap();
        let opened = vault.open_stamp(b"c", &wrapped);
        assert_eq!(opened.map(|_| ()), Err(VaultFault::NotKey), "{gives:?}");
    }
}
