//! Arbitrary receipts, for the laws of every form: each is one that could be issued.
//!
//! A consent has one record or two, any history, any number of purposes from one to three, and texts in
//! one to three languages, with the characters that a careless writer of some form would trip over.

use mydata_core::crypto::Sha256;
use mydata_core::id::{
    ConsentId, DatasetId, DescriptionVersion, KeyId, LinkId, OperatorId, PurposeId, RecordId,
    ServiceId, SurrogateId,
};
use mydata_core::lang::Language;
use mydata_core::resource::ResourceUrl;
use mydata_core::time::{Seconds, Timestamp};
use mydata_core::web::WebLink;
use mydata_receipt::Receipt;
use mydata_receipt::category::{PiiCategory, PurposeCategory};
use mydata_receipt::dpv::{
    LegalBasisTerm, PersonalDataTerm, ProcessingTerm, PurposeTerm, RightTerm,
};
use mydata_receipt::receipt::{
    Acting, ActingAs, Actor, Address, Assurance, Ceremony, Channel, Contact, Controller, Country,
    Custody, DataItem, Email, EventState, Given, Grounds, Localized, Method, Minor, Necessity,
    Notice, Party, Phone, Process, ReceiptId, ReceiptVersion, Recipient, RecordRef, Remedy,
    RemedyKind, Retention, Right, ServiceRef, StatusEvent, StatusRef, Told,
};
use mydata_record::consent::{Reason, Role};
use mydata_record::description::{Basis, Category, Issued};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// A receipt of any kind.
pub(crate) fn receipt() -> BoxedStrategy<Receipt> {
    prop_oneof![3 => consent(), 1 => law()].boxed()
}

/// A consent receipt in any state.
pub(crate) fn consent() -> BoxedStrategy<Receipt> {
    of_consent(select(
        &[
            None,
            Some(Paused),
            Some(Withdrawn),
            Some(Revoked),
            Some(Expired),
        ][..],
    ))
}

/// A consent receipt of a consent that is in force at issue.
pub(crate) fn in_force() -> BoxedStrategy<Receipt> {
    of_consent(Just(None))
}

/// A notice receipt, on any basis but consent.
pub(crate) fn law() -> BoxedStrategy<Receipt> {
    let bases: Vec<Basis> = Basis::ALL.into_iter().skip(1).collect();
    (select(bases), moment(), any::<bool>())
        .prop_flat_map(|(basis, at, has_source)| {
            let told = Grounds::Law(Told { basis, at });
            whole(Just(told), basis, has_source, at)
        })
        .boxed()
}

use EventState::{Expired, Given as GivenState, Paused, Resumed, Revoked, Withdrawn};

fn of_consent(
    last: impl Strategy<Value = Option<EventState>> + Clone + 'static,
) -> BoxedStrategy<Receipt> {
    (any::<bool>(), moment())
        .prop_flat_map(move |(has_source, at)| {
            let grounds = given(last.clone(), has_source, at);
            whole(grounds, Basis::Consent, has_source, at)
        })
        .boxed()
}

/// The rest of a receipt around its grounds; all that is in them lies in the 200 days after `at`.
fn whole(
    grounds: impl Strategy<Value = Grounds> + 'static,
    basis: Basis,
    has_source: bool,
    at: Timestamp,
) -> BoxedStrategy<Receipt> {
    let source = if has_source {
        controller().prop_map(Some).boxed()
    } else {
        Just(None).boxed()
    };
    let operator = (id(OperatorId::parse), party());
    let parties = (operator, source, controller(), party());
    let rest = (
        any::<[u8; 16]>(),
        vec(country(), 1..3),
        language(),
        vec(process(basis), 1..4),
        (web(), text()),
        vec((term(RIGHTS, RightTerm::parse), web()), 1..4),
    );
    (grounds, parties, rest)
        .prop_map(move |(grounds, parties, rest)| {
            let ((operator_id, operator), source, controller, authority) = parties;
            let (id, jurisdiction, language, processes, (url, otherwise), rights) = rest;
            Receipt {
                version: ReceiptVersion::default(),
                receipt_id: ReceiptId::from_random(id),
                issued: at.plus(Seconds::days(200)),
                operator_id,
                operator,
                source,
                controller,
                jurisdiction,
                authority,
                language,
                grounds,
                processes,
                remedy: Remedy {
                    kind: RemedyKind::of(basis),
                    url,
                    otherwise,
                },
                rights: rights
                    .into_iter()
                    .map(|(right, url)| Right { right, url })
                    .collect(),
            }
        })
        .boxed()
}

