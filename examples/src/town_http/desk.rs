//! What residents do at the operator: their wishes become signed commands. Their keys are in its custody, as for
//! all who have no device that holds one.

use super::line::{ByResident, Given, Holding, Pair, Question, Shown};
use super::role::answer;
use crate::durable::house::House;
use crate::durable::resident::{OWNER_KEY, act, by_owner, request};
use crate::durable::serve::serve;
use crate::post::Refused;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mydata::core::crypto::{Random as _, Signer as _};
use mydata::core::id::{AccountId, KeyId, LinkCode, ServiceId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Seconds;
use mydata::keys::{PrivateKey, SystemRandom};
use mydata::operator::{
    Account, Capacity, Command, ConsentChoice, NewConsent, PairConsent, Registered, Reply,
    draft_proposal,
};
use mydata::record::consent::{UsageRule, Validity};
use mydata::record::proposal::ProposalQuestion;
use mydata_http::Services;
use serde_json::Value;
use std::sync::Arc;

/// The desk.
#[derive(Debug)]
pub struct ResidentsDesk {
    house: Arc<House>,
    services: Arc<dyn Services>,
}

impl ResidentsDesk {
    /// In this house.
    #[must_use]
    pub fn new(house: Arc<House>, services: Arc<dyn Services>) -> Self {
        Self { house, services }
    }

    /// Does what a resident wishes. Who they are has been established before.
    ///
    /// # Errors
    /// The code of the refusal.
    pub async fn does(&self, wish: ByResident) -> Result<Value, String> {
        let done = match wish {
            ByResident::SignUp(name) => self.sign_up(&name).await.map(|id| answer(&id)),
            ByResident::Link(account, service) => self
                .link(&account, &service)
                .await
                .map(|code| answer(&code)),
            ByResident::Ask(account, question) => self
                .ask(&account, &question)
                .await
                .map(|shown| answer(&shown)),
            ByResident::Give(account, given) => {
                self.give(&account, given).await.map(|pair| answer(&pair))
            }
            ByResident::Change(wish) => serve(&self.house, &wish).await.map(|_| answer(&())),
            ByResident::Look(account) => self.look(&account).await.map(|held| answer(&held)),
        };
        done.map_err(|refused| refused.code.to_owned())?
    }

    /// What they do once; the app would name the request, and send it until it has an answer.
    async fn command(&self, account: &AccountId, command: &Command) -> Result<Reply, Refused> {
        let name = fresh()?;
        let act = act(account, Capacity::Owner)?;
        let request = request(&name, &name)?;
        let outcome = self.house.operator.execute(&act, &request, command);
        Ok(outcome.await?.reply)
    }

    fn service(&self, id: &ServiceId) -> Result<Arc<Registered>, Refused> {
        let found = self.services.registered(id);
        found.ok_or_else(|| Refused::new("no_such_service", id.as_str()))
    }

    async fn sign_up(&self, name: &str) -> Result<AccountId, Refused> {
        let account = AccountId::parse(&fresh()?)?;
        let key = PrivateKey::generate(KeyId::parse(OWNER_KEY)?, Algorithm::Es256)?;
        let new = Account::open(account.clone(), KeySet::from(key.public().clone()));
        self.house
            .operator
            .open_account(new, request("sign-up", name)?)
            .await?;
        self.house.custody().keep_owner(&account, &key).await?;
        Ok(account)
    }

    async fn link(&self, account: &AccountId, service: &ServiceId) -> Result<LinkCode, Refused> {
        let command = Command::StartLinking {
            service: self.service(service)?,
            surrogate_id: None,
        };
        let Reply::Linking(code) = self.command(account, &command).await? else {
            return Err(Refused::new("no_linking", "another reply"));
        };
        Ok(code)
    }

    async fn ask(&self, account: &AccountId, asked: &Question) -> Result<Shown, Refused> {
        let url = [super::people::ORIGIN, "/proposals/", &fresh()?].concat();
        let url = ResourceUrl::parse(&url)?;
        let (source, sink) = (self.service(&asked.source)?, self.service(&asked.sink)?);
        let question = ProposalQuestion {
            source: Some(&source.description),
            sink: &sink.description,
            purposes: std::slice::from_ref(&asked.purpose),
            language: asked.language,
        };
        let draft = self
            .house
            .operator
            .ask(account, |_, env| draft_proposal(&question, url, env));
        let proposal = draft.await??;
        let document = serde_json::from_slice(proposal.octets());
        let document = document.map_err(|_| Refused::new("no_document", "no document"))?;
        let command = Command::ShowProposal { proposal };
        let Reply::Proposal(proposal) = self.command(account, &command).await? else {
            return Err(Refused::new("no_proposal", "another reply"));
        };
        Ok(Shown { document, proposal })
    }

    async fn give(&self, account: &AccountId, given: Given) -> Result<Pair, Refused> {
        let question = given.question;
        let (source, sink) = (
            self.service(&question.source)?,
            self.service(&question.sink)?,
        );
        let now = self.house.clock.now();
        let choice = ConsentChoice {
            rules: vec![UsageRule {
                purpose_id: question.purpose,
                datasets: given.datasets,
            }],
            validity: Validity::until(now.plus(Seconds::new(given.seconds))),
            proposal: given.proposal,
        };
        let draft = self.house.operator.ask(account, |account, env| {
            account.draft_pair(&source, &sink, &choice, env)
        });
        let draft = draft.await??;
        let (custody, kid) = (self.house.custody(), KeyId::parse(OWNER_KEY)?);
        let key = custody.owner(account, &kid).await?;
        let key = key.ok_or_else(|| Refused::new("no_owner_key", "not in custody"))?;
        let pair = PairConsent {
            source: by_owner(&key, &draft.source.record)?,
            source_status: by_owner(&key, &draft.source.status)?,
            sink: by_owner(&key, &draft.sink.record)?,
            sink_status: by_owner(&key, &draft.sink.status)?,
            source_service: source,
            sink_service: sink,
        };
        let ids = Pair {
            source: pair.source_status.cr_id.clone(),
            sink: pair.sink_status.cr_id.clone(),
        };
        let command = Command::GiveConsent(Box::new(NewConsent::Pair(pair)));
        self.command(account, &command).await?;
        Ok(ids)
    }

    async fn look(&self, account: &AccountId) -> Result<Holding, Refused> {
        let account = self.house.operator.account(account).await?;
        let links = account.links().filter(|(_, link)| link.is_active());
        let consents = account.consents();
        let consents = consents.map(|(id, held)| (id.clone(), held.chain.state().label().en));
        Ok(Holding {
            linked: links
                .map(|(_, link)| link.record.service_id.clone())
                .collect(),
            consents: consents.map(|(id, state)| (id, state.to_owned())).collect(),
        })
    }
}

fn fresh() -> Result<String, Refused> {
    Ok(URL_SAFE_NO_PAD.encode(SystemRandom::new().bits128()?))
}
