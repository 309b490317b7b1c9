//! Every refusal of the operator, provoked: a refusal without a way to it, or without a line here,
//! fails the test. Each way also shows that nothing has changed and nothing was sent.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{
    arrive, as_service, change, code_of, consented, invite, link_id, linked, new_key, offered,
    owned, pair, pair_for, refused, removal, signatures, signed, single, with_terms,
};
use crate::{notifications, objections};
use mydata::core::id::{AccountId, ConsentId, DatasetId, LinkId, RecordId, ServiceId, SurrogateId};
use mydata::core::lang::{Language, Texts};
use mydata::core::party::Party;
use mydata::core::time::Seconds;
use mydata::operator::{
    Capacity, Command, ContractFiling, ContractTitle, Fact, PairConsent, Proof, Proposal, Reason,
    Refusal, Registered, Verification,
};
use mydata::record::consent::{
    Consent as _, ConsentChange, ConsentExtension, ConsentState, SinkConsent, SourceConsent,
    Validity,
};
use mydata::record::message::StatusQuery;
use mydata::record::possession::ProofScheme;
use mydata::record::resource_set::{ResourceDataset, ResourceSet};
use mydata_chosen::Chosen;
use mydata_conformance::{World, descriptions};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

type Way = fn() -> &'static str;

/// Each refusal with a way to it.
const WAYS: &[(Refusal, Way)] = &[
    (Refusal::AccountMismatch, account_mismatch),
    (Refusal::CapacityNotAllowed, capacity_not_allowed),
    (Refusal::KeyNotBound, key_not_bound),
    (Refusal::KeyInTwoRoles, key_in_two_roles),
    (Refusal::LinkExists, link_exists),
    (Refusal::LinkUnknown, link_unknown),
    (Refusal::LinkIdTaken, link_id_taken),
    (Refusal::LinkingUnknown, linking_unknown),
    (Refusal::LinkingExpired, linking_expired),
    (Refusal::LinkingStage, linking_stage),
    (Refusal::LinkingMany, linking_many),
    (Refusal::SurrogateMismatch, surrogate_mismatch),
    (Refusal::SurrogateReused, surrogate_reused),
    (Refusal::PopKeyMissing, pop_key_missing),
    (Refusal::RecordMismatch, record_mismatch),
    (Refusal::RecordTime, record_time),
    (Refusal::ServiceSuspended, service_suspended),
    (Refusal::ServiceMismatch, service_mismatch),
    (Refusal::DescriptionStale, description_stale),
    (Refusal::ConsentUnknown, consent_unknown),
    (Refusal::ConsentNotSinks, consent_not_sinks),
    (Refusal::ConsentExists, consent_exists),
    (Refusal::ConsentIdTaken, consent_id_taken),
    (Refusal::RecordIdTaken, record_id_taken),
    (Refusal::ResourceSetTaken, resource_set_taken),
    (Refusal::ProposalUnknown, proposal_unknown),
    (Refusal::ProposalMany, proposal_many),
    (Refusal::ProposalUrlTaken, proposal_url_taken),
    (
        Refusal::ProposalOtherDescription,
        proposal_other_description,
    ),
    (Refusal::ProposalOtherLanguage, proposal_other_language),
    (Refusal::ProposalLate, proposal_late),
    (Refusal::ProposalAltered, proposal_altered),
    (Refusal::ProposalMediaType, || proposal("text", 1, b"x")),
    (Refusal::ProposalSize, || proposal("text/plain", 1, b"")),
    (Refusal::ProposalServices, || {
        proposal("text/plain", 0, b"x")
    }),
    (Refusal::ModificationServices, modification_services),
    (Refusal::ModificationOfSource, modification_of_source),
    (Refusal::ContractUnknown, contract_unknown),
    (Refusal::ContractEnded, contract_ended),
    (Refusal::ContractVersionTaken, contract_version_taken),
    (Refusal::ContractTitle, contract_title),
    (Refusal::ContractValidity, contract_validity),
    (Refusal::ContractMany, contract_many),
    (Refusal::PairMismatch, pair_mismatch),
    (Refusal::PurposeUnknown, purpose_unknown),
    (Refusal::PurposeNotConsent, purpose_not_consent),
    (Refusal::PurposeSource, purpose_source),
    (Refusal::PurposeTooLong, purpose_too_long),
    (Refusal::DatasetUnknown, dataset_unknown),
    (Refusal::DatasetRequired, dataset_required),
    (Refusal::DatasetNotForPurpose, dataset_not_for_purpose),
    (Refusal::DatasetWithoutPurpose, dataset_without_purpose),
    (Refusal::SourceIsSink, source_is_sink),
    (Refusal::ChangeNotSigned, change_not_signed),
    (Refusal::ChangeMismatch, change_mismatch),
    (Refusal::ReasonNotAllowed, reason_not_allowed),
    (Refusal::NotificationsNotOffered, notifications::not_offered),
    (Refusal::SubscriptionStale, notifications::stale),
    (Refusal::SubscriptionUnknown, notifications::unknown),
    (
        Refusal::NotificationNotSubscribed,
        notifications::not_subscribed,
    ),
    (Refusal::NotificationIdTaken, notifications::id_taken),
    (Refusal::ObjectionNotOffered, objections::not_offered),
    (Refusal::ObjectionBasis, objections::basis),
    (Refusal::ObjectionIdTaken, objections::id_taken),
    (Refusal::ObjectionUnknown, objections::unknown),
    (
        Refusal::ObjectionAnswerMismatch,
        objections::answer_mismatch,
    ),
    (Refusal::ObjectionDecided, objections::decided),
    (Refusal::MirrorMissing, mirror_missing),
    (Refusal::MirrorNotWanted, mirror_not_wanted),
    (Refusal::ReactivationNotYours, reactivation_not_yours),
    (Refusal::SinkNotActive, sink_not_active),
    (Refusal::StatusRecordUnknown, status_record_unknown),
    (Refusal::AccountNotActivated, account_not_activated),
    (Refusal::AccountActivated, account_activated),
    (Refusal::AccountClosing, account_closing),
    (Refusal::AccountNotClosing, account_not_closing),
    (Refusal::AccountEnded, account_ended),
    (Refusal::AccountNotEnded, account_not_ended),
    (Refusal::GraceOver, grace_over),
    (Refusal::VerificationUnknown, verification_unknown),
    (Refusal::VerificationExpired, verification_expired),
    (Refusal::VerificationWrong, verification_wrong),
    (Refusal::VerificationMany, verification_many),
    (Refusal::ExportNotVerified, export_not_verified),
    (Refusal::OperatorKeyOther, operator_key_other),
];

