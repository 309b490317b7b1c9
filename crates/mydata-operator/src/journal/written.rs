//! From a decision to its entry.

use super::wire::{
    Answer, By, Document, FORM, Happened, Invited, Letter, Message, Number, Octets, Said, What,
    Wire,
};
use super::{Entry, JournalFault, JournalRefusal};
use crate::command::Told;
use crate::decision::{Decision, Delivery, Reply};
use crate::event::{Event, Fact};
use crate::linking::{Linking, Stage};
use crate::proposal::Proposal;
use mydata_core::crypto::Sha256;
use mydata_core::jwk::PublicKey;
use mydata_core::jws::{Kept, Payload, Sealed, Verified};
use mydata_core::party::Party;
use mydata_record::chain::{Chain, StatusRecord};
use mydata_record::consent::AnyConsent;
use mydata_record::message::ToService;
use mydata_token::claims::Token;

impl Entry {
    pub(super) fn written(decision: &Decision) -> Result<Self, JournalFault> {
        let mut pool = Pool::default();
        let account = match (decision.events.first(), &decision.reply) {
            (Some(event), _) => Some(event.act.account.clone()),
            (None, Reply::Export(permit)) => Some(permit.account().clone()),
            (None, _) => None,
        };
        let is_one = |event: &Event| Some(&event.act.account) == account.as_ref();
        if !decision.events.iter().all(is_one) {
            return Err(JournalRefusal::Decision.into());
        }
        let mut before = None;
        let mut events = Vec::with_capacity(decision.events.len());
        for event in &decision.events {
            events.push(happened(event, before, &mut pool)?);
            before = Some(event);
        }
        let outbox = decision.outbox.iter().map(|d| said(d, &mut pool)).collect();
        let reply = answer(&decision.reply, &mut pool)?;
        let letters: Vec<Letter> = decision.to_person.iter().filter_map(Letter::of).collect();
        Ok(Self::from(Wire {
            v: FORM,
            account,
            version: decision.version,
            events,
            records: pool.records,
            outbox,
            letters,
            reply,
        }))
    }
}

/// The records of an entry, each once.
#[derive(Default)]
struct Pool {
    records: Vec<Kept<()>>,
    /// Where the last one was found: messages speak of the records in the order of the events.
    last: usize,
}

impl Pool {
    /// A record of an event: it is new, as all that happens is.
    fn add<T>(&mut self, record: &Sealed<T>) -> Number {
        self.records.push(Kept(record.renamed()));
        numbered(self.records.len() - 1)
    }

    fn of<T: Payload>(&mut self, record: &Verified<T>) -> Number {
        self.add(&record.seal())
    }

    /// A record of a message or of the answer: mostly one of the events.
    fn number<T>(&mut self, record: &Sealed<T>) -> Number {
        let record: Sealed<()> = record.renamed();
        let (before, after) = self.records.split_at(self.last);
        let known = |kept: &Kept<()>| kept.0 == record;
        let at = match after.iter().position(known) {
            Some(at) => self.last + at,
            None => match before.iter().position(known) {
                Some(at) => at,
                None => return self.add(&record),
            },
        };
        self.last = at;
        numbered(at)
    }

    /// The one record of a chain that has just begun.
    fn first<S: StatusRecord>(&mut self, chain: &Chain<S>) -> Result<Number, JournalFault> {
        if chain.iter().nth(1).is_some() {
            return Err(JournalRefusal::Decision.into());
        }
        Ok(self.of(chain.first()))
    }
}

/// No decision has so many records that they cannot be numbered.
fn numbered(at: usize) -> Number {
    Number::try_from(at).unwrap_or(Number::MAX)
}

fn happened(
    event: &Event,
    before: Option<&Event>,
    pool: &mut Pool,
) -> Result<Happened, JournalFault> {
    let act = &event.act;
    let is_same = before.is_some_and(|before| before.act == *act);
    Ok(Happened {
        at: (before.map(|before| before.at) != Some(event.at)).then_some(event.at),
        by: (!is_same).then(|| By {
            actor: act.actor.clone(),
            capacity: act.capacity.clone(),
        }),
        fact: what(&event.fact, pool)?,
    })
}

