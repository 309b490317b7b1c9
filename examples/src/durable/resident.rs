//! Residents: they sign up, link both services and consent. Their keys are in the operator's custody,
//! as a city has it for those who have no device that holds one.

use super::house::{Fault, House};
use super::services::{Desk, Services};
use crate::names::Names;
use crate::post::Refused;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mydata::account::{Email, Name, Profile, Username};
use mydata::core::crypto::{Crypto as _, Random as _, Signer};
use mydata::core::id::{AccountId, ActorId, ConsentId, KeyId, LinkCode};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::jws::{Payload, Unsigned, Verified};
use mydata::core::lang::Language;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Seconds;
use mydata::keys::{PrivateKey, Ring, SystemRandom};
use mydata::operator::{
    Account, Act, Capacity, Command, ConsentChoice, NewConsent, PairConsent, Reply, draft_proposal,
};
use mydata::record::consent::{ConsentProposal, UsageRule, Validity};
use mydata::record::proposal::ProposalQuestion;
use mydata_store::{Dispatcher, Outcome, Request, RequestKey, SqliteStore};
use std::sync::Arc;

/// Delivers what the operator has decided to the services.
pub type Delivery = Arc<Dispatcher<SqliteStore, Arc<Services>>>;

/// The kid of every owner's first key: it is unique within the account.
pub const OWNER_KEY: &str = "owner-1";

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Resident {
    /// The account: 128 random bits.
    pub account: AccountId,
    /// What she has consented to, at the sink.
    pub consent: ConsentId,
    /// The half of it at the source.
    pub at_source: ConsentId,
}

/// A request of this name, about these octets.
///
/// # Errors
/// When it is no name.
pub fn request(key: &str, about: &str) -> Result<Request, Refused> {
    let key = RequestKey::parse(key);
    Ok(Request {
        key: key.ok_or_else(|| Refused::new("request_key", "no name of a request"))?,
        digest: Ring.sha256(about.as_bytes()),
    })
}

/// Somebody acts on an account.
///
/// # Errors
/// Never.
pub fn act(account: &AccountId, capacity: Capacity) -> Result<Act, Refused> {
    Ok(Act {
        account: account.clone(),
        actor: ActorId::parse("town-app")?,
        capacity,
    })
}

/// Signs for an owner, and reads it as whoever receives it would.
///
/// # Errors
/// When it cannot be signed.
pub fn by_owner<T: Payload>(
    key: &PrivateKey,
    unsigned: &Unsigned<T>,
) -> Result<Verified<T>, Refused> {
    let keys = KeySet::from(key.public().clone());
    let keys = PartyKeys::none().with(Party::Owner, &keys);
    let sealed = unsigned.sign(key)?.seal();
    Ok(sealed.open()?.verify(&Ring, &keys)?)
}

/// What is asked of somebody who signs up.
fn details(name: &str) -> Option<Profile> {
    let (first, last) = name.split_once(' ')?;
    let plain = name.to_lowercase().replace(' ', ".");
    Some(Profile::new(
        Username::parse(&plain)?,
        Name::parse(first)?,
        Name::parse(last)?,
        Email::parse(&format!("{plain}@post.town.example"))?,
    ))
}

/// The way from nothing to a consent, for one resident.
#[derive(Debug)]
pub struct Newcomer<'a> {
    house: &'a House,
    account: AccountId,
    key: PrivateKey,
    asked: u32,
}

