//! Tasks without steps.

use super::{Done, coded, key_set, settle, several, time, unknown};
use crate::base64url;
use crate::library::Library;
use crate::task::Bound;
use crate::verdict::{Refused, Verdict};
use mydata::core::id::{ConsentId, LinkId, SurrogateId};
use mydata::core::jwk::{KeySet, PublicKey};
use mydata::core::jws::{Payload, Sealed, Verified};
use mydata::core::lang::Language;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::Origin;
use mydata::record::chain::{Chain, StatusRecord};
use mydata::record::consent::{ConsentStatus, SingleConsent, SinkConsent, SourceConsent, Validity};
use mydata::record::description::{
    DescriptionError, OperatorDescription, Policy, Service, ServiceDescription, well_known,
};
use mydata::record::link::{LinkProposal, LinkRecord, LinkStatus};
use mydata::record::message::{self, ConsentCopy, Countersigned, ToService};
use mydata::record::notification::{Notification, NotificationPush, Subscription};
use mydata::record::objection::{ObjectionRequest, ObjectionResponse};
use mydata::record::standing::Standing;
use mydata::token::claims::Token;
use mydata::token::dpop::DpopProof;
use mydata::token::proof::DataRequest;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) fn read(kind: &str, text: Option<&str>, octets: Option<&str>) -> Verdict {
    let octets = match (text, octets) {
        (Some(text), None) => text.as_bytes().to_vec(),
        (None, Some(octets)) => base64url::decode(octets).unwrap_or_default(),
        (None, None) | (Some(_), Some(_)) => return unknown(),
    };
    settle(read_as(kind, &octets))
}

fn read_as(kind: &str, octets: &[u8]) -> Done {
    fn parsed<M: DeserializeOwned>(octets: &[u8]) -> Done {
        let message: Result<M, _> = message::read(octets);
        message.map(|_| json!({})).map_err(coded)
    }
    match kind {
        "to_service" => parsed::<ToService>(octets),
        "surrogate_offer" => parsed::<message::SurrogateOffer>(octets),
        "countersigned" => parsed::<Countersigned>(octets),
        "token_request" => parsed::<message::TokenRequest>(octets),
        "token_reply" => parsed::<message::TokenReply>(octets),
        "status_query" => parsed::<message::StatusQuery>(octets),
        "status_reply" => parsed::<message::StatusReply>(octets),
        "link_copy_request" => parsed::<message::LinkCopyRequest>(octets),
        "link_removal" => parsed::<message::LinkRemoval>(octets),
        "subscription_confirmation" => parsed::<message::SubscriptionConfirmation>(octets),
        "notification_push" => parsed::<NotificationPush>(octets),
        "objection_answer" => parsed::<message::ObjectionAnswer>(octets),
        "consent_copy" => parsed::<ConsentCopy>(octets),
        "key" => PublicKey::from_jwk(octets)
            .map(|_| json!({}))
            .map_err(coded),
        "key_set" => KeySet::from_jwks(octets).map(|_| json!({})).map_err(coded),
        _ => Err(unknown()),
    }
}

/// The key sets of a verification, read.
struct Sets([Option<KeySet>; 4]);

impl Sets {
    const PARTIES: [Party; 4] = [Party::Owner, Party::Operator, Party::Service, Party::Sink];

    fn read(bound: &Bound) -> Result<Self, Verdict> {
        let read = |set: &Option<Value>| set.as_ref().map(key_set).transpose();
        Ok(Self([
            read(&bound.owner)?,
            read(&bound.operator)?,
            read(&bound.service)?,
            read(&bound.sink)?,
        ]))
    }

    fn keys(&self) -> PartyKeys<'_> {
        let sets = Self::PARTIES.into_iter().zip(&self.0);
        sets.fold(PartyKeys::none(), |keys, (party, set)| match set {
            Some(set) => keys.with(party, set),
            None => keys,
        })
    }
}

fn believe<T: Payload>(
    envelope: &str,
    is_compact: bool,
    keys: &PartyKeys<'_>,
) -> Result<Verified<T>, Verdict> {
    let sealed = if is_compact {
        Sealed::<T>::from_compact(envelope)
    } else {
        Sealed::<T>::from_json(envelope.as_bytes())
    };
    let opened = sealed.and_then(|sealed| sealed.open());
    opened
        .and_then(|opened| opened.verify(&Library, keys))
        .map_err(coded)
}

pub(super) fn verify(record: &str, envelope: &str, bound: &Bound) -> Verdict {
    settle(verify_as(record, envelope, bound))
}

