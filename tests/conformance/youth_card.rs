use mydata::core::crypto::Signer as _;
use mydata::core::id::{LinkCode, OperatorId, ServiceId, SurrogateId};
use mydata::core::jwk::KeySet;
use mydata::core::resource::Origin;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring, SystemRandom};
use mydata::record::message;
use mydata::service::{Effect, KnownOperator, Service, Setting};
use mydata::token::access::{Access, DenialClass, Gate};
use mydata::token::cache::TokenCache;
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use std::collections::BTreeMap;
use std::error::Error;

struct YouthCard {
    mydata: Service,
    key: PrivateKey,
    origin: Origin,
    members: BTreeMap<SurrogateId, String>,
    replay: TwoGenerations,
    tokens: TokenCache,
}

type Done<T> = Result<T, Box<dyn Error>>;

impl YouthCard {
    fn start(id: &str, origin: &str, key: PrivateKey, operator: KnownOperator, now: Timestamp) -> Done<Self> {
        let keys = KeySet::from(key.public().clone());
        Ok(Self {
            mydata: Service::new(ServiceId::parse(id)?, keys, vec![operator]),
            key,
            origin: Origin::parse(origin)?,
            members: BTreeMap::new(),
            replay: TwoGenerations::starting(&Window::default(), 120_000, now),
            tokens: TokenCache::new(10_000, now),
        })
    }

    /// The operator has sent something; who it is, the connection has shown. Gives what to send back.
    fn receive(&mut self, operator: &OperatorId, body: &[u8], now: Timestamp) -> Done<Vec<Vec<u8>>> {
        let setting = Setting { from: operator, now, crypto: &Ring };
        match self.mydata.receive(&message::read(body)?, setting) {
            Ok(installed) => self.act(installed.effects(), setting), // store `body`, acknowledge
            Err(refusal) if refusal.effects().is_empty() => Err(refusal.into()),
            Err(doubt) => self.act(doubt.effects().to_vec(), setting), // stop, and ask
        }
    }

    /// The operator has answered a question about a status.
    fn answered(&mut self, operator: &OperatorId, body: &[u8], now: Timestamp) -> Done<Vec<Vec<u8>>> {
        let setting = Setting { from: operator, now, crypto: &Ring };
        let installed = self.mydata.catch_up(&message::read(body)?, setting)?;
        self.act(installed.effects(), setting)
    }

    fn act(&mut self, effects: Vec<Effect>, setting: Setting<'_>) -> Done<Vec<Vec<u8>>> {
        let mut back = Vec::new();
        for effect in effects {
            match effect {
                Effect::AskPerson { code } => println!("let the person sign in for {code:?}, then `confirm`"),
                Effect::Countersign(link) => {
                    back.push(message::write(&self.mydata.countersign(&link, &self.key, setting)?)?);
                }
                Effect::Stop { cr_id } => println!("stop whatever runs on {cr_id}"),
                Effect::AskStatus { query, .. } => back.push(message::write(&query)?),
                Effect::Unlinked { link_id } => {
                    let link = self.mydata.link(&link_id).map(|link| &link.record.surrogate_id);
                    link.map(|surrogate| self.members.remove(surrogate));
                }
                _ => {}
            }
        }
        Ok(back)
    }

    /// The member has signed in here and agreed to be linked.
    fn confirm(&mut self, code: &LinkCode, member: &str) -> Done<Vec<u8>> {
        let offer = self.mydata.confirm_linking(code, None, &mut SystemRandom::new())?;
        self.members.insert(offer.surrogate_id.clone(), member.to_owned());
        Ok(message::write(&offer)?)
    }

    /// Somebody asks for data, with these headers: status and body of the answer.
    fn get(&mut self, target: &str, headers: &[(&str, &str)], now: Timestamp) -> (u16, String) {
        let request = HttpRequest::received(&self.origin, target, "GET", b"");
        let Ok(request) = request.and_then(|request| request.with_headers(headers)) else {
            return (400, String::new());
        };
        let Some(authorization) = request.authorization() else {
            return (401, String::new());
        };
        let mut gate = Gate { replay: &mut self.replay, tokens: Some(&self.tokens) };
        match self.mydata.answer(authorization, &request, now, &Ring, &mut gate) {
            // Whose data, and which, is in the grant: nothing of it comes from the caller.
            Access::Granted(grant) => match self.members.get(grant.surrogate_id()) {
                Some(member) => (200, format!("{} of {member}", grant.dataset())),
                None => (404, String::new()),
            },
            Access::Denied(denial) => {
                let status = match denial.class() {
                    DenialClass::AuthenticityFailed | DenialClass::NonceNeeded => 401,
                    DenialClass::NotPermitted => 403,
                    DenialClass::Busy => 503,
                };
                (status, denial.wire_code().to_owned())
            }
        }
    }
}
