//! What a service asks and says of its own accord: of its operators, of sources, of its people.

use super::{Desk, Program};
use crate::client::{Answer, CallFault};
use crate::fresh::Moment;
use crate::journal::JournalRefusal;
use crate::wishes::ObjectionResult;
use hyper_util::client::legacy::connect::Connect;
use mydata::core::id::{ConsentId, LinkCode, LinkId, Nonce, ObjectionId, OperatorId, SurrogateId};
use mydata::core::time::Seconds;
use mydata::keys::SystemRandom;
use mydata::record::message::{
    ObjectionAnswer, StatusQuery, SubscriptionConfirmation, SurrogateOffer,
};
use mydata::record::notification::NotificationMessage;
use mydata::record::objection::ObjectionDecision;
use mydata::service::{Effect, Refusal, ServiceRefusal, Setting, TransferEntry, Want};
use mydata::token::claims::TokenText;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

impl<P: Program, C: Connect + Clone + Send + Sync + 'static> Desk<P, C> {
    /// The person has signed in and confirmed the linking: the operator is brought the surrogate, and a
    /// sink's key. The surrogate is told, so that it is known here who is meant by it.
    ///
    /// # Errors
    /// [`DeskFault`].
    //= SL-16, SL-17
    pub async fn confirm(&self, code: &LinkCode) -> Result<SurrogateId, DeskFault> {
        let (operator, offer) = self.offered(code)?;
        self.bring(&operator, &offer).await?;
        Ok(offer.surrogate_id)
    }

    /// What the operator is to be brought for a linking that the person has confirmed; the same each time.
    pub(crate) fn offered(
        &self,
        code: &LinkCode,
    ) -> Result<(OperatorId, SurrogateOffer), DeskFault> {
        let mut state = self.write();
        let possession = self.keys.possession.as_ref();
        let possession = possession.map(|key| (key.public(), self.scheme));
        let offer = state.confirm_linking_with(code, possession, &mut SystemRandom::new())?;
        let operator = state.linking(code).map(|linking| linking.operator.clone());
        Ok((operator.ok_or(DeskFault::Call(CallFault::NotSent))?, offer))
    }

    pub(crate) async fn bring(
        &self,
        operator: &OperatorId,
        offer: &SurrogateOffer,
    ) -> Result<(), DeskFault> {
        Ok(self.client(operator)?.offer(offer).await?)
    }

    /// Lets the program forget who is behind the surrogates of links that are over. Where somebody has
    /// objected under one, it does not: what was accepted holds on.
    pub(crate) async fn forget_unlinked(&self) {
        let gone: Vec<SurrogateId> = {
            let state = self.read();
            let over = state.links().filter(|(id, link)| {
                let has_objected = || state.objections().any(|(_, held)| held.link_id == **id);
                !link.is_active() && !has_objected()
            });
            over.map(|(_, link)| link.record.surrogate_id.clone())
                .collect()
        };
        for surrogate in gone {
            self.program.forget(&surrogate).await;
        }
    }

    /// Asks the operators about every consent that is in doubt, and takes their answers, and tells them what
    /// they are still to be told; how many are still in doubt. An operator that cannot be reached is asked
    /// nothing more this time: it keeps nobody else waiting. To be called after
    /// [`restore`](Self::restore) and from time to time.
    //= CN-30
    pub async fn settle(&self) -> usize {
        let mut doubts: BTreeMap<OperatorId, Vec<StatusQuery>> = BTreeMap::new();
        for effect in self.read().doubts() {
            if let Effect::AskStatus { operator, query } = effect {
                doubts.entry(operator).or_default().push(query);
            }
        }
        let silent = self.say_all().await;
        doubts.retain(|operator, _| !silent.contains(operator));
        for (operator, queries) in doubts {
            self.ask_all(&operator, queries).await;
        }
        self.read().doubts().count()
    }

    /// Asks one operator about its consents, until it cannot be reached. The one that it did not answer is
    /// asked about last the next time: one that it can never answer does not hold up the others.
    async fn ask_all(&self, operator: &OperatorId, mut queries: Vec<StatusQuery>) {
        let unanswered = self.unanswered().remove(operator);
        if let Some(unanswered) = unanswered {
            queries.sort_by(|one, other| one.cr_id.cmp(&other.cr_id));
            let next = queries.partition_point(|query| query.cr_id <= unanswered);
            queries.rotate_left(next);
        }
        for query in queries {
            let cr_id = query.cr_id.clone();
            // One that is not answered stays in doubt.
            let asked = self.ask(operator, query).await;
            if matches!(asked, Err(DeskFault::Call(CallFault::Unreachable))) {
                self.unanswered().insert(operator.clone(), cr_id);
                return;
            }
        }
    }

    fn unanswered(&self) -> MutexGuard<'_, BTreeMap<OperatorId, ConsentId>> {
        self.unanswered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks every operator, all at once, what still waits for this service. What was decided before a question, of
    /// which nothing waits any more, is known here: from then on the operator's consents are good for as long as was
    /// declared ([`stale_after`](Self::stale_after)). Where an operator keeps messages back, all its consents are put
    /// in doubt and asked for: what is parked is told nobody. How many have not said that nothing waits.
    pub async fn refresh(self: &Arc<Self>) -> usize {
        let mut asking = JoinSet::new();
        for operator in self.operators.keys() {
            let (desk, operator) = (Arc::clone(self), operator.clone());
            asking.spawn(async move { desk.refresh_from(&operator).await });
        }
        let mut others = 0;
        while let Some(is_all) = asking.join_next().await {
            others += usize::from(!is_all.unwrap_or(false));
        }
        others
    }

    /// Whether this operator has said that nothing waits.
    async fn refresh_from(self: &Arc<Self>, operator: &OperatorId) -> bool {
        // What it says is of no later time than this.
        let asked = Moment::at(self.door.now());
        let Ok(client) = self.client(operator) else {
            return false;
        };
        let Ok(told) = client.deliveries().await else {
            return false;
        };
        if self.is_news(operator, told.parked) {
            {
                let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
                let effects = self.write().doubt_all_of(operator, self.door.now());
                self.tell(&effects);
            }
            self.settle_soon();
        }
        let is_all = told.waiting.is_empty();
        let now = self.door.now();
        self.heard.from(operator, (asked, now), told.waiting);
        is_all
    }

    fn is_news(&self, operator: &OperatorId, mark: Option<String>) -> bool {
        let mut known = self.parked();
        let is_news = mark.is_some() && known.get(operator) != mark.as_ref();
        match mark {
            Some(mark) => known.insert(operator.clone(), mark),
            None => known.remove(operator),
        };
        is_news
    }

    /// Refreshes and settles again and again, this long apart ([`POLL`](crate::POLL), if nothing speaks for
    /// another time), for as long as there is this desk: to be spawned once. Neither waits for the other.
    pub fn keep_fresh(
        self: &Arc<Self>,
        every: Duration,
    ) -> impl Future<Output = ()> + Send + use<P, C> {
        let desk = Arc::downgrade(self);
        async move {
            let refreshing = async {
                while let Some(desk) = desk.upgrade() {
                    desk.refresh().await;
                    drop(desk);
                    tokio::time::sleep(every).await;
                }
            };
            let settling = async {
                while let Some(desk) = desk.upgrade() {
                    desk.settle().await;
                    drop(desk);
                    tokio::time::sleep(every).await;
                }
            };
            tokio::join!(refreshing, settling);
        }
    }

    /// How long ago each operator was asked last before which nothing waits any more.
    #[must_use]
    pub fn staleness(&self) -> BTreeMap<OperatorId, Seconds> {
        self.heard.ages(self.operators.keys(), self.door.now())
    }

    /// Asks until nothing is missing.
    async fn ask(&self, operator: &OperatorId, query: StatusQuery) -> Result<(), DeskFault> {
        let mut next = Some(query);
        while let Some(query) = next.take() {
            let reply = self.client(operator)?.status(&query).await?;
            let setting = Setting {
                from: operator,
                now: self.door.now(),
                crypto: self.door.crypto(),
            };
            let effects = {
                let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
                let taken = self.write().catch_up(&reply, setting);
                let taken = taken.inspect_err(|refusal| self.tell(refusal.effects()));
                let effects = taken?.effects();
                self.tell(&effects);
                effects
            };
            for effect in effects {
                if let Effect::AskStatus { query: again, .. } = effect
                    && again.since != query.since
                {
                    next = Some(again);
                }
            }
        }
        Ok(())
    }

    pub(super) fn settle_soon(self: &Arc<Self>) {
        self.is_doubted.store(true, Ordering::SeqCst);
        let desk = Arc::clone(self);
        tokio::spawn(async move {
            // One asks for all.
            let Ok(_settling) = desk.settling.try_lock() else {
                return;
            };
            while desk.is_doubted.swap(false, Ordering::SeqCst) {
                desk.settle().await;
            }
        });
    }

    pub(super) fn unsaid(
        &self,
    ) -> MutexGuard<'_, VecDeque<(OperatorId, SubscriptionConfirmation)>> {
        self.unsaid.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the operators which subscriptions are in force. What one of them refuses is not said again. Which
    /// of them could not be reached: what they are to be told is kept.
    //= FW-43
    async fn say_all(&self) -> BTreeSet<OperatorId> {
        let mut silent = BTreeSet::new();
        loop {
            let next = {
                let unsaid = self.unsaid();
                let mut open = unsaid.iter().filter(|(to, _)| !silent.contains(to));
                open.next().cloned()
            };
            let Some((operator, said)) = next else {
                return silent;
            };
            let told = match self.client(&operator) {
                Ok(client) => client.confirmed(&said).await,
                Err(fault) => Err(fault),
            };
            if matches!(told, Err(CallFault::Unreachable)) {
                silent.insert(operator);
                continue;
            }
            // Somebody else may have said it meanwhile.
            let mut unsaid = self.unsaid();
            let place = unsaid.iter().position(|(to, _)| *to == operator);
            if let Some(place) = place
                && unsaid.get(place) == Some(&(operator, said))
            {
                unsaid.remove(place);
            }
        }
    }

    /// Tells the person of a link something, as far as they wish to be told of it.
    ///
    /// # Errors
    /// [`DeskFault`].
    //= NT-09, NT-18
    pub async fn notify(
        &self,
        link: &LinkId,
        messages: Vec<NotificationMessage>,
    ) -> Result<(), DeskFault> {
        let (operator, push) = {
            let state = self.read();
            let held = state.link(link);
            let operator = held.map(|held| held.record.operator_id.clone());
            let key = &*self.keys.signature;
            let random = &mut SystemRandom::new();
            let push = state.prepare_notification(link, messages, key, self.door.now(), random)?;
            (operator.ok_or(DeskFault::Call(CallFault::NotSent))?, push)
        };
        Ok(self.client(&operator)?.notify(&push).await?)
    }

    /// Answers an objection, or says that it will be answered, and brings the answer to the operator. The
    /// caller keeps what comes back: after a restart the service takes it again with
    /// [`recall_answer`](mydata::service::Service::recall_answer).
    ///
    /// # Errors
    /// [`DeskFault`]. What the operator was not brought can be brought again: the answer is one.
    //= OB-05, OB-06
    pub async fn answer_objection(
        &self,
        id: &ObjectionId,
        decisions: Vec<ObjectionDecision>,
    ) -> Result<ObjectionAnswer, DeskFault> {
        let (operator, result) = {
            let mut state = self.write();
            let held = state.objection(id);
            let surrogate = held.map(|held| held.request.surrogate_id().clone());
            let link = held.and_then(|held| state.link(&held.link_id));
            let operator = link.map(|link| link.record.operator_id.clone());
            let known = operator.zip(surrogate);
            let (operator, surrogate_id) =
                known.ok_or(Refusal::from(ServiceRefusal::HeldObjectionUnknown))?;
            let key = &*self.keys.signature;
            let setting = Setting {
                from: &operator,
                now: self.door.now(),
                crypto: self.door.crypto(),
            };
            let random = &mut SystemRandom::new();
            let answer = state.answer_objection(id, decisions, key, setting, random)?;
            let response = answer.response;
            let result = ObjectionResult {
                surrogate_id,
                response,
            };
            (operator, result)
        };
        self.client(&operator)?.answered(&result).await?;
        let response = result.response;
        Ok(ObjectionAnswer { response })
    }

    /// A person who has signed in at the service wishes to link it to an operator: the name that the
    /// service has for them there. Their browser takes it along, and they agree at the operator (C48).
    ///
    /// # Errors
    /// [`DeskFault`].
    //= SL-12, SL-14
    pub fn start_linking(&self, operator: &OperatorId) -> Result<SurrogateId, DeskFault> {
        let now = self.door.now();
        let begun = self
            .write()
            .start_linking(operator, now, &mut SystemRandom::new());
        Ok(begun?)
    }

    /// Asks the operator for the end of a link, and waits for the status that says so: it comes as a message
    /// (SL-29, SL-30).
    ///
    /// # Errors
    /// [`DeskFault`].
    //= SL-26, SL-29, SL-30
    pub async fn end_link(&self, link: &LinkId) -> Result<(), DeskFault> {
        let (operator, removal) = {
            let mut state = self.write();
            let removal = state.ask_removal(link)?;
            let operator = state.link(link).map(|held| held.record.operator_id.clone());
            (
                operator.ok_or(DeskFault::Call(CallFault::NotSent))?,
                removal,
            )
        };
        self.client(&operator)?.removal(&removal).await?;
        Ok(())
    }

    /// Fetches data from a source, with a token that is asked for now: the answer's octets. A source that
    /// demands a nonce of its own is asked once more, with the one that it has given.
    ///
    /// # Errors
    /// [`DeskFault`].
    //= DT-02, DT-05
    pub async fn fetch(&self, want: &Want<'_>) -> Result<Answer, DeskFault> {
        let token = self.token(want.cr_id).await?;
        let (answer, nonce) = self.fetch_with(want, &token).await?;
        match (answer, nonce) {
            (Err(CallFault::Refused(code)), Some(nonce)) if *code == *NONCE_NEEDED => {
                let (answer, _) = self.fetch_with(&want.with_nonce(&nonce), &token).await?;
                Ok(answer?)
            }
            (answer, _) => Ok(answer?),
        }
    }

    /// Asks the operator for a token on a consent of this sink's.
    ///
    /// # Errors
    /// [`DeskFault`].
    //= DT-02
    pub async fn token(&self, cr_id: &ConsentId) -> Result<TokenText, DeskFault> {
        let operator = {
            let state = self.read();
            let _ = state.token_request(cr_id, self.door.now())?;
            let consent = state.consent(cr_id);
            consent.map(|held| held.record.terms().operator.clone())
        };
        let operator = operator.ok_or(DeskFault::Call(CallFault::NotSent))?;
        let token = self.client(&operator)?.token(cr_id).await?;
        Ok(TokenText::new(&token.auth_token))
    }

    /// One request, and the nonce that came with the answer. The program writes it down.
    async fn fetch_with(
        &self,
        want: &Want<'_>,
        token: &TokenText,
    ) -> Result<(Result<Answer, CallFault>, Option<Nonce>), DeskFault> {
        let possession = self.keys.possession.as_ref();
        let possession = possession.ok_or(DeskFault::Call(CallFault::NotSent))?;
        let now = self.door.now();
        let random = &mut SystemRandom::new();
        let crypto = self.door.crypto();
        let prepared = self
            .read()
            .prepare_request(want, token, now, &**possession, random, crypto);
        let entry = TransferEntry::requested(want, &prepared, now);
        let is_written = self.program.transferred(entry).await;
        let prepared = prepared?;
        if !is_written {
            return Err(DeskFault::Call(CallFault::NotSent));
        }
        let asked = (want.method, want.query);
        Ok(self.out.fetch(&prepared, asked, want.body.to_vec()).await)
    }
}

/// What a source says that demands a nonce of its own.
const NONCE_NEEDED: &str = mydata::token::proof::ProofRefusal::Nonce.code();

/// Why something that a service has begun came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeskFault {
    /// By its own rules: nothing was sent.
    #[error(transparent)]
    Rule(#[from] Refusal),
    /// By the operator or the source.
    #[error(transparent)]
    Call(#[from] CallFault),
    /// Who is behind a surrogate cannot be remembered, since somebody else has confirmed it: nothing was sent.
    #[error(transparent)]
    Kept(JournalRefusal),
}

impl DeskFault {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Rule(refusal) => refusal.code(),
            Self::Call(fault) => fault.code(),
            Self::Kept(refusal) => refusal.code(),
        }
    }
}
