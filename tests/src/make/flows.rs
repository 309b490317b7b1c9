//! Whole flows of the framework, each message as it travels, and each party's side of it.

use super::case::Book;
use super::stage::{Stage, care, choice, owner, service};
use crate::exam::Verdict;
use crate::exam::task::{OperatorAct, ServiceAct};
use serde_json::{Value, json};

/// Every flow.
pub(super) fn books() -> Vec<Book> {
    vec![
        linking(),
        linking_by_service(),
        unlinking(),
        unlinking_by_service(),
        copies(),
        single(),
        pair(),
        status(),
        token(),
        data(),
        data_by_dpop(),
        introspection(),
        notifications(),
        objection(),
        objection_rejected(),
    ]
}

/// The transcript, and a case for each party that took part.
fn written(name: &str, title: &str, stage: &Stage, [operator, source, sink]: [&str; 3]) -> Book {
    let mut book = Book::new(&format!("flows/{name}"), title);
    book.transcript(stage.legs());
    stage.operator_flow(
        &mut book,
        "operator",
        operator,
        "The operator's side of the flow.",
    );
    for (party, requirements) in [("source", source), ("sink", sink)] {
        if stage.took_part(party) {
            let says = "The service's side of the flow.";
            stage.service_case(&mut book, party, party, requirements, says);
        }
    }
    book
}

const LINKED: [&str; 3] = [
    "SL-04 SL-13 SL-15 SL-16 SL-18 SL-19 SL-20 SL-21 SL-22 SL-39 SL-50 SL-54 FW-55",
    "SL-01 SL-11 SL-12 SL-17 SL-19 SL-48 FW-22 FW-57",
    "SL-01 SL-11 SL-12 SL-16 SL-17 SL-19 SL-48 FW-22 FW-57",
];

fn linking() -> Book {
    let mut stage = Stage::new();
    stage.link("source");
    stage.wait(60);
    stage.link("sink");
    let title = "5.1 Linking, begun at the operator: a source, then a sink";
    written("linking-by-operator", title, &stage, LINKED)
}

fn linking_by_service() -> Book {
    let mut stage = Stage::new();
    for name in ["source", "sink"] {
        let code = stage.countersigned(name, true);
        stage.complete(&code);
    }
    let title = "5.2 Linking, begun at the service, which brings its surrogate";
    written("linking-by-service", title, &stage, LINKED)
}

const UNLINKED: [&str; 3] = [
    "SL-22 SL-23 SL-24 SL-25 SL-26 SL-27 CN-21 CN-23 CN-60 CN-62 CN-52",
    "SL-01 SL-24 CN-53 CN-63 CN-64",
    "SL-01 SL-24 SL-30 CN-51",
];

fn unlinking() -> Book {
    let (mut stage, _) = Stage::consented();
    stage.wait(3600);
    let link = stage.link_id("sink");
    let removal = stage.signed_removal(&link);
    stage.does(owner(), removal);
    let title = "5.3 Unlinking by the owner, with a consent in force";
    written("unlinking-by-owner", title, &stage, UNLINKED)
}

fn unlinking_by_service() -> Book {
    let (mut stage, _) = Stage::consented();
    stage.wait(3600);
    let link_id = stage.link_id("sink");
    let asked = done(stage.service("sink", ServiceAct::AskRemoval { link_id }));
    stage.answer("sink", &asked["sends"][0]);
    let title = "5.3 Unlinking by a service: it asks, and the operator signs";
    written("unlinking-by-service", title, &stage, UNLINKED)
}

/// What was accepted.
fn done(verdict: Verdict) -> Value {
    match verdict {
        Verdict::Accepted(done) => done,
        Verdict::Refused(refused) => panic!("{refused:?}"),
    }
}

/// A service asks the operator, who answers: the answer.
fn asked(stage: &mut Stage, name: &str, kind: &str, message: &Value) -> Value {
    let message = message.to_string();
    stage.between(name, "operator", kind, message.clone());
    let ask = OperatorAct::Ask {
        kind: kind.to_owned(),
        message,
    };
    let reply = done(stage.asks(service(name), ask))["reply"].clone();
    stage.between(
        "operator",
        name,
        &format!("{kind} answered"),
        reply.to_string(),
    );
    reply
}

