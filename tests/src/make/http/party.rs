//! Signed requests between an operator and a service: each check, and which of two comes first.

use super::stated;
use crate::exam::ours::Receiver;
use crate::exam::task::{KeyOfSender, KnownSender, PartyAct, PartyStep, PartyTask};
use crate::exam::{Role, Task};
use crate::make::case::{About, Book, SERVICES, without};
use crate::make::forge::{Jws, flipped};
use crate::make::keys::{Key, bits};
use crate::make::record::{self, OPERATOR, START};
use crate::make::service::answer::hash;
use serde_json::{Value, json};

/// A request in parts, each of which can be wrong.
#[derive(Clone)]
struct Request {
    payload: Value,
    kid: &'static str,
    method: &'static str,
    target: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: Option<&'static str>,
}

const MEDIA: (&str, &str) = ("content-type", "application/json");

/// What is signed of headers.
fn lines(headers: &[(&str, &str)]) -> Value {
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let lines: Vec<String> = headers.iter().map(|(n, v)| format!("{n}: {v}")).collect();
    json!([names, hash(&lines.join("\n"))])
}

/// A good one of the sink's, signed when it comes.
fn good() -> Request {
    Request {
        payload: json!({
            "iss": "sink", "role": "service", "ts": START, "m": "POST", "u": OPERATOR, "p": "/link",
            "q": [["round", "x"], hash("round=1&x=2")], "h": lines(&[MEDIA]), "b": hash("{}"),
            "nonce": bits("nonce"),
        }),
        kid: "sink-1",
        method: "POST",
        target: "/link?round=1&x=2",
        headers: vec![MEDIA],
        body: Some("{}"),
    }
}

/// A good one of the operator's.
fn of_operator() -> Request {
    let mut request = good();
    request.payload["iss"] = json!(OPERATOR);
    request.payload["role"] = json!("operator");
    request.payload["u"] = json!("sink.example");
    request.kid = "operator-status-1";
    request
}

impl Request {
    /// With another member of the payload; `null` takes it away.
    fn saying(mut self, name: &str, value: Value) -> Self {
        self.payload = match value.is_null() {
            true => without(&self.payload, &[name]),
            false => {
                self.payload[name] = value;
                self.payload
            }
        };
        self
    }

    fn signed(&self) -> Jws {
        Jws::of(&self.payload, "mydata-party+pop", &[&Key::named(self.kid)])
    }

    /// With these values of the header `Authorization`.
    fn carrying(&self, values: &[String]) -> PartyAct {
        let headers = self.headers.iter().copied();
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let values = values
            .iter()
            .map(|v| ("Authorization".to_owned(), v.clone()));
        PartyAct::Authenticate {
            method: self.method.to_owned(),
            target: self.target.to_owned(),
            headers: headers.chain(values).collect(),
            body: self
                .body
                .map(|body| crate::base64url::encode(body.as_bytes())),
        }
    }

    fn act(&self) -> PartyAct {
        self.carrying(&[format!("PoP {}", self.signed().compact())])
    }
}

/// The operator, or the sink, as it begins.
fn receiver(of: &Request) -> PartyTask {
    let is_service = of.payload["role"] != "operator";
    let known = |role: &str, id: &str, kid: &str| KnownSender {
        role: role.to_owned(),
        id: id.to_owned(),
        keys: vec![KeyOfSender {
            key: Key::named(kid).jwk(),
            from: None,
            retired_at: None,
        }],
    };
    let (origin, senders) = match is_service {
        true => {
            let services = vec![
                known("service", "sink", "sink-1"),
                known("service", "source", "source-1"),
            ];
            (OPERATOR, services)
        }
        false => (
            "sink.example",
            vec![known("operator", OPERATOR, "operator-status-1")],
        ),
    };
    PartyTask {
        origin: format!("https://{origin}"),
        senders,
        started: None,
        room: None,
        steps: Vec::new(),
    }
}