fn verify_as(record: &str, envelope: &str, bound: &Bound) -> Done {
    fn of<T: Payload>(envelope: &str, is_compact: bool, keys: &PartyKeys<'_>) -> Done {
        let record = believe::<T>(envelope, is_compact, keys)?;
        let signed_by: Value = record
            .signed_by()
            .iter()
            .map(|by| json!({ "party": by.party.to_string(), "kid": by.key.kid() }))
            .collect();
        Ok(json!({ "signed_by": signed_by, "digest": record.digest(&Library) }))
    }
    let sets = Sets::read(bound)?;
    let keys = sets.keys();
    match record {
        "link_proposal" => of::<LinkProposal>(envelope, false, &keys),
        "link_record" => of::<LinkRecord>(envelope, false, &keys),
        "link_status" => of::<LinkStatus>(envelope, false, &keys),
        "single_consent" => of::<SingleConsent>(envelope, false, &keys),
        "source_consent" => of::<SourceConsent>(envelope, false, &keys),
        "sink_consent" => of::<SinkConsent>(envelope, false, &keys),
        "consent_status" => of::<ConsentStatus>(envelope, false, &keys),
        "service_description" => of::<Service>(envelope, false, &keys),
        "operator_description" => of::<OperatorDescription>(envelope, false, &keys),
        "subscription" => of::<Subscription>(envelope, false, &keys),
        "notification" => of::<Notification>(envelope, false, &keys),
        "objection" => of::<ObjectionRequest>(envelope, false, &keys),
        "objection_response" => of::<ObjectionResponse>(envelope, false, &keys),
        "token" => of::<Token>(envelope, true, &keys),
        "data_request" => of::<DataRequest>(envelope, true, &keys),
        "dpop_proof" => of::<DpopProof>(envelope, true, &keys),
        _ => Err(unknown()),
    }
}

pub(super) fn chain(
    record: &str,
    envelopes: &[String],
    bound: &Bound,
    subject: &str,
    surrogate: &str,
) -> Verdict {
    let done = match record {
        "link_status" => LinkId::parse(subject)
            .map_err(coded)
            .and_then(|id| chain_of::<LinkStatus>(envelopes, bound, &id, surrogate)),
        "consent_status" => ConsentId::parse(subject)
            .map_err(coded)
            .and_then(|id| chain_of::<ConsentStatus>(envelopes, bound, &id, surrogate)),
        _ => Err(unknown()),
    };
    settle(done)
}

fn chain_of<S: StatusRecord>(
    envelopes: &[String],
    bound: &Bound,
    subject: &S::Subject,
    surrogate: &str,
) -> Done {
    let sets = Sets::read(bound)?;
    let surrogate = SurrogateId::parse(surrogate).map_err(coded)?;
    let mut chain: Option<Chain<S>> = None;
    for (at, envelope) in envelopes.iter().enumerate() {
        let one = believe::<S>(envelope, false, &sets.keys());
        let appended = one.and_then(|record| match &mut chain {
            None => {
                let begun = Chain::begin(record, subject, &surrogate).map_err(coded)?;
                chain = Some(begun);
                Ok(())
            }
            Some(chain) => chain.append(record, &Library).map_err(coded),
        });
        if let Err(verdict) = appended {
            return Err(match verdict {
                Verdict::Accepted(_) => verdict,
                Verdict::Refused(refused) => Verdict::Refused(Refused {
                    at: Some(at),
                    ..refused
                }),
            });
        }
    }
    let chain = chain.ok_or_else(unknown)?;
    Ok(json!({
        "state": format!("{:?}", chain.state()),
        "latest": chain.latest().record_id(),
        "length": chain.iter().count(),
    }))
}

pub(super) fn standing(
    link: &str,
    consent: &str,
    nbf: Option<u64>,
    exp: Option<u64>,
    now: u64,
) -> Verdict {
    let ask = || -> Done {
        let link = serde_json::from_value(json!(link)).map_err(|_| unknown())?;
        let consent = serde_json::from_value(json!(consent)).map_err(|_| unknown())?;
        let validity = Validity::new(nbf.map(time).transpose()?, exp.map(time).transpose()?);
        match mydata::record::standing::standing(link, consent, validity, time(now)?) {
            Standing::Active => Ok(json!({})),
            Standing::Barred(bar) => Err(coded(bar)),
        }
    };
    settle(ask())
}

pub(super) fn description(of: &str, text: &str) -> Verdict {
    let done = match of {
        "service" => {
            let languages = Policy::in_languages(vec![Language::FI, Language::SV, Language::EN]);
            match ServiceDescription::from_json(text.as_bytes(), &languages) {
                Ok(service) => Ok(json!({
                    "id": service.service_id,
                    "version": service.service_description.service_description_version,
                })),
                Err(DescriptionError::Rules(faults)) => {
                    let codes = faults.iter().map(|fault| fault.refusal.code());
                    Err(Verdict::Refused(several(codes)))
                }
                Err(error) => Err(Verdict::refused(error.code())),
            }
        }
        "operator" => OperatorDescription::from_json(text.as_bytes())
            .map(|operator| json!({ "id": operator.operator_id, "version": operator.version }))
            .map_err(coded),
        _ => Err(unknown()),
    };
    settle(done)
}

pub(super) fn locate(of: &str, domain: &str) -> Verdict {
    let done = Origin::parse(domain).map_err(coded).and_then(|domain| {
        let url = match of {
            "service" => well_known::of_service(&domain),
            "operator" => well_known::of_operator(&domain),
            _ => return Err(unknown()),
        };
        Ok(json!({ "url": url.map_err(coded)? }))
    });
    settle(done)
}
