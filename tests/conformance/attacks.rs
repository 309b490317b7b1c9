//! Attacks that once succeeded, or would have been a pity: each was tried by somebody who had not
//! written the code, and each is held off by a rule that stands in `spec/decisions.md` or in the
//! framework.
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{
    again, change, consented, hand, invite, link_id, linked, names, new_key, owned, pair, pair_for,
    removal, signed, undelivered,
};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{AccountId, ConsentId, KeyId, LinkCode, ServiceId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::time::Seconds;
use mydata::operator::{Account, Command, Delivery, Reason};
use mydata::record::consent::{Consent as _, ConsentChange, ConsentStatus, SinkConsent};
use mydata::record::message::{self, LinkInvitation, StatusReply, ToService};
use mydata::record::possession::ProofScheme;
use mydata::service::{Installed, Service, Setting};
use mydata::token::replay::TwoGenerations;
use mydata::token::window::Window;
use mydata_chosen::Chosen;
use mydata_conformance::World;

fn reply(w: &World, name: &str, cr: &ConsentId) -> StatusReply {
    let id = ServiceId::parse(name).unwrap();
    let s = if name == "source" { &w.source } else { &w.sink };
    let q = s.service.status_query(cr).unwrap();
    w.account.introspect(&id, &q).unwrap()
}
fn catch(
    w: &mut World,
    name: &str,
    r: &StatusReply,
) -> Result<Installed, mydata::service::Refusal> {
    let (from, now) = (w.operator_id.clone(), w.now);
    w.side(name).service.catch_up(
        r,
        Setting {
            from: &from,
            now,
            crypto: &Chosen,
        },
    )
}
fn outbox(w: &mut World, cr: &ConsentId, c: ConsentChange) -> Vec<Delivery> {
    let cmd = signed(w, cr, c);
    let act = w.owner_act();
    undelivered(w, &act, &cmd)
}
fn standing(w: &World, cr: &ConsentId) -> &'static str {
    w.sink.service.standing(cr, w.now).unwrap().code()
}

/// CN-29, CN-30: an answer to an earlier question does not end a doubt that has begun since.
//= CN-29, CN-30 test
#[test]
fn a_late_answer_does_not_end_a_newer_doubt() {
    let (mut w, ids) = consented();
    let _lost = outbox(&mut w, &ids.sink, ConsentChange::Disable);
    let r3 = outbox(&mut w, &ids.sink, ConsentChange::Reactivate);
    let to_sink = |o: &[Delivery]| {
        o.iter()
            .find(|d| d.to.as_str() == "sink")
            .unwrap()
            .message
            .clone()
    };
    assert!(hand(&mut w, "sink", &to_sink(&r3)).is_err()); // gap: in doubt, asks
    let answer = reply(&w, "sink", &ids.sink); // operator answers now …
    let r4 = outbox(&mut w, &ids.sink, ConsentChange::Withdraw);
    assert!(hand(&mut w, "sink", &to_sink(&r4)).is_err()); // … the withdrawal overtakes it
    // … and the answer arrives.
    let effects = catch(&mut w, "sink", &answer).unwrap().effects();
    assert_eq!(names(&effects), ["AskStatus"]);
    assert_ne!(standing(&w, &ids.sink), "consent_active");
}

/// C40, CN-39: a copy is no permission until the operator has told what happened since.
#[test]
fn copies_do_not_revive_what_was_withdrawn() {
    let (mut w, ids) = consented();
    let token = w.token(&ids.sink).unwrap();
    let prepared = w.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    w.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    // the source is restored as CN 5.1 / C40 have it
    let id = w.source.service.id().clone();
    let keys = KeySet::from(w.source.key.public().clone());
    let surrogate = w
        .source
        .service
        .links()
        .next()
        .unwrap()
        .1
        .record
        .surrogate_id
        .clone();
    w.source.service = Service::new(id.clone(), keys, w.known_operator());
    let link = ToService::Link(w.account.link_copy(&id, &surrogate).unwrap());
    let _ = hand(&mut w, "source", &link).unwrap();
    let copies = w.account.consent_copies(&id, &surrogate).unwrap();
    let (from, now) = (w.operator_id.clone(), w.now);
    let setting = Setting {
        from: &from,
        now,
        crypto: &Chosen,
    };
    for copy in &copies {
        let effects = w.source.service.restore(copy, setting).unwrap().effects();
        assert_eq!(names(&effects), ["AskStatus"]);
    }
    let path = prepared.url.path().to_owned();
    assert!(
        w.answer(&prepared.authorization, &path).granted().is_err(),
        "data given on a withdrawn consent"
    );
}

