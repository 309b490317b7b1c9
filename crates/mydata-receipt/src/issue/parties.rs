//! Who is who, out of descriptions and the register.

use super::lack::{LackKind, Wanting};
use crate::city::{City, ServiceEntry};
use crate::receipt::{Address, Controller, Country, Email, Localized, Party, Phone, ServiceRef};
use mydata_core::id::SurrogateId;
use mydata_core::lang::Language;
use mydata_core::web::WebLink;
use mydata_record::description::{Provider, ServiceDescription};
use std::collections::BTreeMap;

/// A provider: what its description says, and for the rest what the register says.
pub(super) fn party(
    provider: &Provider,
    domain: &str,
    city: &City,
    told: Language,
    wanting: &mut Wanting,
) -> Option<Party> {
    let id = provider.business_id.as_str();
    let entry = city.providers.get(id).cloned().unwrap_or_default();
    let email = provider
        .email
        .as_deref()
        .and_then(Email::parse)
        .or(entry.email);
    let phone = provider
        .telephone
        .as_deref()
        .and_then(Phone::parse)
        .or(entry.phone);
    // A service's own address is better than none, and the provider's better than that.
    let url = entry.url.or_else(|| WebLink::parse(domain).ok());
    let address = wanting.need(postal(provider).or(entry.address), LackKind::Address, id);
    let email = wanting.need(email, LackKind::Email, id);
    let phone = wanting.need(phone, LackKind::Phone, id);
    let url = wanting.need(url, LackKind::Url, id);
    let contact = wanting.need(entry.contact, LackKind::Contact, id);
    Some(Party {
        business_id: id.to_owned(),
        name: wanting.need(names(provider, told), LackKind::Text, id)?,
        address: address?,
        email: email?,
        phone: phone?,
        url: url?,
        contact: contact?,
    })
}

fn postal(provider: &Provider) -> Option<Address> {
    let lines = [&provider.address1, &provider.address2];
    let lines: Vec<&str> = lines.into_iter().flatten().map(String::as_str).collect();
    let of = |part: &Option<String>| part.clone().filter(|part| !part.trim().is_empty());
    Some(Address {
        street: of(&Some(lines.join(", ")))?,
        postal_code: of(&provider.postal_code)?,
        city: of(&provider.city)?,
        country: provider.country.as_deref().and_then(Country::parse)?,
    })
}

/// The names by language; one that has no language counts as one in the language of the person.
fn names(provider: &Provider, told: Language) -> Option<Localized> {
    let named = provider
        .extension
        .as_ref()
        .map(|extension| extension.names.clone());
    let mut names = named.unwrap_or_default();
    names.entry(told).or_insert_with(|| provider.name.clone());
    Localized::new(names)
}

/// A service with its provider.
pub(super) fn controller(
    service: &ServiceDescription,
    surrogate_id: &SurrogateId,
    city: &City,
    told: Language,
    wanting: &mut Wanting,
) -> Option<Controller> {
    let about = &service.service_description;
    let domain = about.service_urls.domain.as_str();
    let party = party(&about.service_provider, domain, city, told, wanting);
    let entry = entry(service, city, wanting);
    let titles = about.description.iter().filter_map(|text| {
        let title = text
            .extension
            .as_ref()
            .map(|extension| extension.title.clone());
        title.map(|title| (text.language, title))
    });
    let mut titles: BTreeMap<Language, String> = titles.collect();
    let plain = || about.service_description_title.clone();
    titles.entry(told).or_insert_with(plain);
    let title = wanting.need(
        Localized::new(titles),
        LackKind::Text,
        service.service_id.as_str(),
    );
    Some(Controller {
        party: party?,
        service: ServiceRef {
            service_id: service.service_id.clone(),
            title: title?,
            version: about.service_description_version.clone(),
            issued: service.issued.clone(),
        },
        surrogate_id: surrogate_id.clone(),
        policy_url: entry?.policy_url.clone(),
    })
}

/// What the register says of a service.
pub(super) fn entry<'c>(
    service: &ServiceDescription,
    city: &'c City,
    wanting: &mut Wanting,
) -> Option<&'c ServiceEntry> {
    let id = &service.service_id;
    wanting.need(city.services.get(id), LackKind::Service, id.as_str())
}

/// The countries whose law applies: those of the services' providers, each once, and who watches over
/// the first.
pub(super) fn jurisdiction(
    services: &[&ServiceDescription],
    city: &City,
    wanting: &mut Wanting,
) -> Option<(Vec<Country>, Party)> {
    let mut countries = Vec::with_capacity(1);
    for service in services {
        let provider = &service.service_description.service_provider;
        let country = provider.jurisdiction.as_deref().and_then(Country::parse);
        let country = wanting.need(country, LackKind::Jurisdiction, &provider.business_id);
        countries.extend(country.filter(|country| !countries.contains(country)));
    }
    let first = *countries.first()?;
    let authority = city.authorities.get(&first);
    let authority = wanting.need(authority, LackKind::Authority, first.as_str())?;
    Some((countries, authority.clone()))
}
