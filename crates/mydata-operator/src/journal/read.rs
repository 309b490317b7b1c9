//! From an entry to what it tells others: the messages and the answer, for which no account is needed.

use super::wire::{Answer, Message, Number, Said};
use super::{JournalFault, JournalRefusal};
use crate::decision::{Delivery, Reply};
use crate::permit::ExportPermit;
use mydata_core::id::AccountId;
use mydata_core::jws::{Kept, Sealed};
use mydata_record::message::{
    CodeData, ConsentDelivery, ConsentStatusDelivery, LinkDelivery, LinkProposalDelivery,
    LinkStatusDelivery, ObjectionDelivery, SubscriptionDelivery, ToService, TokenReply,
};

/// The records of an entry.
#[derive(Clone, Copy)]
pub(super) struct Records<'e>(pub(super) &'e [Kept<()>]);

impl Records<'_> {
    /// The record with this number, under the name of what it must be.
    pub(super) fn get<T>(self, number: Number) -> Result<Sealed<T>, JournalFault> {
        let at = usize::try_from(number).ok();
        let record = at.and_then(|at| self.0.get(at));
        Ok(record.ok_or(JournalRefusal::Reference)?.0.renamed())
    }

    pub(super) fn delivery(self, said: &Said) -> Result<Delivery, JournalFault> {
        Ok(Delivery {
            to: said.to.clone(),
            message: self.message(&said.message)?,
        })
    }

    fn message(self, message: &Message) -> Result<ToService, JournalFault> {
        Ok(match message {
            Message::LinkInvitation(invitation) => ToService::LinkInvitation(invitation.clone()),
            Message::LinkProposal { code, slr } => ToService::LinkProposal(LinkProposalDelivery {
                data: CodeData { code: code.clone() },
                slr: self.get(*slr)?,
            }),
            Message::Link { slr, ssr } => ToService::Link(LinkDelivery {
                slr: self.get(*slr)?,
                ssr: self.get(*ssr)?,
            }),
            Message::LinkStatus { ssr } => ToService::LinkStatus(LinkStatusDelivery {
                ssr: self.get(*ssr)?,
            }),
            Message::SingleConsent { cr, csr } => ToService::SingleConsent(self.pair(*cr, *csr)?),
            Message::SourceConsent { cr, csr } => ToService::SourceConsent(self.pair(*cr, *csr)?),
            Message::SinkConsent { cr, csr } => ToService::SinkConsent(self.pair(*cr, *csr)?),
            Message::ConsentStatus { csr } => ToService::ConsentStatus(ConsentStatusDelivery {
                csr: self.get(*csr)?,
            }),
            Message::Subscription { subscription } => {
                ToService::Subscription(SubscriptionDelivery {
                    subscription: self.get(*subscription)?,
                })
            }
            Message::Objection { objection } => ToService::Objection(ObjectionDelivery {
                objection: self.get(*objection)?,
            }),
        })
    }

    fn pair<C>(self, cr: Number, csr: Number) -> Result<ConsentDelivery<C>, JournalFault> {
        Ok(ConsentDelivery {
            cr: self.get(cr)?,
            csr: self.get(csr)?,
        })
    }

    pub(super) fn reply(
        self,
        answer: &Answer,
        account: Option<&AccountId>,
    ) -> Result<Reply, JournalFault> {
        Ok(match answer {
            Answer::Done => Reply::Done,
            Answer::Linking(code) => Reply::Linking(code.clone()),
            Answer::Token(number) => {
                let token: Sealed<mydata_token::claims::Token> = self.get(*number)?;
                let auth_token = token.to_compact().ok_or(JournalRefusal::Mismatch)?;
                Reply::Token(TokenReply { auth_token })
            }
            Answer::Proposal(named) => Reply::Proposal(named.clone()),
            Answer::Export { at, until } => {
                let account = account.ok_or(JournalRefusal::Mismatch)?;
                Reply::Export(ExportPermit::new(account.clone(), *at, *until))
            }
        })
    }
}
