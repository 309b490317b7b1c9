//! Signatures that nobody made: zeros, the order of the group, other lengths and forms.

use super::{Family, Subject, nonsense};
use crate::base64url;
use crate::make::case::Book;
use crate::make::forge::Jws;
use crate::make::keys::Key;

/// The order of P-256, big-endian.
const N: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";
/// The field prime of P-256, big-endian.
const P: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
/// The order of Ed25519's base point, little-endian.
const L: [u8; 32] = *b"\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10";
const ZERO: [u8; 32] = [0; 32];
const ONES: [u8; 32] = [0xff; 32];

pub(super) fn book() -> Book {
    let title =
        "Signatures: special numbers, lengths and forms, and the twin of an ES256 signature";
    let mut family = Family::new("jose/signature", title, "FW-02");
    for subject in [Subject::request(), Subject::status()] {
        es256(&mut family, &subject);
    }
    for subject in [Subject::token(), Subject::notification()] {
        ed25519(&mut family, &subject);
    }
    for subject in [Subject::request(), Subject::notification()] {
        lengths(&mut family, &subject);
    }
    family.into_book()
}

/// The good envelope with another signature.
fn with(good: &Jws, signature: &[u8]) -> Jws {
    let mut jws = good.clone();
    jws.signatures.first_mut().unwrap().signature = base64url::encode(signature);
    jws
}

fn halves(good: &Jws) -> ([u8; 32], [u8; 32]) {
    let octets = base64url::decode(&good.signatures.first().unwrap().signature).unwrap();
    let (first, second) = octets.split_at(32);
    (first.try_into().unwrap(), second.try_into().unwrap())
}

/// `a + b`, or `a - b`, of numbers whose most significant octet stands first.
fn sum(a: &[u8; 32], b: &[u8; 32], sign: i16) -> [u8; 32] {
    let mut result = [0; 32];
    let mut carry = 0_i16;
    for at in (0..32).rev() {
        let digit = i16::from(a[at]) + sign * i16::from(b[at]) + carry;
        result[at] = u8::try_from(digit.rem_euclid(256)).unwrap();
        carry = digit.div_euclid(256);
    }
    result
}

fn turned(mut number: [u8; 32]) -> [u8; 32] {
    number.reverse();
    number
}

fn number(value: u8) -> [u8; 32] {
    let mut number = ZERO;
    number[31] = value;
    number
}

fn es256(family: &mut Family, subject: &Subject) {
    let good = subject.sealed();
    let (r, s) = halves(&good);
    let special = [
        ("zero", ZERO),
        ("one", number(1)),
        ("n-less-one", sum(&N, &number(1), -1)),
        ("n", N),
        ("n-and-one", sum(&N, &number(1), 1)),
        ("p", P),
        ("ones", ONES),
    ];
    let code = "jws_signature_invalid";
    let says = "r, s or both are a number that no signature has, or that nobody computed.";
    for (name, value) in special {
        for (place, octets) in [
            ("r", [value, s].concat()),
            ("s", [r, value].concat()),
            ("both", [value, value].concat()),
        ] {
            let jws = with(&good, &octets);
            family.jws(
                subject,
                &format!("{place}-is-{name}"),
                "A19",
                says,
                &jws,
                code,
            );
        }
    }
    let octets = [number(1), sum(&N, &number(1), -1)].concat();
    let says = "r is one and s nearly the order: numbers of no message.";
    let jws = with(&good, &octets);
    family.jws(subject, "r-one-s-n-less-one", "A19", says, &jws, code);
    #[rustfmt::skip]
    let forms = [
        ("halves-changed", "r and s have changed places.", [s, r].concat()),
        ("little-endian", "r and s are written with the least significant octet first.", [turned(r), turned(s)].concat()),
        ("r-negative", "r is n - r, of which there is no twin.", [sum(&N, &r, -1), s].concat()),
        ("der", "r and s are in DER, as certificates have them.", der(&r, &s)),
    ];
    for (id, says, octets) in forms {
        family.jws(subject, id, "A19", says, &with(&good, &octets), code);
    }
    let twin = with(&good, &[r, sum(&N, &s, -1)].concat());
    let says = "The twin of the signature, (r, n - s), verifies too: the record is the same, and so is its digest.";
    family.jws(subject, "twin", "A21", says, &twin, "");
    assert_eq!(
        twin.digest(),
        good.digest(),
        "nothing is known by its signature"
    );
    family.jws(
        subject,
        "twin-first",
        "A21",
        "The signature as it was made: the digest is that of its twin.",
        &good,
        "",
    );
}

/// SEQUENCE of two INTEGERs.
fn der(r: &[u8; 32], s: &[u8; 32]) -> Vec<u8> {
    let integer = |number: &[u8; 32]| {
        let mut octets = number.to_vec();
        if number[0] > 0x7f {
            octets.insert(0, 0);
        }
        [vec![2, u8::try_from(octets.len()).unwrap()], octets].concat()
    };
    let both = [integer(r), integer(s)].concat();
    [vec![0x30, u8::try_from(both.len()).unwrap()], both].concat()
}