fn copies() -> Book {
    let (mut stage, pair) = Stage::consented();
    stage.change(&pair.sink, "disable");
    for name in ["source", "sink"] {
        let request = json!({ "surrogate_id": stage.surrogate(name) });
        asked(&mut stage, name, "link_copy", &request);
        asked(&mut stage, name, "link_status_copy", &request);
        let copies = asked(&mut stage, name, "consent_copies", &request);
        let restore = ServiceAct::Restore {
            from: super::record::OPERATOR.to_owned(),
            message: copies[0].to_string(),
        };
        done(stage.service(name, restore));
    }
    let title = "5.4 Copies of records for a service that asks";
    let requirements = [
        "SL-33 SL-34 SL-35 SL-36 SL-37 SL-38 CN-96",
        "SL-33 SL-36 CN-96",
        "SL-33 SL-36 CN-96",
    ];
    written("record-copies", title, &stage, requirements)
}

fn single() -> Book {
    let mut stage = Stage::new();
    stage.link("sink");
    stage.show();
    let mut drafts = stage.drafts(OperatorAct::DraftSingle {
        service: "sink".to_owned(),
        choice: choice("own", &["own"]),
    });
    let status = super::stage::by_owner("consent_status", &drafts.remove(1)).text();
    let record = super::stage::by_owner("single_consent", &drafts.remove(0)).text();
    stage.does(
        owner(),
        OperatorAct::GiveSingle {
            service: "sink".to_owned(),
            record,
            status,
        },
    );
    let title = "5.5 Consent to processing inside one service";
    let sink = "CN-01 CN-31 CN-36 CN-47 CN-97";
    written(
        "consent-single",
        title,
        &stage,
        ["CN-04 CN-45 CN-68 CN-72", sink, sink],
    )
}

fn pair() -> Book {
    let mut stage = Stage::linked();
    stage.give(&care());
    let title = "5.6 Consent for data from a source to a sink";
    let service = "CN-01 CN-03 CN-31 CN-36 CN-47 CN-48 CN-97";
    let operator = "CN-05 CN-06 CN-43 CN-44 CN-45 CN-72 CN-80 CN-84 CN-85";
    written("consent-pair", title, &stage, [operator, service, service])
}

fn status() -> Book {
    let (mut stage, pair) = Stage::consented();
    for change in ["disable", "reactivate", "withdraw"] {
        stage.wait(600);
        stage.change(&pair.sink, change);
    }
    let title = "5.7 A consent is paused, resumed and withdrawn";
    let requirements = [
        "CN-20 CN-21 CN-25 CN-40 CN-50 CN-52 CN-55 CN-57 CN-90 CN-94",
        "CN-26 CN-27 CN-28 CN-53 CN-56 CN-58",
        "CN-26 CN-27 CN-28 CN-51 CN-56",
    ];
    written("status-change", title, &stage, requirements)
}

fn token() -> Book {
    let (mut stage, pair) = Stage::consented();
    stage.token(&pair.sink);
    stage.wait(280);
    stage.token(&pair.sink);
    let title = "5.8 A sink asks for a token, and again when it is about to end";
    let requirements = [
        "DT-10 DT-11 DT-15 DT-17 DT-18 DT-20 DT-55 DT-56",
        "CN-31",
        "DT-13 DT-14 DT-17 CN-46",
    ];
    written("token", title, &stage, requirements)
}

fn data() -> Book {
    let title = "5.9 A sink fetches two datasets with one token";
    fetched("data-request", title, None)
}

fn data_by_dpop() -> Book {
    let title = "5.9 The same by DPoP, which the sink has chosen when it was linked";
    fetched("data-request-dpop", title, Some("DPoP"))
}

fn fetched(name: &str, title: &str, proof: Option<&'static str>) -> Book {
    let mut stage = Stage::new();
    stage.proof = proof;
    for service in ["source", "sink"] {
        stage.link(service);
    }
    stage.show();
    let pair = stage.give(&care());
    let token = stage.token(&pair.sink);
    for path in ["a", "b"] {
        stage.wait(10);
        let prepared = stage.service(
            "sink",
            ServiceAct::PrepareRequest {
                cr_id: pair.sink.clone(),
                purpose: "care".to_owned(),
                dataset: format!("src/{path}"),
                method: None,
                query: None,
                body: None,
                token: token.clone(),
                nonce: None,
            },
        );
        let prepared = done(prepared);
        let authorization = prepared["authorization"].as_str().unwrap().to_owned();
        stage.between("sink", "source", "authorization", authorization.clone());
        let proof = prepared["dpop"].as_str().map(ToOwned::to_owned);
        if let Some(proof) = &proof {
            stage.between("sink", "source", "dpop", proof.clone());
        }
        let answer = stage.service(
            "source",
            ServiceAct::Answer {
                origin: "https://source.example".to_owned(),
                method: "GET".to_owned(),
                target: format!("/data/{path}"),
                body: None,
                authorization,
                headers: proof
                    .map(|proof| ("DPoP".to_owned(), proof))
                    .into_iter()
                    .collect(),
                nonces: Vec::new(),
            },
        );
        done(answer);
    }
    let requirements = [
        "DT-10 DT-18 DT-55",
        "DT-01 DT-06 DT-07 DT-08 DT-24 DT-25 DT-35 DT-42 DT-45",
        "DT-01 DT-02 DT-03 DT-04 DT-05 DT-21 DT-22 DT-31 DT-32 DT-33",
    ];
    written(name, title, &stage, requirements)
}

