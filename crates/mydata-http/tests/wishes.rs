//! A resident at the operator, over HTTP: what they wish of services, what a wallet signs, a linking that a
//! service begins, and the account itself.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::core::crypto::Signer as _;
use mydata::core::id::{ConsentId, LinkCode, LinkId, ObjectionId, SurrogateId};
use mydata::core::jwk::KeySet;
use mydata::keys::PrivateKey;
use mydata::record::objection::Verdict;
use mydata_http::ObjectionResult;
use serde_json::{Value, json};
use std::sync::Arc;
use town::residents::{CANARY, FORM, Resident, X, choice, fetched, form, resident, to};
use town::{Side, Town};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_wishes_and_what_came_of_it() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let ann = resident(&town, &counter, "ann").await;
    ann.link(&town.source).await;
    let link = LinkId::parse(&ann.link(&town.sink).await).unwrap();

    let at = ("POST", "/cr/account_id/{a}/service/sink/subscriptions/");
    let wish = json!({"notifications": ["news"]});
    let made = ann.send(at, Some(wish.clone()), Some("s")).await.is(201);
    let again = ann.send(at, Some(wish), Some("s")).await.is(201);
    assert_eq!(again, made);
    let other = ann
        .send(at, Some(json!({"notifications": ["gossip"]})), None)
        .await;
    other.refused(422, "notifications_not_offered");
    town.deliver().await;
    town.sink.desk.settle().await;
    let news = mydata_conformance::wishes::messages(&["news"]);
    town.sink.desk.notify(&link, news).await.unwrap();
    let told = ann.get("/notifications/").await.is(200);
    let first = &told["data"][0]["x_mydata"];
    assert_eq!(first["service_id"], "sink");
    assert_eq!(first["messages"][0]["subject"], "about news");
    let subscribed = ann.get("/subscriptions/").await.is(200);
    assert_eq!(subscribed["data"][0]["confirmed"], made["data"]["id"]);

    // Less identified she may only hear less.
    let less = Resident {
        token: "ann/low/10".to_owned(),
        account: ann.account.clone(),
        ..ann
    };
    let more = less
        .send(at, Some(json!({"notifications": ["alerts"]})), None)
        .await;
    more.refused(401, "resident_assurance");
    less.send(at, Some(json!({"notifications": ["-news"]})), None)
        .await
        .is(201);

    let at = ("POST", "/cr/account_id/{a}/service/sink/objections/");
    for (item, code) in [
        (json!({"processing_id": "care"}), "objection_basis"),
        (json!({"processing_id": "nothing"}), "purpose_unknown"),
        (json!({}), "resident_parts"),
    ] {
        let told = ann.send(at, Some(json!({"items": [item]})), None).await;
        told.refused(422, code);
    }
    let objection = json!({"items": [{"processing_id": "survey"}]});
    let made = ann
        .send(at, Some(objection.clone()), Some("o"))
        .await
        .is(201);
    let again = ann.send(at, Some(objection), Some("o")).await.is(201);
    assert_eq!(again, made);
    town.deliver().await;
    let read = ann.get("/objections/").await.is(200);
    assert_eq!(
        read["data"][0]["x_mydata"]["items"][0]["state"],
        "requested"
    );

    // The service answers; to another service, and of another person, there is no such objection.
    let id = ObjectionId::parse(made["data"]["id"].as_str().unwrap()).unwrap();
    let verdicts = mydata_conformance::wishes::verdicts(&["1"], Verdict::Accepted);
    let answer = town
        .sink
        .desk
        .answer_objection(&id, verdicts)
        .await
        .unwrap();
    let read = ann.get("/objections/").await.is(200);
    let more = &read["data"][0]["x_mydata"];
    assert_eq!(more["items"][0]["state"], "accepted");
    assert_eq!(more["responses"].as_array().unwrap().len(), 1);
    assert!(more["items"][0]["text"]["sv"].is_string());
    let surrogate_id = {
        let held = town.sink.desk.read();
        held.link(&link).unwrap().record.surrogate_id.clone()
    };
    let mut result = ObjectionResult {
        surrogate_id,
        response: answer.response,
    };
    town.client(&town.sink).answered(&result).await.unwrap();
    let foreign = town
        .client(&town.source)
        .answered(&result)
        .await
        .unwrap_err();
    assert_eq!(foreign.code(), "objection_unknown");
    result.surrogate_id = SurrogateId::parse("somebody-else").unwrap();
    let foreign = town.client(&town.sink).answered(&result).await.unwrap_err();
    assert_eq!(foreign.code(), "objection_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_linking_that_the_service_begins_is_agreed_to_at_the_operator() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let ann = resident(&town, &counter, "ann").await;
    let surrogate = town.source.desk.start_linking(&town.id).unwrap();
    let begin = ("POST", "/slr/account/{a}/service/source/");
    let body = json!({"surrogate_id": surrogate});
    let begun = ann.send(begin, Some(body), None).await.is(201);
    let code = LinkCode::parse(begun["code"].as_str().unwrap()).unwrap();
    town.deliver().await;
    town.source.desk.confirm(&code).await.unwrap();
    town.deliver().await;
    {
        let held = town.source.desk.read();
        let mut links = held.links();
        let (_, link) = links.next().unwrap();
        assert!(link.is_active() && link.record.surrogate_id == surrogate);
    }
    // One that no service has given comes to nothing there.
    let ben = resident(&town, &counter, "ben").await;
    let body = json!({"surrogate_id": "invented"});
    let begun = ben.send(begin, Some(body), None).await.is(201);
    let code = LinkCode::parse(begun["code"].as_str().unwrap()).unwrap();
    town.deliver().await;
    let fault = town.source.desk.confirm(&code).await.unwrap_err();
    assert_eq!(fault.code(), "code_unknown");
}

