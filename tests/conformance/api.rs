//! API guidelines as tests (habit 40): what every public type must have, and what it must not print
//! (P34, P35).

use crate::support::{
    arrive, change, consented, invite, new_key, offered, pair_for, removal, single, undelivered,
};
use mydata::account as a;
use mydata::core as c;
use mydata::keys as k;
use mydata::legacy as l;
use mydata::operator as o;
use mydata::record as r;
use mydata::registry as g;
use mydata::service as s;
use mydata::token as t;
use mydata_conformance::World;
use std::fmt::Debug;

macro_rules! each {
    ($check:ident: $($type:ty),+ $(,)?) => {{ $($check::<$type>();)+ }};
}

/// Whatever is public can be sent to another thread, shared with it, and shown to a developer.
#[test]
fn public_types_are_send_sync_and_debug() {
    fn check<T: Send + Sync + Debug>() {}
    each!(check:
        c::crypto::NoRandomness, c::crypto::Sha256, c::crypto::Signature, c::crypto::SignerFailed,
        c::id::AccountId, c::id::ActorId, c::id::ConsentId, c::id::DatasetId,
        c::id::DescriptionVersion, c::id::DistributionId, c::id::InvalidId, c::id::KeyId,
        c::id::ContractId, c::id::ContractVersion, c::id::LinkCode, c::id::LinkId, c::id::Nonce, c::id::OperatorId, c::id::PurposeId,
        c::id::RecordId, c::id::ResourceSetId, c::id::ServiceId, c::id::SurrogateId,
        c::id::TokenId, c::json::JsonFault, c::json::JsonRefusal, c::json::Limits,
        c::jwk::Algorithm, c::jwk::KeyHistory, c::jwk::KeyLife, c::jwk::KeyRefusal, c::jwk::KeySet, c::jwk::PublicKey, c::jws::JwsFault,
        c::jws::JwsRefusal, c::jws::SignFault, c::lang::Language, c::party::Party,
        c::party::PartyKeys<'_>, c::party::SignedBy, c::party::SignerRule,
        c::personal::Personal<String>, c::resource::Origin, c::resource::ResourceRefusal,
        c::resource::ResourceUrl, c::time::Seconds, c::time::Timestamp,
        c::jws::Sealed<r::link::LinkRecord>, c::jws::Signed<r::link::LinkRecord>,
        c::jws::Unsigned<r::link::LinkRecord>, c::jws::Unverified<r::link::LinkRecord>,
        c::jws::Verified<r::link::LinkRecord>,
        k::AwsLc, k::Backend, k::PrivateKey, k::PrivateKeyRefusal, k::Ring, k::Secret, k::SystemRandom,
        k::MasterKey, k::Stamp, k::StampKey, k::Vault, k::VaultFault, k::Wrapped,
        r::Version, r::chain::Chain<r::link::LinkStatus>,
        r::chain::Chain<r::consent::ConsentStatus>, r::chain::ChainRefusal,
        r::chain::Next<r::link::LinkStatus>, r::chain::Previous, r::chain::StatusExtension,
        r::consent::AnyConsent, r::consent::ConsentChange, r::consent::ConsentExtension,
        r::consent::ConsentProposal, r::consent::ConsentState, r::consent::ConsentStatus,
        r::consent::Role, r::consent::SingleConsent, r::consent::SinkConsent,
        r::consent::SourceConsent, r::consent::Terms, r::consent::UsageRule, r::consent::Validity,
        r::description::CheckedOperator, r::description::DescriptionAdvice,
        r::description::DescriptionError, r::description::DescriptionFault,
        r::description::DescriptionWarning, r::description::Found<r::description::Service>,
        r::description::Issued, r::description::Published<r::description::Service>,
        r::description::PublishedRefusal, r::description::Trust<'_, r::description::Service>,
        r::description::well_known::Lookup<r::description::Service>,
        r::description::OperatorDescription, r::description::Policy, r::description::Service,
        r::description::ServiceDescription, r::link::LinkChange, r::link::LinkProposal,
        r::link::LinkRecord, r::link::LinkState, r::link::LinkStatus, r::message::CodeData,
        r::message::ConsentDelivery<r::consent::SinkConsent>, r::message::ConsentStatusDelivery,
        r::message::Countersigned, r::message::LinkCopyRequest, r::message::LinkDelivery,
        r::message::LinkInvitation, r::message::LinkProposalDelivery, r::message::LinkRemoval,
        r::message::LinkStatusDelivery, r::message::StatusQuery, r::message::StatusReply,
        r::message::SurrogateOffer, r::message::ToService, r::message::TokenReply,
        r::message::TokenRequest, r::resource_set::ResourceDataset, r::resource_set::ResourceSet,
        r::resource_set::ResourceSetDescription, r::standing::Bar, r::standing::Standing,
        l::Authentic<l::link::Link>, l::EnvelopeRefusal, l::Fault, l::Gap, l::LegacyVersion,
        l::Received<l::link::Link>, l::RecordRefusal, l::Signatory, l::SignatoryKey,
        l::rsa::RsaKey, l::rsa::RsaKeys<'_>, l::rsa::RsaRefusal, l::Unverified<l::link::Link>,
        l::consent::Consent, l::description::Draft, l::description::OldService,
        l::history::History<l::status::ConsentStatus>, l::link::Link, l::request::DataRequest,
        l::status::LinkStatus, l::token::Token,
        t::access::Access, t::access::AccessRefusal, t::access::AccessRule, t::access::Denial,
        t::access::Grant, t::access::HeldConsent<'_>, t::audience::Audience, t::cache::TokenCache,
        t::claims::IssueRefusal, t::claims::Token, t::claims::TokenText, t::policy::TokenPolicy,
        t::dpop::DpopProof, t::nonces::Nonces, r::possession::ProofScheme,
        t::proof::DataRequest, t::proof::ProofRefusal, t::replay::TwoGenerations,
        t::replay::Witness, t::request::HttpRequest<'_>, t::window::Window,
        r::proposal::ProposalDocument, r::proposal::ProposalQuestion<'_>,
        r::proposal::ProposalRefusal, t::introspection::ActiveToken,
        t::introspection::Introspection, o::Contract, o::ContractEntry, o::ContractFiling,
        o::ContractTitle, o::Deregistration, o::Modification, o::ModificationDraft<o::PairDraft>,
        o::Proposal, o::Shown, o::Visit,
        o::Account, o::Act, o::Capacity, o::ChangeDraft, o::Command, o::Consent, o::ConsentChoice,
        o::Decision, o::Delivery, o::Drafts, o::Event, o::Fact, o::IssuedToken, o::Link,
        o::Linking, o::NewConsent, o::Offer, o::Operator<'_>, o::OperatorFault, o::OwnerSigned,
        o::PairConsent, o::PairDraft, o::Pause, o::Reason, o::Refusal, o::Registered, o::Rejection,
        o::Reply, o::SingleDraft, o::Stage, o::Timing,
        a::AccountInfo, a::Carried, a::CarriedConsent, a::CarriedLink, a::Claim, a::ConsentItem,
        a::Contact, a::Credentials, a::Directory, a::Export, a::ExportAttributes,
        a::ExportExtension, a::ExportFault, a::ExportFormat, a::Holdings<'_>, a::InfoExtension,
        a::InfoItem, a::LinkItem, a::LinkedIdentity, a::LogEntry, a::LogItem, a::NotificationItem, a::ObjectionItem,
        a::SubscriptionItem,
        a::Password, a::PasswordHash, a::Preferences, a::Profile, a::Registration,
        a::RegistrationFault, a::Retention, a::Submitted, a::Username, o::AccountTimes, o::Action,
        o::ExportPermit, o::Lifecycle, o::LifecycleChange, o::Proof, o::Resource, o::ToPerson,
        o::Verification, o::VerifiedBy, o::Vouching, s::Transfer, s::TransferEntry,
        g::Act, g::Capacity, g::Change, g::Command, g::Compatible<'_>, g::Decision, g::Drawn<'_>,
        g::Edition, g::Effect, g::Entry, g::Event, g::Fact, g::Folding, g::Linking, g::Links,
        g::Page<'_>, g::Query, g::Registry, g::RegistryRefusal, g::ServiceType, g::State,
        s::Effect, s::HeldConsent, s::HeldLink, s::Installed, s::KnownOperator, s::PendingLink,
        s::Permit<'_>, s::PreparedRequest, s::Processing<'_>, s::ProcessingRefusal, s::Refusal,
        s::Service, s::ServiceRefusal, s::Setting<'_>, s::Want<'_>,
    );
}

