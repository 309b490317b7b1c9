//! What is not signed: keys, messages, receipts of other systems, payloads by themselves.

use super::Look;
use super::place::told;
use crate::finding::Finding;
use crate::kind::KINDS;
use crate::tree::Tree;
use mydata::core::jwk::{KeySet, PublicKey};
use mydata::keys::PrivateKey;
use mydata::receipt::finding::{Level, Report};
use mydata::receipt::{kantara, linked};
use mydata::record::message::{self, ConsentCopy, ToService};
use mydata::record::notification::NotificationPush;
use serde::de::DeserializeOwned;

/// Reads a document as one of its kind: what is wrong, and what is only worth a word.
type Read = fn(&[u8], &mut Look);

/// What a document seems to be.
pub(super) struct Document {
    pub(super) name: &'static str,
    pub(super) says: &'static str,
    /// Members that it has, by which it is told from those below.
    needs: &'static [&'static str],
    read: Read,
}

fn message<M: DeserializeOwned>(octets: &[u8], look: &mut Look) {
    if let Err(fault) = message::read::<M>(octets) {
        look.wrong(Finding::of(&fault));
    }
}

fn key(octets: &[u8], look: &mut Look) {
    let is_private = Tree::read(octets).is_some_and(|tree| tree.is_private_key());
    let refusal = if is_private {
        PrivateKey::from_jwk(octets)
            .err()
            .map(|refusal| Finding::of(&refusal))
    } else {
        PublicKey::from_jwk(octets)
            .err()
            .map(|refusal| Finding::of(&refusal))
    };
    if let Some(finding) = refusal {
        look.wrong(finding);
    }
    if is_private {
        look.note("a private key: whoever reads it can sign with it");
    }
}

fn key_set(octets: &[u8], look: &mut Look) {
    if let Err(refusal) = KeySet::from_jwks(octets) {
        look.wrong(Finding::of(&refusal));
    }
}

fn findings<R: mydata::core::Coded>(report: &Report<R>, look: &mut Look) {
    for found in &report.findings {
        let finding = Finding::of(&found.rule).at(&told(&found.pointer));
        if found.level == Level::Error {
            look.wrong(finding);
        } else {
            let at = if finding.at.is_empty() {
                "the document"
            } else {
                &finding.at
            };
            look.note(format!(
                "{} ({}) at {at}: {}",
                finding.code, found.level, finding.text
            ));
        }
    }
}

fn kantara(octets: &[u8], look: &mut Look) {
    findings(&kantara::validate(octets), look);
}

fn linked(octets: &[u8], look: &mut Look) {
    findings(&linked::validate(octets), look);
}

fn vectors(octets: &[u8], look: &mut Look) {
    let mut vectors = mydata_exam::Vectors::default();
    match vectors.add_file("vectors", octets) {
        Ok(()) => {
            let count = vectors.cases().len();
            look.note(format!("{count} cases; `mydata verify` judges them"));
        }
        Err(_) => look.note("a case is not in order; `mydata verify` says which"),
    }
}

const DOCUMENTS: &[Document] = &[
    Document {
        name: "vectors",
        says: "vectors for an examination",
        needs: &["title", "cases"],
        read: vectors,
    },
    Document {
        name: "key_set",
        says: "JWK Set",
        needs: &["keys"],
        read: key_set,
    },
    Document {
        name: "key",
        says: "JWK",
        needs: &["kty"],
        read: key,
    },
    Document {
        name: "receipt_kantara",
        says: "receipt, Kantara Consent Receipt 1.1",
        needs: &["consentReceiptID"],
        read: kantara,
    },
    Document {
        name: "receipt_kantara",
        says: "receipt, Kantara Consent Receipt 1.1",
        needs: &["piiControllers"],
        read: kantara,
    },
    Document {
        name: "receipt_linked",
        says: "receipt, ISO/IEC TS 27560 as JSON-LD",
        needs: &["@context"],
        read: linked,
    },
    Document {
        name: "receipt_linked",
        says: "receipt, ISO/IEC TS 27560 as JSON-LD",
        needs: &["consent_records"],
        read: linked,
    },
    Document {
        name: "receipt_linked",
        says: "receipt, ISO/IEC TS 27560 as JSON-LD",
        needs: &["schema_version"],
        read: linked,
    },
    Document {
        name: "countersigned",
        says: "link record back to the operator",
        needs: &["data", "slr"],
        read: message::<message::Countersigned>,
    },
    Document {
        name: "surrogate_offer",
        says: "a service's answer to an invitation",
        needs: &["code", "surrogate_id"],
        read: message::<message::SurrogateOffer>,
    },
    Document {
        name: "token_reply",
        says: "reply with a token",
        needs: &["auth_token"],
        read: message::<message::TokenReply>,
    },
    Document {
        name: "status_reply",
        says: "reply about the status of a consent",
        needs: &["csr_id", "latest"],
        read: message::<message::StatusReply>,
    },
    Document {
        name: "link_removal",
        says: "a service ends a link",
        needs: &["surrogate_id", "slr_id"],
        read: message::<message::LinkRemoval>,
    },
    Document {
        name: "subscription_confirmation",
        says: "a subscription is in force",
        needs: &["surrogate_id", "subscription_id"],
        read: message::<message::SubscriptionConfirmation>,
    },
    Document {
        name: "objection_answer",
        says: "answer to an objection",
        needs: &["response"],
        read: message::<message::ObjectionAnswer>,
    },
    Document {
        name: "objection_copy",
        says: "copy of an objection",
        needs: &["objection", "responses"],
        read: message::<message::ObjectionCopy>,
    },
    Document {
        name: "notification_push",
        says: "notifications to an operator",
        needs: &["notification"],
        read: message::<NotificationPush>,
    },
    Document {
        name: "status_query",
        says: "question about the status of a consent",
        needs: &["cr_id", "round"],
        read: message::<message::StatusQuery>,
    },
    Document {
        name: "status_query",
        says: "question about the status of a consent",
        needs: &["cr_id", "since"],
        read: message::<message::StatusQuery>,
    },
];

