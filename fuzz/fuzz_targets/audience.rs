//! Patterns say where a token is good. A pattern never reaches another origin, and an audience is
//! written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::json::{self, Limits};
use mydata::core::resource::ResourceUrl;
use mydata::token::audience::{Audience, AudiencePattern};

fuzz_target!(|text: &str| {
    let (url, rest) = text.split_once('\n').unwrap_or((text, ""));
    if let (Ok(url), Ok(pattern)) = (ResourceUrl::parse(url), AudiencePattern::parse(rest)) {
        let below = [url.origin().as_str(), "/"].concat();
        let is_below = pattern.as_str().starts_with(&below);
        assert!(is_below || !pattern.matches(&url));
        assert_eq!(
            pattern.as_str() == url.as_str(),
            pattern.matches(&url) && !rest.ends_with('*')
        );
    }
    if let Ok(audience) = json::from_slice::<Audience>(text.as_bytes(), Limits::TOKEN) {
        let written = json::to_vec(&audience).unwrap();
        assert_eq!(json::from_slice(&written, Limits::TOKEN), Ok(audience));
    }
});
