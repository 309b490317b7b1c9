//! The address of a page for people.

use crate::json;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

crate::refusals! {
    /// Why a text is not the address of a page.
    pub enum WebLinkRefusal {
        NotAPage = "web_link_invalid": "not an https address without user information, of at most 2048 characters",
    }
}

/// An https address that a person may follow, with any path, query and fragment; kept as written.
///
/// Nothing is fetched from it and nothing is decided by it: for the address of data there is
/// [`ResourceUrl`](crate::resource::ResourceUrl). It may name a person, so `Debug` shows no more than
/// the host.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebLink(Box<str>);

impl WebLink {
    /// Checks the scheme, the host and the length.
    ///
    /// # Errors
    /// [`WebLinkRefusal`]
    pub fn parse(text: &str) -> Result<Self, WebLinkRefusal> {
        let is_page = |url: &url::Url| {
            url.scheme() == "https"
                && url.host_str().is_some()
                && url.username().is_empty()
                && url.password().is_none()
        };
        // The parser forgives white space around an address and within it; we do not.
        if text.len() <= 2048
            && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
            && url::Url::parse(text).is_ok_and(|url| is_page(&url))
        {
            Ok(Self(text.into()))
        } else {
            Err(WebLinkRefusal::NotAPage)
        }
    }

    /// The address, as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = url::Url::parse(&self.0).ok();
        let host = url.as_ref().and_then(url::Url::host_str);
        write!(f, "WebLink({})", host.unwrap_or_default())
    }
}

impl Serialize for WebLink {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WebLink {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "an https address", |text| {
            Self::parse(text).ok()
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for WebLink {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WebLink".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "format": "uri", "pattern": "^https://", "maxLength": 2048
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_https_and_kept_as_written() {
        let text = "https://h.example/sv?case=1#top";
        assert_eq!(WebLink::parse(text).unwrap().as_str(), text);
        let long = format!("https://h.example/{}", "a".repeat(2048));
        for text in [
            "http://h.example/",
            "javascript:alert(1)",
            "https://u@h.example/",
            "https://u:p@h.example/",
            "https:///",
            " https://h.example/",
            "https://h.exa\nmple/",
            "https://h.example\\a",
            "/sv",
            "",
            long.as_str(),
        ] {
            assert_eq!(
                WebLink::parse(text),
                Err(WebLinkRefusal::NotAPage),
                "{text}"
            );
        }
        let link = WebLink::parse("https://h.example/sofia").unwrap();
        assert_eq!(format!("{link:?}"), "WebLink(h.example)");
    }
}