/// What can fail says why as an error of the standard library, for good.
#[test]
fn refusals_are_errors() {
    fn check<T: std::error::Error + Clone + PartialEq + Send + Sync + 'static>() {}
    each!(check:
        a::DirectoryRefusal, a::ExportFault, a::ExportRefusal, a::RegistrationFault,
        a::RegistrationRefusal,
        c::crypto::NoRandomness, c::crypto::SignerFailed, c::id::InvalidId, c::json::JsonFault,
        c::json::JsonRefusal, c::jwk::KeyRefusal, c::jws::JwsFault, c::jws::JwsRefusal,
        c::jws::SignFault, c::resource::ResourceRefusal, k::PrivateKeyRefusal, k::VaultFault, l::EnvelopeRefusal,
        l::Fault, l::Gap, l::RecordRefusal,
        r::chain::ChainRefusal, r::description::DescriptionError,
        r::description::DescriptionRefusal, r::description::PublishedRefusal,
        r::proposal::ProposalRefusal, g::RegistryRefusal, r::standing::Bar, t::access::AccessRefusal,
        t::access::AccessRule, t::claims::IssueRefusal, t::proof::ProofRefusal, o::OperatorFault,
        o::Refusal, o::Rejection, s::ProcessingRefusal, s::Refusal, s::ServiceRefusal,
    );
}

