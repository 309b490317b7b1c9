//! Short texts: names, times, addresses of pages. What is taken is what was written.

use crate::bound::bounded;
use mydata::core::crypto::Sha256;
use mydata::core::id::{ConsentId, DatasetId, KeyId, LinkCode, OperatorId, PurposeId, ServiceId};
use mydata::core::lang::Language;
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::core::web::WebLink;
use mydata::record::description::well_known;

/// Reads a text as each of them.
pub fn run(text: &str) {
    macro_rules! ids {
        ($($kind:ident)+) => {$(
            if let Ok(id) = bounded(text.len(), || $kind::parse(text)) {
                assert_eq!(id.as_str(), text);
            }
        )+};
    }
    ids!(ConsentId DatasetId KeyId LinkCode OperatorId PurposeId ServiceId);
    if let Some(language) = bounded(text.len(), || Language::parse(text)) {
        assert_eq!(language.as_str(), text);
    }
    if let Some(time) = bounded(text.len(), || Timestamp::parse(text)) {
        assert_eq!(time.to_string(), text);
        assert_eq!(Timestamp::from_seconds(time.seconds()), Some(time));
    }
    if let Some(digest) = bounded(text.len(), || Sha256::parse(text)) {
        assert_eq!(Sha256::parse(&digest.to_base64url()), Some(digest));
    }
    if let Ok(link) = bounded(text.len(), || WebLink::parse(text)) {
        assert_eq!(link.as_str(), text);
        assert!(!format!("{link:?}").is_empty());
    }
    if let Ok(origin) = bounded(text.len(), || Origin::parse(text)) {
        for url in [
            well_known::of_service(&origin),
            well_known::of_operator(&origin),
        ] {
            assert_eq!(url.unwrap().origin(), origin);
        }
    }
}