fn given(
    last: impl Strategy<Value = Option<EventState>> + 'static,
    has_source: bool,
    at: Timestamp,
) -> impl Strategy<Value = Grounds> {
    let roles = if has_source {
        vec![Role::Source, Role::Sink]
    } else {
        vec![Role::Sink]
    };
    let records = last.prop_flat_map(move |last| {
        let records: Vec<_> = roles.iter().map(|role| record(*role, last, at)).collect();
        records
    });
    let notice = (resource(), sha256()).prop_map(move |(url, sha256)| Notice {
        url,
        sha256,
        shown_at: at,
    });
    let validity = (option::of(0..400_u32), option::of(500..900_u32));
    let replaces = option::of(id(ConsentId::parse));
    (notice, ceremony(at), validity, replaces, records).prop_map(
        move |(notice, ceremony, (nbf, exp), replaces, records)| {
            let after = |days| at.plus(Seconds::days(days));
            Grounds::Consent(Box::new(Given {
                notice,
                ceremony,
                nbf: nbf.map(after),
                exp: exp.map(after),
                replaces,
                records,
            }))
        },
    )
}

fn ceremony(at: Timestamp) -> impl Strategy<Value = Ceremony> {
    let acting = (
        select(ActingAs::ALL),
        option::of("[a-z-]{1,12}/[0-9]{1,6}"),
        option::of(0..18_u8),
    );
    let how = (select(Channel::ALL), select(Method::ALL), any::<bool>());
    let trust = (select(Assurance::ALL), select(Custody::ALL));
    (how, acting, trust).prop_map(move |(how, (capacity, authority, age), trust)| Ceremony {
        decided_at: at.plus(Seconds::new(60)),
        channel: how.0,
        method: how.1,
        is_explicit: how.2,
        acting: Acting {
            capacity,
            authority,
            minor: age.map(|age| Minor { age }),
        },
        assurance: trust.0,
        custody: trust.1,
    })
}

/// A record that was given, paused and resumed up to twice, and came to its last state.
fn record(
    role: Role,
    last: Option<EventState>,
    at: Timestamp,
) -> impl Strategy<Value = RecordRef> + use<> {
    let ids = (
        id(ConsentId::parse),
        id(LinkId::parse),
        "[a-z0-9.-]{1,12}",
        sha256(),
    );
    let event = (select(Actor::ALL), option::of(select(&Reason::ALL[..])));
    let trace = (event, id(RecordId::parse), sha256());
    (ids, 0..3_usize, vec(trace, 6)).prop_map(move |(ids, pauses, traces)| {
        let mut states = vec![GivenState];
        states.extend([Paused, Resumed].repeat(pauses));
        states.extend(last);
        let (cr_id, slr_id, kid, sha256) = ids;
        RecordRef {
            role,
            cr_id,
            slr_id,
            iat: at.plus(Seconds::new(61)),
            kid: KeyId::parse(&kid).unwrap(),
            sha256,
            events: (0..)
                .zip(states)
                .zip(traces)
                .map(
                    |((days, state), ((by, reason), record_id, sha256))| StatusEvent {
                        at: at.plus(Seconds::new(61)).plus(Seconds::days(days)),
                        state,
                        by,
                        reason,
                        record: (state != Expired).then_some(StatusRef { record_id, sha256 }),
                    },
                )
                .collect(),
        }
    })
}

