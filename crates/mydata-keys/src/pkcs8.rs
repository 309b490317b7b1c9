//! PKCS#8 documents (RFC 5958) of Ed25519 (RFC 8410 §7) and P-256 (RFC 5915 §3).
//!
//! Read, in DER only:
//!
//! - Ed25519, version 1, without the public key, as OpenSSL writes it;
//! - Ed25519, version 2, with the public key under `81 21 00`, as RFC 5958 has it, or under the
//!   `a1 23 03 21 00` of early implementations, ring among them;
//! - P-256, version 1, with the public key inside the `ECPrivateKey`.
//!
//! Written: version 2 with `81 21 00` for Ed25519, version 1 for P-256, octet for octet what ring
//! writes. Whether the two halves of a key belong together is not looked at here.

use crate::backend::uncompressed;
use crate::refusal::PrivateKeyRefusal;
use crate::secret::{Number, Secret};
use mydata_core::jwk::KeyMaterial;

/// A document taken apart: the private number, and the public numbers if they stood in it.
pub(crate) enum Contents {
    Ed25519(Number, Option<[u8; 32]>),
    P256(Number, [u8; 65]),
}

/// Takes a document apart.
pub(crate) fn read(document: &[u8]) -> Result<Contents, PrivateKeyRefusal> {
    let mut outer = Reader(document);
    let mut fields = Reader(outer.value(SEQUENCE)?);
    outer.end()?;
    let version = fields.value(INTEGER)?;
    let algorithm = fields.value(SEQUENCE)?;
    let private = fields.value(OCTET_STRING)?;
    fields.optional(ATTRIBUTES)?;
    match (algorithm, version) {
        (ED25519, [0]) => {
            fields.end()?;
            Ok(Contents::Ed25519(seed(private)?, None))
        }
        (ED25519, [1]) => {
            let public = match fields.optional(EXPLICIT_1)? {
                Some(legacy) => bits(&mut Reader(legacy), BIT_STRING)?,
                None => bits(&mut fields, IMPLICIT_1)?,
            };
            fields.end()?;
            let public = public.try_into();
            let public = public.map_err(|_| PrivateKeyRefusal::Coordinate)?;
            Ok(Contents::Ed25519(seed(private)?, Some(public)))
        }
        (P256, [0]) => {
            fields.end()?;
            ec_private_key(private)
        }
        (ED25519 | P256, _) => Err(PrivateKeyRefusal::Version),
        _ => Err(PrivateKeyRefusal::TypeUnsupported),
    }
}

/// Writes a document, the public key of Ed25519 under the tag of RFC 5958.
pub(crate) fn write(number: &Number, material: &KeyMaterial) -> Secret {
    let number = number.as_octets();
    match material {
        KeyMaterial::Ed25519(point) => Secret::join(&[ED25519_HEAD, number, ED25519_MIDDLE, point]),
        KeyMaterial::P256 { x, y } => {
            Secret::join(&[P256_HEAD, number, P256_MIDDLE, &uncompressed(x, y)])
        }
    }
}

/// `CurvePrivateKey`: an octet string inside the octet string (RFC 8410 §7).
fn seed(private: &[u8]) -> Result<Number, PrivateKeyRefusal> {
    let mut reader = Reader(private);
    let seed = reader.value(OCTET_STRING)?;
    reader.end()?;
    Number::copy(seed).ok_or(PrivateKeyRefusal::Length)
}

/// `ECPrivateKey` (RFC 5915 §3). Its public key may be absent there, but ring cannot compute one.
fn ec_private_key(private: &[u8]) -> Result<Contents, PrivateKeyRefusal> {
    let mut outer = Reader(private);
    let mut fields = Reader(outer.value(SEQUENCE)?);
    outer.end()?;
    if fields.value(INTEGER)? != [1] {
        return Err(PrivateKeyRefusal::Version);
    }
    let number = fields.value(OCTET_STRING)?;
    if fields
        .optional(EXPLICIT_0)?
        .is_some_and(|curve| curve != P256_CURVE)
    {
        return Err(PrivateKeyRefusal::TypeUnsupported);
    }
    let public = fields.optional(EXPLICIT_1)?;
    fields.end()?;
    let mut public = Reader(public.ok_or(PrivateKeyRefusal::PublicMissing)?);
    let point = bits(&mut public, BIT_STRING)?;
    let point = point
        .try_into()
        .map_err(|_| PrivateKeyRefusal::Coordinate)?;
    let number = Number::copy(number).ok_or(PrivateKeyRefusal::Length)?;
    Ok(Contents::P256(number, point))
}

/// A bit string of whole octets, and nothing behind it.
fn bits<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<&'a [u8], PrivateKeyRefusal> {
    let value = reader.value(tag)?;
    reader.end()?;
    match value.split_first() {
        Some((0, octets)) => Ok(octets),
        _ => Err(PrivateKeyRefusal::NotPkcs8),
    }
}

/// What is left to read of some DER.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The value that comes next, which must bear `tag`.
    fn value(&mut self, tag: u8) -> Result<&'a [u8], PrivateKeyRefusal> {
        let value = self.optional(tag)?;
        value.ok_or(PrivateKeyRefusal::NotPkcs8)
    }

    /// The value that comes next, if it bears `tag`.
    fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, PrivateKeyRefusal> {
        match self.0.split_first() {
            Some((found, rest)) if *found == tag => {
                let (length, rest) = length(rest).ok_or(PrivateKeyRefusal::NotPkcs8)?;
                let split = rest.split_at_checked(length);
                let (value, rest) = split.ok_or(PrivateKeyRefusal::NotPkcs8)?;
                self.0 = rest;
                Ok(Some(value))
            }
            _ => Ok(None),
        }
    }

    /// Nothing may follow.
    const fn end(&self) -> Result<(), PrivateKeyRefusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(PrivateKeyRefusal::NotPkcs8)
        }
    }
}

/// A length in its one canonical form, below 65 536, and what stands behind it.
fn length(octets: &[u8]) -> Option<(usize, &[u8])> {
    match octets {
        [short @ ..=0x7f, rest @ ..] => Some((usize::from(*short), rest)),
        [0x81, long @ 0x80..=0xff, rest @ ..] => Some((usize::from(*long), rest)),
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            Some((usize::from(u16::from_be_bytes([*high, *low])), rest))
        }
        _ => None,
    }
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const ATTRIBUTES: u8 = 0xa0;
const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_1: u8 = 0xa1;
const IMPLICIT_1: u8 = 0x81;

/// id-Ed25519 (RFC 8410 §3); no parameters.
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
/// id-ecPublicKey with secp256r1 (RFC 5480 §2.1.1).
const P256: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// secp256r1 (RFC 5480 §2.1.1.1).
const P256_CURVE: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";

const ED25519_HEAD: &[u8] = b"\x30\x51\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
const ED25519_MIDDLE: &[u8] = b"\x81\x21\x00";
const P256_HEAD: &[u8] = b"\x30\x81\x87\x02\x01\x00\x30\x13\
    \x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\
    \x04\x6d\x30\x6b\x02\x01\x01\x04\x20";
const P256_MIDDLE: &[u8] = b"\xa1\x44\x03\x42\x00";