/// P41: every refusal has a stable code of its own, can be provoked, and changes nothing.
#[test]
fn every_refusal_of_the_operator_is_provoked_and_changes_nothing() {
    for (refusal, way) in WAYS {
        assert_eq!(way(), refusal.code(), "{refusal:?}");
    }
    let provoked: BTreeSet<_> = WAYS.iter().map(|(refusal, _)| *refusal).collect();
    let all: BTreeSet<_> = Refusal::ALL.iter().copied().collect();
    assert_eq!(provoked, all, "a refusal has no way to it");
}

/// Codes are what logs and programs compare: none stands for two refusals.
#[test]
fn no_code_stands_twice() {
    use mydata::record::chain::ChainRefusal;
    use mydata::record::standing::Bar;
    use mydata::token::claims::IssueRefusal;
    let mut codes: Vec<&str> = Refusal::ALL.iter().map(|r| r.code()).collect();
    codes.extend(ChainRefusal::ALL.iter().map(|r| r.code()));
    codes.extend(Bar::ALL.iter().map(|r| r.code()));
    codes.extend(IssueRefusal::ALL.iter().map(|r| r.code()));
    let distinct: BTreeSet<_> = codes.iter().collect();
    assert_eq!(distinct.len(), codes.len());
}

fn account_not_activated() -> &'static str {
    refused(&mut World::created(), Capacity::Owner, &Command::Export)
}

fn account_activated() -> &'static str {
    let what = Verification::Activation;
    let ask = Command::AskVerification { what };
    refused(&mut linked(), Capacity::Operator, &ask)
}

/// Verified for a deletion, or for one at once.
fn leaving(what: Verification) -> World {
    let mut world = linked();
    world.verified(what).unwrap();
    world
}

fn account_closing() -> &'static str {
    let what = Verification::Deletion;
    let ask = Command::AskVerification { what };
    refused(&mut leaving(what), Capacity::Owner, &ask)
}

fn account_not_closing() -> &'static str {
    refused(&mut linked(), Capacity::Owner, &Command::UndoDeletion)
}

fn account_ended() -> &'static str {
    let mut world = leaving(Verification::DeletionAtOnce);
    refused(&mut world, Capacity::Owner, &Command::Export)
}

fn account_not_ended() -> &'static str {
    refused(&mut linked(), Capacity::System, &Command::Erase)
}

fn grace_over() -> &'static str {
    let mut world = leaving(Verification::Deletion);
    world.wait(14 * 86_400);
    refused(&mut world, Capacity::Owner, &Command::UndoDeletion)
}

