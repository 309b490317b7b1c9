//! Times of tokens and requests, all by the clock of the source.

use super::{LATER, answers, good};
use crate::exam::Task;
use crate::exam::task::Bound;
use crate::make::case::{About, Book, SERVICES, altered};
use crate::make::keys::set;
use crate::make::record::{self, START};
use crate::make::service::answer::Request;
use serde_json::{Value, json};

/// The last second of the year 9999.
const LAST: u64 = 253_402_300_799;
const DAY: u64 = 86_400;

pub(super) fn book() -> Book {
    let title = "Times of tokens and requests: whole seconds, in order, by the source's own clock";
    let mut book = Book::new("token/time", title);
    relations(&mut book);
    clocks(&mut book);
    supplied(&mut book);
    book
}

/// `nbf`, `iat` and `exp` of one token.
fn relations(book: &mut Book) {
    let shape = "json_shape";
    #[rustfmt::skip]
    let rows = [
        ("day-whole", "A token may live a day.", START, START, START + DAY, ""),
        ("day-and-second", "A token may not live a day and a second.", START, START, START + DAY + 1, shape),
        ("issued-after-end", "It ends before it was made.", START, START + 61, START + 60, shape),
        ("issued-at-end", "It ends when it is made.", START, START + 60, START + 60, ""),
        ("begins-at-end", "It ends when it begins.", START + 60, START, START + 60, shape),
        ("begins-after-end", "It ends before it begins.", START + 61, START, START + 60, shape),
        ("begins-before-issue", "It begins before it was made.", START - 60, START, START + 60, ""),
        ("begins-in-1970", "It begins in 1970.", 0, START, START + 60, ""),
        ("issued-in-1970", "It was made in 1970 and ends today.", 0, 0, START, shape),
        ("all-zero", "All times are zero.", 0, 0, 0, shape),
        ("first-second", "It lives in the first second of 1970.", 0, 0, 1, ""),
        ("last-seconds", "It ends with the year 9999.", LAST - 1, LAST - 60, LAST, ""),
        ("last-second-too-long", "It ends with the year 9999, and was made today.", START, START, LAST, shape),
        ("year-10000", "It ends in the year 10000.", LAST, LAST, LAST + 1, shape),
        ("largest", "It ends with the last second of 64 bits.", START, START, u64::MAX, shape),
        ("all-largest", "All times are the last of 64 bits.", u64::MAX, u64::MAX, u64::MAX, shape),
    ];
    for (id, says, nbf, iat, exp, code) in rows {
        let payload = altered(&record::token(), &["nbf"], json!(nbf));
        let payload = altered(&payload, &["iat"], json!(iat));
        let payload = altered(&payload, &["exp"], json!(exp));
        let task = Task::Verify {
            record: "token".to_owned(),
            envelope: record::sealed("token", &payload).compact(),
            keys: Bound {
                operator: Some(set(&["operator-tokens-1"])),
                ..Bound::default()
            },
        };
        let about = About {
            id: &format!("relation-{id}"),
            requirements: "DT-50 DT-51 DT-52 FW-04 A18",
            binds: SERVICES,
            says,
        };
        book.task(about, &task, super::stated(code));
    }
}

fn claims(times: &[(&str, u64)]) -> Value {
    times.iter().fold(record::token(), |token, (name, at)| {
        altered(&token, &[name], json!(at))
    })
}

/// Tokens and requests at the edges of their time, and far from them.
fn clocks(book: &mut Book) {
    #[rustfmt::skip]
    let tokens = [
        ("over-600", "The token ended ten minutes ago.", claims(&[]), 4200, "token_expired"),
        ("over-one", "The token ended a second ago.", claims(&[]), 3601, "token_expired"),
        ("nbf-hour", "The token begins in an hour.", claims(&[("nbf", START + 3599)]), LATER, "token_not_yet_valid"),
        ("iat-hour", "The token was made in an hour.", claims(&[("iat", START + 3599)]), LATER, "token_not_yet_valid"),
        ("iat-six-ahead", "The token was made six seconds from now.", claims(&[("iat", START + LATER + 6)]), LATER, "token_not_yet_valid"),
        ("iat-five-ahead", "The token was made five seconds from now: clocks differ.", claims(&[("iat", START + LATER + 5), ("nbf", START + LATER + 5)]), LATER, ""),
        ("year-9999", "The token is one of the year 9999.", claims(&[("nbf", LAST - 60), ("iat", LAST - 60), ("exp", LAST)]), LATER, "token_not_yet_valid"),
        ("of-1970", "The token is one of 1970.", claims(&[("nbf", 0), ("iat", 0), ("exp", 60)]), LATER, "token_expired"),
    ];
    for (id, says, token, at, code) in tokens {
        let mut request = Request::good(START + at);
        request.token = token;
        let id = format!("token-{id}");
        answers(
            book,
            &id,
            "DT-38 DT-50 DT-51 A18 P14",
            says,
            [(at, request.act())],
            code,
        );
    }
    #[rustfmt::skip]
    let requests = [
        ("zero", "The request was signed in 1970.", 0, "proof_too_old"),
        ("hour", "The request was signed an hour before.", START + LATER - 3600, "proof_too_old"),
        ("hour-ahead", "The request will be signed in an hour.", START + LATER + 3600, "proof_in_future"),
        ("last", "The request will be signed in the year 9999.", LAST, "proof_in_future"),
    ];
    for (id, says, ts, code) in requests {
        let request = Request::good(ts);
        let id = format!("request-{id}");
        answers(
            book,
            &id,
            "DT-33 HR-12 A18 P14",
            says,
            [(LATER, request.act())],
            code,
        );
    }
}

/// A time that the requester supplies is not the time.
fn supplied(book: &mut Book) {
    let mut request = Request::good(START + 3700);
    for member in ["now", "date", "iat", "exp", "nbf", "time", "created"] {
        request.proof[member] = json!(START + 60);
    }
    let says = "The request says in seven ways what time it is: the token is over all the same.";
    answers(
        book,
        "supplied",
        "DT-38 P14",
        says,
        [(3700, request.act())],
        "token_expired",
    );
    let mut request = good();
    request.proof["exp"] = json!(START);
    let says = "The request says that it is over: that is for the source to know.";
    answers(
        book,
        "supplied-over",
        "HR-13 P14",
        says,
        [(LATER, request.act())],
        "",
    );
}