/// What is stored, compared and looked up can be.
#[test]
fn values_are_clone_and_eq() {
    fn check<T: Clone + Eq>() {}
    each!(check:
        c::id::AccountId, c::id::SurrogateId, c::jwk::KeySet, c::jwk::PublicKey,
        c::jws::Sealed<r::link::LinkRecord>, c::jws::Verified<r::link::LinkRecord>,
        c::resource::ResourceUrl, c::time::Timestamp, r::chain::Chain<r::link::LinkStatus>,
        r::chain::Chain<r::consent::ConsentStatus>, r::consent::AnyConsent, r::link::LinkRecord,
        r::message::ToService, o::Account, o::Act, o::Decision, o::Delivery, o::Event, o::Fact,
        o::Reply, o::Contract, o::Deregistration, o::Proposal, o::Shown, o::Visit,
        t::introspection::Introspection, g::Decision, g::Event, g::Registry, s::Effect,
        s::Installed, s::Service,
    );
}

/// Words of one story that nobody may find in a log.
struct Canary {
    words: Vec<String>,
}

impl Canary {
    fn of(world: &World) -> Self {
        let mut words = vec![world.account.id().as_str().to_owned(), "actor-1".to_owned()];
        for (_, link) in world.account.links() {
            words.push(link.record.surrogate_id.as_str().to_owned());
        }
        Self { words }
    }

    fn add(&mut self, word: &str) {
        self.words.push(word.to_owned());
    }

    /// Neither the short nor the long form of `Debug` has any of the words.
    fn silent(&self, name: &str, value: &dyn Debug) {
        for text in [format!("{value:?}"), format!("{value:#?}")] {
            for word in &self.words {
                assert!(!text.contains(word), "{name} prints {word}: {text}");
            }
        }
    }
}

/// P35: `Debug` of whatever can carry personal data or a credential prints none of it.
#[test]
fn debug_prints_nobody() {
    let (mut world, ids) = consented();
    let mut canary = Canary::of(&world);
    let text = world.token(&ids.sink).unwrap();
    canary.add(text.as_str());
    let prepared = world.prepare(&ids.sink, &text, "care", "src/a").unwrap();
    canary.add(&prepared.authorization);
    canary.add(prepared.authorization.trim_start_matches("PoP "));
    let reply = r::message::TokenReply {
        auth_token: text.as_str().to_owned(),
    };
    let path = prepared.url.path().to_owned();
    let request = t::request::HttpRequest::to(prepared.url.clone(), None, "GET", b"").unwrap();
    let nonce = c::id::Nonce::from_random([9; 16]);
    canary.add(nonce.as_str());
    let crypto = &k::Ring;
    let proof =
        t::proof::DataRequest::new(text.clone(), &request, world.now, nonce.clone(), crypto);
    canary.silent("proof", &proof);
    canary.silent("nonce", &nonce);
    canary.silent("access", &world.answer(&prepared.authorization, &path));
    canary.silent("denial", &world.answer(&prepared.authorization, &path));
    canary.silent("prepared", &prepared);
    canary.silent("token text", &text);
    canary.silent("token reply", &reply);
    let opened = text.sealed().unwrap();
    canary.silent("sealed token", &opened);
    canary.silent("opened token", &opened.open().unwrap());

    let (command, _) = single(&mut world);
    canary.silent("command", &command);
    let (pair, _) = pair_for(&mut world, "study", &["src/c"]);
    canary.silent("pair", &pair);
    let act = world.owner_act();
    canary.silent("act", &act);
    let decision = world.try_decide(&act, &pair).unwrap();
    canary.silent("decision", &decision);
    world.command(&act, &pair).unwrap();

    canary.silent("account", &world.account);
    canary.silent("log", &world.log);
    canary.silent("source", &world.source.service);
    canary.silent("sink", &world.sink.service);
    for (_, link) in world.account.links() {
        canary.silent("link", link);
        canary.silent("link record", &*link.record);
        canary.silent("link chain", &link.chain);
        canary.silent("link status", &**link.chain.latest());
        canary.silent("sealed link", &link.record.seal());
    }
    for (_, consent) in world.account.consents() {
        canary.silent("consent", consent);
        canary.silent("terms", consent.terms());
        canary.silent("consent status", &**consent.chain.latest());
        match &consent.record {
            r::consent::AnyConsent::Single(record) => canary.silent("single", &**record),
            r::consent::AnyConsent::Source(record) => canary.silent("source half", &**record),
            r::consent::AnyConsent::Sink(record) => canary.silent("sink half", &**record),
        }
    }
    for octets in world.source.received.iter().chain(&world.sink.received) {
        let message: r::message::ToService = r::message::read(octets).unwrap();
        canary.silent("message", &message);
    }
    canary.silent("effects", &world.source.effects);
    let query = world.sink.service.status_query(&ids.sink).unwrap();
    let service = world.sink.service.id();
    canary.silent(
        "status reply",
        &world.account.introspect(service, &query).unwrap(),
    );
    let link = crate::support::link_id(&world, "sink");
    let held = world.account.link(&link).unwrap();
    let surrogate = held.record.surrogate_id.clone();
    canary.silent(
        "copy",
        &world.account.link_copy(service, &surrogate).unwrap(),
    );
    canary.silent(
        "copy request",
        &r::message::LinkCopyRequest {
            surrogate_id: surrogate,
        },
    );
    canary.silent("removal", &world.sink.service.ask_removal(&link).unwrap());
    let with_env = world.with_env(|_, env| format!("{env:?}"));
    canary.silent("env", &with_env);
    for key in [&world.owner, &world.status_key] {
        canary.silent("key", key);
    }
}

