//! The source and the sink as they are everywhere here, and the courier to them.

use crate::file::Town;
use crate::names::Names;
use crate::post::{Refused, Who};
use crate::side::Side;
use crate::talk::{FromService, PersonToService};
use crate::world::key;
use mydata::core::crypto::Signer as _;
use mydata::core::id::{ConsentId, LinkCode, ServiceId, SurrogateId};
use mydata::core::jwk::{Algorithm, KeyHistory};
use mydata::core::time::Timestamp;
use mydata::keys::PrivateKey;
use mydata::operator::Registered;
use mydata::record::consent::ConsentState;
use mydata::record::description::{Policy, ServiceDescription};
use mydata::record::message::{self, Countersigned, SurrogateOffer};
use mydata::service::KnownOperator;
use mydata_store::{Clock, Courier, Letter, Parcel, ParcelId, Undelivered};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The two services, with what they were handed.
#[derive(Debug)]
pub struct Services {
    /// Espoo's register: the source.
    pub espoo: Desk,
    /// Helsinki's application form: the sink.
    pub helsinki: Desk,
    clock: Arc<dyn Clock>,
    letters: Mutex<Vec<Letter>>,
}

/// One service.
#[derive(Debug)]
pub struct Desk {
    /// Its name in the story.
    pub who: Who,
    /// Its id.
    pub id: ServiceId,
    /// As the operator's registry has it.
    pub registered: Arc<Registered>,
    pop: Option<PrivateKey>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    side: Side,
    taken: Vec<Taken>,
    /// How many it had taken at the mark.
    mark: usize,
    /// What it has countersigned, and nobody has fetched yet.
    countersigned: Vec<Countersigned>,
}

/// A message that a service has taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Which.
    pub id: ParcelId,
    /// What the service did about it.
    pub code: String,
}

impl Services {
    /// Both services of the story, who know the operator as their contracts say.
    ///
    /// # Errors
    /// When the town does not have them.
    pub fn new(
        town: &Town,
        names: &Names,
        operator: &KnownOperator,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, Refused> {
        Ok(Arc::new(Self {
            espoo: Desk::new(town, (Who::Espoo, &names.espoo), operator, false)?,
            helsinki: Desk::new(town, (Who::Helsinki, &names.helsinki), operator, true)?,
            clock,
            letters: Mutex::default(),
        }))
    }

    /// The service of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn desk(&self, id: &ServiceId) -> Result<&Desk, Refused> {
        let both = [&self.espoo, &self.helsinki];
        let desk = both.into_iter().find(|desk| desk.id == *id);
        desk.ok_or_else(|| Refused::new("no_such_service", id.as_str()))
    }

    /// The keys of a service, as a registry has them.
    #[must_use]
    pub fn keys(&self, id: &ServiceId) -> Option<KeyHistory> {
        Some(self.desk(id).ok()?.registered.keys.clone())
    }

    /// The letters to residents.
    pub fn letters(&self) -> Vec<Letter> {
        lock(&self.letters).clone()
    }
}

impl Courier for Services {
    /// In a city: HTTPS. The service stores what it takes before it says so.
    async fn deliver(&self, parcel: &Parcel) -> Result<(), Undelivered> {
        let octets = message::write(&parcel.message);
        let taken = self.desk(&parcel.to).and_then(|desk| {
            desk.take(parcel.id, &octets.map_err(Refused::from)?, self.clock.now())
        });
        taken.map_err(|refused| Undelivered::Refused(refused.code.into()))
    }

    /// In a city: e-mail, a message to the phone, a letter on paper.
    async fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        lock(&self.letters).push(letter.clone());
        Ok(())
    }
}

impl Desk {
    fn new(
        town: &Town,
        (who, id): (Who, &ServiceId),
        operator: &KnownOperator,
        is_sink: bool,
    ) -> Result<Self, Refused> {
        let own = key(&format!("{id}-1"), Algorithm::Ed25519)?;
        let pop = is_sink.then(|| key(&format!("{id}-pop-1"), Algorithm::Ed25519));
        let side = Side::new(id.clone(), own, operator.clone());
        let octets = town.description(id)?;
        let description = ServiceDescription::from_json(&octets, &Policy::default())?;
        Ok(Self {
            who,
            id: id.clone(),
            registered: Arc::new(Registered::new(description, side.keys())),
            pop: pop.transpose()?,
            state: Mutex::new(State {
                side,
                taken: Vec::new(),
                mark: 0,
                countersigned: Vec::new(),
            }),
        })
    }

    /// Takes a message as it comes over a wire.
    ///
    /// # Errors
    /// The service's own refusal.
    pub fn take(&self, id: ParcelId, octets: &[u8], now: Timestamp) -> Result<(), Refused> {
        let mut state = lock(&self.state);
        let outcome = state.side.hear_operator(&message::read(octets)?, now)?;
        for mail in &outcome.mails {
            // Nothing else that it says here is for the operator.
            if let Ok(FromService::Countersigned(signed)) = message::read(&mail.octets) {
                state.countersigned.push(signed);
            }
        }
        let code = outcome.code;
        state.taken.push(Taken { id, code });
        Ok(())
    }

    /// A customer has signed in here and confirms: the service brings a surrogate.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn confirm(&self, code: &LinkCode, customer: &str) -> Result<SurrogateOffer, Refused> {
        let letter = PersonToService::Confirm(code.clone(), customer.to_owned());
        let pop = self.pop.as_ref().map(PrivateKey::public);
        let outcome = lock(&self.state)
            .side
            .hear_person(&message::write(&letter)?, pop)?;
        let mail = outcome.mails.first();
        match mail.map(|mail| message::read(&mail.octets)).transpose()? {
            Some(FromService::Offer(offer)) => Ok(offer),
            _ => Err(Refused::new("no_offer", "the service brings no surrogate")),
        }
    }

    /// What it has countersigned since it was last asked.
    ///
    /// # Errors
    /// When there is nothing.
    pub fn countersigned(&self) -> Result<Countersigned, Refused> {
        let signed = lock(&self.state).countersigned.pop();
        signed.ok_or_else(|| Refused::new("not_countersigned", "the service has signed nothing"))
    }

    /// What is taken from now on is counted anew.
    pub fn mark(&self) {
        let mut state = lock(&self.state);
        state.mark = state.taken.len();
    }

    /// What it has taken since the mark, in order.
    pub fn taken_since_mark(&self) -> Vec<Taken> {
        let state = lock(&self.state);
        state.taken.iter().skip(state.mark).cloned().collect()
    }

    /// The surrogates that it has made.
    pub fn surrogates(&self) -> Vec<SurrogateId> {
        lock(&self.state).side.surrogates().cloned().collect()
    }

    /// Its own last word on a consent.
    pub fn state_of(&self, cr_id: &ConsentId) -> Option<ConsentState> {
        let state = lock(&self.state);
        let consent = state.side.service.consent(cr_id)?;
        Some(consent.chain.state())
    }

    /// Whether it has any link that is active.
    pub fn is_linked(&self, surrogate: &SurrogateId) -> bool {
        let state = lock(&self.state);
        let mut links = state.side.service.links();
        links.any(|(_, link)| link.is_active() && link.record.surrogate_id == *surrogate)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