/// Requests one after the other, each so long after the beginning; only of the last it is said what comes of it.
fn judged(
    book: &mut Book,
    (id, requirements, says): (&str, &str, &str),
    mut task: PartyTask,
    acts: impl IntoIterator<Item = (u64, PartyAct)>,
    codes: &str,
) {
    let step = |(at, act)| PartyStep {
        at: START + at,
        act,
    };
    task.steps = acts.into_iter().map(step).collect();
    let mut party = Receiver::new(&task).unwrap();
    let verdicts: Vec<_> = task.steps.iter().map(|step| party.step(step)).collect();
    let is_operator = task.origin.ends_with(OPERATOR);
    let about = About {
        id,
        requirements,
        binds: if is_operator {
            &[Role::Operator]
        } else {
            SERVICES
        },
        says,
    };
    book.brief_session(about, &Task::Party(task), &verdicts, stated(codes));
}

/// One request to whom it is for.
fn one(book: &mut Book, about: (&str, &str, &str), request: &Request, codes: &str) {
    let acts = [(0, request.act())];
    judged(book, about, receiver(request), acts, codes);
}

pub(super) fn book() -> Book {
    let title = "Signed requests between an operator and a service: who has sent this, and only this, and once";
    let mut book = Book::new("http/party", title);
    accepted(&mut book);
    carried(&mut book);
    envelopes(&mut book);
    senders(&mut book);
    said(&mut book);
    order(&mut book);
    memory(&mut book);
    book
}

fn accepted(book: &mut Book) {
    let plain = Request {
        target: "/link",
        headers: Vec::new(),
        body: None,
        method: "GET",
        ..good()
    };
    let plain = ["q", "h", "b"]
        .into_iter()
        .fold(plain, |r, name| r.saying(name, Value::Null));
    let plain = plain.saying("m", json!("GET"));
    let both = [MEDIA, ("idempotency-key", "k-1")];
    let keyed = Request {
        headers: vec![
            ("Idempotency-Key", "k-1"),
            ("Accept", "*/*"),
            ("Content-Type", "application/json"),
        ],
        ..good()
    };
    #[rustfmt::skip]
    let rows = [
        ("service", "A service to its operator.", good()),
        ("operator", "An operator to a service.", of_operator()),
        ("plain", "Nothing but a method and a path.", plain.clone()),
        ("es256", "A sender whose key is for ES256.", Request { kid: "source-1", ..good().saying("iss", json!("source")) }),
        ("query-turned", "The names of the query stand in another order, and so does what is hashed.", good().saying("q", json!([["x", "round"], hash("x=2&round=1")]))),
        ("port-named", "The authority is written with the port that it has.", good().saying("u", json!("operator.example:443"))),
        ("hash-hexadecimal", "A digest in hexadecimal digits.", good().saying("b", json!("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"))),
        ("empty-body-hashed", "The hash of no body.", plain.saying("b", json!(hash("")))),
        ("members-more", "Members that are not known mean nothing.", good().saying("at", json!("a.b.c")).saying("role_of", json!(1))),
        ("headers", "Both headers that must be signed are; another is not.", keyed.saying("h", lines(&both))),
        ("oldest", "Signed sixty seconds ago.", good().saying("ts", json!(START - 60))),
        ("newest", "Signed five seconds ahead.", good().saying("ts", json!(START + 5))),
    ];
    for (id, says, request) in rows {
        one(book, (id, "HR-01 HR-12 HR-13 D78", says), &request, "");
    }
    let scheme = good().carrying(&[format!("pop {}", good().signed().compact())]);
    let about = ("scheme-lower", "HR-10 D78", "The scheme in small letters.");
    judged(book, about, receiver(&good()), [(0, scheme)], "");
}

