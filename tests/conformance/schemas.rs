//! The JSON Schemas of `spec/schemas`, computed from the code, and held against real records: what a
//! schema calls mandatory, optional or closed is so in the reader.
//!
//! `MYDATA_BLESS=1 cargo test -p mydata-conformance schemas` writes them again.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a schema that cannot be made or followed fails the test"
)]

use crate::support::{
    checked_in, consented, decode, envelope, invite, link_id, new_key, payload_of, signed_by_hand,
    single,
};
use mydata::account::{Export, Submitted};
use mydata::core::crypto::Signer as _;
use mydata::core::id::ServiceId;
use mydata::core::jws::{JwsFault, KeyNaming, Payload, Sealed, Verified};
use mydata::core::lang::Language;
use mydata::operator::{Command, NewConsent};
use mydata::receipt::city::City;
use mydata::receipt::signed::SignedReceipt;
use mydata::receipt::{kantara, linked};
use mydata::record::consent::{
    AnyConsent, ConsentStatus, SingleConsent, SinkConsent, SourceConsent,
};
use mydata::record::description::{OperatorDescription, Service};
use mydata::record::link::{LinkRecord, LinkStatus};
use mydata::record::message::{
    self, Countersigned, LinkCopyRequest, LinkRemoval, ObjectionAnswer, ObjectionCopy, StatusQuery,
    StatusReply, SubscriptionConfirmation, SurrogateOffer, ToService, TokenReply, TokenRequest,
};
use mydata::record::notification::{Notification, NotificationPush, Subscription};
use mydata::record::objection::{ObjectionRequest, ObjectionResponse, Verdict};
use mydata::record::possession::ProofScheme;
use mydata::record::proposal::ProposalDocument;
use mydata::token::claims::Token;
use mydata::token::dpop::DpopProof;
use mydata::token::introspection::Introspection;
use mydata::token::proof::DataRequest;
use mydata_chosen::Chosen;
use mydata_conformance::{World, descriptions, receipts};
use schemars::JsonSchema;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// The schema of a `T`, under the name that it has on paper.
fn schema<T: JsonSchema>(name: &'static str) -> (&'static str, Value) {
    let mut schema = schemars::schema_for!(T);
    schema.insert("title".to_owned(), name.into());
    (name, schema.into())
}

fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        schema::<LinkRecord>("LinkRecord"),
        schema::<LinkStatus>("LinkStatus"),
        schema::<SingleConsent>("SingleConsent"),
        schema::<SourceConsent>("SourceConsent"),
        schema::<SinkConsent>("SinkConsent"),
        schema::<ConsentStatus>("ConsentStatus"),
        schema::<Service>("Service"),
        schema::<OperatorDescription>("OperatorDescription"),
        schema::<Token>("Token"),
        schema::<DataRequest>("DataRequest"),
        schema::<DpopProof>("DpopProof"),
        schema::<ToService>("ToService"),
        schema::<SurrogateOffer>("SurrogateOffer"),
        schema::<Countersigned>("Countersigned"),
        schema::<TokenRequest>("TokenRequest"),
        schema::<TokenReply>("TokenReply"),
        schema::<StatusQuery>("StatusQuery"),
        schema::<StatusReply>("StatusReply"),
        schema::<LinkCopyRequest>("LinkCopyRequest"),
        schema::<LinkRemoval>("LinkRemoval"),
        schema::<Submitted>("Registration"),
        schema::<Export>("AccountExport"),
        schema::<Subscription>("Subscription"),
        schema::<SubscriptionConfirmation>("SubscriptionConfirmation"),
        schema::<Notification>("Notification"),
        schema::<NotificationPush>("NotificationPush"),
        schema::<ObjectionRequest>("ObjectionRequest"),
        schema::<ObjectionResponse>("ObjectionResponse"),
        schema::<ObjectionAnswer>("ObjectionAnswer"),
        schema::<ObjectionCopy>("ObjectionCopy"),
        schema::<ProposalDocument>("ProposalDocument"),
        schema::<Introspection>("Introspection"),
        schema::<SignedReceipt>("SignedReceipt"),
        schema::<City>("ReceiptRegister"),
        schema::<kantara::Document>("KantaraReceipt"),
        schema::<linked::Document>("LinkedReceipt"),
    ]
}

