//! The whole decision of a source about one request. The first octet says how the rest is carried:
//! as the header, as what the sink signs, or as the token that the operator signs; so the rules
//! behind the signatures are reached as well. What is granted is granted once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mydata::core::resource::Origin;
use mydata::keys::Ring;
use mydata::token::access::{Access, Gate};
use mydata::token::claims::Token;
use mydata::token::proof::DataRequest;
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use mydata_fuzz::{compact, fixture};

fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else {
        return;
    };
    let fixture = fixture();
    let world = &fixture.world;
    let by_sink =
        |payload: &[u8]| ["PoP ", &compact::<DataRequest>(payload, &world.sink.pop)].concat();
    let header = match how % 3 {
        0 => String::from_utf8_lossy(rest).into_owned(),
        1 => by_sink(rest),
        _ => {
            let token = compact::<Token>(rest, &world.token_key);
            let honest = mydata_fuzz::payload(&fixture.authorization);
            let mut proof: serde_json::Value = serde_json::from_slice(&honest).unwrap();
            proof["at"] = token.into();
            by_sink(&serde_json::to_vec(&proof).unwrap())
        }
    };
    let origin = Origin::parse("https://source.example").unwrap();
    let headers = [("Content-Type", "text/plain"), ("b", "1"), ("B", "2")];
    let request = HttpRequest::received(&origin, "/data/a", "GET", b"").unwrap();
    let request = request.with_headers(&headers).unwrap();
    let mut replay = TwoGenerations::without_past(&Window::default(), 10, world.now);
    let mut gate = Gate {
        replay: &mut replay,
        tokens: None,
    };
    let mut ask = || {
        world
            .source
            .service
            .answer(&header, &request, world.now, &Ring, &mut gate)
    };
    if let Access::Granted(grant) = ask() {
        assert_eq!(*grant.consent_id(), fixture.ids.source);
        assert_eq!(grant.dataset().as_str(), "src/a");
        assert!(ask().granted().is_err());
    }
});
