//! The contract locker: storage of links to contracts, with versions. The framework's profile of
//! that name has no functions, and so nothing follows from what is filed.
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{as_service, consented, link_id, linked, refused, removal};
use mydata::core::crypto::Sha256;
use mydata::core::id::{ContractId, ContractVersion, LinkId, ServiceId};
use mydata::core::lang::{Language, Texts};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Seconds;
use mydata::operator::{Capacity, Command, ContractFiling, ContractTitle};
use mydata::record::description::Profile;
use mydata_conformance::{World, descriptions};

pub(crate) fn filing(world: &World, name: &str, id: &str, version: &str) -> ContractFiling {
    let title = |(language, title): (Language, &str)| ContractTitle {
        language,
        title: title.to_owned(),
    };
    let titles = [
        (Language::FI, "Sopimus"),
        (Language::SV, "Avtal"),
        (Language::EN, "Contract"),
    ];
    ContractFiling {
        id: ContractId::parse(id).unwrap(),
        link_id: link_id(world, name),
        title: Texts::new(titles.map(title).into()).unwrap(),
        url: ResourceUrl::parse("https://source.example/contracts/1").unwrap(),
        version: ContractVersion::parse(version).unwrap(),
        sha256: Some(Sha256::from_octets([7; 32])),
        valid_from: Some(world.now),
        valid_until: Some(world.now.plus(Seconds::days(365))),
    }
}

fn file(world: &mut World, who: Capacity, filing: &ContractFiling) {
    let filing = filing.clone();
    let act = world.act(who);
    let command = Command::FileContract { filing };
    let decision = world.try_decide(&act, &command).unwrap();
    assert!(decision.outbox.is_empty(), "nothing follows");
    world.commit(&decision);
}

pub(crate) fn end(service: &str, id: &str) -> Command {
    Command::EndContract {
        service_id: ServiceId::parse(service).unwrap(),
        id: ContractId::parse(id).unwrap(),
    }
}

/// A filing that is refused: the code.
fn not_filed(world: &mut World, who: Capacity, filing: &ContractFiling) -> &'static str {
    let filing = filing.clone();
    refused(world, who, &Command::FileContract { filing })
}

/// FW-24: a newer version supersedes; the history is kept, and who filed what and when.
//= FW-24 test
#[test]
fn a_newer_version_supersedes_and_the_older_ones_stay() {
    let mut world = linked();
    let first = filing(&world, "source", "terms", "1");
    file(&mut world, Capacity::Owner, &first);
    world.wait(60);
    let second = filing(&world, "source", "terms", "2");
    file(&mut world, as_service("source"), &second);
    let other = filing(&world, "sink", "terms", "1");
    file(&mut world, Capacity::Operator, &other);

    let (source, id) = (ServiceId::parse("source").unwrap(), &first.id);
    let contract = world.account.contract(&source, id).unwrap();
    assert_eq!(contract.current().filing, second);
    assert_eq!(contract.current().service_id, source);
    assert_eq!(contract.current().iat, world.now);
    let versions: Vec<_> = contract
        .history()
        .map(|entry| entry.filing.version.as_str())
        .collect();
    assert_eq!(versions, ["1", "2"]);
    assert_eq!(contract.ended(), None);
    // One service's name for a contract is not another's.
    assert_eq!(world.account.contracts().count(), 2);

    world.wait(60);
    world
        .command(&world.owner_act(), &end("source", "terms"))
        .unwrap();
    let contract = world.account.contract(&source, id).unwrap();
    assert_eq!(contract.ended(), Some(world.now));
    assert_eq!(contract.history().count(), 2);
    let third = filing(&world, "source", "terms", "3");
    assert_eq!(
        not_filed(&mut world, Capacity::Owner, &third),
        "contract_ended"
    );
    let again = refused(&mut world, Capacity::Owner, &end("source", "terms"));
    assert_eq!(again, "contract_ended");
}

/// FW-24: the framework defines no function of contracts, so a consent, a token and a link are with
/// a contract what they are without one.
//= FW-24 test
#[test]
fn nothing_is_permitted_or_refused_by_a_contract() {
    let (mut world, ids) = consented();
    let contract = filing(&world, "source", "terms", "1");
    file(&mut world, as_service("source"), &contract);
    world
        .command(&world.owner_act(), &end("source", "terms"))
        .unwrap();
    assert_eq!(world.fetch(&ids.sink, "care", "src/a"), [""; 0]);
}

