//! Private keys whose public half is another's: what is signed with such a pair gives the key away.

use crate::base64url;
use crate::exam::task::{ServiceAct, ServiceStep, ServiceTask};
use crate::exam::{Role, Task, Verdict};
use crate::make::bench::service_task;
use crate::make::case::{About, Book, Stated, altered};
use crate::make::keys::Key;
use crate::make::record::START;
use serde_json::{Value, json};

/// The order of P-256: as a private number it is zero.
const N: &[u8; 32] = b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";

pub(super) fn book() -> Book {
    let title = "Private keys: the two halves belong together, or the key is never used";
    let mut book = Book::new("jose/key-pair", title);
    let (ed, ec) = (
        Key::named("sink-1"),
        Key::es256_of("sink-pop-es256", "sink-pop-1"),
    );
    let (ed, ec) = (ed.private().clone(), ec.private().clone());
    let of = |name: &str, member: &str| Key::named(name).private()[member].clone();
    let number = |octets: &[u8]| json!(base64url::encode(octets));
    #[rustfmt::skip]
    let rows = [
        ("good", "Both keys of the sink are pairs.", "signature", ed.clone(), ""),
        ("ed25519-x-other", "The public half is that of another key.", "signature", altered(&ed, &["x"], of("owner-2", "x")), "private_key_inconsistent"),
        ("ed25519-d-other", "The private half is that of another key.", "signature", altered(&ed, &["d"], of("owner-2", "d")), "private_key_inconsistent"),
        ("ed25519-d-zero", "The private number is zero.", "signature", altered(&ed, &["d"], number(&[0; 32])), "private_key_inconsistent"),
        ("p256-good", "A pair of P-256.", "pop", ec.clone(), ""),
        ("p256-public-other", "The public half is that of another key.", "pop", altered(&altered(&ec, &["x"], of("owner-1", "x")), &["y"], of("owner-1", "y")), "private_key_inconsistent"),
        ("p256-y-other", "One coordinate is that of another key.", "pop", altered(&ec, &["y"], of("owner-1", "y")), "private_key_inconsistent"),
        ("p256-d-other", "The private half is that of another key.", "pop", altered(&ec, &["d"], of("owner-1", "d")), "private_key_inconsistent"),
        ("p256-d-zero", "The private number is zero.", "pop", altered(&ec, &["d"], number(&[0; 32])), "private_key_inconsistent"),
        ("p256-d-order", "The private number is the order of the curve.", "pop", altered(&ec, &["d"], number(N)), "private_key_inconsistent"),
    ];
    for (id, says, place, jwk, code) in rows {
        case(&mut book, id, says, &task(place, jwk), code);
    }
    book
}

/// A sink that does the least that a service can do.
fn task(place: &str, jwk: Value) -> ServiceTask {
    let mut task = service_task("sink");
    match place {
        "signature" => task.keys.signature = jwk,
        _ => task.keys.pop = Some(jwk),
    }
    task.steps.push(ServiceStep {
        at: START,
        act: ServiceAct::DoubtAll {},
    });
    task
}

fn case(book: &mut Book, id: &str, says: &str, task: &ServiceTask, code: &str) {
    let about = About {
        id,
        requirements: "FW-03 A22",
        binds: &[Role::Sink],
        says,
    };
    let (verdict, stated) = match code {
        "" => (
            Verdict::Accepted(json!({ "effects": [] })),
            Stated::Accepted,
        ),
        code => (Verdict::refused(code), Stated::Refused(code)),
    };
    book.session(about, &Task::Service(task.clone()), &[verdict], stated);
}
