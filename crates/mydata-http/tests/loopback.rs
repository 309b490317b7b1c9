//! An operator, a source and a sink, each behind a listener of its own: what they do together, and what
//! comes of requests that are none of theirs.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::http::Method;
use mydata::core::id::{ConsentId, DatasetId, PurposeId};
use mydata::core::resource::Origin;
use mydata::record::consent::ConsentChange;
use mydata::record::link::LinkState;
use mydata::service::Want;
use mydata::token::party::Sender;
use mydata_http::binding;
use town::{Town, code_of, key, raw, status_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_person_links_consents_and_takes_it_back() {
    let town = Town::new().await;
    let ann = town.sign_up("ann").await;
    let (source_link, sink_link) = (ann.link(&town.source).await, ann.link(&town.sink).await);
    for (side, link) in [(&town.source, &source_link), (&town.sink, &sink_link)] {
        let held = side.desk.read();
        assert!(held.link(link).unwrap().is_active());
    }
    let pair = ann.consent("care", &["src/a", "src/b"]).await;
    town.deliver().await;
    let (purpose, dataset) = (
        PurposeId::parse("care").unwrap(),
        DatasetId::parse("src/a").unwrap(),
    );
    let want = Want::get(&pair.sink, &purpose, &dataset);
    let answer = town.sink.desk.fetch(&want).await.unwrap();
    let surrogate = {
        let held = town.source.desk.read();
        held.link(&source_link).unwrap().record.surrogate_id.clone()
    };
    let given = String::from_utf8(answer.body.to_vec()).unwrap();
    assert_eq!(given, format!("{{\"of\":\"{}\"}}", surrogate.as_str()));
    // Nothing of it is given once it is paused, whoever is asked.
    ann.change(&pair.sink, ConsentChange::Disable).await;
    let fault = town.sink.desk.fetch(&want).await.unwrap_err();
    assert_eq!(fault.code(), "consent_disabled", "the operator says so");
    town.deliver().await;
    let fault = town.sink.desk.fetch(&want).await.unwrap_err();
    assert_eq!(fault.code(), "consent_disabled", "the sink knows");
    ann.change(&pair.sink, ConsentChange::Reactivate).await;
    town.deliver().await;
    assert!(town.sink.desk.fetch(&want).await.is_ok());
    ann.change(&pair.sink, ConsentChange::Withdraw).await;
    town.deliver().await;
    for (side, cr_id) in [(&town.source, &pair.source), (&town.sink, &pair.sink)] {
        let held = side.desk.read();
        let state = held.consent(cr_id).unwrap().chain.state();
        assert_eq!(state, mydata::record::consent::ConsentState::Withdrawn);
    }
    assert!(town.dispatcher.parked().await.unwrap().is_empty());
    assert_eq!(town.dispatcher.traffic().refused, 0);
    // Each has kept what it must have again: a link and its consent, with every status since.
    assert_eq!(town.source.desk.program().kept().len(), 5);
}

/// Whether a consent is in doubt, and how many status records of it there are.
fn known(desk: &town::DemoDesk, cr_id: &ConsentId) -> (bool, usize) {
    let held = desk.read();
    let held = held.consent(cr_id).unwrap();
    (held.in_doubt, held.chain.iter().count())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_has_missed_it_asks_for() {
    let town = Town::new().await;
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    // A source that begins again from what it has kept so far, …
    let kept = town.source.desk.program().kept();
    for change in [ConsentChange::Disable, ConsentChange::Reactivate] {
        ann.change(&pair.sink, change).await;
    }
    town.deliver().await;
    let again = town.again(&town.source);
    let messages = kept.iter().map(|(from, at, octets)| (from, *at, &**octets));
    again.restore(messages).unwrap();
    assert!(again.read().consent(&pair.source).unwrap().in_doubt);
    // … asks what it has missed, and holds what the operator holds.
    assert_eq!(again.settle().await, 0);
    assert_eq!(known(&again, &pair.source), (false, 3));
    // So does one that learned of the pause by asking, and has kept only what came after it.
    let mut kept = town.source.desk.program().kept();
    assert_eq!(kept.len(), 4);
    kept.remove(2);
    let again = town.again(&town.source);
    let messages = kept.iter().map(|(from, at, octets)| (from, *at, &**octets));
    again.restore(messages).unwrap();
    assert_eq!(again.settle().await, 0);
    assert_eq!(known(&again, &pair.source), (false, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_cannot_keep_a_message_gets_it_again() {
    let town = Town::new().await;
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    let before = town.source.desk.program().kept().len();
    town.source.desk.program().break_disk(true);
    ann.change(&pair.sink, ConsentChange::Disable).await;
    town.deliver().await;
    // It has stopped all the same.
    let stopped = town.source.desk.program().stopped();
    assert_eq!(stopped, std::slice::from_ref(&pair.source));
    assert_eq!(town.source.desk.program().kept().len(), before);
    town.source.desk.program().break_disk(false);
    town.deliver().await;
    assert_eq!(town.source.desk.program().kept().len(), before + 1);
    assert!(town.dispatcher.parked().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_ends_a_link_and_has_its_copies_again() {
    let town = Town::new().await;
    let ann = town.sign_up("ann").await;
    let link = ann.link(&town.source).await;
    let client = town.client(&town.source);
    let surrogate_id = {
        let held = town.source.desk.read();
        held.link(&link).unwrap().record.surrogate_id.clone()
    };
    let asked = mydata::record::message::LinkCopyRequest {
        surrogate_id: surrogate_id.clone(),
    };
    assert!(client.link_copy(&asked).await.is_ok());
    assert!(client.consent_copies(&asked).await.unwrap().is_empty());
    let foreign = town.client(&town.sink).link_copy(&asked).await.unwrap_err();
    assert_eq!(foreign.code(), "link_unknown");
    let removal = mydata::record::message::LinkRemoval {
        surrogate_id,
        slr_id: link.clone(),
    };
    let first = client.removal(&removal).await.unwrap();
    town.deliver().await;
    {
        let held = town.source.desk.read();
        let chain = &held.link(&link).unwrap().chain;
        assert_eq!(chain.state(), LinkState::Removed);
        assert_eq!(first.ssr, chain.latest().seal());
    }
    // Asked again it is the same record, and the service hears it again.
    assert_eq!(client.removal(&removal).await.unwrap(), first);
    assert_eq!(client.link_status(&asked).await.unwrap(), first);
    let removed = client.link_copy(&asked).await.unwrap_err();
    assert_eq!(removed.code(), "link_removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_prove_who_it_is_hears_one_word() {
    let town = Town::new().await;
    let url = |path: &str| {
        Origin::parse("https://operator.example")
            .unwrap()
            .at(path)
            .unwrap()
    };
    let no_body = || (None, Vec::new());
    // Another's key, a name that nobody has, an operator at an operator.
    let sink = Sender::Service(town.sink.id.clone());
    let stranger = Sender::Service(mydata::core::id::ServiceId::parse("stranger").unwrap());
    for sender in [sink, stranger] {
        let out = town.out(sender, key("sink-1"));
        let called = out
            .call(Method::GET, url("/auth_token/x"), no_body(), None)
            .await;
        assert_eq!(called.unwrap_err().code(), "request_not_authentic");
    }
    let target = "/auth_token/x";
    let nobody = raw(
        town.operator,
        &format!("GET {target} HTTP/1.1\r\nHost: operator.example\r\n\r\n"),
    )
    .await;
    assert_eq!(
        (status_of(&nobody), code_of(&nobody)),
        (401, "request_not_authentic".to_owned())
    );
    assert!(nobody.contains("www-authenticate: PoP"), "{nobody}");
    // What was sent once is not taken again, whatever its answer was.
    let sent = town.signed(&town.sink, target, &[]);
    assert_eq!(code_of(&raw(town.operator, &sent).await), "consent_unknown");
    assert_eq!(
        code_of(&raw(town.operator, &sent).await),
        "request_not_authentic"
    );
    // Another target, another method, or a body that was not signed.
    let sent = town.signed(&town.sink, target, &[]);
    for (from, to) in [
        ("/auth_token/x", "/auth_token/y"),
        (
            "HTTP/1.1\r\n",
            "HTTP/1.1\r\nContent-Type: application/json\r\n",
        ),
    ] {
        let other = sent.replacen(from, to, 1);
        assert_eq!(
            code_of(&raw(town.operator, &other).await),
            "request_not_authentic",
            "{to}"
        );
    }
    let twice = sent.replacen(
        "Authorization",
        "Authorization: PoP a.b.c\r\nAuthorization",
        1,
    );
    assert_eq!(
        code_of(&raw(town.operator, &twice).await),
        "http_header_twice"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_have_one_spelling_and_bodies_an_end() {
    let town = Town::new().await;
    let ask = async |target: &str, more: &str| {
        let text = format!("GET {target} HTTP/1.1\r\nHost: operator.example\r\n{more}\r\n");
        let answer = raw(town.operator, &text).await;
        (status_of(&answer), code_of(&answer))
    };
    let is = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(ask("/nothing", "").await, is(404, "http_path_unknown"));
    assert_eq!(ask("/link", "").await, is(405, "http_method_unknown"));
    for (target, code) in [
        ("/auth_token/%2e%2e", "url_not_canonical"),
        ("/auth_token/a%2Fb", "url_encoded_separator"),
        ("/introspection/x?", "request_query"),
        (
            "http://operator.example/auth_token/x",
            "request_target_form",
        ),
    ] {
        assert_eq!(ask(target, "").await, is(400, code), "{target}");
    }
    // More than is read here is not waited for.
    let large = format!(
        "POST /link HTTP/1.1\r\nHost: operator.example\r\nContent-Length: {}\r\n\r\n{}",
        600 * 1024,
        "x".repeat(600 * 1024)
    );
    let answer = raw(town.operator, &large).await;
    assert_eq!(
        (status_of(&answer), code_of(&answer)),
        is(413, "http_body_too_large")
    );
    // A body of no known kind, and a message at the address of another.
    let form = town.signed_post(&town.sink, "/link", "text/plain", b"code=1");
    assert_eq!(code_of(&raw(town.operator, &form).await), "http_media_type");
    let torn = town.signed_post(&town.sink, "/link", "application/json", b"{\"code\":");
    assert_eq!(code_of(&raw(town.operator, &torn).await), "json_syntax");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_has_one_address() {
    let town = Town::new().await;
    let ann = town.sign_up("ann").await;
    let begun = ann.begin(&town.source).await;
    let invitation = town.invitation(&town.source, &begun);
    let out = town.out(Sender::Operator(town.id.clone()), town.keys_of_status());
    let origin = Origin::parse("https://source.example").unwrap();
    let body = || (None, mydata::record::message::write(&invitation).unwrap());
    for path in binding::OF_SERVICE {
        let called = out.call(Method::POST, origin.at(path).unwrap(), body(), None);
        match called.await {
            Ok(answer) => assert_eq!((path, answer.status), (binding::LINKING, 201)),
            Err(fault) => assert_eq!(fault.code(), "http_kind_other", "{path}"),
        }
    }
    // A service says nothing to a service.
    let sink = town.out(Sender::Service(town.sink.id.clone()), town.sink.signature());
    let called = sink.call(
        Method::POST,
        origin.at(binding::LINKING).unwrap(),
        body(),
        None,
    );
    assert_eq!(called.await.unwrap_err().code(), "request_not_authentic");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_brought_again_gets_the_same_answer() {
    let town = Town::new().await;
    let ann = town.sign_up("ann").await;
    let code = ann.begin(&town.source).await;
    town.deliver().await;
    // The answer to the first was lost: it is brought again, and once more when all is done.
    town.source.desk.confirm(&code).await.unwrap();
    town.source.desk.confirm(&code).await.unwrap();
    town.deliver().await;
    let links = town.source.desk.read().links().count();
    assert_eq!(links, 1);
    let again = town.source.desk.confirm(&code).await.unwrap_err();
    assert_eq!(again.code(), "code_unknown");
    assert!(town.dispatcher.parked().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_is_wrong_parks_nothing() {
    let town = Town::new().await;
    let ann = town.linked("ann").await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    ann.change(&pair.sink, ConsentChange::Disable).await;
    // An operator whose key the services do not know yet is refused for what it is, not for what it says.
    let early = town.courier_with(&key("operator-status"));
    for _ in 0..4 {
        early.drain().await;
    }
    let traffic = early.traffic();
    assert!(traffic.unreachable >= 4, "{traffic:?}");
    assert_eq!((traffic.refused, traffic.delivered), (0, 0));
    assert!(early.parked().await.unwrap().is_empty());
    town.deliver().await;
    let held = town.source.desk.read();
    let state = held.consent(&pair.source).unwrap().chain.state();
    assert_eq!(state, mydata::record::consent::ConsentState::Disabled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_linking_that_was_begun_anew_holds_nobody_up() {
    let town = Town::new().await;
    let (ann, ben) = (town.sign_up("ann").await, town.sign_up("ben").await);
    let first = ann.begin(&town.source).await;
    town.deliver().await;
    town.source.desk.confirm(&first).await.unwrap();
    // The proposal is on its way, and the person begins anew: the operator knows the first no more.
    let second = ann.begin(&town.source).await;
    town.deliver().await;
    assert_ne!(first, second);
    let link = ben.link(&town.source).await;
    assert!(town.source.desk.read().link(&link).unwrap().is_active());
    let waiting = town.waiting().await;
    assert!(waiting.is_empty(), "{waiting:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_told_what_they_wish_to_be_told() {
    let town = Town::new().await;
    let ann = town.sign_up("ann").await;
    let link = ann.link(&town.sink).await;
    let news = mydata_conformance::wishes::messages(&["news"]);
    let early = town
        .sink
        .desk
        .notify(&link, news.clone())
        .await
        .unwrap_err();
    assert_eq!(early.code(), "not_subscribed");
    ann.subscribe(&town.sink, "news").await;
    town.deliver().await;
    town.sink.desk.settle().await;
    town.sink.desk.notify(&link, news).await.unwrap();
    let account = ann.account().await;
    let told = account.notifications();
    assert_eq!(told.len(), 1);
    let mailbox = account.link(&link).unwrap().mailbox().unwrap();
    let subscription = mailbox.subscriptions().last().unwrap();
    assert_eq!(mailbox.last_confirmed(), Some(subscription.id()));
    // It has its copies again, and ends the link of its own accord.
    let client = town.client(&town.sink);
    let asked = mydata::record::message::LinkCopyRequest {
        surrogate_id: subscription.surrogate_id().clone(),
    };
    assert_eq!(client.subscription_copies(&asked).await.unwrap().len(), 1);
    assert!(client.objection_copies(&asked).await.unwrap().is_empty());
    town.sink.desk.end_link(&link).await.unwrap();
    town.deliver().await;
    assert!(!town.sink.desk.read().link(&link).unwrap().is_active());
}