#[test]
fn what_is_written_is_what_the_code_reads() {
    let mut expected = BTreeSet::new();
    for (name, schema) in schemas() {
        let file = format!("{name}.json");
        let text = serde_json::to_string_pretty(&schema).unwrap();
        checked_in(&format!("schemas/{file}"), &format!("{text}\n"));
        expected.insert(file);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/schemas");
    let written: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(written, expected, "a schema of nothing that there is");
}

/// Members that a schema calls optional, because they are so somewhere, and that the reader demands
/// in what is tested here: the second coordinate of a P-256 key, and where a source's data is
/// fetched.
const DEMANDED_HERE: [&str; 2] = ["y", "distribution_url"];

/// A schema beside a value that the reader takes.
struct Held<'a> {
    name: &'a str,
    schema: &'a Value,
    value: &'a Value,
    reads: &'a dyn Fn(&Value) -> bool,
    mandatory: usize,
}

impl Held<'_> {
    /// Follows `$ref`, and of several alternatives takes the one that `value` is.
    fn resolve<'s>(&'s self, mut node: &'s Value, value: &Value) -> &'s Value {
        loop {
            if let Some(to) = node.get("$ref").and_then(Value::as_str) {
                node = self.schema.pointer(to.trim_start_matches('#')).unwrap();
                continue;
            }
            let ways = node.get("oneOf").or_else(|| node.get("anyOf"));
            let Some(ways) = ways.and_then(Value::as_array) else {
                return node;
            };
            let fits = |way: &&Value| {
                let way = self.resolve(way, value);
                match value.as_object() {
                    // Texts by language: any member may be there.
                    Some(_) if way["properties"].is_null() => way["type"] == "object",
                    Some(members) => members
                        .keys()
                        .all(|name| way["properties"].get(name).is_some()),
                    None => way["type"] != "object" && way["type"] != "null",
                }
            };
            node = ways.iter().find(fits).unwrap_or_else(|| {
                panic!("{}: no alternative of {node} for {value}", self.name);
            });
        }
    }

    /// The value with one place changed.
    fn altered(&self, at: &str, alter: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Value {
        let mut whole = self.value.clone();
        alter(whole.pointer_mut(at).unwrap().as_object_mut().unwrap());
        whole
    }

    /// Holds the node against the part of the value at `at`, and goes down.
    fn follow(&mut self, node: &Value, at: &str) {
        let part = self.value.pointer(at).unwrap().clone();
        let node = self.resolve(node, &part).clone();
        let name = self.name;
        if let Some(items) = part.as_array() {
            if let Some(of_items) = node.get("items") {
                for index in 0..items.len() {
                    self.follow(of_items, &format!("{at}/{index}"));
                }
            }
            return;
        }
        let (Some(members), Some(known)) = (part.as_object(), node["properties"].as_object())
        else {
            return;
        };
        let required: BTreeSet<&str> = node["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for wanted in &required {
            assert!(
                members.contains_key(*wanted),
                "{name}{at}: no `{wanted}` is written"
            );
        }
        for member in members.keys() {
            let below = known.get(member).unwrap_or_else(|| {
                panic!("{name}{at}: `{member}` is written and not in the schema");
            });
            let without = self.altered(at, |object| drop(object.remove(member)));
            let is_mandatory = required.contains(&**member);
            if !DEMANDED_HERE.contains(&&**member) {
                assert_eq!(
                    (self.reads)(&without),
                    !is_mandatory,
                    "{name}{at}: `{member}` is mandatory in the schema or in the reader, not in both"
                );
            }
            self.mandatory += usize::from(is_mandatory);
            self.follow(below, &format!("{at}/{member}"));
        }
        let with_more = self.altered(at, |object| {
            object.insert("a_member_that_nobody_knows".to_owned(), json!(1));
        });
        let is_closed = node["additionalProperties"] == false;
        assert_eq!(
            (self.reads)(&with_more),
            !is_closed,
            "{name}{at}: closed in the schema or in the reader, not in both"
        );
    }
}

