//! base64url of 32 octets, without padding (RFC 7515 §2), in constant time.
//!
//! The usual codecs look each character up in a table; where in the table they look is visible to
//! whoever shares the processor's cache. Here a character is computed. What may be seen is whether
//! a text is refused, not where.

use zeroize::Zeroizing;

/// 32 octets are this many characters, the last of which carries four bits.
pub(crate) const LENGTH: usize = 43;

/// The text of 32 octets.
pub(crate) fn encode(octets: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(LENGTH));
    for chunk in octets.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|at| chunk.get(at).copied().unwrap_or(0));
        let group = u32::from_be_bytes([0, a, b, c]);
        let symbols = [18, 12, 6, 0].into_iter().map(|bits| symbol(group >> bits));
        text.extend(symbols.take(chunk.len() + 1));
    }
    text
}

/// Writes the octets of a canonical text into `octets`; whether it was one.
pub(crate) fn decode(text: &str, octets: &mut [u8; 32]) -> bool {
    if text.len() != LENGTH {
        return false;
    }
    let mut to = octets.iter_mut();
    let (mut held, mut bits, mut wrong) = (0_u32, 0_u32, 0_i16);
    for character in text.bytes() {
        let value = value(character);
        wrong |= value >> 8;
        held = (held << 6) | u32::from(value.to_le_bytes()[0] & 0x3f);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            if let Some(octet) = to.next() {
                *octet = (held >> bits).to_le_bytes()[0];
            }
            held &= (1 << bits) - 1;
        }
    }
    // Bits that no octet has taken must be zero, or one key would have several texts.
    wrong == 0 && held == 0
}

/// The character of the lowest six bits: `A–Z a–z 0–9 - _`.
fn symbol(group: u32) -> u8 {
    let value = i16::from(group.to_le_bytes()[0] & 0x3f);
    let mut character = value + 65;
    character += ((25 - value) >> 8) & 6;
    character -= ((51 - value) >> 8) & 75;
    character -= ((61 - value) >> 8) & 13;
    character += ((62 - value) >> 8) & 49;
    character.to_le_bytes()[0]
}

/// The six bits of a character; −1 for one that is not of the alphabet.
fn value(character: u8) -> i16 {
    let c = i16::from(character);
    // A difference is negative, and so all ones after the shift, on one side of a bound.
    let between = |above: i16, below: i16| ((above - c) & (c - below)) >> 8;
    let mut value = -1;
    value += between(64, 91) & (c - 64);
    value += between(96, 123) & (c - 70);
    value += between(47, 58) & (c + 5);
    value += between(44, 46) & 63;
    value += between(94, 96) & 64;
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    #[test]
    fn every_character_has_the_value_of_the_table() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for character in 0..=u8::MAX {
            let at = alphabet.iter().position(|known| *known == character);
            let expected = at.map_or(-1, |at| i16::try_from(at).unwrap());
            assert_eq!(value(character), expected, "{character}");
        }
        for (value, character) in (0..).zip(alphabet) {
            assert_eq!(symbol(value), *character, "{value}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_crate(octets: [u8; 32]) {
            let text = encode(&octets);
            let theirs = URL_SAFE_NO_PAD.encode(octets);
            prop_assert_eq!(text.as_slice(), theirs.as_bytes());
            let mut again = [0; 32];
            prop_assert!(decode(std::str::from_utf8(&text).unwrap(), &mut again));
            prop_assert_eq!(again, octets);
        }

        #[test]
        fn refuses_what_the_crate_refuses(text in "[A-Za-z0-9_=+/ é-]{40,46}|[A-Za-z0-9_-]{43}") {
            let theirs: Option<[u8; 32]> =
                URL_SAFE_NO_PAD.decode(&text).ok().and_then(|octets| octets.try_into().ok());
            let mut octets = [0; 32];
            let ours = decode(&text, &mut octets).then_some(octets);
            prop_assert_eq!(ours, theirs);
        }
    }
}