/// A code for one matter, given for another after some time.
fn with_code(asked: Verification, given: Verification, seconds: u32, spoil: bool) -> &'static str {
    let mut world = linked();
    let mut code = world.ask(asked).unwrap();
    world.wait(seconds);
    if spoil {
        code = mydata::core::id::VerificationCode::from_random([1; 16]);
    }
    let (what, proof) = (given, Proof::Code(code));
    refused(
        &mut world,
        Capacity::Owner,
        &Command::Confirm { what, proof },
    )
}

fn verification_unknown() -> &'static str {
    with_code(Verification::Export, Verification::Deletion, 0, false)
}

fn verification_expired() -> &'static str {
    with_code(Verification::Export, Verification::Export, 3600, false)
}

fn verification_wrong() -> &'static str {
    with_code(Verification::Export, Verification::Export, 3599, true)
}

fn verification_many() -> &'static str {
    let mut world = linked();
    for _ in 0..5 {
        world.ask(Verification::Export).unwrap();
    }
    let what = Verification::Export;
    refused(
        &mut world,
        Capacity::Owner,
        &Command::AskVerification { what },
    )
}

fn export_not_verified() -> &'static str {
    refused(&mut linked(), Capacity::Owner, &Command::Export)
}

fn account_mismatch() -> &'static str {
    let mut world = linked();
    let mut act = world.act(Capacity::System);
    act.account = AccountId::parse("account-of-aleksi").unwrap();
    code_of(&mut world, |world| world.command(&act, &Command::Expire))
}

fn capacity_not_allowed() -> &'static str {
    let (mut world, ids) = consented();
    let command = change(&ids.sink, ConsentChange::Withdraw, Reason::OwnerWish);
    refused(&mut world, as_service("sink"), &command)
}

fn key_not_bound() -> &'static str {
    let mut world = linked();
    let (mut command, _) = pair_for(&mut world, "study", &["src/c"]);
    let stranger = new_key("owner-1");
    let record = (*pair(&mut command).sink).clone();
    pair(&mut command).sink = crate::support::believed(record, &stranger, Party::Owner);
    refused(&mut world, Capacity::Owner, &command)
}

fn key_in_two_roles() -> &'static str {
    let mut world = World::new();
    invite(&mut world, "sink");
    let (code, offer) = world.offer("sink");
    let command = Command::OfferSurrogate {
        code,
        surrogate_id: offer.surrogate_id,
        pop_key: Some(mydata::core::crypto::Signer::public(&world.sink.key).clone()),
        proof: ProofScheme::Pop,
    };
    refused(&mut world, as_service("sink"), &command)
}

fn link_exists() -> &'static str {
    let mut world = linked();
    let command = start(&world.source.registered);
    refused(&mut world, Capacity::Owner, &command)
}

fn start(service: &Arc<Registered>) -> Command {
    Command::StartLinking {
        service: Arc::clone(service),
        surrogate_id: None,
    }
}

fn link_unknown() -> &'static str {
    let mut world = linked();
    let command = removal(&LinkId::parse("no-such-link").unwrap());
    refused(&mut world, Capacity::Owner, &command)
}

//= SL-40, AC-29 test
fn link_id_taken() -> &'static str {
    let mut world = World::new();
    invite(&mut world, "source");
    let command = offered(&mut world, "source");
    let numbers = world.random.clone();
    world
        .command(&world.service_act("source"), &command)
        .unwrap();
    finish(&mut world, "source");
    invite(&mut world, "sink");
    let command = offered(&mut world, "sink");
    // The random source gives a number that it has given before.
    world.random = numbers;
    refused(&mut world, as_service("sink"), &command)
}

/// The rest of a linking, once the surrogate is offered.
fn finish(world: &mut World, name: &str) {
    let code = world.side(name).code.clone().unwrap();
    world.propose(&code);
    let record = world.countersigned(name);
    let command = Command::Countersign {
        code: code.clone(),
        record,
    };
    world.command(&world.service_act(name), &command).unwrap();
    let draft = world.with_env(|account, env| account.draft_first_status(&code, env));
    let status = world.by_owner(&draft.unwrap());
    let command = Command::CompleteLink { code, status };
    world.command(&world.owner_act(), &command).unwrap();
}

fn linking_unknown() -> &'static str {
    let mut world = World::new();
    invite(&mut world, "source");
    let command = offered(&mut world, "source");
    // To another service the linking does not exist.
    refused(&mut world, as_service("sink"), &command)
}

fn linking_expired() -> &'static str {
    let mut world = World::new();
    invite(&mut world, "source");
    let command = offered(&mut world, "source");
    world.wait(30 * 60);
    refused(&mut world, as_service("source"), &command)
}