fn what(fact: &Fact, pool: &mut Pool) -> Result<What, JournalFault> {
    Ok(match fact {
        Fact::LinkingStarted { code, linking } => What::LinkingStarted {
            code: code.clone(),
            linking: Box::new(started(linking)?),
        },
        Fact::SurrogateOffered { code, offer } => What::SurrogateOffered {
            code: code.clone(),
            offer: Box::new(offer.into()),
        },
        Fact::LinkProposed { code, record } => What::LinkProposed {
            code: code.clone(),
            record: pool.of(record),
        },
        Fact::Countersigned { code, record } => What::Countersigned {
            code: code.clone(),
            record: pool.of(record),
        },
        Fact::Linked { code, chain } => What::Linked {
            code: code.clone(),
            status: pool.first(chain)?,
        },
        Fact::LinkingEnded { code } => What::LinkingEnded { code: code.clone() },
        Fact::LinkChanged {
            link_id: _,
            reason,
            next,
        } => What::LinkChanged {
            reason: *reason,
            status: pool.of(next.record()),
        },
        Fact::ProposalShown { proposal, hash } => {
            What::ProposalShown(Box::new(document(proposal, *hash)))
        }
        Fact::ConsentGiven { record, chain } => given(record, chain, pool)?,
        Fact::ConsentChanged {
            cr_id: _,
            change: _,
            reason,
            mirrored,
            next,
        } => What::ConsentChanged {
            reason: *reason,
            mirrored: *mirrored,
            status: pool.of(next.record()),
        },
        Fact::ContractFiled { entry } => What::ContractFiled(Box::new(entry.clone())),
        Fact::ContractEnded { service_id, id } => What::ContractEnded {
            service_id: service_id.clone(),
            id: id.clone(),
        },
        Fact::TokenIssued {
            cr_id: _,
            jti: _,
            iat: _,
            exp: _,
            token,
        } => What::TokenIssued {
            token: pool.add(token),
        },
        Fact::VerificationAsked {
            what,
            digest,
            expires,
        } => What::VerificationAsked {
            what: *what,
            digest: *digest,
            expires: *expires,
        },
        Fact::Activated { by } => What::Activated { by: *by },
        Fact::ExportOpened { by, until } => What::ExportOpened {
            by: *by,
            until: *until,
        },
        Fact::Exported => What::Exported,
        Fact::Closing { by, until } => What::Closing {
            by: *by,
            until: *until,
        },
        Fact::Reopened => What::Reopened,
        Fact::Ended => What::Ended,
        Fact::Erased => What::Erased,
        Fact::Subscribed { link_id, record } => What::Subscribed {
            link: link_id.clone(),
            record: pool.of(record),
        },
        Fact::SubscriptionConfirmed { link_id, id } => What::SubscriptionConfirmed {
            link: link_id.clone(),
            id: id.clone(),
        },
        Fact::Notified {
            link_id,
            notification,
        } => match notification {
            Told::Signed(record) => What::Notified {
                link: link_id.clone(),
                record: pool.of(record),
                key: service_key(record)?,
            },
            Told::Encrypted(jwe) => What::NotifiedEncrypted {
                link: link_id.clone(),
                jwe: jwe.clone(),
            },
        },
        Fact::Objected { link_id, record } => What::Objected {
            link: link_id.clone(),
            record: pool.of(record),
        },
        Fact::ObjectionAnswered { record } => What::ObjectionAnswered {
            record: pool.of(record),
            key: service_key(record)?,
        },
    })
}

/// The key of the service that has signed a record: from the registry of that time, so it is kept
/// beside.
pub(super) fn service_key<T: Payload>(record: &Verified<T>) -> Result<PublicKey, JournalFault> {
    let mut signed = record.signed_by().iter();
    let by_service = signed.find(|signed| signed.party == Party::Service);
    let key = by_service.map(|signed| signed.key.clone());
    key.ok_or(JournalRefusal::Decision.into())
}

