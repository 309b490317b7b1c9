//! A master key that the program itself holds.

use crate::base64url;
use crate::secret::{Number, Secret};
use crate::vault::{KeyWrap, VaultFault};
use mydata_core::id::KeyId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use std::{fmt, mem};
use zeroize::Zeroizing;

/// AES-256-GCM under a master key of 32 octets, with ring whichever backend signs.
///
/// What it wraps is the nonce of 12 octets, the ciphertext and the tag of 16, so 28 octets more than
/// the secret. The nonce is random, and a nonce that is drawn twice would give away what stands between
/// the two secrets and let others be forged: so one key wraps no more than **2³² secrets** in its life,
/// after which the chance is still below 2⁻³² (NIST SP 800-38D §8.3). Nothing counts here. A city of
/// five million accounts wraps some 2²³ keys, and the same number again at each rotation, under a
/// new key.
///
/// It comes from [`parse`](Self::parse), which takes the text of a file or of an environment variable;
/// reading those is for the program. It cannot be cloned, compared or serialised, `Debug` shows its id,
/// and behind `&dyn KeyWrap` it cannot be exported. Its octets are wiped when it is dropped. What ring expands them
/// to is made for each use, on the stack, and is not.
pub struct MasterKey {
    id: KeyId,
    octets: Number,
}

impl MasterKey {
    /// A new key from the randomness of the operating system: store [`to_text`](Self::to_text) before
    /// anything is wrapped with it, and apart from what it wraps.
    ///
    /// # Errors
    /// [`NoRandomness`](VaultFault::NoRandomness).
    pub fn generate(id: KeyId) -> Result<Self, VaultFault> {
        let mut octets = Number::zero();
        let filled = crate::ring::fill(octets.as_mut_octets());
        filled
            .then_some(Self { id, octets })
            .ok_or(VaultFault::NoRandomness)
    }

    /// The key of these octets. They must have been drawn by a source of randomness, and are never a
    /// pass phrase nor made of one.
    #[must_use]
    pub fn from_octets(id: KeyId, octets: [u8; 32]) -> Self {
        let octets = Zeroizing::new(octets);
        let mut number = Number::zero();
        number.as_mut_octets().copy_from_slice(&*octets);
        Self { id, octets: number }
    }

    /// Reads 43 characters of base64url without padding, or 64 hexadecimal digits as
    /// `openssl rand -hex 32` writes them; white space around the text, as a file ends with it, is
    /// nothing. The text is read in constant time.
    ///
    /// # Errors
    /// [`MasterText`](VaultFault::MasterText), and [`MasterWeak`](VaultFault::MasterWeak) for one octet
    /// repeated: the place holder of an example is no key.
    pub fn parse(id: KeyId, text: &str) -> Result<Self, VaultFault> {
        let text = text.trim_ascii();
        let mut octets = Number::zero();
        let into = octets.as_mut_octets();
        if !base64url::decode(text, into) && !hexadecimal(text, into) {
            return Err(VaultFault::MasterText);
        }
        let [first, rest @ ..] = octets.as_octets();
        let differing = rest.iter().fold(0, |bits, octet| bits | (octet ^ first));
        if differing == 0 {
            return Err(VaultFault::MasterWeak);
        }
        Ok(Self { id, octets })
    }

    /// The text that [`parse`](Self::parse) reads, in base64url.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        Secret::join(&[&base64url::encode(self.octets.as_octets())])
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM, self.octets.as_octets());
        key.ok().map(LessSafeKey::new)
    }
}

impl KeyWrap for MasterKey {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn wrap(&self, context: &[u8], secret: &[u8]) -> Result<Vec<u8>, VaultFault> {
        let mut nonce = [0; NONCE_LEN];
        if !crate::ring::fill(&mut nonce) {
            return Err(VaultFault::NoRandomness);
        }
        // In one allocation: one that grows leaves the secret behind.
        let length = NONCE_LEN + secret.len() + AES_256_GCM.tag_len();
        let mut octets = Zeroizing::new(Vec::with_capacity(length));
        octets.extend_from_slice(&nonce);
        octets.extend_from_slice(secret);
        let within = octets.get_mut(NONCE_LEN..).unwrap_or_default();
        let nonce = Nonce::assume_unique_for_key(nonce);
        let cipher = self.cipher().ok_or(VaultFault::WrapFailed)?;
        let tag = cipher.seal_in_place_separate_tag(nonce, Aad::from(context), within);
        octets.extend_from_slice(tag.map_err(|_| VaultFault::WrapFailed)?.as_ref());
        Ok(mem::take(&mut *octets))
    }

    fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Result<Secret, VaultFault> {
        self.open(context, wrapped).ok_or(VaultFault::UnwrapFailed)
    }
}

impl MasterKey {
    fn open(&self, context: &[u8], wrapped: &[u8]) -> Option<Secret> {
        let (nonce, sealed) = wrapped.split_first_chunk()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let mut octets = sealed.to_vec();
        let cipher = self.cipher()?;
        let opened = cipher.open_in_place(nonce, Aad::from(context), &mut octets);
        let length = opened.ok()?.len();
        octets.truncate(length);
        Some(Secret::from_octets(octets))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

/// Writes the octets of 64 hexadecimal digits into `octets`; whether they were that. In constant time,
/// as [`base64url`] does it.
fn hexadecimal(text: &str, octets: &mut [u8; 32]) -> bool {
    if text.len() != 2 * octets.len() {
        return false;
    }
    let mut wrong = 0;
    for (octet, pair) in octets.iter_mut().zip(text.as_bytes().chunks(2)) {
        *octet = 0;
        for digit in pair {
            let value = digit_value(*digit);
            wrong |= value >> 8;
            *octet = (*octet << 4) | (value.to_le_bytes()[0] & 0xf);
        }
    }
    wrong == 0
}

/// The four bits of a hexadecimal digit; −1 for what is none.
fn digit_value(digit: u8) -> i16 {
    let d = i16::from(digit);
    let between = |above: i16, below: i16| ((above - d) & (d - below)) >> 8;
    let mut value = -1;
    value += between(47, 58) & (d - 47);
    value += between(64, 71) & (d - 54);
    value += between(96, 103) & (d - 86);
    value
}