fn process(basis: Basis) -> impl Strategy<Value = Process> {
    let purpose = (
        id(PurposeId::parse),
        text(),
        text(),
        term(PURPOSES, PurposeTerm::parse),
        select(PurposeCategory::ALL),
        any::<bool>(),
    );
    let data = (
        vec(item(), 1..4),
        vec(item(), 0..2),
        vec(term(OPERATIONS, ProcessingTerm::parse), 1..3),
    );
    let after = (
        vec((text(), country()), 0..3),
        vec(country(), 1..3),
        text(),
        option::of(0..4000_u32),
    );
    (purpose, data, after).prop_map(move |(purpose, (data, left_out, operations), after)| {
        let (purpose_id, title, description, purpose, category, is_primary) = purpose;
        let (recipients, storage, rule, days) = after;
        let (article, special) = match basis {
            Basis::Consent => ("eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"),
            Basis::Contract => ("eu-gdpr:A6-1-b", "eu-gdpr:A9-2-b"),
            Basis::LegalObligation => ("eu-gdpr:A6-1-c", "eu-gdpr:A9-2-b"),
            Basis::VitalInterest => ("eu-gdpr:A6-1-d", "eu-gdpr:A9-2-c"),
            Basis::PublicInterest => ("eu-gdpr:A6-1-e", "eu-gdpr:A9-2-g"),
            Basis::LegitimateInterest => ("eu-gdpr:A6-1-f", "eu-gdpr:A9-2-d"),
        };
        let is_special = |item: &DataItem| item.sensitivity == Category::Special;
        let special = data.iter().any(is_special).then_some(special);
        Process {
            purpose_id,
            title,
            description,
            purpose,
            category,
            is_primary,
            legal_basis: [article]
                .into_iter()
                .chain(special)
                .map(|term| LegalBasisTerm::parse(term).unwrap())
                .collect(),
            data,
            left_out,
            operations,
            recipients: recipients
                .into_iter()
                .map(|(name, country)| Recipient { name, country })
                .collect(),
            storage,
            retention: Retention { rule, days },
        }
    })
}

fn item() -> impl Strategy<Value = DataItem> {
    let sensitivity = select(
        &[
            Category::Ordinary,
            Category::Confidential,
            Category::Special,
        ][..],
    );
    let necessity = select(&[Necessity::Required, Necessity::Optional][..]);
    let terms = (
        term(DATA, PersonalDataTerm::parse),
        select(PiiCategory::ALL),
    );
    (
        id(DatasetId::parse),
        text(),
        text(),
        necessity,
        sensitivity,
        terms,
    )
        .prop_map(
            |(dataset_id, title, description, necessity, sensitivity, terms)| DataItem {
                dataset_id,
                title,
                description,
                necessity,
                sensitivity,
                personal_data: terms.0,
                category: terms.1,
            },
        )
}

fn controller() -> impl Strategy<Value = Controller> {
    let issued = prop_oneof![
        moment().prop_map(Issued::At),
        Just(Issued::Text("7.1.2025".to_owned())),
    ];
    let version = id(DescriptionVersion::parse);
    let service = (id(ServiceId::parse), text(), version, issued);
    (party(), service, any::<[u8; 16]>(), web()).prop_map(|(party, service, bits, policy_url)| {
        let (service_id, title, version, issued) = service;
        Controller {
            party,
            service: ServiceRef {
                service_id,
                title,
                version,
                issued,
            },
            surrogate_id: SurrogateId::from_random(bits),
            policy_url,
        }
    })
}

/// An organisation.
pub(crate) fn party() -> impl Strategy<Value = Party> {
    let reach = (email(), "\\+[1-9][0-9]{4,14}", web());
    let address = (words(), "[0-9]{5}", words(), country());
    let contact = (text(), email());
    ("[0-9]{7}-[0-9]", text(), address, reach, contact).prop_map(
        |(business_id, name, (street, postal_code, city, country), (email, phone, url), of)| {
            Party {
                business_id,
                name,
                address: Address {
                    street,
                    postal_code,
                    city,
                    country,
                },
                email,
                phone: Phone::parse(&phone).unwrap(),
                url,
                contact: Contact {
                    role: of.0,
                    email: of.1,
                },
            }
        },
    )
}