/// Holds the schema of a `T` against a real value: how many mandatory members were taken out.
fn hold<T: JsonSchema>(name: &'static str, value: &Value, reads: &dyn Fn(&Value) -> bool) -> usize {
    let (name, schema) = schema::<T>(name);
    assert!(reads(value), "{name}: the real one is not read");
    let mut held = Held {
        name,
        schema: &schema,
        value,
        reads,
        mandatory: 0,
    };
    held.follow(&schema, "");
    held.mandatory
}

/// A payload, in an envelope signed by somebody: whether it opens, which is before anybody asks who
/// signed.
fn hold_record<T: Payload + JsonSchema>(name: &'static str, payload: &Value) -> usize {
    let key = new_key("somebody");
    hold::<T>(name, payload, &|payload| {
        let jws = match T::NAMING {
            KeyNaming::Kid => envelope(payload, T::TYP, &key),
            KeyNaming::Jwk => {
                let public = key.public();
                let jwk: Value = serde_json::from_str(&public.material().to_bare_jwk()).unwrap();
                let alg = public.algorithm().name();
                signed_by_hand(
                    &json!({ "alg": alg, "jwk": jwk, "typ": T::TYP }),
                    payload,
                    &key,
                )
            }
        };
        let octets = jws.to_string();
        let sealed = Sealed::<T>::from_json(octets.as_bytes()).unwrap();
        match sealed.open() {
            Ok(_) => true,
            Err(JwsFault::Payload(_)) => false,
            Err(other) => panic!("{name}: {other}"),
        }
    })
}

/// A message, as it is read.
macro_rules! hold_message {
    ($kind:ident, $message:expr) => {{
        let value = serde_json::from_slice(&message::write($message).unwrap()).unwrap();
        let reads = |value: &Value| message::read::<$kind>(value.to_string().as_bytes()).is_ok();
        hold::<$kind>(stringify!($kind), &value, &reads)
    }};
}

/// The payload as it was signed.
fn signed<T: Payload>(record: &Verified<T>) -> Value {
    payload_of(&serde_json::from_str(&record.seal().to_json()).unwrap())
}

/// The payload of a compact JWS.
fn compact(text: &str) -> Value {
    let payload = text.split('.').nth(1).unwrap();
    serde_json::from_slice(&decode(payload).unwrap()).unwrap()
}

#[test]
fn mandatory_in_a_receipt_and_in_its_register_is_mandatory() {
    let (world, ids) = crate::receipts::consented();
    let mut case = receipts::Case::of(&world);
    case.ceremony.acting.minor = Some(mydata::receipt::receipt::Minor { age: 5 });
    let receipt = case.consent(&world, &ids.sink).unwrap();
    let decided = mydata::account::Decided::find(&world.account, &ids.sink).unwrap();
    let evidence = decided.evidence(&world.log, &Chosen).unwrap();
    let payload = serde_json::to_value(SignedReceipt { receipt, evidence }).unwrap();
    let mandatory = hold_record::<SignedReceipt>("SignedReceipt", &payload);
    assert!(mandatory > 80, "{mandatory}");
    let city = receipts::city();
    let reads = |city: &Value| City::from_json(city.to_string().as_bytes()).is_ok();
    let mandatory = hold::<City>("ReceiptRegister", &city, &reads);
    assert!(mandatory >= 7, "{mandatory}");
}

