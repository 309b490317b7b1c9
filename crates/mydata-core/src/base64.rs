//! base64url without padding (RFC 7515 §2, appendix C), canonical only: the decoder refuses
//! padding, white space, the standard alphabet and non-zero trailing bits.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The octets as text.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

/// The octets of a text; `None` when it is not in the one form.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The octets of a text, in `room`, which has a quarter more than they need at least.
pub(crate) fn decode_into<'r>(text: &str, room: &'r mut [u8]) -> Option<&'r [u8]> {
    let length = URL_SAFE_NO_PAD.decode_slice(text, room).ok()?;
    room.get(..length)
}

/// Decodes exactly `N` octets, at most 64.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode_into(text, &mut [0; 96])?.try_into().ok()
}