fn linking_stage() -> &'static str {
    let mut world = World::new();
    let code = invite(&mut world, "source");
    code_of(&mut world, |world| {
        world.with_env(|account, env| account.draft_link(&code, env))
    })
}

fn described(mut description: Value, id: &str) -> Arc<Registered> {
    description["serviceId"] = json!(id);
    let keys = mydata::core::crypto::Signer::public(&new_key("another-1")).clone();
    Arc::new(Registered::new(descriptions::checked(&description), keys))
}

fn linking_many() -> &'static str {
    let mut world = World::new();
    for n in 0..16 {
        let service = described(descriptions::source(), &format!("service-{n}"));
        let (act, command) = (world.owner_act(), start(&service));
        crate::support::undelivered(&mut world, &act, &command);
    }
    let command = start(&world.source.registered);
    refused(&mut world, Capacity::Owner, &command)
}

fn surrogate_mismatch() -> &'static str {
    let mut world = World::new();
    arrive(&mut world, "source");
    let mut command = offered(&mut world, "source");
    let other = SurrogateId::from_random(world.bits());
    if let Command::OfferSurrogate { surrogate_id, .. } = &mut command {
        *surrogate_id = other;
    }
    refused(&mut world, as_service("source"), &command)
}

fn surrogate_reused() -> &'static str {
    let mut world = linked();
    let link = link_id(&world, "source");
    let earlier = world
        .account
        .link(&link)
        .unwrap()
        .record
        .surrogate_id
        .clone();
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    invite(&mut world, "source");
    let mut command = offered(&mut world, "source");
    if let Command::OfferSurrogate { surrogate_id, .. } = &mut command {
        *surrogate_id = earlier;
    }
    refused(&mut world, as_service("source"), &command)
}

//= SL-16, AC-30 test
fn pop_key_missing() -> &'static str {
    let mut world = World::new();
    invite(&mut world, "sink");
    let mut command = offered(&mut world, "sink");
    if let Command::OfferSurrogate { pop_key, .. } = &mut command {
        *pop_key = None;
    }
    refused(&mut world, as_service("sink"), &command)
}

fn record_mismatch() -> &'static str {
    let mut world = World::new();
    let code = invite(&mut world, "source");
    let command = offered(&mut world, "source");
    world
        .command(&world.service_act("source"), &command)
        .unwrap();
    let draft = world.with_env(|account, env| account.draft_link(&code, env));
    let mut record = draft.unwrap().value().clone();
    record.0.surrogate_id = SurrogateId::from_random(world.bits());
    let command = Command::ProposeLink {
        code,
        record: owned(&world, record),
    };
    refused(&mut world, Capacity::Owner, &command)
}

fn record_time() -> &'static str {
    let mut world = linked();
    let (command, _) = pair_for(&mut world, "study", &["src/c"]);
    world.wait(30 * 60 + 1);
    refused(&mut world, Capacity::Owner, &command)
}

//= SL-13 test
fn service_suspended() -> &'static str {
    let mut world = World::new();
    let closed = Registered::clone(&world.source.registered).suspended();
    let command = start(&Arc::new(closed));
    refused(&mut world, Capacity::Owner, &command)
}

/// A pair that the owner has signed, altered.
fn altered(alter: impl Fn(&mut World, &mut PairConsent)) -> &'static str {
    let mut world = linked();
    let (mut command, _) = pair_for(&mut world, "study", &["src/c"]);
    alter(&mut world, pair(&mut command));
    refused(&mut world, Capacity::Owner, &command)
}

fn service_mismatch() -> &'static str {
    altered(|_, pair| pair.sink_service = described(descriptions::sink(), "another"))
}

fn description_stale() -> &'static str {
    altered(|_, pair| {
        let mut newer = descriptions::sink();
        newer["serviceDescription"]["serviceDescriptionVersion"] = json!("1.0.1");
        pair.sink_service = described(newer, "sink");
    })
}

fn consent_unknown() -> &'static str {
    let (mut world, _) = consented();
    let unknown = ConsentId::parse("no-such-consent").unwrap();
    let command = change(&unknown, ConsentChange::Withdraw, Reason::OwnerWish);
    refused(&mut world, Capacity::Owner, &command)
}

fn token_for(cr_id: &ConsentId) -> Command {
    Command::IssueToken {
        cr_id: cr_id.clone(),
    }
}

fn reason_not_allowed() -> &'static str {
    let (mut world, ids) = consented();
    let expired = change(&ids.sink, ConsentChange::Withdraw, Reason::Expired);
    refused(&mut world, Capacity::Owner, &expired)
}