/// FW-24: the profile is accepted in a description, and changes nothing: such a service has the roles
/// that its other profiles and its data give it.
//= FW-24 test
#[test]
fn the_profile_is_accepted_and_does_nothing() {
    let plain = descriptions::source();
    let mut with_profile = plain.clone();
    let profiles = with_profile.pointer_mut("/serviceDescription/supportedProfiles");
    let profiles = profiles.and_then(serde_json::Value::as_array_mut).unwrap();
    profiles.push("contract".into());
    let (plain, with) = (
        descriptions::checked(&plain),
        descriptions::checked(&with_profile),
    );
    let contract = Profile::Contract;
    let named = &with.service_description.supported_profiles;
    assert!(named.contains(&contract));
    assert!(
        !plain
            .service_description
            .supported_profiles
            .contains(&contract)
    );
    assert_eq!(plain.is_sink(), with.is_sink());
    assert_eq!(plain.is_source(), with.is_source());
}

/// A removed link takes no new entry, and what was filed under it stays; so after linking anew.
#[test]
fn a_removed_link_keeps_its_contracts_and_takes_no_more() {
    let mut world = linked();
    let first = filing(&world, "source", "terms", "1");
    file(&mut world, Capacity::Owner, &first);
    let link = first.link_id.clone();
    world.command(&world.owner_act(), &removal(&link)).unwrap();
    let mut second = first.clone();
    second.version = ContractVersion::parse("2").unwrap();
    assert_eq!(
        not_filed(&mut world, Capacity::Owner, &second),
        "link_removed"
    );
    assert_eq!(world.account.contracts().count(), 1);
    // Under a new link the service goes on with the contract.
    world.link("source");
    second.link_id = link_id(&world, "source");
    file(&mut world, as_service("source"), &second);
    let (_, contract) = world.account.contracts().next().unwrap();
    let links: Vec<&LinkId> = contract.history().map(|e| &e.filing.link_id).collect();
    assert_eq!(links, [&link, &second.link_id]);
}

/// A service files for its own link and ends its own contracts; to another, neither exists.
#[test]
fn a_service_acts_for_its_own_only() {
    let mut world = linked();
    let contract = filing(&world, "source", "terms", "1");
    let sink = as_service("sink");
    assert_eq!(
        not_filed(&mut world, sink.clone(), &contract),
        "link_unknown"
    );
    file(&mut world, as_service("source"), &contract);
    let ended = refused(&mut world, sink, &end("source", "terms"));
    assert_eq!(ended, "contract_unknown");
    let timer = refused(&mut world, Capacity::System, &end("source", "terms"));
    assert_eq!(timer, "capacity_not_allowed");
    for who in [Capacity::Owner, Capacity::Operator, as_service("source")] {
        let act = world.act(who);
        assert!(world.try_decide(&act, &end("source", "terms")).is_ok());
    }
}

/// What cannot be right is not filed.
#[test]
fn a_filing_is_checked() {
    let mut world = linked();
    let good = filing(&world, "source", "terms", "1");
    let owner = Capacity::Owner;
    let mut bad = good.clone();
    bad.link_id = LinkId::parse("nowhere").unwrap();
    assert_eq!(not_filed(&mut world, owner.clone(), &bad), "link_unknown");
    let mut bad = good.clone();
    bad.valid_until = bad.valid_from;
    assert_eq!(
        not_filed(&mut world, owner.clone(), &bad),
        "contract_validity"
    );
    for title in [String::new(), "x".repeat(201)] {
        let mut bad = good.clone();
        let language = Language::FI;
        bad.title = Texts::new(vec![ContractTitle { language, title }]).unwrap();
        assert_eq!(not_filed(&mut world, owner.clone(), &bad), "contract_title");
    }
    file(&mut world, owner.clone(), &good);
    assert_eq!(
        not_filed(&mut world, owner.clone(), &good),
        "contract_version_taken"
    );
    let unknown = refused(&mut world, owner, &end("source", "other"));
    assert_eq!(unknown, "contract_unknown");
}

/// A service that files without end is stopped; the other service is not.
#[test]
fn a_locker_is_not_filled_by_one_service() {
    let mut world = linked();
    for number in 0..256 {
        let contract = filing(&world, "source", "terms", &format!("v{number}"));
        file(&mut world, as_service("source"), &contract);
    }
    let more = filing(&world, "source", "more", "1");
    assert_eq!(
        not_filed(&mut world, as_service("source"), &more),
        "contract_many"
    );
    let other = filing(&world, "sink", "terms", "1");
    file(&mut world, as_service("sink"), &other);
}

/// What is filed travels as JSON.
#[test]
fn a_filing_is_written_and_read() {
    let world = linked();
    let filing = filing(&world, "source", "terms", "1");
    let octets = mydata::core::json::to_vec(&filing).unwrap();
    let limits = mydata::core::json::Limits::RECORD;
    let read: ContractFiling = mydata::core::json::from_slice(&octets, limits).unwrap();
    assert_eq!(read, filing);
}