fn introspection() -> Book {
    let (mut stage, pair) = Stage::consented();
    stage.wait(60);
    // The status records are made, and lost on their way.
    let act = stage.signed_change(&pair.sink, "disable");
    done(stage.asks(owner(), act));
    for (name, cr_id) in [("source", &pair.source), ("sink", &pair.sink)] {
        let cr_id = cr_id.clone();
        let query = done(stage.service(name, ServiceAct::StatusQuery { cr_id }));
        let query = query["sends"][0]["message"].clone();
        let reply = asked(&mut stage, name, "status_query", &query);
        let catch_up = ServiceAct::CatchUp {
            from: super::record::OPERATOR.to_owned(),
            message: reply.to_string(),
        };
        done(stage.service(name, catch_up));
    }
    let title = "5.10 Services ask for the status of a consent and learn what they have missed";
    let requirements = ["CN-41 CN-96 DT-57", "CN-30 CN-41", "CN-30 CN-41 DT-28"];
    written("introspection", title, &stage, requirements)
}

fn linked_sink() -> Stage {
    let mut stage = Stage::new();
    stage.link("sink");
    stage
}

/// Sends what a service has made to the operator.
fn sent(stage: &mut Stage, verdict: Verdict) {
    let made = done(verdict);
    stage.answer("sink", &made["sends"][0]);
}

fn notifications() -> Book {
    let mut stage = linked_sink();
    stage.subscribe(&["news", "alerts"]);
    stage.wait(60);
    let told = stage.tells("news");
    sent(&mut stage, told);
    stage.wait(60);
    stage.subscribe(&["-news"]);
    let refused = stage.tells("news");
    assert!(!refused.is_accepted(), "it was cancelled");
    let told = stage.tells("alerts");
    sent(&mut stage, told);
    let title =
        "5.11 Notifications: subscribed, confirmed, told; one type cancelled, and told no more";
    let operator = "NT-04 NT-05 NT-06 NT-07 NT-08 NT-10 NT-12 NT-13 NT-14 NT-16 NT-18 FW-42 FW-43";
    let sink = "NT-07 NT-08 NT-09 NT-16 NT-17 NT-18 FW-43";
    written("notifications", title, &stage, [operator, sink, sink])
}

fn objection() -> Book {
    let mut stage = linked_sink();
    let before = stage.may_use("survey", "own");
    assert!(before.is_accepted(), "public interest");
    let id = stage.object(&["survey"]);
    let answer = stage.decides(&id, "pending", None);
    sent(&mut stage, answer);
    assert!(
        stage.may_use("survey", "own").is_accepted(),
        "not decided yet"
    );
    stage.wait(86_400);
    let answer = stage.decides(&id, "accepted", None);
    sent(&mut stage, answer);
    let after = stage.may_use("survey", "own");
    assert!(!after.is_accepted(), "objected");
    let other = stage.may_use("duty", "a");
    assert!(other.is_accepted(), "not objected to");
    let title = "5.12 An objection: being considered, then accepted: the processing ends";
    let operator = "OB-01 OB-03 OB-04 OB-05 OB-06 OB-07 OB-08 OB-09 OB-10 OB-15 OB-16 OB-20 FW-48";
    let sink = "OB-05 OB-06 OB-07 OB-08 OB-11 OB-15 OB-16 OB-17 OB-18 OB-20 FW-51";
    written("objection", title, &stage, [operator, sink, sink])
}

fn objection_rejected() -> Book {
    let mut stage = linked_sink();
    let id = stage.object(&["survey"]);
    stage.wait(60);
    let answer = stage.decides(&id, "rejected", Some("https://sink.example/why"));
    sent(&mut stage, answer);
    assert!(stage.may_use("survey", "own").is_accepted(), "it goes on");
    let title =
        "5.12 An objection, rejected with the address that explains it: the processing goes on";
    let operator = "OB-04 OB-05 OB-06 OB-18 OB-19 OB-21";
    let sink = "OB-05 OB-06 OB-18 OB-19 OB-21";
    written("objection-rejected", title, &stage, [operator, sink, sink])
}