fn consent_not_sinks() -> &'static str {
    let (mut world, ids) = consented();
    refused(&mut world, as_service("source"), &token_for(&ids.source))
}

fn consent_exists() -> &'static str {
    let (mut world, _) = consented();
    let choice = world.choice("care", &["src/a"]);
    code_of(&mut world, |world| world.try_pair(&choice))
}

//= CN-69 test
fn consent_id_taken() -> &'static str {
    let (mut world, ids) = consented();
    let (mut command, _) = pair_for(&mut world, "study", &["src/c"]);
    with_terms(&world, pair(&mut command), |terms| {
        terms.cr_id = match terms.role {
            mydata::record::consent::Role::Source => ids.source.clone(),
            mydata::record::consent::Role::Sink => ids.sink.clone(),
        };
    });
    refused(&mut world, Capacity::Owner, &command)
}

fn first_record(world: &World, cr_id: &ConsentId) -> RecordId {
    let consent = world.account.consent(cr_id).unwrap();
    consent.chain.latest().record_id.clone()
}

//= SL-51, CN-91 test
fn record_id_taken() -> &'static str {
    let (mut world, ids) = consented();
    let (mut command, _) = pair_for(&mut world, "study", &["src/c"]);
    let mut status = (*pair(&mut command).source_status).clone();
    status.record_id = first_record(&world, &ids.sink);
    pair(&mut command).source_status = owned(&world, status);
    refused(&mut world, Capacity::Owner, &command)
}

//= CN-09 test
fn resource_set_taken() -> &'static str {
    let (mut world, ids) = consented();
    let taken = world.account.consent(&ids.sink).unwrap().terms();
    let taken = taken.resource_set().id().clone();
    let (mut command, _) = pair_for(&mut world, "study", &["src/c"]);
    with_terms(&world, pair(&mut command), |terms| {
        let datasets = terms.resource_set().datasets().to_vec();
        terms.rs_description = ResourceSet::new(taken.clone(), datasets).unwrap().into();
    });
    refused(&mut world, Capacity::Owner, &command)
}

/// A proposal about so many services.
fn proposal(kind: &str, services: usize, octets: &[u8]) -> &'static str {
    let mut world = linked();
    let url = world.proposal().url().clone();
    let about = world
        .proposal()
        .rests_on()
        .take(services)
        .cloned()
        .collect();
    let made = Proposal::new(url, kind, Language::FI, about, octets);
    made.map_or_else(Refusal::code, |_| "made")
}

fn proposal_unknown() -> &'static str {
    let mut world = linked();
    let named = world.proposal().reference(&Chosen);
    let choice = world.choice_of(named, "care", &["src/a"]);
    code_of(&mut world, |world| world.try_pair(&choice))
}

fn proposal_many() -> &'static str {
    let mut world = linked();
    // What is agreed to counts for nothing, and nor does what was shown the day before.
    let choice = world.choice("care", &["src/a"]);
    let (command, _) = world.try_pair(&choice).unwrap();
    world.command(&world.owner_act(), &command).unwrap();
    for day in 0..2 {
        world.now = world.now.plus(Seconds::days(day));
        for _ in 0..100 {
            let shown = world.proposal();
            world.show(shown).unwrap();
        }
    }
    let proposal = world.proposal();
    let command = Command::ShowProposal { proposal };
    refused(&mut world, Capacity::Owner, &command)
}

fn proposal_url_taken() -> &'static str {
    let mut world = linked();
    let first = world.proposal();
    world.show(first.clone()).unwrap();
    let about = first.rests_on().cloned().collect();
    let url = first.url().clone();
    let proposal = Proposal::new(url, "text/plain", Language::SV, about, b"x").unwrap();
    let command = Command::ShowProposal { proposal };
    refused(&mut world, Capacity::Operator, &command)
}

fn proposal_other_description() -> &'static str {
    let mut world = linked();
    let first = world.proposal();
    let about = first.rests_on().take(1).cloned().collect();
    let url = first.url().clone();
    let proposal = Proposal::new(url, "text/plain", Language::SV, about, b"x").unwrap();
    let named = world.show(proposal).unwrap();
    let choice = world.choice_of(named, "care", &["src/a"]);
    code_of(&mut world, |world| world.try_pair(&choice))
}

fn proposal_other_language() -> &'static str {
    altered(|world, pair| {
        with_terms(world, pair, |terms| {
            terms.x_mydata = Some(ConsentExtension::shown_in(Language::EN));
        });
    })
}

fn proposal_late() -> &'static str {
    altered(|world, pair| {
        let earlier = world.now.minus(Seconds::new(1));
        with_terms(world, pair, |terms| terms.iat = earlier);
    })
}

