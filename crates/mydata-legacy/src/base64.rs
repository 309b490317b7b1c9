//! base64url without padding, canonical only (decision D47): the SDK strips the padding from what it
//! sends and adds it again only inside its own reader.

use ::base64::Engine as _;
use ::base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}