impl<'a> Newcomer<'a> {
    /// Signs up: the account, the key in custody, and who it is, wrapped like a key.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn sign_up(house: &'a House, name: &str) -> Result<Self, Fault> {
        let account = AccountId::parse(&URL_SAFE_NO_PAD.encode(SystemRandom::new().bits128()?))?;
        let key = PrivateKey::generate(KeyId::parse(OWNER_KEY)?, Algorithm::Es256)?;
        let new = Account::open(account.clone(), KeySet::from(key.public().clone()));
        house
            .operator
            .open_account(new, request("sign-up", name)?)
            .await?;
        house.custody().keep_owner(&account, &key).await?;
        let details = details(name).ok_or("no name")?;
        house.people().await?.enter(&account, &details).await?;
        Ok(Self {
            house,
            account,
            key,
            asked: 0,
        })
    }

    async fn does(&mut self, by: Capacity, command: &Command) -> Result<Outcome, Fault> {
        self.asked += 1;
        let name = format!("opening-{}", self.asked);
        let request = request(&name, &name)?;
        let act = act(&self.account, by)?;
        Ok(self.house.operator.execute(&act, &request, command).await?)
    }

    /// Links a service: five commands, and three messages in between.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn link(
        &mut self,
        desk: &Desk,
        customer: &str,
        delivery: &Delivery,
    ) -> Result<(), Fault> {
        let operator = Arc::clone(&self.house.operator);
        let command = Command::StartLinking {
            service: Arc::clone(&desk.registered),
            surrogate_id: None,
        };
        let Reply::Linking(code) = self.does(Capacity::Owner, &command).await?.reply else {
            return Err("no linking".into());
        };
        delivery.drain().await;
        let offer = desk.confirm(&code, customer)?;
        let command = Command::OfferSurrogate {
            proof: offer.proof_scheme(),
            code: code.clone(),
            surrogate_id: offer.surrogate_id,
            pop_key: offer.pop_key,
        };
        let by_service = Capacity::Service(desk.id.clone());
        self.does(by_service.clone(), &command).await?;
        let draft = operator.ask(&self.account, |account, env| account.draft_link(&code, env));
        let record = by_owner(&self.key, &draft.await??)?;
        let command = Command::ProposeLink {
            code: code.clone(),
            record,
        };
        self.does(Capacity::Owner, &command).await?;
        delivery.drain().await;
        let signed = desk.countersigned()?;
        let account = operator.account(&self.account).await?;
        let keys = account.linking_keys(&code)?;
        let command = Command::Countersign {
            code: code.clone(),
            record: signed.slr.open()?.verify(&Ring, &keys)?,
        };
        self.does(by_service, &command).await?;
        let draft = operator.ask(&self.account, |account, env| {
            account.draft_first_status(&code, env)
        });
        let status = by_owner(&self.key, &draft.await??)?;
        let command = Command::CompleteLink { code, status };
        self.does(Capacity::Owner, &command).await?;
        delivery.drain().await;
        Ok(())
    }

    /// Is shown what the sink asks for, and gives it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn consent(
        mut self,
        names: &Names,
        services: &Services,
        language: Language,
    ) -> Result<Resident, Fault> {
        let proposal = self.shown(names, services, language).await?;
        let now = self.house.clock.now();
        let choice = ConsentChoice {
            rules: vec![UsageRule {
                purpose_id: names.purpose.clone(),
                datasets: vec![names.wishes.clone()],
            }],
            validity: Validity::until(now.plus(Seconds::days(120))),
            proposal,
        };
        let (source, sink) = (&services.espoo.registered, &services.helsinki.registered);
        let draft = self.house.operator.ask(&self.account, |account, env| {
            account.draft_pair(source, sink, &choice, env)
        });
        let draft = draft.await??;
        let pair = PairConsent {
            source: by_owner(&self.key, &draft.source.record)?,
            source_status: by_owner(&self.key, &draft.source.status)?,
            sink: by_owner(&self.key, &draft.sink.record)?,
            sink_status: by_owner(&self.key, &draft.sink.status)?,
            source_service: Arc::clone(source),
            sink_service: Arc::clone(sink),
        };
        let consent = pair.sink_status.cr_id.clone();
        let at_source = pair.source_status.cr_id.clone();
        let command = Command::GiveConsent(Box::new(NewConsent::Pair(pair)));
        self.does(Capacity::Owner, &command).await?;
        let account = self.account;
        Ok(Resident {
            account,
            consent,
            at_source,
        })
    }

    async fn shown(
        &mut self,
        names: &Names,
        services: &Services,
        language: Language,
    ) -> Result<ConsentProposal, Fault> {
        let page = LinkCode::from_random(SystemRandom::new().bits128()?);
        let url = format!("https://operator.town.example/proposals/{}", page.as_str());
        let url = ResourceUrl::parse(&url)?;
        let purposes = [names.purpose.clone()];
        let question = ProposalQuestion {
            source: Some(&services.espoo.registered.description),
            sink: &services.helsinki.registered.description,
            purposes: &purposes,
            language,
        };
        let draft = self
            .house
            .operator
            .ask(&self.account, |_, env| draft_proposal(&question, url, env));
        let proposal = draft.await??;
        let command = Command::ShowProposal { proposal };
        match self.does(Capacity::Owner, &command).await?.reply {
            Reply::Proposal(reference) => Ok(reference),
            Reply::Done | Reply::Linking(_) | Reply::Token(_) | Reply::Export(_) | _ => {
                Err("no proposal".into())
            }
        }
    }
}