/// CN-61, C09: half a pair does not stand in the way of a new consent.
#[test]
fn a_new_consent_can_be_given_after_the_source_is_linked_again() {
    let (mut w, _) = consented();
    let link = link_id(&w, "source");
    let act = w.owner_act();
    w.command(&act, &removal(&link)).unwrap();
    w.link("source");
    let choice = w.choice("care", &["src/a", "src/b"]);
    let got = w.try_pair(&choice).map(|_| ()).map_err(|r| r.code());
    assert_eq!(got, Ok(()));
}

/// SL-02: the operator answers no question about the surrogates of others.
//= SL-02 test
#[test]
fn colluding_services_cannot_tell_that_two_surrogates_are_one_person() {
    let mut w = World::new();
    w.link("source");
    let known_to_source = w
        .source
        .service
        .links()
        .next()
        .unwrap()
        .1
        .record
        .surrogate_id
        .clone();
    let code = invite(&mut w, "sink");
    let pop = w.sink.pop.public().clone();
    let act = w.service_act("sink");
    let probe = Command::OfferSurrogate {
        code,
        surrogate_id: known_to_source,
        pop_key: Some(pop),
        proof: ProofScheme::Pop,
    };
    let got = w.try_decide(&act, &probe).map(|_| ()).map_err(|r| r.code());
    assert_ne!(got, Err("surrogate_reused"), "an oracle");
}

/// SL-23, D18: the owner's signature is enough.
#[test]
fn the_owners_signature_ends_a_link_whatever_the_operator_has_lost() {
    let (mut w, _) = consented();
    w.status_key = new_key("operator-status-2"); // the earlier one was compromised and destroyed
    let link = link_id(&w, "sink");
    let draft = w.with_env(|a, e| a.draft_removal(&link, e)).unwrap();
    let cmd = Command::RemoveLink {
        link_id: link,
        signed: Some(w.by_owner(&draft)),
    };
    let act = w.owner_act();
    let got = w.try_decide(&act, &cmd).map(|_| ()).map_err(|r| r.code());
    assert_eq!(got, Ok(()));
}

/// CN-30: an answer fits into a message, however much was missed; the rest is asked for.
#[test]
fn a_long_history_can_be_caught_up_with() {
    let (mut w, ids) = consented();
    let mut ch = ConsentChange::Disable;
    for _ in 0..1200 {
        let _ = outbox(&mut w, &ids.source, ch);
        ch = if ch == ConsentChange::Disable {
            ConsentChange::Reactivate
        } else {
            ConsentChange::Disable
        };
    }
    let r = reply(&w, "source", &ids.source);
    let octets = message::write(&r).unwrap();
    let read: Result<StatusReply, _> = message::read(&octets);
    assert!(read.is_ok(), "{:?}", read.err().map(|f| f.code()));
}

/// CN-91: a status about another person puts nothing in doubt.
#[test]
fn another_persons_consent_with_my_id_does_not_put_mine_in_doubt() {
    let (mut w, ids) = consented();
    // a second account at the same honest operator, with the same services
    w.owner = mydata_chosen::generate(KeyId::parse("owner-2").unwrap(), Algorithm::Es256).unwrap();
    w.account = Account::open(
        AccountId::parse("account-of-mallory").unwrap(),
        KeySet::from(w.owner.public().clone()),
    );
    w.log.clear();
    w.link("source");
    w.link("sink");
    let (mut cmd, _) = pair_for(&mut w, "care", &["src/a"]);
    {
        let p = pair(&mut cmd);
        let mut terms = p.sink.terms().clone();
        terms.cr_id = ids.sink.clone(); // the victim's id
        let sink = SinkConsent::new(
            terms,
            p.sink.source_cr_id().clone(),
            p.sink.usage_rules().to_vec(),
        )
        .unwrap();
        p.sink = owned(&w, sink);
        let mut st: ConsentStatus = (*p.sink_status).clone();
        st.cr_id = ids.sink.clone();
        p.sink_status = owned(&w, st);
    }
    let act = w.owner_act();
    let o = undelivered(&mut w, &act, &cmd); // the honest operator accepts
    for d in &o {
        let refused = hand(&mut w, d.to.as_str(), &d.message);
        if d.to.as_str() == "sink" {
            assert!(refused.is_err());
        }
    }
    let o = {
        let c = change(&ids.sink, ConsentChange::Withdraw, Reason::OwnerWish);
        undelivered(&mut w, &act, &c)
    };
    for d in &o {
        let refused = hand(&mut w, d.to.as_str(), &d.message);
        if d.to.as_str() == "sink" {
            assert!(refused.is_err());
        }
    }
    assert_eq!(standing(&w, &ids.sink), "consent_active");
}

