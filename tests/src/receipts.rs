//! Receipts of the small world: its city's register, the ceremony, and a key for receipts.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test world that fails fails the test"
)]

use crate::World;
use crate::descriptions;
use mydata::account::Decided;
use mydata::core::id::{ConsentId, DescriptionVersion, PurposeId, ServiceId};
use mydata::core::lang::Language;
use mydata::receipt::Receipt;
use mydata::receipt::city::City;
use mydata::receipt::issue::{self, ConsentFacts, Lacks, NoticeFacts};
use mydata::receipt::receipt::{
    Acting, ActingAs, Assurance, Ceremony, Channel, Custody, Method, ReceiptId,
};
use mydata::record::description::{CheckedOperator, OperatorDescription, ServiceDescription};
use mydata_chosen::Chosen;
use serde_json::{Value, json};

fn texts(text: &str) -> Value {
    json!({ "fi": format!("{text} (fi)"), "sv": format!("{text} (sv)"), "en": format!("{text} (en)") })
}

fn purpose(term: Option<&str>, category: u8) -> Value {
    let mut purpose = json!({
        "category": category, "is_primary": category == 1, "operations": ["dpv:Collect", "dpv:Use"],
        "recipients": [], "storage": ["FI"],
        "retention": { "rule": texts("two years"), "days": 730 }
    });
    if let (Some(term), Some(members)) = (term, purpose.as_object_mut()) {
        members.insert("purpose".to_owned(), json!(term));
    }
    purpose
}

/// The register of the small world's city, as JSON.
#[must_use]
pub fn city() -> Value {
    let address =
        json!({ "street": "Street 1", "postal_code": "00100", "city": "Town", "country": "FI" });
    let contact = json!({ "role": texts("data protection officer"), "email": "dpo@town.example" });
    let service = |id: &str, purposes: Value| {
        json!({
            "policy_url": format!("https://{id}.example/policy/1"),
            "rights": { "url": format!("https://{id}.example/rights"), "otherwise": texts("call us") },
            "purposes": purposes
        })
    };
    let term = Some("dpv:RequestedServiceProvision");
    json!({
        "consents": { "url": "https://operator.example/consents", "otherwise": texts("call us") },
        "providers": { "0000000-0": {
            "address": address, "email": "office@town.example", "phone": "+358 9 000 0000",
            "url": "https://town.example/", "contact": contact
        } },
        "services": {
            "source": service("source", json!({})),
            "sink": service("sink", json!({
                "care": purpose(term, 1), "study": purpose(Some("dpv:ScientificResearch"), 16),
                "own": purpose(term, 2), "duty": purpose(Some("dpv:PublicBenefit"), 13),
                "survey": purpose(Some("dpv:PublicPolicyMaking"), 16), "deal": purpose(term, 2),
                "law": purpose(Some("dpv:LegalCompliance"), 13),
                "interest": purpose(Some("dpv:ServiceOptimisation"), 15),
                "vital": purpose(Some("dpv:ImproveHealthcare"), 14)
            }))
        },
        "datasets": {
            "urn:demo:a": { "personal_data": "pd:Preference", "category": 15 },
            "urn:demo:b": { "personal_data": "pd:Health", "category": 6 },
            "urn:demo:c": { "personal_data": "pd:Education", "category": 1 },
            "urn:demo:own": { "personal_data": "pd:Contact", "category": 2 }
        },
        "authorities": { "FI": {
            "business_id": "0000001-9", "name": texts("authority"), "address": address,
            "email": "office@authority.example", "phone": "+35890000004",
            "url": "https://authority.example/", "contact": contact
        } }
    })
}

/// The same, read.
#[must_use]
pub fn read_city(city: &Value) -> City {
    City::from_json(city.to_string().as_bytes()).unwrap()
}

/// The operator.
#[must_use]
pub fn operator() -> CheckedOperator {
    let octets = descriptions::operator().to_string();
    let operator = OperatorDescription::from_json(octets.as_bytes()).unwrap();
    CheckedOperator::check(operator).unwrap()
}

