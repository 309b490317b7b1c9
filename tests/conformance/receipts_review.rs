//! What facts contradict, and what is not to be dropped: found by somebody who tried to break it.
#![expect(
    clippy::unwrap_used,
    reason = "a receipt that cannot be made fails the test"
)]

use crate::receipts::{consented, lacks, sink_of_every_basis};
use mydata::account::Decided;
use mydata::core::id::{ConsentId, PurposeId, ServiceId};
use mydata::core::lang::Language;
use mydata::core::time::{Seconds, Timestamp};
use mydata::receipt::Receipt;
use mydata::receipt::issue::{self, ConsentFacts, Lacks, NoticeFacts};
use mydata::receipt::receipt::{EventState, Necessity};
use mydata::record::consent::ConsentChange;
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::descriptions;
use mydata_conformance::receipts::{self, Case};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The codes alone.
fn codes(made: Result<Receipt, Lacks>) -> BTreeSet<&'static str> {
    lacks(made).into_iter().map(|(code, _)| code).collect()
}

/// What is other than it was.
#[derive(Default)]
struct Altered<'a> {
    now: Option<Timestamp>,
    shown: Option<Timestamp>,
    replaces: Option<&'a ConsentId>,
}

/// A receipt with some of the facts altered.
fn made<'a>(
    world: &World,
    cr_id: &ConsentId,
    alter: impl FnOnce(&mut Altered<'a>),
) -> Result<Receipt, Lacks> {
    let mut altered = Altered::default();
    alter(&mut altered);
    let case = Case::of(world);
    let decided = Decided::find(&world.account, cr_id).unwrap();
    let services = [&case.source, &case.sink];
    let described = |id: &ServiceId, _: &_| services.into_iter().find(|s| s.service_id == *id);
    let mut shown = decided.shown().unwrap();
    shown.at = altered.shown.unwrap_or(shown.at);
    let facts = ConsentFacts {
        receipt_id: case.receipt_id,
        now: altered.now.unwrap_or(world.now),
        operator: &case.operator,
        city: &receipts::read_city(&case.city),
        decision: decided.decision(&described).unwrap(),
        shown,
        ceremony: &case.ceremony,
        causes: &decided.causes(&world.log, &case.ceremony),
        replaces: altered.replaces,
    };
    issue::of_consent(&facts, &Chosen)
}

fn described(change: impl Fn(&mut Value), mut description: Value) -> Value {
    receipts::with_law(&mut description);
    change(&mut description);
    description
}

#[test]
fn times_that_contradict_each_other_make_no_receipt() {
    let (world, ids) = consented();
    let mut case = Case::of(&world);
    case.ceremony.decided_at = world.now.plus(Seconds::days(300));
    assert_eq!(
        codes(case.consent(&world, &ids.sink)),
        ["receipt_times_contradict"].into()
    );
    let late = world.now.plus(Seconds::days(300));
    let shown_late = made(&world, &ids.sink, |facts| facts.shown = Some(late));
    assert_eq!(codes(shown_late), ["receipt_times_contradict"].into());
    let own = ids.source.clone();
    let itself = made(&world, &ids.sink, |facts| facts.replaces = Some(&own));
    assert_eq!(codes(itself), ["receipt_other_decision"].into());
}

#[test]
fn every_cause_that_is_missing_is_named() {
    let (mut world, ids) = consented();
    for _ in 0..3 {
        world.change(&ids.sink, ConsentChange::Disable).unwrap();
        world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    }
    let mut case = Case::of(&world);
    case.has_causes = false;
    let found = lacks(case.consent(&world, &ids.sink));
    assert_eq!(found.len(), 12, "six changes in each of two records");
}

/// A notice tells of all that its purpose requires, or there is none.
#[test]
fn a_notice_drops_no_data() {
    let (world, _) = consented();
    let found = lacks(Case::of(&world).notice(&world, &["survey"]));
    assert_eq!(
        found,
        [("receipt_required_missing", "own".to_owned())].into()
    );
    let mut case = Case::of(&world);
    let mut sink = sink_of_every_basis();
    sink["processingBases"]["contract"][0]["requiredDatasets"] = json!(["own"]);
    case.sink = descriptions::checked(&sink);
    let found = lacks(case.notice(&world, &["deal"]));
    assert_eq!(
        found,
        [("receipt_required_missing", "own".to_owned())].into()
    );
}

#[test]
fn a_notice_names_everything_whatever_the_order_of_its_purposes() {
    let (world, _) = consented();
    let mut case = Case::of(&world);
    case.sink = descriptions::checked(&sink_of_every_basis());
    let purposes = case.city["services"]["sink"]["purposes"].as_object_mut();
    purposes.unwrap().remove("duty");
    let one = lacks(case.notice(&world, &["duty", "nothing-such"]));
    let other = lacks(case.notice(&world, &["nothing-such", "duty"]));
    assert_eq!(one, other);
    let codes: BTreeSet<&str> = one.iter().map(|(code, _)| *code).collect();
    let wanted = [
        "receipt_purpose_missing",
        "receipt_purpose_term_missing",
        "receipt_purpose_unknown",
    ];
    assert_eq!(codes, wanted.into());
    let none = lacks(case.notice(&world, &["nothing", "such"]));
    assert_eq!(none.len(), 2, "{none:?}");
    let empty = lacks(case.notice(&world, &[]));
    assert_eq!(
        empty,
        [("receipt_purpose_unknown", "sink".to_owned())].into()
    );
}

