//! How a resident comes in: by a bearer token, to their own account or to one for which they have a mandate.

use super::levels::Deed;
use super::{ResidentDesk, ResidentRefusal};
use crate::courier::Letters;
use crate::door::Raw;
use crate::identity::{BearerRefusal, NotVerified, Residents, bearer};
use crate::owner::{OwnerKeys, kept};
use crate::problem::{HttpRefusal, Problem};
use crate::query::{self, Page};
use crate::serve::known;
use axum::extract::Request;
use mydata::account::{IdentitySubject, LinkedIdentity};
use mydata::core::base64;
use mydata::core::crypto::{Crypto, Random as _};
use mydata::core::id::{AccountId, ServiceId};
use mydata::core::jwk::PublicKey;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, SystemRandom};
use mydata::operator::{Account, Act, Capacity, Command, Event, Registered};
use mydata::token::request::HttpRequest;
use mydata_identity::VerifiedResident;
use mydata_store::{KnownBy, Letter, OperatorFault, Outcome, Store, StoreRefusal, Undelivered};
use serde::de::DeserializeOwned;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Who may act for somebody else: a register of mandates, such as a guardian's or a trustee's.
pub trait Mandates: Send + Sync + 'static {
    /// Whether this person may do this for the owner of the account, now. It is asked each time.
    fn holds(
        &self,
        by: &VerifiedResident,
        owner: &AccountId,
        deed: Deed,
        now: Timestamp,
    ) -> impl Future<Output = Result<bool, NotVerified>> + Send;
}

/// Nobody acts for anybody else.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing in it")]
pub struct NoMandates;

impl Mandates for NoMandates {
    async fn holds(
        &self,
        _: &VerifiedResident,
        _: &AccountId,
        _: Deed,
        _: Timestamp,
    ) -> Result<bool, NotVerified> {
        Ok(false)
    }
}