/// P13: what can never be granted again takes no room from others.
#[test]
fn a_sink_that_may_nothing_does_not_fill_the_memory() {
    let (mut w, ids) = consented();
    let other = w.consent("study", &["src/c"]);
    let bad = w.token(&ids.sink).unwrap();
    let good = w.token(&other.sink).unwrap();
    w.replay = TwoGenerations::without_past(&Window::default(), 100, w.now);
    let mut headers = vec![];
    for _ in 0..100 {
        headers.push(w.prepare(&ids.sink, &bad, "care", "src/a").unwrap());
    }
    w.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    for p in headers {
        assert!(w.answer(&p.authorization, "/data/a").granted().is_err());
    }
    let p = w.prepare(&other.sink, &good, "study", "src/c").unwrap();
    let got = w
        .answer(&p.authorization, "/data/c")
        .granted()
        .map(|_| ())
        .map_err(|d| d.wire_code());
    assert_eq!(got, Ok(()));
}

/// A draft is accepted, also when the record before it lies in the future.
#[test]
fn a_draft_is_not_signed_in_vain_after_the_clock_was_mended() {
    let (mut w, ids) = consented();
    let right = w.now;
    w.wait(86_400); // a clock a day ahead …
    w.change(&ids.sink, ConsentChange::Disable).unwrap();
    w.now = right.plus(Seconds::new(60)); // … is mended
    let got = w
        .change(&ids.sink, ConsentChange::Reactivate)
        .map(|_| ())
        .map_err(|r| r.code());
    assert_eq!(got, Ok(()));
}

/// CN-60: nothing resumes under a removed link.
#[test]
fn no_resume_under_a_removed_link() {
    let (mut w, ids) = consented();
    let _ = outbox(&mut w, &ids.sink, ConsentChange::Disable);
    let o = outbox(&mut w, &ids.sink, ConsentChange::Reactivate);
    let m = o
        .iter()
        .find(|d| d.to.as_str() == "sink")
        .unwrap()
        .message
        .clone();
    let _ = hand(&mut w, "sink", &m);
    let r = reply(&w, "sink", &ids.sink);
    let act = w.owner_act();
    let link = link_id(&w, "sink");
    let c = removal(&link);
    let o = undelivered(&mut w, &act, &c);
    let ssr = o
        .iter()
        .rev()
        .find(|d| d.to.as_str() == "sink")
        .unwrap()
        .message
        .clone();
    let _ = hand(&mut w, "sink", &ssr).unwrap();
    let e = catch(&mut w, "sink", &r).unwrap().effects();
    assert!(!names(&e).contains(&"Resume".to_owned()), "{e:?}");
}

/// SL-48, D17: a key id that is the operator's and the owner's would make a link that its service
/// refuses for ever.
#[test]
fn a_kid_of_the_operators_is_refused_to_an_owner() {
    let mut w = World::new();
    let kid = KeyId::parse("operator-status").unwrap();
    w.owner = mydata_chosen::generate(kid, Algorithm::Es256).unwrap();
    let keys = KeySet::from(w.owner.public().clone());
    w.account = Account::open(AccountId::parse("m").unwrap(), keys);
    let start = Command::StartLinking {
        service: w.source.registered.clone(),
        surrogate_id: None,
    };
    let act = w.owner_act();
    let refused = w.try_decide(&act, &start).unwrap_err();
    assert_eq!(refused.code(), "key_in_two_roles");
}

/// D17: yesterday's status key does not sign tokens today.
#[test]
fn an_earlier_status_key_is_no_token_key() {
    let mut w = linked();
    w.token_key = again(&w.status_key);
    w.status_key = new_key("operator-status-2");
    let choice = w.choice("care", &["src/a"]);
    assert_eq!(w.try_pair(&choice).unwrap_err().code(), "key_in_two_roles");
}

/// Linkings that nobody goes on with are bounded in number and in time.
#[test]
fn linkings_under_way_are_bounded() {
    let mut w = World::new();
    let from = w.operator_id.clone();
    let mut invite_one = |now, n: usize| {
        let invitation = ToService::LinkInvitation(LinkInvitation {
            code: LinkCode::parse(&format!("c{n}")).unwrap(),
            operator_id: from.clone(),
            service_id: ServiceId::parse("sink").unwrap(),
            surrogate_id: None,
        });
        let setting = Setting {
            from: &from,
            now,
            crypto: &Chosen,
        };
        let received = w.sink.service.receive(&invitation, setting);
        received.map(|_| ()).map_err(|refusal| refusal.code())
    };
    let now = mydata::core::time::Timestamp::from_seconds(1_736_236_800).unwrap();
    let first_refused = (0..).find(|n| invite_one(now, *n).is_err()).unwrap();
    assert_eq!(first_refused, 100_000);
    assert_eq!(invite_one(now, first_refused), Err("too_many_linkings"));
    // After an hour they are forgotten.
    let later = now.plus(Seconds::minutes(60));
    assert_eq!(invite_one(later, first_refused), Ok(()));
}
