//! Everybody's address, the clock, and the courier who writes down what was delivered to whom.

use crate::file::Town;
use crate::operator::{Contract, OperatorParty};
use crate::post::{Mail, Party, Refused, Who};
use crate::side::Side;
use crate::sink::SinkParty;
use crate::source::SourceParty;
use crate::wallet::Wallet;
use mydata::core::id::{AccountId, KeyId, OperatorId, ServiceId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::resource::Origin;
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::PrivateKey;
use mydata::operator::Account;
use mydata::record::description::{Policy, ServiceDescription};
use std::collections::VecDeque;
use std::error::Error;

/// Everybody, and the post between them.
#[derive(Debug)]
pub struct World {
    /// The clock: it stands still until it is moved.
    pub now: Timestamp,
    /// The resident's device.
    pub sofia: Wallet,
    /// The operator.
    pub operator: OperatorParty,
    /// The source.
    pub espoo: SourceParty,
    /// The sink.
    pub helsinki: SinkParty,
    /// Everything that was delivered.
    delivered: Vec<Delivered>,
    /// Whose next letter from the operator gets lost on the way.
    lost: Option<Who>,
}

/// A letter that was delivered.
#[derive(Debug)]
pub struct Delivered {
    /// Who sent it.
    pub from: Who,
    /// What, and to whom.
    pub mail: Mail,
}

/// What came of something that somebody did: each party's own outcome, in order.
#[derive(Debug)]
#[must_use = "a story that does not look proves nothing"]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// Who, the code, and whether it is a refusal.
    pub outcomes: Vec<(Who, String, bool)>,
}

impl World {
    /// Four parties, each with its own keys, who know of each other what their contracts say.
    ///
    /// # Errors
    /// When the town does not have what the story needs, or no key could be made.
    pub fn new(
        town: &Town,
        account: &AccountId,
        source: &ServiceId,
        sink: &ServiceId,
    ) -> Result<Self, Box<dyn Error>> {
        let sofia = Wallet::new(key("owner-1", Algorithm::Es256)?);
        // Made with her key when she signed up; hers once she has activated it.
        let keys = KeySet::from(sofia.public().clone());
        let account = Account::create(account.clone(), keys, town.start.plus(Seconds::days(7)));
        let keys = (
            key("operator-status-1", Algorithm::Ed25519)?,
            key("operator-tokens-1", Algorithm::Ed25519)?,
        );
        let origin = Origin::parse("https://operator.town.example")?;
        let id = OperatorId::parse("operator.town.example")?;
        let mut operator = OperatorParty::new(id, origin, keys, account);

        let side = |id: &ServiceId| -> Result<Side, Box<dyn Error>> {
            let key = key(&format!("{id}-1"), Algorithm::Ed25519)?;
            Ok(Side::new(id.clone(), key, operator.for_services()?))
        };
        let (source_side, sink_side) = (side(source)?, side(sink)?);
        for (side, address) in [(&source_side, Who::Espoo), (&sink_side, Who::Helsinki)] {
            let contract = Contract {
                service: side.id().clone(),
                address,
                keys: side.keys(),
            };
            operator.contract(contract, town.start)?;
        }
        let octets = town.description(source)?;
        let description = ServiceDescription::from_json(&octets, &Policy::default())?;
        let origin = description.service_description.service_urls.domain.clone();
        let data = town.data(&description)?;
        let pop = key(&format!("{sink}-pop-1"), Algorithm::Ed25519)?;
        let hosts = vec![(origin.clone(), Who::Espoo)];
        Ok(Self {
            now: town.start,
            sofia,
            operator,
            espoo: SourceParty::new(source_side, origin, data, town.start),
            helsinki: SinkParty::new(sink_side, pop, hosts),
            delivered: Vec::new(),
            lost: None,
        })
    }

    /// The clock goes on.
    pub fn wait(&mut self, span: Seconds) {
        self.now = self.now.plus(span);
    }