/// P35: the person of an account prints nothing of themselves, on the way in, inside, and out.
#[test]
fn debug_prints_nothing_of_the_person() {
    use mydata_conformance::account::{CANARIES, sofia};
    let (mut world, ids) = consented();
    let mut canary = Canary::of(&world);
    CANARIES.iter().for_each(|word| canary.add(word));
    canary.add("dark");
    canary.add("kolme hevosta ja vene");
    let profile = sofia();
    canary.silent("profile", &profile);
    let form = serde_json::json!({ "data": { "type": "Account", "attributes": {
        "username": CANARIES[0], "password": "kolme hevosta ja vene", "firstname": CANARIES[1],
        "lastname": CANARIES[2], "email": CANARIES[3],
        "x_mydata": { "natural_person": true, "date_of_birth": CANARIES[4] },
    } } });
    let read = |form: &serde_json::Value| a::Submitted::read(form.to_string().as_bytes()).unwrap();
    canary.silent("form", &read(&form));
    let registration = a::Registration::check(read(&form), &|_| false).unwrap();
    canary.silent("registration", &registration);
    let faults = a::Registration::check(read(&form), &|_| true).unwrap_err();
    canary.silent("faults", &faults);
    let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
    canary.silent("faults", &shown);
    let mut directory = a::Directory::new();
    let claim = directory
        .claim(&profile.credentials.username, world.account.id())
        .unwrap();
    canary.silent("claim", &claim);
    directory.apply(&claim);
    canary.silent("directory", &directory);

    let code = world.ask(o::Verification::Export).unwrap();
    canary.add(code.as_str());
    canary.silent("letters", &world.letters);
    let proof = o::Proof::Code(code.clone());
    let what = o::Verification::Export;
    canary.silent("command", &o::Command::Confirm { what, proof });
    let act = world.owner_act();
    let ask = o::Command::AskVerification { what };
    let decision = world.try_decide(&act, &ask).unwrap();
    for told in &decision.to_person {
        if let o::ToPerson::Verify { code, .. } = told {
            canary.add(code.as_str());
        }
    }
    canary.silent("decision", &decision);
    world.confirm(what, &code).unwrap();
    let permit = world.permit();
    canary.silent("permit", &permit);
    canary.silent("holdings", &world.holdings(&profile));
    let export = a::Export::collect(permit, world.holdings(&profile), world.now).unwrap();
    canary.silent("export", &export);
    canary.silent("attributes", &export.attributes);
    canary.silent("extension", &export.attributes.x_mydata);
    canary.silent("info", &export.attributes.account_info);
    canary.silent("log", &export.attributes.event_logs);
    canary.silent("links", &export.attributes.service_links);
    let service = |id: &c::id::ServiceId| {
        let side = if id.as_str() == "sink" {
            &world.sink
        } else {
            &world.source
        };
        Some(c::jwk::KeyHistory::from(
            c::crypto::Signer::public(&side.key).clone(),
        ))
    };
    let trust = a::Trust {
        owner: world.account.owner_keys(),
        service: &service,
        crypto: &k::Ring,
    };
    canary.silent("carried", &export.verify(&trust).unwrap());
    canary.silent("trust", &trust);
    canary.silent("account", &world.account);
    canary.silent("events", &world.log);
    // What is stored of the codes cannot be used.
    assert!(!world.log.is_empty() && world.account.consent(&ids.sink).is_some());
}