/// What stands in the header.
fn carried(book: &mut Book) {
    let compact = good().signed().compact();
    let pop = format!("PoP {compact}");
    let large = format!("PoP {}", "a".repeat(8193));
    let dotted = format!("PoP {}", "=".repeat(8193));
    #[rustfmt::skip]
    let rows = [
        ("header-none", "There is no header.", vec![], "proof_header"),
        ("header-twice", "There are two, and each alone would do.", vec![pop.clone(), pop.clone()], "proof_header"),
        ("header-twice-other", "The second has another scheme.", vec![pop.clone(), "Bearer abc".to_owned()], "proof_header"),
        ("scheme-bearer", "Another scheme.", vec![format!("Bearer {compact}")], "proof_scheme"),
        ("scheme-dpop", "DPoP is for data requests.", vec![format!("DPoP {compact}")], "proof_scheme"),
        ("scheme-none", "No scheme.", vec![compact.clone()], "proof_scheme"),
        ("scheme-alone", "Nothing but the scheme.", vec!["PoP".to_owned()], "proof_header"),
        ("space-twice", "Two spaces.", vec![format!("PoP  {compact}")], "proof_header"),
        ("padded", "A character that no compact form has.", vec![format!("{pop}=")], "proof_header"),
        ("too-large", "More than 8192 characters.", vec![large], "proof_too_large"),
        ("too-large-and-odd", "Too large, and of characters that no compact form has: the length is asked first.", vec![dotted], "proof_too_large"),
        ("scheme-and-odd", "Another scheme, and no compact form: the scheme is asked first.", vec!["Basic a=".to_owned()], "proof_scheme"),
    ];
    for (id, says, values, codes) in rows {
        let acts = [(0, good().carrying(&values))];
        let about = (id, "HR-10 D78", says);
        judged(book, about, receiver(&good()), acts, codes);
    }
}