/// Somebody whose keys are in a wallet.
struct Wallet(Arc<PrivateKey>);

impl Wallet {
    /// Signs what a draft gives, record by record.
    fn sign(&self, draft: &Value) -> Value {
        let input = &draft["inputs"][0];
        assert_eq!(input["kid"], self.0.public().kid().as_str());
        let text = input["signing_input"].as_str().unwrap();
        let signature = self.0.sign(text.as_bytes()).unwrap();
        let signature = mydata::core::base64::encode(signature.as_octets());
        let (protected, payload) = text.split_once('.').unwrap();
        json!({"protected": protected, "payload": payload, "signature": signature})
    }

    /// Links a service: two steps are the owner's.
    async fn link(&self, who: &Resident<'_>, side: &Side) {
        let begin = format!("/slr/account/{{a}}/service/{}/", side.id);
        let begun = who.send(("POST", &begin), None, None).await.is(201);
        let code = LinkCode::parse(begun["code"].as_str().unwrap()).unwrap();
        who.town.deliver().await;
        side.desk.confirm(&code).await.unwrap();
        let at = format!("/slr/account/{{a}}/linkings/{}/", code.as_str());
        let signed = [&*at, "signed/"].concat();
        for (stage, record) in [("offered", "slr"), ("countersigned", "ssr")] {
            let linking = who.send(("GET", &at), None, None).await.is(200);
            assert_eq!(linking["stage"], stage);
            let body = json!({record: self.sign(&linking["draft"])});
            let done = who.send(("POST", &signed), Some(body), None).await;
            assert_eq!(done.status, 201, "{}", done.text);
            who.town.deliver().await;
        }
        assert_eq!(side.desk.read().links().count(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_signs_for_itself() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let wallet = Wallet(town::key("wallet-1"));
    let keys = KeySet::from(wallet.0.public().clone());
    let mut form = form("ann");
    form["data"]["attributes"]["x_mydata"]["owner_keys"] = serde_json::to_value(&keys).unwrap();
    let token = "ann/substantial/10".to_owned();
    let opened = counter
        .ask(("POST", X), Some(&token), (Some(&form), None))
        .await
        .is(201);
    let account = opened["data"]["id"].as_str().unwrap().to_owned();
    let ann = Resident {
        town: &town,
        counter: &counter,
        token,
        account,
    };
    wallet.link(&ann, &town.source).await;
    wallet.link(&ann, &town.sink).await;

    // The operator cannot sign for her, and says so; what she signs it takes.
    let chosen = choice(&ann, &["src/a"]).await;
    let told = ann.send(("POST", FORM), Some(chosen.clone()), None).await;
    told.refused(409, "resident_key_elsewhere");
    let draft = [FORM, "draft/"].concat();
    let drafts = ann.send(("POST", &draft), Some(chosen), None).await.is(200);
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| wallet.sign(&drafts["data"][at]));
    let signed = json!({"source": {"record": a, "status": b}, "sink": {"record": c, "status": d}});
    let give = [FORM, "signed/"].concat();
    let crossed = json!({"source": {"record": a, "status": d}, "sink": {"record": c, "status": b}});
    let told = ann.send(("POST", &give), Some(crossed), None).await;
    assert_eq!(told.status / 100, 4, "{}", told.text);
    let given = ann.send(("POST", &give), Some(signed), None).await.is(201);
    let sink = ConsentId::parse(given["sink_cr_id"].as_str().unwrap()).unwrap();
    town.deliver().await;
    assert_eq!(fetched(&town, &sink).await, "given");

    // A pause waits for no wallet; resuming is hers.
    ann.send(("POST", &to(&sink, "Disabled")), None, None)
        .await
        .is(201);
    assert_eq!(fetched(&town, &sink).await, "consent_disabled");
    let resume = to(&sink, "Active");
    ann.send(("POST", &resume), None, None)
        .await
        .refused(409, "resident_key_elsewhere");
    let draft = [&*resume, "draft/"].concat();
    let drafts = ann.send(("POST", &draft), None, None).await.is(200);
    let [status, mirrored] = [0, 1].map(|at| wallet.sign(&drafts["data"][at]));
    // Another key is not hers.
    let other = Wallet(town::key("wallet-1"));
    let forged = json!({"status": other.sign(&drafts["data"][0]), "mirrored": mirrored});
    let signed = [&*resume, "signed/"].concat();
    ann.send(("POST", &signed), Some(forged), None)
        .await
        .refused(422, "jws_signature_invalid");
    let body = json!({"status": status, "mirrored": mirrored});
    ann.send(("POST", &signed), Some(body), None).await.is(201);
    town.deliver().await;
    assert_eq!(fetched(&town, &sink).await, "given");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_itself() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let ann = resident(&town, &counter, "ann").await;
    let own = counter
        .ask(("GET", X), Some(&ann.token), (None, None))
        .await
        .is(200);
    assert_eq!(own["data"][0]["id"], ann.account.as_str());
    let none = counter
        .ask(("GET", X), Some("cai/low/1"), (None, None))
        .await
        .is(200);
    assert_eq!(none["data"], json!([]));

    let read = ann.get("/info/1/").await.is(200);
    let mut info = read.clone();
    assert_eq!(
        info["data"]["attributes"]["x_mydata"]["date_of_birth"],
        "1979-02-28"
    );
    info["data"]["attributes"]["lastname"] = json!("Åberg");
    let path = [X, "{a}/info/1/"].concat();
    let changed = ann
        .send(("PATCH", &path), Some(info.clone()), None)
        .await
        .is(200);
    assert_eq!(changed, info);
    assert_eq!(ann.get("/info/").await.is(200)["data"][0], info["data"]);

    // A copy of everything, once a code has come back.
    ann.get("/export/")
        .await
        .refused(403, "export_not_verified");
    let ask = [X, "{a}/verifications/export/"].concat();
    ann.send(("POST", &ask), None, Some("code-1")).await.is(202);
    // The code stands nowhere, and is not sent a second time: it is not said that it was.
    let again = ann.send(("POST", &ask), None, Some("code-1")).await;
    again.refused(503, "resident_letter_unsent");
    ann.send(("POST", &ask), None, None).await.is(202);
    let wrong = ann
        .send(("PUT", &ask), Some(json!({"code": CANARY})), None)
        .await;
    wrong.refused(403, "verification_wrong");
    let code = json!({"code": counter.post.code()});
    ann.send(("PUT", &ask), Some(code), None).await.is(200);
    let export = ann.get("/export/").await.is(200);
    assert_eq!(
        export["attributes"]["account_info"][0]["attributes"],
        info["data"]["attributes"]
    );
    assert_eq!(
        export["attributes"]["x_mydata"]["identities"][0]["provider"],
        "https://login.example/realm"
    );
    let text = ann.get("/export/?format=text&language=sv").await;
    assert!(
        text.text.contains("Uppgifterna i ditt konto"),
        "{}",
        text.text
    );
    ann.get("/export/?format=pdf")
        .await
        .refused(400, "resident_query");

    // Deleted after a code, and kept after all.
    let account = [X, "{a}/"].concat();
    let asked = ann.send(("DELETE", &account), None, None).await.is(202);
    assert_eq!(asked, json!({"verification": "deletion"}));
    let code = json!({"code": counter.post.code()});
    let confirm = [X, "{a}/verifications/deletion/"].concat();
    let closing = ann.send(("PUT", &confirm), Some(code), None).await.is(200);
    assert!(closing["data"]["x_mydata"]["ends_at"].is_number());
    let link = ann
        .send(("POST", "/slr/account/{a}/service/sink/"), None, None)
        .await;
    link.refused(403, "account_closing");
    let keep = [X, "{a}/deletion"].concat();
    ann.send(("DELETE", &keep), None, None).await.is(204);
    ann.send(("DELETE", &keep), None, None)
        .await
        .refused(409, "account_not_closing");
    let account = ann.get("/").await.is(200);
    assert_eq!(account["data"]["x_mydata"]["text"]["en"], "in use");
}
