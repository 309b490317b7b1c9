//! When an earlier token is given again.

use crate::fixture::{NOW, at};
use mydata_core::time::Seconds;
use mydata_token::policy::{MAX_LIFETIME, TokenPolicy};
use proptest::prelude::*;
use std::num::NonZeroU32;

fn ten() -> NonZeroU32 {
    NonZeroU32::new(10).unwrap()
}

//= DT-20 test
#[test]
fn the_threshold_is_exact() {
    let policy = TokenPolicy::default();
    assert_eq!(policy.lifetime(), Seconds::minutes(5));
    let exp = at(NOW + 300);
    for (now, expected) in [
        (NOW, true),
        (NOW + 269, true),
        (NOW + 270, false),
        (NOW + 400, false),
    ] {
        assert_eq!(policy.reusable(exp, at(NOW), at(now)), expected, "{now}");
    }
    // A token cut short by its consent has a threshold of its own.
    assert!(policy.reusable(at(NOW + 100), at(NOW), at(NOW + 89)));
    assert!(!policy.reusable(at(NOW + 100), at(NOW), at(NOW + 90)));
    let never = TokenPolicy::new(Seconds::minutes(5), NonZeroU32::MIN).unwrap();
    assert!(!never.reusable(exp, at(NOW), at(NOW)));
}

#[test]
fn a_lifetime_has_bounds() {
    assert!(TokenPolicy::new(Seconds::ZERO, ten()).is_none());
    assert!(TokenPolicy::new(Seconds::new(1), ten()).is_some());
    assert!(TokenPolicy::new(MAX_LIFETIME, ten()).is_some());
    assert!(TokenPolicy::new(Seconds::new(86_401), ten()).is_none());
}

proptest! {
    #[test]
    fn an_expired_token_is_never_given_again(
        lifetime in 1u32..86_401, parts in 1u32..1000, iat in 0u64..1000, later in 0u64..100_000
    ) {
        let policy = TokenPolicy::new(Seconds::new(lifetime), NonZeroU32::new(parts).unwrap()).unwrap();
        let exp = at(iat).plus(policy.lifetime());
        let now = at(iat + later);
        let threshold = u64::from(lifetime / parts);
        prop_assert_eq!(policy.reusable(exp, at(iat), now), later + threshold < u64::from(lifetime));
    }
}