/// Of the forms for others, of which the reader that repairs is not asked.
#[test]
fn mandatory_in_another_form_of_a_receipt_is_mandatory() {
    let (world, ids) = crate::receipts::consented();
    let mut case = receipts::Case::of(&world);
    case.ceremony.acting.minor = Some(mydata::receipt::receipt::Minor { age: 5 });
    let receipt = case.consent(&world, &ids.sink).unwrap();
    let document = kantara::Document::of(&receipt, Language::FI).unwrap();
    let document = serde_json::to_value(document).unwrap();
    let reads = |value: &Value| serde_json::from_value::<kantara::Document>(value.clone()).is_ok();
    let mandatory = hold::<kantara::Document>("KantaraReceipt", &document, &reads);
    assert!(mandatory > 80, "{mandatory}");
    let document = serde_json::to_value(linked::Document::of(&receipt)).unwrap();
    let reads = |value: &Value| serde_json::from_value::<linked::Document>(value.clone()).is_ok();
    let mandatory = hold::<linked::Document>("LinkedReceipt", &document, &reads);
    assert!(mandatory > 60, "{mandatory}");
}

/// SL-39 to SL-55, CN-34, CN-68 to CN-95.
//= SL-41, CN-34 test
#[test]
fn mandatory_in_a_signed_record_is_mandatory() {
    let (mut world, ids) = consented();
    let link = world.account.link(&link_id(&world, "sink")).unwrap();
    assert!(hold_record::<LinkRecord>("LinkRecord", &signed(&link.record)) > 12);
    assert!(hold_record::<LinkStatus>("LinkStatus", &signed(link.chain.latest())) > 6);

    let sink = world.account.consent(&ids.sink).unwrap();
    let AnyConsent::Sink(record) = &sink.record else {
        panic!("not a sink's")
    };
    assert!(hold_record::<SinkConsent>("SinkConsent", &signed(record)) > 18);
    let status = signed(sink.chain.latest());
    assert!(hold_record::<ConsentStatus>("ConsentStatus", &status) > 6);
    let source = world.account.consent(&ids.source).unwrap();
    let AnyConsent::Source(record) = &source.record else {
        panic!("not a source's")
    };
    assert!(hold_record::<SourceConsent>("SourceConsent", &signed(record)) > 24);

    let (command, _) = single(&mut world);
    let Command::GiveConsent(consent) = command else {
        panic!("not a consent")
    };
    let NewConsent::Single { record, .. } = *consent else {
        panic!("not for one service")
    };
    assert!(hold_record::<SingleConsent>("SingleConsent", &signed(&record)) > 14);
}

/// DT-47 to DT-54, DT-32, DT-33, P17.
//= DT-10, DT-32, DT-33 test
#[test]
fn mandatory_in_a_token_and_a_request_is_mandatory() {
    let (mut world, ids) = consented();
    let token = world.token(&ids.sink).unwrap();
    assert!(hold_record::<Token>("Token", &compact(token.as_str())) > 8);
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    let proof = prepared.authorization.strip_prefix("PoP ").unwrap();
    assert!(hold_record::<DataRequest>("DataRequest", &compact(proof)) > 4);

    let mut world = World::new();
    world.sink.proof = ProofScheme::Dpop;
    world.link("source");
    world.link("sink");
    let ids = world.consent("care", &["src/a"]);
    let token = world.token(&ids.sink).unwrap();
    assert!(hold_record::<Token>("Token", &compact(token.as_str())) > 8);
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    let proof = compact(&prepared.dpop.unwrap());
    assert!(hold_record::<DpopProof>("DpopProof", &proof) > 4);
}

/// SD-04, SD-05, SD-11, SD-19, SD-30.
//= SD-01, SD-04, SD-19 test
#[test]
fn mandatory_in_a_description_is_mandatory() {
    for service in [descriptions::source(), descriptions::sink()] {
        assert!(hold_record::<Service>("Service", &service) > 20);
    }
    let operator = json!({
        "operatorId": "operator.example",
        "serviceProvider": { "businessId": "0000000-0", "name": "Town (demo)" },
        "operatorservicedescriptionVersion": "1.0.0",
        "supportedProfiles": ["consenting"],
        "operatorUrls": { "domain": "https://operator.example", "linkingRedirectUri": "/linked" },
        "createdOnDate": "2025-01-07T08:00:00Z",
        "createdByUserId": "test"
    });
    assert!(hold_record::<OperatorDescription>("OperatorDescription", &operator) > 10);
}

