//! Who lives in the town, and which services they use there.

use super::line::Question;
use crate::post::Refused;
use mydata::core::id::{DatasetId, PurposeId, ServiceId};
use mydata::core::lang::Language;
use std::collections::BTreeMap;

/// Where the operator is reached.
pub const ORIGIN: &str = "https://operator.town.example";

/// Whose data goes from where to where, and what for.
#[derive(Debug, Clone)]
pub struct Household {
    /// The name within the town's file.
    pub person: &'static str,
    /// What they are called in the story.
    pub name: &'static str,
    /// Which customer of the source they are, or their child is.
    pub at_source: &'static str,
    /// Which customer of the sink.
    pub at_sink: &'static str,
    /// What they are asked.
    pub question: Question,
    /// What they give.
    pub dataset: DatasetId,
    /// Where that is fetched.
    pub url: String,
    /// For how many days.
    pub days: u32,
    /// Whether the source is a register behind a gateway.
    pub is_behind: bool,
}

/// What a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A source with the library in it.
    Source,
    /// A source that is a register behind a gateway.
    Behind,
    /// A sink.
    Sink,
}

/// Three households: each reads in another language, and uses another pair of services.
///
/// # Errors
/// Never, unless a name here is mistyped.
pub fn households() -> Result<[Household; 3], Refused> {
    Ok([
        household(
            ("p-sofia", "Sofia", Language::SV),
            ("esp-vaka", "E-4711", "ecec.wishes"),
            ("hki-vaka", "H-20250", "ecec-transfer-wishes"),
            120,
        )?,
        household(
            ("p-mikko", "Mikko", Language::FI),
            ("tul-tiedot", "T-1404", "income.band"),
            ("hki-vakamaksu", "F-6108", "fee-income-check"),
            365,
        )?,
        household(
            ("p-noel", "Noel", Language::EN),
            ("hki-koulu", "K-8831", "school.status"),
            ("hki-liikunta", "L-3307", "sports-discount"),
            180,
        )?,
    ])
}

fn household(
    (person, name, language): (&'static str, &'static str, Language),
    (source, at_source, kind): (&'static str, &'static str, &'static str),
    (sink, at_sink, purpose): (&'static str, &'static str, &'static str),
    days: u32,
) -> Result<Household, Refused> {
    Ok(Household {
        person,
        name,
        at_source,
        at_sink,
        question: Question {
            source: ServiceId::parse(&format!("{source}.source"))?,
            sink: ServiceId::parse(&format!("{sink}.sink"))?,
            purpose: PurposeId::parse(&format!("{sink}/{purpose}"))?,
            language,
        },
        dataset: DatasetId::parse(&format!("{source}/{kind}"))?,
        url: format!("https://{source}.town.example/datasets/{kind}"),
        days,
        is_behind: source == "esp-vaka",
    })
}

/// The host of a service: the town's descriptions have it so.
#[must_use]
pub fn host(service: &ServiceId) -> String {
    let name = service.as_str().split('.').next().unwrap_or_default();
    format!("{name}.town.example")
}

/// What a service is called in the story.
#[must_use]
pub fn short(service: &ServiceId) -> String {
    let name = service.as_str().split('.').next().unwrap_or_default();
    name.to_owned()
}

/// What people read when they are told how a consent stands, in their language.
#[must_use]
pub fn in_language(state: mydata::record::consent::ConsentState, language: Language) -> String {
    state.label().get(language).to_owned()
}

/// Every service of the story, and what it is.
#[must_use]
pub fn services(households: &[Household]) -> BTreeMap<ServiceId, Part> {
    let mut all = BTreeMap::new();
    for household in households {
        let source = match household.is_behind {
            true => Part::Behind,
            false => Part::Source,
        };
        all.insert(household.question.source.clone(), source);
        all.insert(household.question.sink.clone(), Part::Sink);
    }
    all
}