/// y of the points of small order, and the other spellings of three of them; each with either sign.
pub(super) const SMALL: [[u8; 32]; 7] = [
    ZERO,
    *b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    *b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    *b"\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    *b"\xee\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
];

fn ed25519(family: &mut Family, subject: &Subject) {
    let good = subject.sealed();
    let (r, s) = halves(&good);
    let code = "jws_signature_invalid";
    let big = turned(L);
    let twice = sum(&big, &big, 1);
    #[rustfmt::skip]
    let rows = [
        ("s-and-l", "S is S + L, which is the same by the order of the group.", [r, turned(sum(&turned(s), &big, 1))].concat()),
        ("s-and-2l", "S is S + 2L.", [r, turned(sum(&turned(s), &twice, 1))].concat()),
        ("s-is-l", "S is L, which is zero by the order of the group.", [r, L].concat()),
        ("s-zero", "S is zero.", [r, ZERO].concat()),
        ("s-ones", "S is larger than anything.", [r, ONES].concat()),
        ("s-negative", "S is L - S: an Ed25519 signature has no twin.", [r, turned(sum(&big, &turned(s), -1))].concat()),
        ("s-high-bit", "The highest bit of S is set.", { let mut s = s; s[31] |= 0x80; [r, s].concat() }),
        ("r-sign", "The sign of R is turned.", { let mut r = r; r[31] ^= 0x80; [r, s].concat() }),
        ("r-ones", "R is no point.", [ONES, s].concat()),
        ("halves-changed", "R and S have changed places.", [s, r].concat()),
        ("reversed", "R and S are written the other way round.", [turned(r), turned(s)].concat()),
        ("zeros", "Every octet is zero.", vec![0; 64]),
        ("ones", "Every octet is 255.", vec![0xff; 64]),
        ("r-is-key", "R is the key itself.", { let x = subject.key.jwk()["x"].as_str().map(base64url::decode); [x.unwrap().unwrap(), s.to_vec()].concat() }),
    ];
    for (id, says, octets) in rows {
        family.jws(subject, id, "A19", says, &with(&good, &octets), code);
    }
    if subject.name != "token" {
        return;
    }
    for (at, point) in SMALL.iter().enumerate() {
        for (sign, bit) in [("even", 0), ("odd", 0x80)] {
            let mut point = *point;
            point[31] |= bit;
            for (which, s) in [("zero", ZERO), ("good", s)] {
                if [point, s] == [ZERO, ZERO] {
                    // Every octet is zero: that stands above.
                    continue;
                }
                let says = "R is a point of small order, or its other spelling: with a key of small order it would do.";
                let id = format!("r-small-{at}-{sign}-s-{which}");
                let jws = with(&good, &[point, s].concat());
                family.jws(subject, &id, "A19 A20", says, &jws, code);
            }
        }
    }
}

/// What is not 64 octets is no signature, whatever it says.
fn lengths(family: &mut Family, subject: &Subject) {
    let good = subject.sealed();
    let (first, second) = halves(&good);
    let whole = [first, second].concat();
    let other = match subject.key.alg() {
        "ES256" => Key::ed25519_of("owner-2", subject.key.kid()),
        _ => Key::es256_of("owner-1", subject.key.kid()),
    };
    let signed = format!(
        "{}.{}",
        good.signatures.first().unwrap().protected,
        good.payload
    );
    #[rustfmt::skip]
    let rows = [
        ("length-1", "One octet.", whole[..1].to_vec()),
        ("length-32", "Half a signature.", whole[..32].to_vec()),
        ("length-63", "An octet is missing behind it.", whole[..63].to_vec()),
        ("length-63-before", "An octet is missing before it.", whole[1..].to_vec()),
        ("length-65", "There is an octet more behind it.", [&whole[..], &[0]].concat()),
        ("length-65-before", "There is an octet more before it.", [&[0], &whole[..]].concat()),
        ("length-96", "As long as a signature of P-384.", [&whole[..], &whole[..32]].concat()),
        ("length-128", "The signature twice.", [&whole[..], &whole[..]].concat()),
        ("length-132", "As long as a signature of P-521.", [&whole[..], &whole[..], &[0; 4]].concat()),
        ("length-256", "As long as a signature of RSA.", whole.repeat(4)),
        ("nonsense", "64 octets that mean nothing.", nonsense("signature")[..64].to_vec()),
        ("other-algorithm", "A good signature by the other algorithm, under the same header.", other.signature(signed.as_bytes()).to_vec()),
        ("other-message", "A good signature over the payload alone.", subject.key.signature(good.payload.as_bytes()).to_vec()),
        ("decoded-message", "A good signature over what the segments decode to.", subject.key.signature(&decoded(&good)).to_vec()),
    ];
    for (id, says, octets) in rows {
        family.jws(
            subject,
            id,
            "A19",
            says,
            &with(&good, &octets),
            "jws_signature_invalid",
        );
    }
}

/// Header and payload, decoded.
fn decoded(jws: &Jws) -> Vec<u8> {
    let header = base64url::decode(&jws.signatures.first().unwrap().protected).unwrap();
    [
        header,
        b".".to_vec(),
        base64url::decode(&jws.payload).unwrap(),
    ]
    .concat()
}
