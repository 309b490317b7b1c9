//! A request is good once: by what was signed, never by the signature.

use super::{LATER, answers, good, stated, with_es256};
use crate::base64url;
use crate::exam::task::ServiceAct;
use crate::make::case::{Book, without};
use crate::make::forge::Jws;
use crate::make::keys::{Key, bits};
use crate::make::record;
use crate::make::service::answer::Request;
use serde_json::json;

pub(super) fn book() -> Book {
    let title = "Requests a second time: in another dress, later, after a denial, with a twin";
    let mut book = Book::new("token/replay", title);
    again(&mut book);
    twins(&mut book);
    denied(&mut book);
    book
}

fn nonce(name: &str) -> Request {
    let mut request = good();
    request.proof["nonce"] = json!(bits(name));
    request
}

fn again(book: &mut Book) {
    let requirements = "HR-12 D20 A17 P13";
    let code = "request_replayed";
    let act = || good().act();
    let lower = good().with_header(format!("pop {}", good().proof().compact()));
    let mut bare = good();
    bare.proof = without(&bare.proof, &["nonce"]);
    #[rustfmt::skip]
    let rows = [
        ("scheme-other", "The scheme is written otherwise the second time.", vec![(LATER, act()), (LATER, lower)], code),
        ("last-second", "In the last second in which the request is not too old.", vec![(LATER, act()), (LATER + 60, act())], code),
        ("too-old", "A second later it is too old, and that is told first.", vec![(LATER, act()), (LATER + 61, act())], "proof_too_old"),
        ("third", "A third time.", vec![(LATER, act()), (LATER, nonce("other").act()), (LATER + 1, act())], code),
        ("after-many", "After others have come in between.", vec![(LATER, act()), (LATER, nonce("1").act()), (LATER, nonce("2").act()), (LATER, nonce("3").act()), (LATER + 2, act())], code),
        ("no-nonce", "Without a one-time value two equal requests are one.", vec![(LATER, bare.act()), (LATER, bare.act())], code),
        ("nonce-other", "With another one-time value it is another request.", vec![(LATER, act()), (LATER, nonce("other").act())], ""),
        ("ahead", "Signed five seconds ahead, and again 65 seconds after it came.", vec![(LATER - 5, act()), (LATER + 60, act())], code),
    ];
    for (id, says, acts, code) in rows {
        answers(book, &format!("again-{id}"), requirements, says, acts, code);
    }
}

/// The order of P-256.
const N: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";

/// The same request with the other signature that verifies.
fn twin(proof: &Jws) -> Jws {
    let mut twin = proof.clone();
    let part = twin.signatures.first_mut().unwrap();
    let mut octets = base64url::decode(&part.signature).unwrap();
    let mut borrow = 0_i16;
    for at in (0..32).rev() {
        let digit = i16::from(N[at]) - i16::from(octets[32 + at]) - borrow;
        borrow = i16::from(digit < 0);
        octets[32 + at] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    part.signature = base64url::encode(&octets);
    twin
}

fn twins(book: &mut Book) {
    let act =
        |proof: &Jws| -> ServiceAct { good().with_header(format!("PoP {}", proof.compact())) };
    let key = || Key::es256_of("sink-pop-es256", "sink-pop-1");
    let proof = || {
        let mut request = good();
        request.proof_key = key();
        request.proof()
    };
    let (first, other) = (proof(), twin(&proof()));
    #[rustfmt::skip]
    let rows = [
        ("good", "A request signed with ES256.", vec![&first], ""),
        ("alone", "The twin of its signature is as good.", vec![&other], ""),
        ("second", "The twin of a signature does not make another request.", vec![&first, &other], "request_replayed"),
        ("first", "Nor does the signature of which there was the twin.", vec![&other, &first], "request_replayed"),
        ("same", "The very same.", vec![&first, &first], "request_replayed"),
    ];
    for (id, says, proofs, code) in rows {
        let (mut bench, _) = with_es256();
        bench = bench.at(LATER);
        for proof in proofs {
            bench.does(act(proof));
        }
        let requirements = "HR-12 D20 A17 A21 P13";
        bench.into_brief_case(
            book,
            &format!("twin-{id}"),
            requirements,
            says,
            stated(code),
        );
    }
}

/// What was denied may be tried again by its sink, and by nobody else.
fn denied(book: &mut Book) {
    let mut bench = super::Bench::consented("source").at(LATER);
    let first = bench.first_status();
    let paused = bench.status("status-2", "Disabled", &first, "owner-1");
    bench.does(good().act());
    bench.status("status-3", "Active", &paused, "owner-1");
    bench.does(good().act());
    let says = "Denied for a pause, and repeated by somebody when the pause is over.";
    let code = "request_replayed";
    bench.into_brief_case(
        book,
        "denied-for-a-pause",
        "HR-12 CN-58 A17 P13",
        says,
        stated(code),
    );
    // A captured proof with another request uses nothing up.
    let mut other = good();
    other.target = "/data/b".to_owned();
    let captured = other.with_header(format!("PoP {}", good().proof().compact()));
    let mut bench = super::Bench::consented("source").at(LATER);
    bench.does(captured);
    bench.does(good().act());
    let says =
        "Somebody sends the proof with another request first: the sink's own is good all the same.";
    bench.into_brief_case(
        book,
        "captured-first",
        "HR-12 HR-13 A17 P13 P17",
        says,
        stated(""),
    );
    let mut forged = good();
    forged.proof_key = Key::ed25519_of("impostor", "sink-pop-1");
    let mut bench = super::Bench::consented("source").at(LATER);
    bench.does(forged.act());
    bench.does(good().act());
    let says = "Somebody sends the same request with a forged signature first: nothing is remembered of it.";
    bench.into_brief_case(
        book,
        "forged-first",
        "HR-12 DT-39 A17 P13",
        says,
        stated(""),
    );
    let mut wide = good();
    wide.token["aud"] = json!([record::address("b")]);
    let mut bench = super::Bench::consented("source").at(LATER);
    bench.does(wide.act());
    bench.does(wide.act());
    let says = "Denied for its audience, and sent again: it is a repetition as well.";
    let codes = "request_replayed token_audience";
    bench.into_brief_case(
        book,
        "denied-for-audience",
        "HR-12 DT-42 A17 P13",
        says,
        stated(codes),
    );
}
