//! What a sink tells people, and how it answers their objections.

use super::SinkParty;
use crate::post::{Mail, Refused};
use crate::side::operator;
use crate::talk::FromService;
use mydata::core::id::{DatasetId, NotificationTypeId, PurposeId};
use mydata::core::lang::{Language, Trilingual};
use mydata::core::time::Timestamp;
use mydata::core::web::WebLink;
use mydata::keys::Ring;
use mydata::record::description::{Policy, ServiceDescription};
use mydata::record::notification::NotificationMessage;
use mydata::record::objection::Verdict;
use mydata::service::{Ground, Lawful, Setting};

/// The line that she reads first.
const SUBJECT: Trilingual = Trilingual {
    fi: "Paikka tarjottu",
    sv: "Plats erbjuden",
    en: "A place is offered",
};

/// The line below it.
const TEXT: Trilingual = Trilingual {
    fi: "Lapselle on tarjottu paikkaa. Vastaa kahden viikon kuluessa.",
    sv: "Barnet har erbjudits en plats. Svara inom två veckor.",
    en: "The child has been offered a place. Please answer within two weeks.",
};

impl SinkParty {
    /// Writes to her, and keeps the letter for now: nothing is written that she has not asked for.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn write(
        &mut self,
        kind: &NotificationTypeId,
        language: Language,
        now: Timestamp,
    ) -> Result<Vec<Mail>, Refused> {
        let message = NotificationMessage {
            subject: SUBJECT.get(language).to_owned(),
            id: kind.clone(),
            message: TEXT.get(language).to_owned(),
            url: None,
        };
        self.written = Some(self.side.notify(message, now)?);
        Ok(Vec::new())
    }

    /// Sends what it has written.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn send(&mut self) -> Result<Vec<Mail>, Refused> {
        let push = self.written.take();
        let push = push.ok_or_else(|| Refused::new("nothing_written", "nothing to send"))?;
        operator(&FromService::Notify(Box::new(push)))
    }

    /// Somebody has decided about the newest objection.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn decide(
        &mut self,
        verdict: Verdict,
        why: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Mail>, Refused> {
        let from = self.side.operator_id();
        let setting = Setting {
            from: &from,
            now,
            crypto: &Ring,
        };
        let url = why.map(WebLink::parse).transpose()?;
        self.side.decide(verdict, url.as_ref(), setting)
    }

    /// On what it may do what its description says, for her: `consent`, another basis, that one
    /// `contested`, or the code of the refusal.
    ///
    /// # Errors
    /// [`Refused`] when nobody is linked, or the description does not hold.
    pub fn ground(
        &self,
        description: &[u8],
        purpose: &PurposeId,
        dataset: &DatasetId,
        now: Timestamp,
    ) -> Result<&'static str, Refused> {
        let description = ServiceDescription::from_json(description, &Policy::default())?;
        let person = self.side.links_of_person()?;
        let service = &self.side.service;
        let answer = service.may_use(&person, &description, purpose, dataset, now);
        Ok(match answer {
            Lawful::On(Ground::Consent(_)) => "consent",
            Lawful::On(Ground::Basis(basis)) => basis.label().en,
            Lawful::On(Ground::Contested(_)) => "contested",
            Lawful::Not(refusal) => refusal.code(),
        })
    }
}