/// A text in one to three languages.
pub(crate) fn text() -> impl Strategy<Value = Localized> {
    btree_map(language(), words(), 1..4).prop_map(|texts| Localized::new(texts).unwrap())
}

/// Words with letters beyond ASCII, and characters that mean something in JSON, HTML and Markdown.
fn words() -> impl Strategy<Value = String> {
    "[A-Za-zÅÄÖåäö][ a-zåäöŋ€\"\\\\<&/|*`,;:{}\n-]{0,11}"
}

/// One of four languages: the three of our own texts, and one that they do not have.
pub(crate) fn language() -> impl Strategy<Value = Language> {
    select(&["fi", "sv", "en", "se"][..]).prop_map(|text| Language::parse(text).unwrap())
}

/// A moment of the years 2023 to 2026.
pub(crate) fn moment() -> impl Strategy<Value = Timestamp> {
    (1_700_000_000..1_780_000_000_u64).prop_map(|at| Timestamp::from_seconds(at).unwrap())
}

fn country() -> impl Strategy<Value = Country> {
    select(&["FI", "SE", "EE", "DE", "US"][..]).prop_map(|text| Country::parse(text).unwrap())
}

fn sha256() -> impl Strategy<Value = Sha256> {
    any::<[u8; 32]>().prop_map(Sha256::from_octets)
}

fn web() -> impl Strategy<Value = WebLink> {
    "https://[a-z]{1,8}\\.example/[a-z0-9?#&=]{0,8}".prop_map(|text| WebLink::parse(&text).unwrap())
}

fn resource() -> impl Strategy<Value = ResourceUrl> {
    "https://[a-z]{1,8}\\.example/[a-z0-9]{1,8}".prop_map(|text| ResourceUrl::parse(&text).unwrap())
}

fn email() -> impl Strategy<Value = Email> {
    "[a-z.]{1,8}@[a-z]{1,8}\\.example".prop_map(|text| Email::parse(&text).unwrap())
}

fn id<T: std::fmt::Debug, E: std::fmt::Debug>(
    parse: impl Fn(&str) -> Result<T, E> + Clone,
) -> impl Strategy<Value = T> {
    "[a-z0-9]{5,8}[a-z0-9./_-]{0,6}".prop_map(move |text| parse(&text).unwrap())
}

fn term<T: std::fmt::Debug>(
    terms: &'static [&'static str],
    parse: fn(&str) -> Option<T>,
) -> impl Strategy<Value = T> {
    select(terms).prop_map(move |text| parse(text).unwrap())
}

const PURPOSES: &[&str] = &[
    "dpv:RequestedServiceProvision",
    "dpv:RecordManagement",
    "dpv:ServicePersonalisation",
    "dpv:Marketing",
];
const DATA: &[&str] = &["pd:Preference", "pd:Health", "pd:Contact", "pd:Income"];
const OPERATIONS: &[&str] = &["dpv:Collect", "dpv:Store", "dpv:Use", "dpv:Erase"];
const RIGHTS: &[&str] = &[
    "eu-gdpr:A15",
    "eu-gdpr:A16",
    "eu-gdpr:A21",
    "eu-gdpr:A7-3",
    "eu-gdpr:A77",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_arbitrary_receipt_reads_as_it_was_written(receipt in receipt()) {
        let octets = mydata_core::json::to_vec(&receipt).unwrap();
        let read: Receipt = serde_json::from_slice(&octets).unwrap();
        prop_assert!(read == receipt);
    }

    #[test]
    fn a_consent_in_force_is_one(receipt in in_force()) {
        let given = receipt.given().unwrap();
        prop_assert!(given.state().unwrap().is_valid());
        prop_assert!(given.validity().is_possible());
        prop_assert_eq!(given.records.len(), receipt.controllers().count());
    }
}