fn started(linking: &Linking) -> Result<Invited, JournalFault> {
    if linking.stage != Stage::Invited {
        return Err(JournalRefusal::Decision.into());
    }
    Ok(linking.into())
}

impl From<&Linking> for Invited {
    fn from(linking: &Linking) -> Self {
        Self {
            service_id: linking.service_id.clone(),
            description_version: linking.description_version.clone(),
            service_keys: linking.service_keys.clone(),
            is_sink: linking.is_sink,
            surrogate_id: linking.surrogate_id.clone(),
            expires: linking.expires,
        }
    }
}

fn document(proposal: &Proposal, hash: Sha256) -> Document {
    Document {
        url: proposal.url().clone(),
        hash,
        media_type: proposal.media_type().to_owned(),
        language: proposal.language(),
        rests_on: proposal.rests_on().cloned().collect(),
        octets: Octets(proposal.octets().to_vec()),
    }
}

fn given<S: StatusRecord>(
    record: &AnyConsent,
    chain: &Chain<S>,
    pool: &mut Pool,
) -> Result<What, JournalFault> {
    let number = match record {
        AnyConsent::Single(record) => pool.of(record),
        AnyConsent::Source(record) => pool.of(record),
        AnyConsent::Sink(record) => pool.of(record),
    };
    let status = pool.first(chain)?;
    Ok(match record {
        AnyConsent::Single(_) => What::SingleGiven {
            record: number,
            status,
        },
        AnyConsent::Source(_) => What::SourceGiven {
            record: number,
            status,
        },
        AnyConsent::Sink(_) => What::SinkGiven {
            record: number,
            status,
        },
    })
}

fn said(delivery: &Delivery, pool: &mut Pool) -> Said {
    let message = match &delivery.message {
        ToService::LinkInvitation(invitation) => Message::LinkInvitation(invitation.clone()),
        ToService::LinkProposal(delivery) => Message::LinkProposal {
            code: delivery.data.code.clone(),
            slr: pool.number(&delivery.slr),
        },
        ToService::Link(delivery) => Message::Link {
            slr: pool.number(&delivery.slr),
            ssr: pool.number(&delivery.ssr),
        },
        ToService::LinkStatus(delivery) => Message::LinkStatus {
            ssr: pool.number(&delivery.ssr),
        },
        ToService::SingleConsent(delivery) => Message::SingleConsent {
            cr: pool.number(&delivery.cr),
            csr: pool.number(&delivery.csr),
        },
        ToService::SourceConsent(delivery) => Message::SourceConsent {
            cr: pool.number(&delivery.cr),
            csr: pool.number(&delivery.csr),
        },
        ToService::SinkConsent(delivery) => Message::SinkConsent {
            cr: pool.number(&delivery.cr),
            csr: pool.number(&delivery.csr),
        },
        ToService::ConsentStatus(delivery) => Message::ConsentStatus {
            csr: pool.number(&delivery.csr),
        },
        ToService::Subscription(delivery) => Message::Subscription {
            subscription: pool.number(&delivery.subscription),
        },
        ToService::Objection(delivery) => Message::Objection {
            objection: pool.number(&delivery.objection),
        },
    };
    Said {
        to: delivery.to.clone(),
        message,
    }
}

fn answer(reply: &Reply, pool: &mut Pool) -> Result<Answer, JournalFault> {
    Ok(match reply {
        Reply::Done => Answer::Done,
        Reply::Linking(code) => Answer::Linking(code.clone()),
        Reply::Token(reply) => {
            let token = Sealed::<Token>::from_compact(&reply.auth_token)?;
            Answer::Token(pool.number(&token))
        }
        Reply::Proposal(named) => Answer::Proposal(named.clone()),
        Reply::Export(permit) => Answer::Export {
            at: permit.at(),
            until: permit.until(),
        },
    })
}
