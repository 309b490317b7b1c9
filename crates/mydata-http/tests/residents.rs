//! A resident at the operator, over HTTP: what they decide, what they read, and what nobody else does.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::core::id::ConsentId;
use mydata_http::{Class, Deed, ResidentRefusal, class, text};
use mydata_identity::Assurance;
use serde_json::json;
use town::Town;
use town::residents::{CANARY, FORM, Resident, X, choice, consent, fetched, form, resident, to};

#[tokio::test(flavor = "multi_thread")]
async fn links_and_consents_of_one_resident() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let ann = resident(&town, &counter, "ann").await;

    // A linking begins here, and goes on at a page of the service.
    let begin = "/slr/account/{a}/service/source/";
    let told = ann.send(("POST", begin), None, Some("link-1")).await;
    let location = "location: https://source.example/link?code=";
    assert!(told.head.contains(location), "{}", told.head);
    assert!(
        told.head
            .contains("&return_url=https%3A%2F%2Foperator.example%2Flinked")
    );
    let begun = told.is(201);
    let again = ann
        .send(("POST", begin), None, Some("link-1"))
        .await
        .is(201);
    assert_eq!(again, begun, "the same request");
    let at = format!(
        "/slr/account/{{a}}/linkings/{}/",
        begun["code"].as_str().unwrap()
    );
    let stage = ann.send(("GET", &at), None, None).await.is(200);
    assert_eq!(
        (&stage["stage"], &stage["service_id"]),
        (&json!("invited"), &json!("source"))
    );
    let source_link = ann.link(&town.source).await;
    let sink_link = ann.link(&town.sink).await;
    ann.send(("GET", &at), None, None)
        .await
        .refused(404, "linking_unknown");
    let twice = ann.send(("POST", begin), None, None).await;
    twice.refused(409, "link_exists");

    // A consent, and who has my data by it.
    let (source, sink) = consent(&ann).await;
    assert_eq!(fetched(&town, &sink).await, "given");
    let receivers = ann.get("/receivers/").await.is(200);
    let receiver = &receivers["data"][0];
    assert_eq!(receiver["service_id"], "sink");
    assert_eq!(receiver["source_id"], "source");
    assert_eq!(
        receiver["uses"],
        json!([{"purpose_id": "care", "datasets": ["src/a", "src/b"]}])
    );
    assert_eq!(receiver["text"]["sv"], "samtycket gäller");
    assert!(
        receiver["last_leave"].is_number(),
        "leave was given to fetch"
    );
    let log = ann.get("/logs/events/").await.is(200);
    let lines = log["data"].as_array().unwrap();
    let token = lines
        .iter()
        .find(|line| line["attributes"]["action"] == "token_issued");
    let token = token.unwrap();
    assert_eq!(token["attributes"]["actor"], "service/sink");
    assert_eq!(
        token["x_mydata"]["text"]["sv"],
        "tillstånd att hämta uppgifter utfärdat"
    );

    // Paused, resumed, withdrawn: both halves each time, and each once.
    let paused = ann
        .send(("POST", &to(&sink, "Disabled")), None, Some("p"))
        .await
        .is(201);
    assert_eq!(paused["data"].as_array().unwrap().len(), 2);
    let again = ann
        .send(("POST", &to(&sink, "Disabled")), None, Some("p"))
        .await
        .is(201);
    assert_eq!(again, paused, "the same request");
    let other = ann
        .send(("POST", &to(&sink, "Withdrawn")), None, Some("p"))
        .await;
    other.refused(409, "store_key_reused");
    let twice = ann.send(("POST", &to(&sink, "Disabled")), None, None).await;
    twice.refused(409, "chain_transition_not_allowed");
    assert_eq!(fetched(&town, &sink).await, "consent_disabled");
    let under = format!("/servicelinks/{sink_link}/consents/");
    let read = ann
        .get(&format!("{under}last/?get_consent_pair=true"))
        .await
        .is(200);
    assert_eq!(read["data"][0]["x_mydata"]["standing"], "consent_disabled");
    assert_eq!(
        read["data"][0]["x_mydata"]["text"]["fi"],
        "suostumus on keskeytetty"
    );
    assert_eq!(read["data"][1]["id"], source.as_str());
    ann.send(("POST", &to(&sink, "Active")), None, None)
        .await
        .is(201);
    assert_eq!(fetched(&town, &sink).await, "given");
    ann.send(("POST", &to(&sink, "Withdrawn")), None, None)
        .await
        .is(201);
    town.deliver().await;
    assert_eq!(fetched(&town, &sink).await, "consent_withdrawn");
    let gone = ann.send(("POST", &to(&sink, "Active")), None, None).await;
    assert_eq!(gone.status, 409, "{}", gone.text);
    // The late repetition of an early request still has its own answer.
    let again = ann
        .send(("POST", &to(&sink, "Disabled")), None, Some("p"))
        .await
        .is(201);
    assert_eq!(again, paused);
    let history = ann.get(&format!("{under}{sink}/statuses/")).await.is(200);
    assert_eq!(history["data"].as_array().unwrap().len(), 4);
    let last = ann
        .get(&format!("{under}{sink}/statuses/last/"))
        .await
        .is(200);
    assert_eq!(last["data"], history["data"][3]);

    // What was read before deciding is still there, octet for octet.
    let shown = ann.get("/proposals/").await.is(200);
    let url = shown["data"][0]["url"].as_str().unwrap().to_owned();
    let number = url.rsplit('/').next().unwrap();
    let document = ann.get(&format!("/proposals/{number}/")).await.is(200);
    assert_eq!(document["sink"]["service_id"], "sink");
    let address = format!("/proposals/{number}");
    let told = ann.send(("GET", &address), None, None).await;
    assert_eq!(
        told.is(200),
        document,
        "at the address that the consent names"
    );
    let other = counter.ask(("GET", &address), Some("ben/low/1"), (None, None));
    other.await.refused(422, "proposal_unknown");

    // And the link ends.
    let end = format!("/slr/account/{{a}}/service/source/slr/{source_link}/");
    let ended = ann.send(("POST", &end), None, Some("end")).await.is(201);
    let again = ann.send(("POST", &end), None, Some("end")).await.is(201);
    assert_eq!(again, ended);
    let last = ann
        .get(&format!("/servicelinks/{source_link}/statuses/last/"))
        .await
        .is(200);
    assert_eq!(last["data"], ended["data"]);
    town.deliver().await;
    assert!(town.dispatcher.parked().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_is_given_anew_in_one_step() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let ann = resident(&town, &counter, "ann").await;
    ann.link(&town.source).await;
    ann.link(&town.sink).await;
    let (_, sink) = consent(&ann).await;
    let second = choice(&ann, &["src/a"]).await;
    ann.send(("POST", FORM), Some(second.clone()), None)
        .await
        .refused(409, "consent_exists");
    let at = format!("/cr/account_id/{{a}}/service/sink/consent/{sink}/");
    let given = ann
        .send(("PUT", &at), Some(second.clone()), Some("m"))
        .await
        .is(201);
    let again = ann
        .send(("PUT", &at), Some(second), Some("m"))
        .await
        .is(201);
    assert_eq!(again, given);
    town.deliver().await;
    let new = ConsentId::parse(given["sink_cr_id"].as_str().unwrap()).unwrap();
    assert_eq!(fetched(&town, &new).await, "given");
    assert_eq!(fetched(&town, &sink).await, "consent_withdrawn");
    let receivers = ann.get("/receivers/").await.is(200);
    assert_eq!(
        receivers["data"].as_array().unwrap().len(),
        2,
        "the old one is history"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_finds_any_of_it() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let (ann, ben) = (
        resident(&town, &counter, "ann").await,
        resident(&town, &counter, "ben").await,
    );
    assert_ne!(ann.account, ben.account);
    ann.link(&town.source).await;
    let sink_link = ann.link(&town.sink).await;
    ben.link(&town.sink).await;
    let (_, sink) = consent(&ann).await;
    // Ben asks for Ann's account: it does not exist, and neither does one that nobody has.
    for account in [&*ann.account, "nobody", "%41nn"] {
        let target = [X, account, "/servicelinks/"].concat();
        let told = counter
            .ask(("GET", &target), Some(&ben.token), (None, None))
            .await;
        match account {
            // By the listener, in words too.
            "%41nn" => told.refused(400, "url_not_canonical"),
            _ => told.refused(404, "store_account_unknown"),
        }
    }
    // In his own he does not find what is hers.
    ben.get(&format!("/servicelinks/{sink_link}/"))
        .await
        .refused(404, "link_unknown");
    let hers = format!("/servicelinks/{sink_link}/consents/{sink}/");
    ben.get(&hers).await.refused(404, "link_unknown");
    ben.send(("POST", &to(&sink, "Withdrawn")), None, None)
        .await
        .refused(404, "consent_unknown");
    let end = format!("/slr/account/{{a}}/service/sink/slr/{sink_link}/");
    ben.send(("POST", &end), None, None)
        .await
        .refused(404, "link_unknown");
    assert_eq!(fetched(&town, &sink).await, "given");
    // Nor under another of her services.
    let wrong = to(&sink, "Withdrawn").replace("/service/sink/", "/service/source/");
    ann.send(("POST", &wrong), None, None)
        .await
        .refused(404, "consent_unknown");

    // A guardian reads, and restricts; what widens is not in the mandate.
    let guardian = Resident {
        town: &town,
        counter: &counter,
        token: "guardian/substantial/10".to_owned(),
        account: ann.account.clone(),
    };
    guardian.get("/receivers/").await.is(200);
    guardian
        .send(("POST", &to(&sink, "Disabled")), None, None)
        .await
        .is(201);
    let widened = guardian
        .send(("POST", &to(&sink, "Active")), None, None)
        .await;
    widened.refused(404, "store_account_unknown");
    let log = ann.get("/logs/events/").await.is(200);
    let lines = log["data"].as_array().unwrap();
    let paused = lines
        .iter()
        .find(|line| line["attributes"]["action"] == "consent_paused");
    assert_eq!(paused.unwrap()["attributes"]["actor"], "representative");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_enough_or_says_nothing() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let mut ann = resident(&town, &counter, "ann").await;
    ann.link(&town.source).await;
    ann.link(&town.sink).await;
    let (_, sink) = consent(&ann).await;
    // No token, another scheme, one that proves nobody: one code, and how to do better.
    for token in [None, Some("forged"), Some("ann/best/1"), Some("")] {
        let code = match token {
            None | Some("") => "resident_token_missing",
            Some(_) => "resident_token_invalid",
        };
        let target = [X, &*ann.account, "/"].concat();
        let told = counter.ask(("GET", &target), token, (None, None)).await;
        told.refused(401, code);
        assert!(
            told.head.contains("www-authenticate: Bearer"),
            "{}",
            told.head
        );
    }
    let target = [X, &*ann.account, "/"].concat();
    let told = counter
        .ask(("GET", &target), Some("down"), (None, None))
        .await;
    told.refused(503, "resident_provider_unavailable");
    // Less identified, Ann reads and restricts, and makes nothing.
    ann.token = "ann/low/10".to_owned();
    ann.get("/receivers/").await.is(200);
    ann.send(("POST", &to(&sink, "Disabled")), None, None)
        .await
        .is(201);
    ann.send(("POST", &to(&sink, "Active")), None, None)
        .await
        .refused(401, "resident_assurance");
    let begin = ann
        .send(("POST", "/slr/account/{a}/service/sink/"), None, None)
        .await;
    begin.refused(401, "resident_assurance");
    ann.token = "ann/unknown/10".to_owned();
    ann.get("/receivers/")
        .await
        .refused(401, "resident_assurance");
    for deed in Deed::ALL {
        assert!(deed.usual().least >= Assurance::Low, "{deed:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_and_not_repeated() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let ann = resident(&town, &counter, "ann").await;
    // Everything that is wrong with a form at once.
    let mut bad = form("ben");
    let form = &mut bad["data"]["attributes"];
    form["username"] = json!(format!("{CANARY} with a blank"));
    form["email"] = json!(CANARY);
    form["x_mydata"]["natural_person"] = json!(false);
    let told = counter
        .ask(("POST", X), Some("ben/high/1"), (Some(&bad), None))
        .await;
    told.refused(422, "registration_username_invalid");
    let faults = told.body["faults"].as_array().unwrap();
    let at: Vec<_> = faults
        .iter()
        .map(|fault| fault["at"].as_str().unwrap())
        .collect();
    assert_eq!(at, ["username", "email", "natural_person"]);
    // A name that Ann has, and an account that Ann has.
    let mut taken = town::residents::form("ben");
    taken["data"]["attributes"]["username"] = json!(format!("{CANARY}ANN"));
    let told = counter
        .ask(("POST", X), Some("ben/high/1"), (Some(&taken), None))
        .await;
    told.refused(409, "username_taken");
    let told = counter
        .ask(("POST", X), Some(&ann.token), (Some(&taken), None))
        .await;
    told.refused(409, "store_account_exists");
    // Passwords are nobody's business here.
    let mut secret = town::residents::form("ben");
    secret["data"]["attributes"]["password"] = json!(format!("{CANARY}123"));
    let told = counter
        .ask(("POST", X), Some("ben/high/1"), (Some(&secret), None))
        .await;
    told.refused(400, "json_shape");
    // Paths, methods, bodies.
    ann.get("/nothing/").await.refused(404, "http_path_unknown");
    let put = ann.send(("PUT", FORM), None, None).await;
    put.refused(405, "http_method_unknown");
    let body = json!({"sink": CANARY, "purposes": [], "language": "fi"});
    let shown = [FORM, "shown/"].concat();
    let told = ann.send(("POST", &shown), Some(body), None).await;
    told.refused(404, "resident_service_unknown");
    let body = json!({"sink": "sink", "purposes": [CANARY], "language": "fi"});
    let told = ann.send(("POST", &shown), Some(body), None).await;
    told.refused(422, "proposal_purpose_unknown");
    let state = "/cr/account_id/{a}/service/sink/consent/x/status/Kanarialintu/";
    ann.send(("POST", state), None, None)
        .await
        .refused(400, "resident_query");
    let long = ann
        .send(("POST", FORM), Some(json!({})), Some(&"k".repeat(65)))
        .await;
    long.refused(400, "http_idempotency_key");
}

/// Codes of these crates reach a resident, but for those that only services, staff or stores meet.
const CRATES: [&str; 6] = ["account", "core", "http", "operator", "record", "store"];

/// What no resident's route gives: it is told to services, to staff, or about a copy from elsewhere.
const ELSEWHERE: [&str; 29] = [
    "access_log_",
    "http_fields",
    "http_subject_unknown",
    "provider_unreachable",
    "registrar_",
    "registry_limit",
    "registry_query",
    "rights_",
    "rsa_",
    "usage_",
    "account_not_ended",
    "consent_not_sinks",
    "contract_",
    "description_",
    "export_",
    "http_kind_other",
    "keep_member_other",
    "key_",
    "link_id_taken",
    "notification_",
    "objection_answer_mismatch",
    "objection_decided",
    "objection_decisions",
    "objection_explanation",
    "operator_",
    "registration_password",
    "subscription_unknown",
    "store_undelivered",
    "web_link_invalid",
];

#[test]
fn whatever_a_resident_is_told_has_words() {
    let codes = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/codes.md");
    let codes = std::fs::read_to_string(codes).unwrap();
    let (mut count, mut without) = (0, Vec::new());
    for row in codes.lines().filter(|row| row.starts_with("| `")) {
        let mut cells = row.split('|').map(str::trim);
        let code = cells.nth(1).unwrap().trim_matches('`');
        let of = cells.next().unwrap();
        let is_told = class(code).is_some_and(|class| class != Class::Ours);
        let has = text(code).is_some();
        let is_elsewhere = ELSEWHERE.iter().any(|start| code.starts_with(start));
        if CRATES.contains(&of) && is_told && !has && !is_elsewhere {
            without.push(code.to_owned());
        }
        count += usize::from(has);
    }
    assert!(without.is_empty(), "{without:?}");
    assert!(count > 150, "{count} codes with words");
    for refusal in ResidentRefusal::ALL {
        assert!(text(refusal.code()).is_some(), "{}", refusal.code());
    }
    let internal = text("http_internal").unwrap();
    assert_eq!(internal.sv, "Något gick fel hos oss. Försök igen senare.");
}