fn proposal_altered() -> &'static str {
    let mut world = linked();
    let first = world.proposal();
    let named = world.show(first).unwrap();
    // An hour later the document says another time, and somebody puts it in the place of the first.
    world.wait(3600);
    let other = world.proposal();
    let mut log = world.log.clone();
    for event in &mut log {
        if let Fact::ProposalShown { proposal, .. } = &mut event.fact {
            let about = other.rests_on().cloned().collect();
            let (url, octets) = (named.url.clone(), other.octets());
            let kind = "application/json";
            *proposal = Proposal::new(url, kind, Language::SV, about, octets).unwrap();
        }
    }
    let asked = mydata::operator::archived_proposal(&log, &named, &Chosen);
    asked.map_or_else(Refusal::code, |_| "unaltered")
}

fn modification_services() -> &'static str {
    let (mut world, _) = consented();
    let (give, own) = single(&mut world);
    world.command(&world.owner_act(), &give).unwrap();
    let choice = world.choice("care", &["src/a"]);
    code_of(&mut world, |world| world.try_modification(&own, &choice))
}

fn modification_of_source() -> &'static str {
    let (mut world, ids) = consented();
    let choice = world.choice("care", &["src/a"]);
    code_of(&mut world, |world| {
        world.try_modification(&ids.source, &choice)
    })
}

/// A filing that is spoilt, after another has been filed.
fn filed(spoil: impl Fn(&mut ContractFiling)) -> &'static str {
    let mut world = linked();
    let mut filing = crate::contracts::filing(&world, "source", "terms", "1");
    let first = Command::FileContract {
        filing: filing.clone(),
    };
    world.command(&world.owner_act(), &first).unwrap();
    spoil(&mut filing);
    refused(
        &mut world,
        Capacity::Owner,
        &Command::FileContract { filing },
    )
}

fn contract_unknown() -> &'static str {
    let end = crate::contracts::end("source", "terms");
    refused(&mut linked(), Capacity::Owner, &end)
}

fn contract_ended() -> &'static str {
    let mut world = linked();
    let filing = crate::contracts::filing(&world, "source", "terms", "1");
    let file = Command::FileContract { filing };
    let end = crate::contracts::end("source", "terms");
    for command in [&file, &end] {
        world.command(&world.owner_act(), command).unwrap();
    }
    refused(&mut world, Capacity::Owner, &end)
}

fn contract_version_taken() -> &'static str {
    filed(|_| {})
}

fn contract_title() -> &'static str {
    filed(|filing| {
        let (language, title) = (Language::FI, String::new());
        filing.title = Texts::new(vec![ContractTitle { language, title }]).unwrap();
    })
}

fn contract_validity() -> &'static str {
    filed(|filing| filing.valid_until = filing.valid_from)
}

fn contract_many() -> &'static str {
    let mut world = linked();
    for number in 0..256 {
        let filing = crate::contracts::filing(&world, "source", &format!("c{number}"), "1");
        let file = Command::FileContract { filing };
        world.command(&world.owner_act(), &file).unwrap();
    }
    let filing = crate::contracts::filing(&world, "source", "more", "1");
    refused(
        &mut world,
        as_service("source"),
        &Command::FileContract { filing },
    )
}

//= CN-86 test
fn pair_mismatch() -> &'static str {
    altered(|world, pair| {
        let mut terms = pair.source.terms().clone();
        terms.exp = Some(world.now.plus(Seconds::days(31)));
        let (pop, issuer) = (pair.source.pop_key(), pair.source.token_issuer_key());
        let longer = SourceConsent::new(terms, pop.clone(), issuer.clone()).unwrap();
        pair.source = owned(world, longer);
    })
}

/// A choice that is refused before anybody signs.
fn chosen(purpose: &str, datasets: &[&str]) -> &'static str {
    let mut world = linked();
    let choice = world.choice(purpose, datasets);
    code_of(&mut world, |world| world.try_pair(&choice))
}

fn purpose_unknown() -> &'static str {
    chosen("marketing", &["src/a"])
}

//= SD-21 test
fn purpose_not_consent() -> &'static str {
    chosen("duty", &["src/a"])
}

fn purpose_source() -> &'static str {
    chosen("elsewhere", &["src/a"])
}

fn purpose_too_long() -> &'static str {
    let mut world = linked();
    let mut choice = world.choice("care", &["src/a"]);
    choice.validity = Validity::until(world.now.plus(Seconds::new(30 * 86_400 + 1)));
    code_of(&mut world, |world| world.try_pair(&choice))
}