/// Envelopes that are no such request, and signatures that are none.
fn envelopes(book: &mut Book) {
    let payload = good().payload;
    let key = Key::named("sink-1");
    let by = |typ: &str, kid: &str| Jws::of(&payload, typ, &[&Key::named(kid)]);
    let header = |alter: fn(&mut Value)| good().signed().with_header(&Key::named("sink-1"), alter);
    let mut wrong = good().signed();
    let part = wrong.signatures.first_mut().unwrap();
    part.signature = flipped(&part.signature);
    let impostor = Jws::of(
        &payload,
        "mydata-party+pop",
        &[&Key::ed25519_of("impostor", "sink-1")],
    );
    let missing = |name: &str| good().saying(name, Value::Null).signed();
    let octets = |octets: &[u8]| Jws::of_octets(octets, "mydata-party+pop", &[&key]);
    let data = record::data_request("a.b.c", START);
    #[rustfmt::skip]
    let rows = [
        ("data-request", "A signed data request is none.", Jws::of(&data, "pop", &[&key]), "jws_typ_mismatch"),
        ("typ-pop", "The claims of one, under the type of a data request.", by("pop", "sink-1"), "jws_typ_mismatch"),
        ("alg-none", "No algorithm.", header(|h| h["alg"] = json!("none")), "jws_alg_unsupported"),
        ("alg-other", "The algorithm of another key.", header(|h| h["alg"] = json!("ES256")), "jws_alg_mismatch"),
        ("kid-none", "No key is named.", header(|h| drop(h.as_object_mut().unwrap().remove("kid"))), "jws_kid_missing"),
        ("key-brought", "A key in the header.", header(|h| h["jwk"] = Key::named("sink-1").jwk()), "jws_key_in_header"),
        ("signature", "One bit of the signature is another.", wrong, "jws_signature_invalid"),
        ("impostor", "A stranger's key under the id of the sender's.", impostor, "jws_signature_invalid"),
        ("key-of-pop", "The sink's key for data requests is none for this.", by("mydata-party+pop", "sink-pop-1"), "jws_kid_unknown"),
        ("key-of-other", "Another service's key, which is known here too.", by("mydata-party+pop", "source-1"), "jws_kid_unknown"),
        ("iss-missing", "Nobody says that they send it.", missing("iss"), "json_missing_member"),
        ("role-missing", "No role.", missing("role"), "json_missing_member"),
        ("ts-missing", "No time.", missing("ts"), "json_missing_member"),
        ("m-missing", "No method.", missing("m"), "json_missing_member"),
        ("u-missing", "No authority.", missing("u"), "json_missing_member"),
        ("p-missing", "No path.", missing("p"), "json_missing_member"),
        ("nonce-missing", "No fresh id.", missing("nonce"), "json_missing_member"),
        ("role-other", "A role that nobody has.", good().saying("role", json!("sink")).signed(), "json_shape"),
        ("iss-no-id", "A sender that is no id.", good().saying("iss", json!("a b")).signed(), "json_shape"),
        ("q-null", "A query that is null is not absent.", octets(good().saying("q", json!(0)).payload.to_string().replace("\"q\":0", "\"q\":null").as_bytes()), "json_shape"),
        ("not-object", "A payload that is no object.", octets(b"[1]"), "json_array_for_object"),
        ("twice", "A member twice.", octets(br#"{"iss":"sink","iss":"sink"}"#), "json_duplicate_member"),
    ];
    for (id, says, jws, code) in rows {
        let act = good().carrying(&[format!("PoP {}", jws.compact())]);
        let codes = format!("proof_not_verified {code}");
        let about = (id, "HR-01 HR-11 D78", says);
        judged(book, about, receiver(&good()), [(0, act)], &codes);
    }
}

/// Who is known, in which role, with which keys.
fn senders(book: &mut Book) {
    let as_operator = |r: Request| r.saying("role", json!("operator"));
    #[rustfmt::skip]
    let rows = [
        ("sender-unknown", "A service that nobody knows.", good().saying("iss", json!("stranger")), "access_sender_unknown"),
        ("role-not-its", "A service as an operator: no operator is called that.", as_operator(good()), "access_sender_unknown"),
    ];
    for (id, says, request, codes) in rows {
        let acts = [(0, request.act())];
        judged(
            book,
            (id, "HR-11 D78", says),
            receiver(&good()),
            acts,
            codes,
        );
    }
    // One name for an operator and a service: the role says whose keys are asked for.
    let mut task = receiver(&good());
    let mut named = task.senders.first().unwrap().clone();
    named.role = "operator".to_owned();
    named.keys.first_mut().unwrap().key = Key::named("operator-status-1").jwk();
    task.senders.push(named);
    let says = "An operator is called as the service is; the service signs as the operator.";
    let act = as_operator(good()).act();
    let codes = "jws_kid_unknown proof_not_verified";
    judged(
        book,
        ("role-of-other", "HR-11 D78", says),
        task,
        [(0, act)],
        codes,
    );
    let says = "Nobody of that name, and the signature is a stranger's: the name is asked first.";
    let request = Request {
        kid: "sink-pop-1",
        ..good().saying("iss", json!("stranger"))
    };
    let about = ("sender-unknown-and-key", "HR-11 D78", says);
    judged(
        book,
        about,
        receiver(&good()),
        [(0, request.act())],
        "access_sender_unknown",
    );
    let late = "proof_not_verified jws_key_not_in_force";
    #[rustfmt::skip]
    let lives = [
        ("key-begun", "Signed in the first second of the key's life.", Some(START), None, ""),
        ("key-not-begun", "Signed a second before the key's life begins.", Some(START + 1), None, late),
        ("key-just-retired", "Signed in the last second of the key's life, and it came later.", None, Some(START + 1), ""),
        ("key-retired", "Signed when the key was retired.", None, Some(START), late),
    ];
    for (id, says, from, retired_at, codes) in lives {
        let mut task = receiver(&good());
        let key = task.senders.first_mut().unwrap().keys.first_mut().unwrap();
        (key.from, key.retired_at) = (from, retired_at);
        let acts = [(2, good().act())];
        judged(book, (id, "HR-11 D66 D78", says), task, acts, codes);
    }
}

/// What is said of the request, in the order of the checks.
fn said(book: &mut Book) {
    let key = ("idempotency-key", "k-1");
    let with = |headers: &[(&'static str, &'static str)], h: Value| {
        let headers = headers.to_vec();
        Request { headers, ..good() }.saying("h", h)
    };
    let path = good().saying("q", Value::Null);
    let bare = Request {
        target: "/link",
        ..good()
    };
    #[rustfmt::skip]
    let rows = [
        ("too-old", "HR-12", "Signed sixty-one seconds ago.", good().saying("ts", json!(START - 61)), "proof_too_old"),
        ("in-future", "HR-12", "Signed six seconds ahead.", good().saying("ts", json!(START + 6)), "proof_in_future"),
        ("method", "HR-04", "Another method.", Request { method: "PUT", ..good() }, "proof_method_mismatch"),
        ("host", "HR-05", "Signed for another operator.", good().saying("u", json!("other.example")), "proof_host_mismatch"),
        ("host-port", "HR-05", "Another port.", good().saying("u", json!("operator.example:8443")), "proof_host_mismatch"),
        ("path", "HR-06", "Another path.", Request { target: "/verify?round=1&x=2", ..good() }, "proof_path_mismatch"),
        ("query-missing", "HR-07 HR-14", "The query is not signed.", path, "proof_query_missing"),
        ("query-unexpected", "HR-07", "There is no query.", bare.clone(), "proof_query_unexpected"),
        ("query-less", "HR-07", "A parameter has gone.", Request { target: "/link?round=1", ..good() }, "proof_query_not_covered"),
        ("query-more", "HR-07", "A parameter has come.", Request { target: "/link?round=1&x=2&y=3", ..good() }, "proof_query_not_covered"),
        ("query-other", "HR-07", "A value is another.", Request { target: "/link?round=1&x=3", ..good() }, "proof_query_mismatch"),
        ("header-gone", "HR-08", "A header that was signed has gone.", with(&[], lines(&[MEDIA])), "proof_header_unknown"),
        ("media-unsigned", "HR-14", "The type of the body is not signed.", with(&[MEDIA], Value::Null), "proof_header_not_covered"),
        ("key-unsigned", "HR-14", "The key of the request is not signed.", with(&[MEDIA, key], lines(&[MEDIA])), "proof_header_not_covered"),
        ("header-again", "HR-08", "A second one of a header that was signed.", with(&[MEDIA, MEDIA], lines(&[MEDIA])), "proof_header_not_covered"),
        ("header-other", "HR-08", "A header has another value.", with(&[("content-type", "text/plain")], lines(&[MEDIA])), "proof_headers_mismatch"),
        ("body-missing", "HR-09 HR-14", "The body is not signed.", good().saying("b", Value::Null), "proof_body_missing"),
        ("body-other", "HR-09", "Another body.", Request { body: Some("{ }"), ..good() }, "proof_body_mismatch"),
        ("body-gone", "HR-09", "The body has gone.", Request { body: None, ..good() }, "proof_body_mismatch"),
    ];
    for (id, requirements, says, request, codes) in rows {
        let requirements = format!("{requirements} D78");
        one(book, (id, &requirements, says), &request, codes);
    }
    #[rustfmt::skip]
    let requests = [
        ("target-absolute", "An absolute target.", Request { target: "https://operator.example/link", ..good() }, "request_target_form"),
        ("target-dots", "A way up.", Request { target: "/a/../link", ..good() }, "url_not_canonical"),
        ("target-fragment", "A fragment.", Request { target: "/link#a", ..good() }, "request_fragment"),
        ("target-query", "A query of nothing.", Request { target: "/link?", ..good() }, "request_query"),
        ("method-lower", "A method in small letters.", Request { method: "post", ..good() }, "request_method"),
        ("headers-odd", "A header of two lines.", Request { headers: vec![("content-type", "a\nb")], ..good() }, "request_headers"),
    ];
    for (id, says, request, codes) in requests {
        one(book, (id, "HR-06 D16 D78", says), &request, codes);
    }
}

/// Of two faults the one that is asked first is told.
fn order(book: &mut Book) {
    let old = |r: Request| r.saying("ts", json!(START - 61));
    let with_headers = |r: Request| Request {
        headers: Vec::new(),
        ..r
    };
    let forged = Request {
        kid: "sink-pop-1",
        ..old(good())
    };
    #[rustfmt::skip]
    let rows = [
        ("key-and-time", "A key that is not the sender's, and too old.", forged, "jws_kid_unknown proof_not_verified"),
        ("time-and-method", "Too old, and another method.", Request { method: "PUT", ..old(good()) }, "proof_too_old"),
        ("method-and-host", "Another method, and another authority.", Request { method: "PUT", ..good().saying("u", json!("a.example")) }, "proof_method_mismatch"),
        ("host-and-path", "Another authority, and another path.", Request { target: "/a?round=1&x=2", ..good().saying("u", json!("a.example")) }, "proof_host_mismatch"),
        ("path-and-query", "Another path, and no query.", Request { target: "/a", ..good() }, "proof_path_mismatch"),
        ("query-and-headers", "No query, and no headers.", with_headers(Request { target: "/link", ..good() }), "proof_query_unexpected"),
        ("headers-and-body", "No headers, and another body.", Request { body: Some("[]"), ..with_headers(good()) }, "proof_header_unknown"),
        ("header-gone-and-more", "One header that was signed has gone, and one that must be is not.", Request { headers: vec![("idempotency-key", "k")], ..good() }, "proof_header_unknown"),
    ];
    for (id, says, request, codes) in rows {
        let id = format!("first-{id}");
        one(book, (&id, "HR-13 D78", says), &request, codes);
    }
}

/// A request is good once.
fn memory(book: &mut Book) {
    let other = || good().saying("nonce", json!(bits("other")));
    let act = || good().act();
    let later = |r: Request, seconds: u64| r.saying("ts", json!(START + seconds)).act();
    let twice = "request_replayed";
    let scheme = good().carrying(&[format!("POP {}", good().signed().compact())]);
    let mut stray = good();
    stray.target = "/verify?round=1&x=2";
    let stray = stray.act();
    #[rustfmt::skip]
    let rows = [
        ("again", "The same request again.", vec![(0, act()), (1, act())], twice),
        ("again-last", "Again in the last second of its time.", vec![(0, act()), (60, act())], twice),
        ("again-too-old", "A second later it is too old, and that is told first.", vec![(0, act()), (61, act())], "proof_too_old"),
        ("again-dressed", "The scheme is written otherwise the second time.", vec![(0, act()), (0, scheme)], twice),
        ("again-nonce", "With another fresh id it is another request.", vec![(0, act()), (0, other().act())], ""),
    ];
    for (id, says, acts, codes) in rows {
        judged(
            book,
            (id, "HR-12 D78", says),
            receiver(&good()),
            acts,
            codes,
        );
    }
    // A refusal before the memory uses nothing up: the request is refused, and then the same proof is good.
    let says = "What was refused for another reason has not used it up.";
    let task = receiver(&good());
    let acts = [(0, stray), (0, act())];
    judged(book, ("after-refusal", "HR-12 D78", says), task, acts, "");
    let full = PartyTask {
        room: Some(1),
        ..receiver(&good())
    };
    #[rustfmt::skip]
    let rows = [
        ("full", "There is no room for another one.", vec![(0, act()), (1, other().act())], "replay_guard_full"),
        ("full-again", "No room; but it is known that this one came before.", vec![(0, act()), (1, act())], twice),
    ];
    for (id, says, acts, codes) in rows {
        judged(book, (id, "HR-12 D78", says), full.clone(), acts, codes);
    }
    let started = PartyTask {
        started: Some(START),
        ..receiver(&good())
    };
    #[rustfmt::skip]
    let rows = [
        ("started", "Signed before the memory begins, five seconds after the start.", vec![(5, later(good(), 5))], "replay_guard_memory"),
        ("started-after", "A second later it is remembered.", vec![(6, later(good(), 6))], ""),
    ];
    for (id, says, acts, codes) in rows {
        judged(book, (id, "HR-12 D78", says), started.clone(), acts, codes);
    }
}