/// A person who has ticked and confirmed on the web.
#[must_use]
pub fn ceremony(world: &World) -> Ceremony {
    Ceremony {
        decided_at: world.now,
        channel: Channel::Web,
        method: Method::TickAndConfirm,
        is_explicit: true,
        acting: Acting {
            capacity: ActingAs::Oneself,
            authority: None,
            minor: None,
        },
        assurance: Assurance::Substantial,
        custody: Custody::OwnDevice,
    }
}

/// Whose law applies stands in the descriptions of a town that gives receipts.
pub fn with_law(description: &mut Value) {
    if let Some(provider) = description.pointer_mut("/serviceDescription/serviceProvider") {
        provider
            .as_object_mut()
            .unwrap()
            .insert("jurisdiction".to_owned(), json!("FI"));
    }
}

/// A world whose descriptions name the law, and in which nothing has happened.
#[must_use]
pub fn world() -> World {
    let mut world = World::new();
    let mut described = [descriptions::source(), descriptions::sink()];
    described.iter_mut().for_each(with_law);
    let [source, sink] = described.map(|description| descriptions::checked(&description));
    for (side, description) in [(&mut world.source, source), (&mut world.sink, sink)] {
        let keys = side.registered.keys.clone();
        side.registered = std::sync::Arc::new(mydata::operator::Registered::new(description, keys));
    }
    world
}

/// Everything that a receipt is made of, to be altered before it is made.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "taken apart by tests")]
pub struct Case {
    /// The register.
    pub city: Value,
    /// The operator.
    pub operator: CheckedOperator,
    /// The ceremony.
    pub ceremony: Ceremony,
    /// The id of the receipt.
    pub receipt_id: ReceiptId,
    /// The source's description.
    pub source: ServiceDescription,
    /// The sink's description.
    pub sink: ServiceDescription,
    /// Whether the operator has kept the causes of changes.
    pub has_causes: bool,
}

impl Case {
    /// As all is right.
    #[must_use]
    pub fn of(world: &World) -> Self {
        Self {
            city: city(),
            operator: operator(),
            ceremony: ceremony(world),
            receipt_id: ReceiptId::from_random([7; 16]),
            source: world.source.registered.description.clone(),
            sink: world.sink.registered.description.clone(),
            has_causes: true,
        }
    }

    fn described(&self, id: &ServiceId) -> Option<&ServiceDescription> {
        [&self.source, &self.sink]
            .into_iter()
            .find(|service| service.service_id == *id)
    }

    /// The receipt of a decision.
    ///
    /// # Errors
    /// What is missing.
    pub fn consent(&self, world: &World, cr_id: &ConsentId) -> Result<Receipt, Lacks> {
        let decided = Decided::find(&world.account, cr_id).unwrap();
        // The version is not looked at: that is for whoever makes the receipt.
        let described = |id: &ServiceId, _: &DescriptionVersion| {
            let found = self.described(id);
            found.or(Some(&self.sink))
        };
        let city = read_city(&self.city);
        let known = if self.has_causes { &*world.log } else { &[] };
        let causes = decided.causes(known, &self.ceremony);
        let facts = ConsentFacts {
            receipt_id: self.receipt_id,
            now: world.now,
            operator: &self.operator,
            city: &city,
            decision: decided.decision(&described).unwrap(),
            shown: decided.shown().unwrap(),
            ceremony: &self.ceremony,
            causes: &causes,
            replaces: None,
        };
        issue::of_consent(&facts, &Chosen)
    }

    /// The receipt of a notice.
    ///
    /// # Errors
    /// What is missing.
    pub fn notice(&self, world: &World, purposes: &[&str]) -> Result<Receipt, Lacks> {
        let city = read_city(&self.city);
        let purposes: Vec<PurposeId> = purposes
            .iter()
            .map(|id| PurposeId::parse(id).unwrap())
            .collect();
        let surrogate = |name: &str| {
            let service = ServiceId::parse(name).unwrap();
            &world
                .account
                .active_link(&service)
                .unwrap()
                .1
                .record
                .surrogate_id
        };
        issue::of_notice(&NoticeFacts {
            receipt_id: self.receipt_id,
            now: world.now,
            operator: &self.operator,
            city: &city,
            sink: (&self.sink, surrogate("sink")),
            source: Some((&self.source, surrogate("source"))),
            purposes: &purposes,
            told_at: world.now,
            language: Language::SV,
        })
    }
}