fn dataset_unknown() -> &'static str {
    chosen("study", &["src/d"])
}

fn dataset_required() -> &'static str {
    chosen("care", &["src/b"])
}

fn dataset_not_for_purpose() -> &'static str {
    chosen("care", &["src/a", "src/c"])
}

fn dataset_without_purpose() -> &'static str {
    let mut world = linked();
    // The set of `care` holds `a` and `b`; its rule is made to use `a` only.
    let (mut command, _) = pair_for(&mut world, "care", &["src/a", "src/b"]);
    let given = pair(&mut command);
    let mut rules = given.sink.usage_rules().to_vec();
    for rule in &mut rules {
        rule.datasets = vec![DatasetId::parse("src/a").unwrap()];
    }
    let (terms, other) = (
        given.sink.terms().clone(),
        given.sink.source_cr_id().clone(),
    );
    given.sink = owned(&world, SinkConsent::new(terms, other, rules).unwrap());
    refused(&mut world, Capacity::Owner, &command)
}

fn source_is_sink() -> &'static str {
    let mut world = linked();
    let choice = world.choice("study", &["src/c"]);
    let mut both = descriptions::sink();
    for dataset in both["dataDescription"].as_array_mut().unwrap() {
        let id = format!("src/{}", dataset["datasetId"].as_str().unwrap());
        dataset["datasetId"] = json!(id);
        dataset["distribution"] = json!([{ "distributionId": format!("{id}.json"),
            "accessUrl": format!("/{id}"), "format": "application/json" }]);
    }
    for basis in ["consent", "publicInterest", "contract"] {
        for purpose in both["processingBases"][basis].as_array_mut().unwrap() {
            for list in ["requiredDatasets", "optionalDatasets"] {
                let ids = purpose.get_mut(list).and_then(Value::as_array_mut);
                for id in ids.into_iter().flatten() {
                    *id = json!(format!("src/{}", id.as_str().unwrap()));
                }
            }
        }
    }
    let both = described(both, "sink");
    code_of(&mut world, |world| {
        world.with_env(|account, env| account.draft_pair(&both, &both, &choice, env))
    })
}

fn change_not_signed() -> &'static str {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let command = change(&ids.sink, ConsentChange::Reactivate, Reason::OwnerWish);
    refused(&mut world, Capacity::Owner, &command)
}

fn change_mismatch() -> &'static str {
    let (mut world, ids) = consented();
    let mut command = signed(&mut world, &ids.source, ConsentChange::Disable);
    let mut status = (*signatures(&mut command).status).clone();
    status.consent_status = ConsentState::Withdrawn;
    signatures(&mut command).status = owned(&world, status);
    refused(&mut world, Capacity::Owner, &command)
}

fn mirror_missing() -> &'static str {
    let (mut world, ids) = consented();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let mut command = signed(&mut world, &ids.sink, ConsentChange::Reactivate);
    signatures(&mut command).mirrored = None;
    refused(&mut world, Capacity::Owner, &command)
}

fn mirror_not_wanted() -> &'static str {
    let (mut world, ids) = consented();
    let mut command = signed(&mut world, &ids.source, ConsentChange::Disable);
    let mut other = signed(&mut world, &ids.sink, ConsentChange::Disable);
    let unasked = signatures(&mut other).status.clone();
    signatures(&mut command).mirrored = Some(unasked);
    refused(&mut world, Capacity::Owner, &command)
}

fn reactivation_not_yours() -> &'static str {
    let (mut world, ids) = consented();
    let reason = Reason::SuspectedMisuse;
    world
        .operator_change(&ids.sink, ConsentChange::Disable, reason)
        .unwrap();
    let command = signed(&mut world, &ids.sink, ConsentChange::Reactivate);
    refused(&mut world, Capacity::Owner, &command)
}

fn sink_not_active() -> &'static str {
    let (mut world, ids) = consented();
    world.change(&ids.source, ConsentChange::Disable).unwrap();
    let reason = Reason::SuspectedMisuse;
    world
        .operator_change(&ids.sink, ConsentChange::Disable, reason)
        .unwrap();
    let reactivate = change(&ids.source, ConsentChange::Reactivate, Reason::OwnerWish);
    let Command::ChangeConsent { cr_id, .. } = &reactivate else {
        return "not a change";
    };
    let drafted = world.signed_change(cr_id, ConsentChange::Reactivate);
    drafted.map_or_else(|rejection| rejection.code(), |_| "drafted")
}

fn status_record_unknown() -> &'static str {
    let (mut world, ids) = consented();
    let query = StatusQuery {
        cr_id: ids.sink.clone(),
        since: Some(RecordId::parse("no-such-record").unwrap()),
        round: 0,
    };
    let sink = ServiceId::parse("sink").unwrap();
    code_of(&mut world, |world| world.account.introspect(&sink, &query))
}

