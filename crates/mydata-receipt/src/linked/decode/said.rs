//! What a document says and its receipt does not: nothing is dropped without a word.

use super::*;
use serde_json::Value;
use std::collections::BTreeSet;

/// In the place of a recipient whom the receipt does not have.
const NOBODY: ReceiverNode = ReceiverNode {
    kind: Vec::new(),
    party_name: None,
    location: Vec::new(),
};

/// Which party of the document stands where the receipt's own has which: learnt from the places that
/// refer to them.
#[derive(Default)]
struct Names {
    /// The receipt's own names, by the document's.
    own: BTreeMap<String, BTreeSet<String>>,
    /// The document's name, by the receipt's own.
    said: BTreeMap<String, String>,
}

impl Names {
    /// Whether the document calls a party by one name throughout.
    fn learn(&mut self, said: &str, own: &str) -> bool {
        let of = self.own.entry(said.to_owned()).or_default();
        of.insert(own.to_owned());
        let known = self.said.entry(own.to_owned());
        known.or_insert_with(|| said.to_owned()) == said
    }
}

impl Reader<'_> {
    /// Tells of everything that the document of `receipt` would not say again. The context, the profile
    /// and what parties are called are no facts.
    pub(super) fn tell_dropped(&mut self, receipt: &Receipt) {
        let mut own = Document::of(receipt);
        if own == *self.document {
            return;
        }
        self.set_in_order(&mut own);
        let document = (
            serde_json::to_value(self.document),
            serde_json::to_value(own),
        );
        let (Ok(Value::Object(said)), Ok(own)) = document else {
            self.error(LinkedRule::BadFact);
            return;
        };
        let mut names = Names::default();
        for (name, value) in &said {
            if !matches!(&**name, "@context" | "party_identification") {
                self.at(name, |reader| {
                    reader.hold(value, own.get(name), name, &mut names);
                });
            }
        }
        let known = parties(own.get("party_identification"));
        let said = said.get("party_identification").and_then(Value::as_array);
        self.at("party_identification", |reader| {
            for (at, party) in said.into_iter().flatten().enumerate() {
                reader.at(&at.to_string(), |reader| {
                    reader.hold_party(party, &known, &mut names);
                });
            }
        });
    }

    /// Lists in which the order says nothing, in the order of the document.
    fn set_in_order(&self, own: &mut Document) {
        for (record, own) in self
            .document
            .consent_records
            .iter()
            .zip(&mut own.consent_records)
        {
            let (said, own) = (&record.pii_processing, &mut own.pii_processing);
            let is_giver = |id: &String| self.is_giver(id);
            let user = said.pii_controllers.iter().find(|id| !is_giver(id));
            if said.pii_controllers.first().is_some_and(is_giver) {
                own.pii_controllers.reverse();
            }
            let first = said.services.first().and_then(|of| of.provider.as_ref());
            if first.is_some_and(is_giver) {
                own.services.reverse();
            }
            for (said, own) in said.purposes.iter().zip(&mut own.purposes) {
                let is_user = |of: &Receiver| matches!(of, Receiver::Party(id) if Some(id) == user);
                let all = std::mem::take(&mut own.recipient_third_parties).into_iter();
                let (parties, nodes): (Vec<_>, Vec<_>) =
                    all.partition(|of| matches!(of, Receiver::Party(_)));
                let (mut parties, mut nodes) = (parties.into_iter(), nodes.into_iter());
                let receivers = said.recipient_third_parties.iter();
                let receivers = receivers.map(|receiver| {
                    let own = if is_user(receiver) {
                        parties.next()
                    } else {
                        nodes.next()
                    };
                    own.unwrap_or(Receiver::Node(NOBODY))
                });
                own.recipient_third_parties = receivers.collect();
            }
        }
    }

    fn hold(&mut self, said: &Value, own: Option<&Value>, key: &str, names: &mut Names) {
        match (said, own) {
            (Value::Object(said), Some(own @ Value::Object(_))) => {
                for (name, value) in said {
                    self.at(name, |reader| {
                        reader.hold(value, own.get(name), name, names);
                    });
                }
            }
            (Value::Array(said), Some(own @ Value::Array(_))) => {
                for (at, value) in said.iter().enumerate() {
                    self.at(&at.to_string(), |reader| {
                        reader.hold(value, own.get(at), key, names);
                    });
                }
            }
            (said, own) => {
                if !is_held(said, own, key, names) {
                    self.error(LinkedRule::BadFact);
                }
            }
        }
    }

    /// A party of the document, which may be several of the receipt's own: a town that runs the operator
    /// is one party to some.
    fn hold_party(&mut self, said: &Value, own: &BTreeMap<&str, &Value>, names: &mut Names) {
        let id = said["@id"].as_str().unwrap_or_default();
        let ids = names.own.get(id).cloned().unwrap_or_default();
        let own: Vec<&Value> = ids
            .iter()
            .filter_map(|id| own.get(&**id).copied())
            .collect();
        if own.is_empty() {
            // Nobody whom the receipt knows.
            self.error(LinkedRule::BadFact);
            return;
        }
        let members = said.as_object().into_iter().flatten();
        for (name, value) in members.filter(|(name, _)| *name != "@id") {
            let whole = self.report.findings.len();
            for own in &own {
                self.report.findings.truncate(whole);
                self.at(name, |reader| {
                    reader.hold(value, own.get(name), name, names);
                });
                if self.report.findings.len() == whole {
                    break;
                }
            }
        }
    }
}

fn is_held(said: &Value, own: Option<&Value>, key: &str, names: &mut Names) -> bool {
    let (Some(text), Some(own_text)) = (said.as_str(), own.and_then(Value::as_str)) else {
        return own == Some(said);
    };
    match key {
        // Which of the profiles it follows is no fact of the decision.
        "schema_version" => true,
        "publisher"
        | "pii_principal_id"
        | "pii_controllers"
        | "authority_party"
        | "provider"
        | "consumer"
        | "entity_id"
        | "recipient_third_parties" => names.learn(text, own_text),
        "party_phone" => Phone::parse(text).is_some_and(|phone| phone.to_uri() == own_text),
        _ => text == own_text,
    }
}

fn parties(parties: Option<&Value>) -> BTreeMap<&str, &Value> {
    let all = parties.and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|party| Some((party["@id"].as_str()?, party)))
        .collect()
}
