//! Who is who, texts, and names.

use mydata_core::crypto::Sha256;
use mydata_core::id::{DescriptionVersion, ServiceId, SurrogateId};
use mydata_core::lang::Language;
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_core::web::WebLink;
use mydata_receipt::receipt::{
    Address, Contact, Controller, Country, Email, Localized, Party, Phone, ServiceRef,
};
use mydata_record::description::Issued;
use proptest::collection::btree_map;
use proptest::prelude::*;
use proptest::sample::select;

pub(super) fn controller() -> impl Strategy<Value = Controller> {
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

pub(super) fn country() -> impl Strategy<Value = Country> {
    select(&["FI", "SE", "EE", "DE", "US"][..]).prop_map(|text| Country::parse(text).unwrap())
}

pub(super) fn sha256() -> impl Strategy<Value = Sha256> {
    any::<[u8; 32]>().prop_map(Sha256::from_octets)
}

pub(super) fn web() -> impl Strategy<Value = WebLink> {
    "https://[a-z]{1,8}\\.example/[a-z0-9?#&=]{0,8}".prop_map(|text| WebLink::parse(&text).unwrap())
}

pub(super) fn resource() -> impl Strategy<Value = ResourceUrl> {
    "https://[a-z]{1,8}\\.example/[a-z0-9]{1,8}".prop_map(|text| ResourceUrl::parse(&text).unwrap())
}

fn email() -> impl Strategy<Value = Email> {
    "[a-z.]{1,8}@[a-z]{1,8}\\.example".prop_map(|text| Email::parse(&text).unwrap())
}

pub(super) fn id<T: std::fmt::Debug, E: std::fmt::Debug>(
    parse: impl Fn(&str) -> Result<T, E> + Clone,
) -> impl Strategy<Value = T> {
    "[a-z0-9]{5,8}[a-z0-9./_-]{0,6}".prop_map(move |text| parse(&text).unwrap())
}

pub(super) fn term<T: std::fmt::Debug>(
    terms: &'static [&'static str],
    parse: fn(&str) -> Option<T>,
) -> impl Strategy<Value = T> {
    select(terms).prop_map(move |text| parse(text).unwrap())
}