fn operator_key_other() -> &'static str {
    let (mut world, ids) = consented();
    world.status_key = new_key("operator-status-2");
    let command = change(&ids.sink, ConsentChange::Withdraw, Reason::LegalOrder);
    refused(&mut world, Capacity::Operator, &command)
}

/// The operator's own faults are refusals too: without chance and without a signature nothing is
/// decided.
#[test]
fn a_failed_random_source_or_signer_changes_nothing() {
    use mydata::core::crypto::{Signature, Signer, SignerFailed};
    use mydata::core::jwk::PublicKey;
    use mydata::operator::{Env, Operator, Timing};
    use mydata_chosen::Chosen;
    use mydata_conformance::chance::Broken;

    /// Answers with the signature of nobody, or not at all.
    #[derive(Debug)]
    struct Bad(PublicKey, bool);
    impl Signer for Bad {
        fn public(&self) -> &PublicKey {
            &self.0
        }
        fn sign(&self, _: &[u8]) -> Result<Signature, SignerFailed> {
            let nobodys = Signature::from_octets([1; 64]);
            if self.1 {
                Ok(nobodys)
            } else {
                Err(SignerFailed::new())
            }
        }
    }

    let (world, ids) = consented();
    let command = change(&ids.sink, ConsentChange::Withdraw, Reason::LegalOrder);
    let act = world.act(Capacity::Operator);
    let decide = |status: &dyn Signer, random: &mut dyn mydata::core::crypto::Random| {
        let timing = Timing::default();
        let operator = Operator::new(&world.operator_id, status, &world.token_key, timing);
        let mut env = Env {
            now: world.now,
            random,
            crypto: &Chosen,
            operator: operator.unwrap(),
        };
        match world.account.decide(&act, &command, &mut env) {
            Ok(decision) => panic!("decided: {decision:?}"),
            Err(rejection) => rejection.code(),
        }
    };
    assert_eq!(decide(&world.status_key, &mut Broken), "no_randomness");
    for answers in [true, false] {
        let bad = Bad(world.status_key.public().clone(), answers);
        assert_eq!(decide(&bad, &mut world.random.clone()), "signer_failed");
    }
}

/// P41: the other refusals that a command can meet: of a chain, a standing, a token.
#[test]
fn refusals_of_the_records_reach_the_caller_under_their_own_code() {
    let (mut world, ids) = consented();
    let reactivate = change(&ids.sink, ConsentChange::Reactivate, Reason::OwnerWish);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &reactivate),
        "chain_transition_not_allowed"
    );
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let withdraw = change(&ids.sink, ConsentChange::Withdraw, Reason::OwnerWish);
    assert_eq!(
        refused(&mut world, Capacity::Owner, &withdraw),
        "chain_terminal"
    );
    assert_eq!(
        refused(&mut world, as_service("sink"), &token_for(&ids.sink)),
        "consent_withdrawn"
    );
    let gone = removal(&link_id(&world, "sink"));
    world.command(&world.owner_act(), &gone).unwrap();
    assert_eq!(
        refused(&mut world, as_service("sink"), &token_for(&ids.sink)),
        "link_removed"
    );
}

/// CN-66: what stays in the service is fetched from nowhere.
#[test]
fn a_single_consent_with_an_address_is_refused() {
    let mut world = linked();
    let (command, _) = single(&mut world);
    let Command::GiveConsent(consent) = &command else {
        panic!("not a consent")
    };
    let mydata::operator::NewConsent::Single {
        service,
        record,
        status,
    } = consent.as_ref()
    else {
        panic!("not single")
    };
    let mut terms = record.terms().clone();
    let url = mydata::core::resource::ResourceUrl::parse("https://sink.example/own").unwrap();
    let entry = ResourceDataset::fetched(
        DatasetId::parse("own").unwrap(),
        mydata::core::id::DistributionId::parse("own.json").unwrap(),
        url,
    );
    let id = terms.resource_set().id().clone();
    terms.rs_description = ResourceSet::new(id, vec![entry]).unwrap().into();
    let rules = record.usage_rules().to_vec();
    let record = mydata::record::consent::SingleConsent::new(terms, rules).unwrap();
    let command = Command::GiveConsent(Box::new(mydata::operator::NewConsent::Single {
        service: Arc::clone(service),
        record: owned(&world, record),
        status: status.clone(),
    }));
    assert_eq!(
        refused(&mut world, Capacity::Owner, &command),
        "dataset_unknown"
    );
}