    /// The operator's next letter to `who` does not arrive.
    pub const fn lose_a_letter(&mut self, who: Who) {
        self.lost = Some(who);
    }

    /// Sofia does something on her device, and everything that follows from it happens.
    pub fn sofia(
        &mut self,
        act: impl FnOnce(&mut Wallet) -> Result<Vec<Mail>, Refused>,
    ) -> Happened {
        let mails = act(&mut self.sofia);
        self.follow(Who::Sofia, mails)
    }

    /// The operator does something of its own accord.
    pub fn operator(
        &mut self,
        act: impl FnOnce(&mut OperatorParty, Timestamp) -> Result<Vec<Mail>, Refused>,
    ) -> Happened {
        let mails = act(&mut self.operator, self.now);
        self.follow(Who::Operator, mails)
    }

    /// The source does something.
    pub fn espoo(
        &mut self,
        act: impl FnOnce(&mut SourceParty) -> Result<Vec<Mail>, Refused>,
    ) -> Happened {
        let mails = act(&mut self.espoo);
        self.follow(Who::Espoo, mails)
    }

    /// The sink does something.
    pub fn helsinki(
        &mut self,
        act: impl FnOnce(&mut SinkParty, Timestamp) -> Result<Vec<Mail>, Refused>,
    ) -> Happened {
        let mails = act(&mut self.helsinki, self.now);
        self.follow(Who::Helsinki, mails)
    }

    /// Somebody posts letters, or has refused to.
    pub fn follow(&mut self, who: Who, mails: Result<Vec<Mail>, Refused>) -> Happened {
        match mails {
            Ok(mails) => self.post(who, mails),
            Err(refused) => Happened {
                at: self.now,
                outcomes: vec![(who, refused.code.to_owned(), true)],
            },
        }
    }

    /// Carries letters, and the letters that follow from them, until nobody has anything to say.
    fn post(&mut self, from: Who, mails: Vec<Mail>) -> Happened {
        let mut outcomes = Vec::new();
        let mut bag: VecDeque<(Who, Mail)> = mails.into_iter().map(|mail| (from, mail)).collect();
        while let Some((from, mail)) = bag.pop_front() {
            let (to, now) = (mail.to, self.now);
            if from == Who::Operator && self.lost == Some(to) {
                self.lost = None;
                continue;
            }
            if let Some(party) = self.at(to) {
                let outcome = party.receive(from, &mail.octets, now);
                outcomes.push((to, outcome.code, outcome.is_refusal));
                bag.extend(outcome.mails.into_iter().map(|mail| (to, mail)));
            }
            self.delivered.push(Delivered { from, mail });
        }
        let at = self.now;
        Happened { at, outcomes }
    }

    fn at(&mut self, address: Who) -> Option<&mut dyn Party> {
        match address {
            Who::Sofia => Some(&mut self.sofia),
            Who::Operator => Some(&mut self.operator),
            Who::Espoo => Some(&mut self.espoo),
            Who::Helsinki => Some(&mut self.helsinki),
            Who::Stranger => None,
        }
    }

    /// What was delivered to `who`, oldest first.
    pub fn delivered_to(&self, who: Who) -> impl Iterator<Item = &Delivered> {
        let to = move |delivered: &&Delivered| delivered.mail.to == who;
        self.delivered.iter().filter(to)
    }

    /// The newest letter from one to another.
    ///
    /// # Errors
    /// When there is none.
    pub fn newest(&self, from: Who, to: Who) -> Result<&Mail, Refused> {
        let mut newest = self.delivered.iter().rev();
        let found = newest.find(|letter| letter.from == from && letter.mail.to == to);
        let found = found.map(|letter| &letter.mail);
        found.ok_or_else(|| Refused::new("no_letter", "none was delivered"))
    }
}

/// A fresh key. In a city it would be read from its key store.
///
/// # Errors
/// When there is no randomness.
pub fn key(kid: &str, algorithm: Algorithm) -> Result<PrivateKey, Refused> {
    Ok(PrivateKey::generate(KeyId::parse(kid)?, algorithm)?)
}