/// Documents of one member, by which they are told.
const OF_ONE: &[Document] = &[
    Document {
        name: "token_request",
        says: "a sink asks for a token",
        needs: &["cr_id"],
        read: message::<message::TokenRequest>,
    },
    Document {
        name: "link_copy_request",
        says: "a service asks for copies",
        needs: &["surrogate_id"],
        read: message::<message::LinkCopyRequest>,
    },
    Document {
        name: "consent_copy",
        says: "copy of a consent",
        needs: &["single"],
        read: message::<ConsentCopy>,
    },
    Document {
        name: "consent_copy",
        says: "copy of a consent",
        needs: &["source"],
        read: message::<ConsentCopy>,
    },
    Document {
        name: "consent_copy",
        says: "copy of a consent",
        needs: &["sink"],
        read: message::<ConsentCopy>,
    },
];

/// The members by which a message to a service says what it is.
const TO_SERVICE: &[&str] = &[
    "link_invitation",
    "link_proposal",
    "link",
    "link_status",
    "single_consent",
    "source_consent",
    "sink_consent",
    "consent_status",
    "subscription",
    "objection",
];

/// Payloads by themselves, by members that no other has.
const PAYLOADS: &[(&str, &[&str])] = &[
    ("link_record", &["link_id", "cr_keys"]),
    ("link_status", &["sl_status"]),
    ("consent_status", &["consent_status", "record_id"]),
    ("single_consent", &["usage_rules", "cr_id"]),
    ("token", &["cnf", "aud"]),
    ("data_request", &["at", "ts", "m"]),
    ("service_description", &["serviceId", "serviceDescription"]),
    ("service_description", &["serviceId", "dataDescription"]),
    ("operator_description", &["operatorId", "operatorUrls"]),
    ("subscription", &["notifications", "sub"]),
    ("notification", &["messages", "sub"]),
    ("objection", &["processing_objected"]),
    ("objection_response", &["decisions", "request_id"]),
    ("receipt", &["receipt", "evidence"]),
];

/// What a document seems to be: name, words, and what is wrong goes into `look`.
pub(super) fn guess(
    tree: &Tree,
    octets: &[u8],
    look: &mut Look,
) -> Option<(&'static str, &'static str)> {
    let members = tree.members()?;
    if let [(only, _)] = members {
        if TO_SERVICE.contains(&only.as_str()) {
            message::<ToService>(octets, look);
            return Some(("to_service", "message of an operator to a service"));
        }
        if let Some(document) = OF_ONE.iter().find(|one| tree.has(one.needs)) {
            (document.read)(octets, look);
            return Some((document.name, document.says));
        }
    }
    if let Some((name, _)) = PAYLOADS.iter().find(|(_, needs)| tree.has(needs)) {
        let kind = KINDS.iter().find(|kind| kind.name == *name)?;
        look.note("nobody has signed it");
        for finding in (kind.payload)(octets, look.at) {
            look.wrong(finding);
        }
        return Some((kind.name, kind.says));
    }
    // Members that nobody knows may stand beside the one that tells.
    let mut documents = DOCUMENTS.iter().chain(OF_ONE);
    let document = documents.find(|one| tree.has(one.needs))?;
    (document.read)(octets, look);
    Some((document.name, document.says))
}