/// P35: the same in the middle of a linking, where codes and surrogates are on their way.
#[test]
fn debug_prints_nobody_while_linking() {
    for direction in [invite, arrive] {
        let mut world = World::new();
        let mut canary = Canary::of(&world);
        let code = direction(&mut world, "sink");
        canary.add(code.as_str());
        let offer = offered(&mut world, "sink");
        let o::Command::OfferSurrogate { surrogate_id, .. } = &offer else {
            panic!("not an offer")
        };
        canary.add(surrogate_id.as_str());
        canary.silent("offer", &offer);
        canary.silent("surrogate offer", &world.offer("sink").1);
        world.command(&world.service_act("sink"), &offer).unwrap();
        canary.silent("account", &world.account);
        let draft = world
            .with_env(|account, env| account.draft_link(&code, env))
            .unwrap();
        canary.silent("draft", &draft);
        canary.silent("proposal", draft.value());
        world.propose(&code);
        canary.silent("account", &world.account);
        canary.silent("effects", &world.sink.effects);
        canary.silent("service", &world.sink.service);
        canary.silent("log", &world.log);
        for octets in &world.sink.received {
            let message: r::message::ToService = r::message::read(octets).unwrap();
            canary.silent("message", &message);
        }
    }
}

/// P35: refusals repeat nothing of what was refused.
#[test]
fn refusals_print_nobody() {
    let (mut world, ids) = consented();
    let canary = Canary::of(&world);
    let reason = o::Reason::OwnerWish;
    let resume = change(&ids.sink, r::consent::ConsentChange::Reactivate, reason);
    let act = world.owner_act();
    let rejection = world.try_decide(&act, &resume).unwrap_err();
    canary.silent("rejection", &rejection);
    canary.silent("rejection", &rejection.to_string());

    // A record that does not verify, full of names.
    let terms = world.account.consent(&ids.sink).unwrap().terms().clone();
    let stranger = new_key("stranger-1");
    let payload = serde_json::to_value(&terms).unwrap();
    let forged = crate::support::envelope(&payload, "mydata-csr+json", &stranger);
    let message = serde_json::json!({ "consent_status": { "csr": forged } });
    let message = crate::support::from_json(&message);
    let refusal = crate::support::hand(&mut world, "sink", &message).unwrap_err();
    canary.silent("refusal", &refusal);
    canary.silent("refusal", &refusal.to_string());
    let link = crate::support::link_id(&world, "sink");
    let outbox = undelivered(&mut world, &act, &removal(&link));
    canary.silent("outbox", &outbox);
}

/// The JSON Schema of the messages names each record once, and none by an inner name.
#[test]
fn schemas_have_the_names_of_the_records() {
    let schema = schemars::schema_for!(mydata::record::message::ToService);
    let schema = serde_json::to_value(&schema).unwrap();
    let names: Vec<&String> = schema["$defs"].as_object().unwrap().keys().collect();
    for name in ["Jws", "LinkInvitation", "LinkDelivery", "LinkCode"] {
        assert!(
            names.iter().any(|known| *known == name),
            "{name}: {names:?}"
        );
    }
    for schema in [
        serde_json::to_value(schemars::schema_for!(
            mydata::record::consent::SingleConsent
        )),
        serde_json::to_value(schemars::schema_for!(
            mydata::record::consent::SourceConsent
        )),
        serde_json::to_value(schemars::schema_for!(mydata::record::consent::SinkConsent)),
        serde_json::to_value(schemars::schema_for!(mydata::record::link::LinkRecord)),
        serde_json::to_value(schemars::schema_for!(mydata::record::description::Service)),
        serde_json::to_value(schemars::schema_for!(mydata::token::claims::Token)),
    ] {
        let schema = schema.unwrap();
        let text = schema.to_string();
        assert!(!text.contains("Wire"), "{text}");
        assert!(schema["properties"].is_object(), "{text}");
    }
}