/// What the program brings: who residents are, whose keys it keeps, who acts for whom, and how it writes.
#[derive(Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Around<R, O, M, L> {
    /// Says who a resident is.
    pub residents: R,
    /// The keys of owners that are kept here.
    pub owners: O,
    /// Who may act for whom.
    pub mandates: M,
    /// Writes to a person: codes go this way.
    pub letters: L,
}

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Around`], whatever is in it.
pub(super) trait Within: Send + Sync {
    fn verify<'a>(
        &'a self,
        bearer: &'a str,
        now: Timestamp,
    ) -> Later<'a, Result<VerifiedResident, NotVerified>>;

    fn holds<'a>(
        &'a self,
        by: &'a VerifiedResident,
        owner: &'a AccountId,
        deed: Deed,
        now: Timestamp,
    ) -> Later<'a, Result<bool, NotVerified>>;

    fn key<'a>(
        &'a self,
        account: &'a Account,
    ) -> Later<'a, Result<Option<PrivateKey>, OperatorFault>>;

    fn draw<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> Later<'a, Result<Option<PublicKey>, OperatorFault>>;

    fn write<'a>(&'a self, letter: &'a Letter) -> Later<'a, Result<(), Undelivered>>;
}

impl<R: Residents, O: OwnerKeys, M: Mandates, L: Letters> Within for Around<R, O, M, L> {
    fn verify<'a>(
        &'a self,
        bearer: &'a str,
        now: Timestamp,
    ) -> Later<'a, Result<VerifiedResident, NotVerified>> {
        Box::pin(self.residents.verify(bearer, now))
    }

    fn holds<'a>(
        &'a self,
        by: &'a VerifiedResident,
        owner: &'a AccountId,
        deed: Deed,
        now: Timestamp,
    ) -> Later<'a, Result<bool, NotVerified>> {
        Box::pin(self.mandates.holds(by, owner, deed, now))
    }

    fn key<'a>(
        &'a self,
        account: &'a Account,
    ) -> Later<'a, Result<Option<PrivateKey>, OperatorFault>> {
        Box::pin(kept(&self.owners, account))
    }

    fn draw<'a>(
        &'a self,
        account: &'a AccountId,
    ) -> Later<'a, Result<Option<PublicKey>, OperatorFault>> {
        Box::pin(self.owners.draw(account))
    }

    fn write<'a>(&'a self, letter: &'a Letter) -> Later<'a, Result<(), Undelivered>> {
        Box::pin(self.letters.write(letter))
    }
}

/// A resident's request, and who they are.
pub(super) struct Known {
    pub(super) identity: LinkedIdentity,
    pub(super) now: Timestamp,
    resident: VerifiedResident,
    raw: Raw,
}

/// A request about an account, by somebody who may.
pub(super) struct Entered {
    pub(super) act: Act,
    pub(super) now: Timestamp,
    request: mydata_store::Request,
    by: VerifiedResident,
    raw: Raw,
}

impl<S: Store> ResidentDesk<S> {
    /// Reads a request and finds out who asks: identified well enough for what they wish to do.
    pub(super) async fn know(&self, request: Request, deed: Deed) -> Result<Known, Problem> {
        let bearer = bearer(request.headers())?.to_owned();
        let now = self.operator.clock().now();
        let resident = self.around.verify(&bearer, now).await?;
        known();
        let text = |text: &str| IdentitySubject::parse(text);
        let provider = text(resident.issuer().as_str());
        let subject = text(resident.subject().expose().as_str());
        let identity = provider.zip(subject);
        let identity = identity.ok_or(BearerRefusal::Invalid)?;
        self.in_rate(&resident, now)?;
        self.is_enough(&resident, deed, now)?;
        // Nobody's body is read before it is known whose it is.
        let raw = Raw::read(request, &self.bounds).await?;
        HttpRequest::received(&self.origin, &raw.target, &raw.method, &raw.body)?;
        Ok(Known {
            identity: LinkedIdentity {
                provider: identity.0,
                subject: identity.1,
            },
            now,
            resident,
            raw,
        })
    }

    /// A request about the account of this id. Somebody else's does not exist (P32).
    pub(super) async fn enter(
        &self,
        request: Request,
        account: &str,
        deed: Deed,
    ) -> Result<Entered, Problem> {
        let known = self.know(request, deed).await?;
        self.let_in(known, account, deed).await
    }

    pub(super) async fn let_in(
        &self,
        known: Known,
        account: &str,
        deed: Deed,
    ) -> Result<Entered, Problem> {
        let none = || Problem::from(OperatorFault::from(StoreRefusal::AccountUnknown));
        let account = AccountId::parse(account).map_err(|_| none())?;
        let own = self
            .people
            .holder(KnownBy::Identity(&known.identity))
            .await?;
        let capacity = if own.as_ref() == Some(&account) {
            Capacity::Owner
        } else {
            let (by, now) = (&known.resident, known.now);
            match self.around.holds(by, &account, deed, now).await? {
                true => Capacity::Representative,
                false => return Err(none()),
            }
        };
        let act = Act {
            account,
            actor: self.people.actor(&known.identity)?,
            capacity,
        };
        let request = named(&known.raw, &act, self.operator.crypto())?;
        Ok(Entered {
            act,
            now: known.now,
            request,
            by: known.resident,
            raw: known.raw,
        })
    }

    /// Whether this resident may ask once more now.
    fn in_rate(&self, resident: &VerifiedResident, now: Timestamp) -> Result<(), Problem> {
        let Some(rate) = &self.rate else {
            return Ok(());
        };
        let who = resident.digest(self.operator.crypto());
        let taken = rate.take(&who, Duration::from_secs(now.seconds()));
        taken.map_err(Problem::too_often)
    }

    fn is_enough(
        &self,
        resident: &VerifiedResident,
        deed: Deed,
        now: Timestamp,
    ) -> Result<(), BearerRefusal> {
        let demand = self.demands.of(deed);
        let is_enough = resident.at_least(demand.least, demand.freshest, now);
        is_enough.map_err(|_| BearerRefusal::Assurance)
    }

    /// Whether who came in for one deed may do this one too: what a body asks for is known only when it is
    /// read.
    pub(super) async fn also(&self, entered: &Entered, deed: Deed) -> Result<(), Problem> {
        let Entered { act, by, now, .. } = entered;
        self.is_enough(by, deed, *now)?;
        let may = act.capacity == Capacity::Owner
            || self.around.holds(by, &act.account, deed, *now).await?;
        match may {
            true => Ok(()),
            false => Err(OperatorFault::from(StoreRefusal::AccountUnknown).into()),
        }
    }

    /// The account as it is now.
    pub(super) async fn account(&self, entered: &Entered) -> Result<Arc<Account>, Problem> {
        Ok(self.operator.account(&entered.act.account).await?)
    }

    pub(super) fn service(&self, id: &str) -> Result<Arc<Registered>, Problem> {
        let id = ServiceId::parse(id).ok();
        let found = id.and_then(|id| self.services.registered(&id));
        found.ok_or_else(|| ResidentRefusal::ServiceUnknown.into())
    }

    /// Has a command decided and stored, once: the same request again gets the first answer.
    pub(super) async fn does(
        &self,
        entered: &Entered,
        command: &Command,
    ) -> Result<Outcome, Problem> {
        let Entered { act, request, .. } = entered;
        Ok(self.operator.execute(act, request, command).await?)
    }

    /// What cannot be drafted was perhaps done before, by this very request.
    pub(super) async fn done_before(
        &self,
        entered: &Entered,
        refused: impl Into<Problem> + Send,
    ) -> Result<Outcome, Problem> {
        let known = self.operator.answered(&entered.act, &entered.request);
        known.await?.ok_or_else(|| refused.into())
    }

    /// What a decision was, also one of an earlier time.
    pub(super) async fn events(
        &self,
        entered: &Entered,
        outcome: Outcome,
    ) -> Result<Vec<Event>, Problem> {
        match outcome.is_repeated {
            true => {
                let account = &entered.act.account;
                Ok(self.operator.happened(account, outcome.version).await?)
            }
            false => Ok(outcome.events),
        }
    }
}

impl Known {
    pub(super) fn body<M: DeserializeOwned>(&self) -> Result<M, Problem> {
        self.raw.json()
    }
}

impl Entered {
    /// The body.
    pub(super) fn body<M: DeserializeOwned>(&self) -> Result<M, Problem> {
        self.raw.json()
    }

    /// The body, or what stands for none.
    pub(super) fn body_if_any<M: DeserializeOwned + Default>(&self) -> Result<M, Problem> {
        match self.raw.body.is_empty() {
            true => Ok(M::default()),
            false => self.raw.json(),
        }
    }

    /// The values of these names in the query, which has no others.
    pub(super) fn asked<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[Option<String>; N], ResidentRefusal> {
        let query = self.raw.target.split_once('?').map(|(_, query)| query);
        query::values(query, names).ok_or(ResidentRefusal::Query)
    }
}

/// As many as a page of a list has at the most, and has unless it is said.
const PAGE: usize = 100;

impl Entered {
    /// Which part of a list is asked for.
    pub(super) fn page(&self) -> Result<Page, Problem> {
        let asked = self.asked(["offset", "limit"])?;
        Page::read(asked, PAGE).ok_or_else(|| HttpRefusal::Page.into())
    }
}

/// A request as the operator knows it again: by `Idempotency-Key`, of this person and account; without one
/// it is new.
fn named(raw: &Raw, act: &Act, crypto: &dyn Crypto) -> Result<mydata_store::Request, Problem> {
    let key = match raw.idempotency_key()? {
        Some(key) => ["key ", key].concat(),
        None => {
            let number = SystemRandom::new().bits128();
            let number = number.map_err(|_| HttpRefusal::Internal)?;
            ["number ", &*base64::encode(&number)].concat()
        }
    };
    // No id has a line feed in it.
    let name = ["resident", act.actor.as_str(), &key].join("\n");
    raw.named(&name, crypto)
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entered").field(&self.act.capacity).finish()
    }
}