/// CN-47, CN-96, SL-16, SL-22.
#[test]
fn mandatory_in_a_message_is_mandatory() {
    let mut world = World::new();
    invite(&mut world, "sink");
    let (_, offer) = world.offer("sink");
    assert!(hold_message!(SurrogateOffer, &offer) > 4);

    let (mut world, ids) = consented();
    single(&mut world);
    let mut kinds = BTreeSet::new();
    for octets in [&world.source.received, &world.sink.received]
        .into_iter()
        .flatten()
    {
        let message: ToService = message::read(octets).unwrap();
        assert!(hold_message!(ToService, &message) > 1);
        let value: Value = serde_json::from_slice(octets).unwrap();
        kinds.extend(value.as_object().unwrap().keys().cloned());
    }
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        [
            "link",
            "link_invitation",
            "link_proposal",
            "sink_consent",
            "source_consent"
        ]
    );

    let sink = ServiceId::parse("sink").unwrap();
    let query = world.sink.service.status_query(&ids.sink).unwrap();
    assert!(hold_message!(StatusQuery, &query) > 0);
    let reply = world.account.introspect(&sink, &query).unwrap();
    assert!(hold_message!(StatusReply, &reply) > 6);
    let request = TokenRequest {
        cr_id: ids.sink.clone(),
    };
    assert_eq!(hold_message!(TokenRequest, &request), 1);

    let proposal = world.proposal();
    let document: ProposalDocument = serde_json::from_slice(proposal.octets()).unwrap();
    assert!(hold_message!(ProposalDocument, &document) > 20);
    let token = world.token(&ids.sink).unwrap();
    let account = &world.account;
    let answer = account.introspect_token(&sink, &token, world.now, &Chosen);
    assert!(hold_message!(Introspection, &answer) > 9);
    assert_eq!(hold_message!(Introspection, &Introspection::Inactive), 1);
}

//= AC-10, AC-46 test
#[test]
fn mandatory_in_a_registration_is_mandatory() {
    let form = json!({ "data": { "type": "Account", "attributes": {
        "username": "sofia.lind", "password": "kolme hevosta ja vene",
        "firstname": "Sofia", "lastname": "Lind", "email": "sofia@post.example",
        "x_mydata": { "natural_person": true, "date_of_birth": "1988-02-29" },
    } } });
    let reads = |form: &Value| Submitted::read(form.to_string().as_bytes()).is_ok();
    assert_eq!(hold::<Submitted>("Registration", &form, &reads), 10);
}

//= AC-46, AC-51 test
#[test]
fn mandatory_in_an_export_is_mandatory() {
    let (mut world, ids) = consented();
    let reason = mydata::operator::Reason::LegalOrder;
    let disable = mydata::record::consent::ConsentChange::Disable;
    world.operator_change(&ids.source, disable, reason).unwrap();
    world.subscribe(&["news"]).unwrap();
    let push = world.notification(&["news"]).unwrap();
    let told = world.told(&push);
    world.command(&world.service_act("sink"), &told).unwrap();
    let survey = mydata::core::id::PurposeId::parse("survey").unwrap();
    let scope = mydata::operator::Scope::Processing(survey);
    let objection = world.object(vec![scope]).unwrap();
    let verdicts = mydata_conformance::wishes::verdicts(&["1"], Verdict::Pending);
    world.decide_objection(&objection, verdicts);
    let export = world.export();
    let octets = export.write(mydata::account::ExportFormat::Json).unwrap();
    let value: Value = serde_json::from_slice(&octets).unwrap();
    let reads = |value: &Value| Export::read(value.to_string().as_bytes()).is_ok();
    assert!(hold::<Export>("AccountExport", &value, &reads) > 40);
}
