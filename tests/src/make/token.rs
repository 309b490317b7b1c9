//! Attacks on tokens and data requests: the rows A and P of `SECURITY.md` that are about more than one
//! envelope. A token by itself is verified, a request is answered by a source in a session.

mod audience;
mod confusion;
mod replay;
mod subject;
mod target;
mod time;

use super::bench::Bench;
use super::case::{Book, Stated, altered};
use super::keys::Key;
use super::record::{self, START};
use super::service::answer::Request;
use crate::exam::task::ServiceAct;
use serde_json::json;

/// Every file of this family.
pub(super) fn books() -> Vec<Book> {
    vec![
        audience::book(),
        target::book(),
        confusion::book(),
        time::book(),
        replay::book(),
        subject::book(),
    ]
}

/// When requests are made and signed: a minute after the beginning.
const LATER: u64 = 60;

/// A good request, signed then.
fn good() -> Request {
    Request::good(START + LATER)
}

fn stated(codes: &str) -> Stated<'_> {
    match codes {
        "" => Stated::Accepted,
        codes => Stated::Refused(codes),
    }
}

/// One request to a source that holds its consent.
fn answer(book: &mut Book, id: &str, requirements: &str, says: &str, act: ServiceAct, codes: &str) {
    answers(book, id, requirements, says, [(LATER, act)], codes);
}

/// Requests one after the other, each at its time; only of the last it is said what comes of it.
fn answers(
    book: &mut Book,
    id: &str,
    requirements: &str,
    says: &str,
    acts: impl IntoIterator<Item = (u64, ServiceAct)>,
    codes: &str,
) {
    let mut bench = Bench::consented("source");
    for (at, act) in acts {
        bench = bench.at(at);
        bench.does(act);
    }
    bench.into_brief_case(book, id, requirements, says, stated(codes));
}

/// Requests one after the other to one source, each with what must come of it: for tables of requests that
/// stand in nobody's way.
fn session<'a>(
    book: &mut Book,
    id: &str,
    requirements: &str,
    says: &str,
    requests: impl IntoIterator<Item = (&'a str, ServiceAct, &'a str)>,
) {
    let mut bench = Bench::consented("source").at(LATER);
    let mut last = "";
    for (name, act, codes) in requests {
        let verdict = bench.does(act);
        let disagreement = stated(codes).disagreement(&format!("{id} {name}"), &verdict);
        assert_eq!(disagreement, None);
        last = codes;
    }
    bench.into_brief_case(book, id, requirements, says, stated(last));
}

/// A source whose sink signs with ES256: its signatures have twins.
fn with_es256() -> (Bench, Key) {
    let key = Key::es256_of("sink-pop-es256", "sink-pop-1");
    let mut bench = Bench::linked("source");
    let consent = altered(
        &record::source_consent(),
        &["role_specific_part", "pop_key"],
        key.jwk(),
    );
    let cr = record::sealed("source_consent", &consent).value();
    bench.good(
        "source_consent",
        &json!({ "cr": cr, "csr": bench.first_status().value() }),
    );
    (bench, key)
}