#[test]
fn a_notice_that_was_not_given_yet_is_none() {
    let (world, _) = consented();
    let mut case = Case::of(&world);
    case.sink = descriptions::checked(&sink_of_every_basis());
    let sink = ServiceId::parse("sink").unwrap();
    let (_, link) = world.account.active_link(&sink).unwrap();
    let made = issue::of_notice(&NoticeFacts {
        receipt_id: case.receipt_id,
        now: world.now,
        operator: &case.operator,
        city: &receipts::read_city(&case.city),
        sink: (&case.sink, &link.record.surrogate_id),
        source: None,
        purposes: &[PurposeId::parse("law").unwrap()],
        told_at: world.now.plus(Seconds::new(5)),
        language: Language::SV,
    });
    assert_eq!(codes(made), ["receipt_times_contradict"].into());
}

/// A record that lacks what its purpose requires, or has what the purpose does not name.
#[test]
fn data_is_what_the_purpose_names() {
    let (world, ids) = consented();
    let mut case = Case::of(&world);
    let more = |sink: &mut Value| {
        sink["processingBases"]["consent"][0]["requiredDatasets"] = json!(["a", "c"]);
    };
    case.sink = descriptions::checked(&described(more, descriptions::sink()));
    let found = lacks(case.consent(&world, &ids.sink));
    assert_eq!(found, [("receipt_required_missing", "c".to_owned())].into());
    let other = |sink: &mut Value| {
        sink["processingBases"]["consent"][0]["requiredDatasets"] = json!(["c"]);
    };
    case.sink = descriptions::checked(&described(other, descriptions::sink()));
    let found = codes(case.consent(&world, &ids.sink));
    assert!(found.contains("receipt_dataset_unknown"), "{found:?}");
}

/// Between two services data is a kind, whatever each calls its dataset (SD-22).
#[test]
fn a_second_dataset_of_one_kind_is_as_required_as_the_first() {
    let (world, ids) = consented();
    let mut case = Case::of(&world);
    let twice = |source: &mut Value| {
        let mut other = source["dataDescription"][0].clone();
        other["datasetId"] = json!("src/a2");
        other["distribution"][0]["distributionId"] = json!("src/a2.json");
        other["distribution"][0]["accessUrl"] = json!("/data/a2");
        let all = source["dataDescription"].as_array_mut().unwrap();
        all.insert(0, other);
    };
    case.source = descriptions::checked(&described(twice, descriptions::source()));
    let receipt = case.consent(&world, &ids.sink).unwrap();
    let process = receipt.processes.first().unwrap();
    assert_eq!(process.data.first().unwrap().dataset_id.as_str(), "src/a");
    assert_eq!(process.data.first().unwrap().necessity, Necessity::Required);
    assert_eq!(process.left_out.len(), 1, "`b`, and not the other `a`");
}

/// The desk's clock is behind the machine's: what is issued is as of the last record, and verifies.
#[test]
fn an_end_between_two_clocks_is_told() {
    let (mut world, ids) = consented();
    let exp = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .terms()
        .exp
        .unwrap();
    let before = u32::try_from(exp.seconds() - world.now.seconds() - 1).unwrap();
    world.wait(before);
    let desk: Timestamp = world.now;
    world.wait(2);
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let receipt = made(&world, &ids.sink, |facts| facts.now = Some(desk)).unwrap();
    assert_eq!(receipt.issued, world.now);
    let state = receipt.given().unwrap().state();
    assert_eq!(state, Some(EventState::Expired));
}

#[test]
fn articles_fit_the_basis_and_the_act() {
    let (world, ids) = consented();
    let of = |articles: Value| {
        let change = move |sink: &mut Value| {
            sink["processingBases"]["consent"][0]["x_mydata"]["gdpr"] = articles.clone();
        };
        descriptions::checked(&described(change, descriptions::sink()))
    };
    let mut case = Case::of(&world);
    case.sink = of(json!(["eu-gdpr:A6-1-a", "eu-gdpr:A6-1-c"]));
    let found = codes(case.consent(&world, &ids.sink));
    assert_eq!(found, ["receipt_article_other"].into());
    case.sink = of(json!(["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"]));
    let special = |source: &mut Value| {
        source["dataDescription"][0]["x_mydata"] = json!({ "category": "special" });
    };
    case.source = descriptions::checked(&described(special, descriptions::source()));
    case.consent(&world, &ids.sink).unwrap();
    case.ceremony.is_explicit = false;
    let found = codes(case.consent(&world, &ids.sink));
    assert_eq!(found, ["receipt_not_explicit"].into());
}

#[test]
fn a_register_has_no_blanks() {
    let blanks = [
        ("/providers/0000000-0/address/street", json!(" ")),
        ("/providers/0000000-0/address/city", json!("")),
        (
            "/providers/0000000-0/email",
            json!("office@town.example?subject=x"),
        ),
        (
            "/providers/0000000-0/email",
            json!("office\u{202e}@town.example"),
        ),
        ("/authorities/FI/business_id", json!("")),
        ("/authorities/FI/name/sv", json!("\t")),
    ];
    for (pointer, value) in blanks {
        let mut city = receipts::city();
        *city.pointer_mut(pointer).unwrap() = value;
        let read = mydata::receipt::city::City::from_json(city.to_string().as_bytes());
        assert_eq!(read.unwrap_err().code(), "json_shape", "{pointer}");
    }
}
