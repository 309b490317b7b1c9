//! The data transfer log of a source and of a sink (FW-61).

use crate::support::consented;
use mydata::core::id::{DatasetId, PurposeId};
use mydata::record::consent::ConsentChange;
use mydata::service::{Transfer, TransferEntry, Want};
use mydata_chosen::Chosen;

//= FW-61 test
#[test]
fn what_was_given_and_what_was_refused_stand_in_the_log() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let first = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    let second = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    let path = first.url.path().to_owned();

    let access = world.answer(&first.authorization, &path);
    let granted = TransferEntry::of(&access, world.now);
    assert_eq!(granted.outcome, Transfer::Granted);
    assert_eq!(granted.cr_id.as_ref(), Some(&ids.source));
    assert_eq!(granted.dataset.as_ref().unwrap().as_str(), "src/a");
    assert!(granted.token.is_some() && granted.codes.is_empty());
    let held = world.source.service.consent(&ids.source).unwrap();
    assert_eq!(
        granted.surrogate_id.as_ref(),
        Some(&held.record.terms().surrogate_id)
    );

    // The same again; then after the withdrawal; then from nobody in particular.
    let access = world.answer(&first.authorization, &path);
    let replayed = TransferEntry::of(&access, world.now);
    assert_eq!(
        (replayed.outcome, replayed.codes.as_slice()),
        (Transfer::Denied, &["request_replayed"][..])
    );
    assert_eq!(replayed.cr_id.as_ref(), Some(&ids.source));
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let access = world.answer(&second.authorization, &path);
    assert_eq!(
        TransferEntry::of(&access, world.now).codes,
        ["consent_withdrawn"]
    );
    let access = world.answer("PoP nonsense", &path);
    let denied = TransferEntry::of(&access, world.now);
    assert_eq!(
        (denied.at, denied.cr_id, denied.surrogate_id),
        (world.now, None, None)
    );
    assert!(!denied.codes.is_empty());
}

//= FW-61 test
#[test]
fn a_sink_logs_what_it_asked_for_and_what_it_did_not() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let purpose = PurposeId::parse("care").unwrap();
    for (dataset, outcome, codes) in [
        ("src/a", Transfer::Requested, vec![]),
        (
            "src/c",
            Transfer::NotRequested,
            vec!["dataset_not_consented"],
        ),
    ] {
        let dataset = DatasetId::parse(dataset).unwrap();
        let want = Want::get(&ids.sink, &purpose, &dataset);
        let (now, sink) = (world.now, &world.sink);
        let prepared =
            sink.service
                .prepare_request(&want, &token, now, &sink.pop, &mut world.random, &Chosen);
        let entry = TransferEntry::requested(&want, &prepared, now);
        assert_eq!((entry.outcome, entry.codes), (outcome, codes));
        assert_eq!(
            (entry.at, entry.cr_id, entry.dataset),
            (now, Some(ids.sink.clone()), Some(dataset))
        );
    }
}

//= FW-61 test
/// It is stored as JSON, and printed without the person.
#[test]
fn a_line_is_stored_whole_and_printed_without_the_person() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    let access = world.answer(&prepared.authorization, "/data/a");
    let entry = TransferEntry::of(&access, world.now);
    let surrogate = entry.surrogate_id.clone().unwrap();
    let stored = serde_json::to_string(&entry).unwrap();
    assert!(stored.contains(surrogate.as_str()) && stored.contains(r#""outcome":"granted""#));
    assert!(!stored.contains("account-of-sofia"));
    assert!(!format!("{entry:?}").contains(surrogate.as_str()));
}
