//! What a city service embeds: its half of the protocol behind a door, and what it asks of its operator.

mod asks;
mod gate;
mod report;

pub use asks::DeskFault;

use crate::binding;
use crate::client::{CallFault, Fixed, OperatorClient, Outbound};
use crate::door::{Arrived, Door};
use crate::fresh::{Heard, STALENESS};
use crate::guard::Guard;
use crate::problem::{HttpRefusal, Problem};
use crate::route::{Api, Operation};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use hyper_util::client::legacy::connect::Connect;
use mydata::core::crypto::Signer;
use mydata::core::id::{ConsentId, OperatorId, SurrogateId};
use mydata::core::time::Timestamp;
use mydata::record::message::{self, LinkProposalDelivery, SubscriptionConfirmation, ToService};
use mydata::record::possession::ProofScheme;
use mydata::service::{Effect, Installed, Refusal, Service, Setting, TransferEntry};
use mydata::token::cache::TokenCache;
use mydata::token::party::Sender;
use mydata::token::window::Window;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// The program around the library: what it must do, and where it keeps what it was told.
pub trait Program: fmt::Debug + Send + Sync + 'static {
    /// Something follows from a message. It is told at once, before the message is kept: what stops, stops
    /// without waiting for a disk. What takes time is begun here and goes on elsewhere; while it is told,
    /// no other message is taken.
    fn happened(&self, effect: &Effect);

    /// Keeps a message of the operator's that was accepted, for good: [`Desk::restore`] wants them again
    /// after a restart, in this order. Durable when it returns `true`; `false`, and the operator sends it
    /// again. It may be broken off, and is then called again with the same message: one that is kept twice
    /// is taken once.
    fn keep(
        &self,
        from: &OperatorId,
        at: Timestamp,
        octets: &[u8],
    ) -> impl Future<Output = bool> + Send;

    /// A source has decided of a data request, or a sink is about to send one. A line of the transfer log,
    /// durable when it returns `true`; `false`, and nothing is given or sent: a sink is answered with 503. What was refused before it was proven
    /// who asks names no consent, and may be anybody's: it may be counted rather than written.
    fn transferred(&self, entry: TransferEntry) -> impl Future<Output = bool> + Send {
        let _ = entry;
        std::future::ready(true)
    }

    /// A link record of somebody who has confirmed the linking is signed, and the operator is about to be
    /// brought it: from then on there may be a link, also after a restart. Who is behind this surrogate is kept
    /// for good when it returns `true`; `false`, and the operator is brought nothing and asks again. It may be
    /// told again.
    fn signs(&self, surrogate: &SurrogateId) -> impl Future<Output = bool> + Send {
        let _ = surrogate;
        std::future::ready(true)
    }

    /// A link is over, and nothing that holds on ties a person to this surrogate: forget who it is. It may be
    /// told again.
    fn forget(&self, surrogate: &SurrogateId) -> impl Future<Output = ()> + Send {
        let _ = surrogate;
        std::future::ready(())
    }
}

/// The private keys of a service.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ServiceKeys {
    /// Signs link records and requests: registered with the description.
    pub signature: Arc<dyn Signer>,
    /// A sink's: signs data requests.
    pub possession: Option<Arc<dyn Signer>>,
}

/// Tokens that a source remembers, in each of two generations: it verifies one once.
const TOKENS: usize = 10_000;

/// How long it may take to bring a link record back.
const BRINGING: Duration = Duration::from_secs(4);

/// Messages that may be accepted and not kept yet, while a program can keep nothing, if nothing else is said.
const UNKEPT: usize = 1024;

/// A message that was accepted and is to be kept.
#[derive(Clone)]
struct Accepted {
    from: OperatorId,
    at: Timestamp,
    octets: Vec<u8>,
}

/// A source or a sink: what it holds, the way in, and the ways to its operators.
pub struct Desk<P, C> {
    state: RwLock<Service>,
    door: Door,
    keys: ServiceKeys,
    scheme: ProofScheme,
    replay: Guard,
    tokens: TokenCache,
    demands: gate::Demands,
    heard: Heard,
    /// The last mark of messages that each operator keeps back.
    parked: Mutex<BTreeMap<OperatorId, String>>,
    operators: BTreeMap<OperatorId, OperatorClient<C>>,
    out: Arc<Outbound<C>>,
    program: P,
    /// Held from a change of what the service holds until the program has been told what follows: two changes
    /// are told in the order in which they were made.
    order: Mutex<()>,
    /// Accepted and not kept yet, in order.
    unkept: Mutex<VecDeque<Accepted>>,
    most_unkept: usize,
    /// Held while one is kept.
    keeping: tokio::sync::Mutex<()>,
    /// Subscriptions that are in force here, of which the operator is still to be told.
    unsaid: Mutex<VecDeque<(OperatorId, SubscriptionConfirmation)>>,
    /// Whether doubts are to be asked about, and held by whoever does.
    is_doubted: AtomicBool,
    settling: tokio::sync::Mutex<()>,
    /// The consent about which each operator has not answered, last time.
    unanswered: Mutex<BTreeMap<OperatorId, ConsentId>>,
}

impl<P: Program, C: Connect + Clone + Send + Sync + 'static> Desk<P, C> {
    /// A service that holds what it holds, with the ways to the operators that it works with.
    pub fn new(
        service: Service,
        keys: ServiceKeys,
        door: Door,
        out: Arc<Outbound<C>>,
        operators: BTreeMap<OperatorId, OperatorClient<C>>,
        program: P,
    ) -> Self {
        let window = Window::default();
        let replay = Guard::starting(&window, door.bounds().replay, door.now());
        Self {
            state: RwLock::new(service),
            replay,
            tokens: TokenCache::new(TOKENS, door.now()),
            demands: gate::Demands::default(),
            heard: Heard::new(STALENESS, door.now()),
            parked: Mutex::default(),
            door,
            keys,
            scheme: ProofScheme::default(),
            operators,
            out,
            program,
            order: Mutex::default(),
            unkept: Mutex::default(),
            most_unkept: UNKEPT,
            keeping: tokio::sync::Mutex::default(),
            unsaid: Mutex::default(),
            is_doubted: AtomicBool::default(),
            settling: tokio::sync::Mutex::default(),
            unanswered: Mutex::default(),
        }
    }

    /// How many messages may be accepted while the program can keep none: 1,024, if nothing else is said. The
    /// next is refused before it is looked at, and comes again.
    #[must_use]
    pub const fn unkept_at_most(mut self, messages: usize) -> Self {
        self.most_unkept = messages;
        self
    }

    /// A sink that proves by DPoP that it holds its key, under the links that are made from now on (D69): a
    /// link that there is stays as it is.
    #[must_use]
    pub const fn by_dpop(mut self) -> Self {
        self.scheme = ProofScheme::Dpop;
        self
    }

    /// Takes again what was kept, and doubts all of it: what was missed since is asked for by
    /// [`settle`](Self::settle). Nothing is told to the program.
    ///
    /// # Errors
    /// The service's own refusal, of a message that is not one that was kept.
    pub fn restore<'m>(
        &self,
        kept: impl IntoIterator<Item = (&'m OperatorId, Timestamp, &'m [u8])>,
    ) -> Result<(), Problem> {
        let mut state = self.write();
        let taken = kept.into_iter().try_for_each(|(from, at, octets)| {
            let message: ToService = message::read(octets)?;
            let setting = Setting {
                from,
                now: at,
                crypto: self.door.crypto(),
            };
            match state.receive(&message, setting) {
                // What came between was learned by asking, and is asked for again.
                Ok(_) | Err(Refusal::Doubt { .. }) => Ok(()),
                Err(refusal) => Err(refusal.into()),
            }
        });
        // Also after a refusal: nothing is processed on what may be old.
        state.doubt_all(self.door.now());
        taken
    }

    /// What the service holds.
    pub fn read(&self) -> RwLockReadGuard<'_, Service> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Service> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The program.
    pub const fn program(&self) -> &P {
        &self.program
    }

    fn client(&self, operator: &OperatorId) -> Result<&OperatorClient<C>, CallFault> {
        self.operators.get(operator).ok_or(CallFault::NotSent)
    }

    /// A message of the operator's: accepted, kept, and then acknowledged.
    async fn take(self: &Arc<Self>, arrived: &Arrived) -> Result<(), Problem> {
        let Sender::Operator(from) = arrived.sender() else {
            return Err(HttpRefusal::PathUnknown.into());
        };
        let message: ToService = arrived.message()?;
        let (method, path) = binding::of(&message);
        if !arrived.is_at(&method, path) {
            return Err(HttpRefusal::KindOther.into());
        }
        if self.unkept().len() >= self.most_unkept {
            self.keep_all().await?;
        }
        let effects = self.accept(&message, (from, arrived))?;
        // Whatever could not be kept before is kept first: a message that is known already is not
        // acknowledged before it is.
        self.keep_all().await?;
        for effect in effects {
            if let Effect::Countersign(delivery) = effect {
                self.countersign(from, &delivery).await?;
            } else if let Effect::ConfirmSubscription(said) = effect {
                self.unsaid().push_back((from.clone(), said));
                self.settle_soon();
            } else if matches!(effect, Effect::AskStatus { .. }) {
                self.settle_soon();
            } else if matches!(effect, Effect::Unlinked { .. }) {
                self.forget_unlinked().await;
            }
        }
        Ok(())
    }

    /// Takes a message, and tells the program at once what follows.
    fn accept(
        self: &Arc<Self>,
        message: &ToService,
        (from, arrived): (&OperatorId, &Arrived),
    ) -> Result<Vec<Effect>, Problem> {
        let setting = Setting {
            from,
            now: arrived.now(),
            crypto: self.door.crypto(),
        };
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let received = self.receive(message, setting);
        match received {
            Ok(Installed::New(effects)) => {
                if is_kept(message) {
                    self.unkept().push_back(Accepted {
                        from: from.clone(),
                        at: arrived.now(),
                        octets: arrived.octets().to_vec(),
                    });
                }
                self.tell(&effects);
                Ok(effects)
            }
            Ok(Installed::Already) => Ok(Vec::new()),
            Err(refusal) => {
                self.tell(refusal.effects());
                if matches!(refusal, Refusal::Doubt { .. }) {
                    self.settle_soon();
                }
                Err(refusal.into())
            }
        }
    }

    /// What comes while its operator keeps messages back may have ended since: a withdrawal can be among those. It is
    /// in doubt before anybody can use it.
    fn receive(&self, message: &ToService, setting: Setting<'_>) -> Result<Installed, Refusal> {
        let (from, now) = (setting.from, setting.now);
        let parked = self.parked();
        let is_kept_back = parked.contains_key(from);
        let mut state = self.write();
        let mut installed = state.receive(message, setting)?;
        if is_kept_back && let Installed::New(effects) = &mut installed {
            let new = effects.iter().filter_map(|effect| {
                let Effect::Consented { cr_id } = effect else {
                    return None;
                };
                Some(cr_id)
            });
            let doubts: Vec<Effect> = new.flat_map(|cr_id| state.doubt(cr_id, now)).collect();
            effects.extend(doubts);
        }
        Ok(installed)
    }

    fn parked(&self) -> MutexGuard<'_, BTreeMap<OperatorId, String>> {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unkept(&self) -> MutexGuard<'_, VecDeque<Accepted>> {
        self.unkept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In the order in which they were accepted, as far as the program can. Broken off, it begins again with
    /// the one that was being kept.
    async fn keep_all(&self) -> Result<(), Problem> {
        let _keeping = self.keeping.lock().await;
        loop {
            let Some(next) = self.unkept().front().cloned() else {
                return Ok(());
            };
            if !self.program.keep(&next.from, next.at, &next.octets).await {
                return Err(HttpRefusal::Later.into());
            }
            self.unkept().pop_front();
        }
    }

    fn tell(&self, effects: &[Effect]) {
        for effect in effects {
            self.program.happened(effect);
        }
    }

    /// Signs a link record and brings it back. Where the operator cannot be reached the proposal is not
    /// acknowledged, and comes again.
    //= SL-19, SL-20
    async fn countersign(
        &self,
        from: &OperatorId,
        delivery: &LinkProposalDelivery,
    ) -> Result<(), Problem> {
        let setting = Setting {
            from,
            now: self.door.now(),
            crypto: self.door.crypto(),
        };
        let (signed, surrogate) = {
            let mut state = self.write();
            let signed = state.countersign(delivery, &*self.keys.signature, setting)?;
            let linking = state.linking(&delivery.data.code);
            (
                signed,
                linking.and_then(|linking| linking.surrogate_id.clone()),
            )
        };
        if let Some(surrogate) = surrogate
            && !self.program.signs(&surrogate).await
        {
            return Err(HttpRefusal::Later.into());
        }
        let client = self.client(from).map_err(|_| HttpRefusal::Internal)?;
        // Sooner than the operator gives up waiting for us.
        let brought = tokio::time::timeout(BRINGING, client.countersigned(&signed)).await;
        match brought.unwrap_or(Err(CallFault::Unreachable)) {
            // What the operator refuses is over, or was brought before: it need not come again.
            Ok(()) | Err(CallFault::Refused(_)) => Ok(()),
            Err(CallFault::Unreachable | CallFault::Unreadable | CallFault::NotSent) => {
                Err(HttpRefusal::Later.into())
            }
        }
    }
}

/// What must be there again after a restart: records. A linking under way is begun anew.
const fn is_kept(message: &ToService) -> bool {
    !matches!(
        message,
        ToService::LinkInvitation(_) | ToService::LinkProposal(_)
    )
}

impl<P: fmt::Debug, C> fmt::Debug for Desk<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("door", &self.door)
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}

/// The routes for operators, behind the door of the desk.
pub fn service_api<P, C>(desk: Arc<Desk<P, C>>) -> Router
where
    P: Program,
    C: Connect + Clone + Send + Sync + 'static,
{
    operations().serve(desk)
}

/// As rows, for the document.
pub(crate) fn service_operations() -> Vec<Operation> {
    operations::<Nobody, Fixed>().operations()
}

fn operations<P, C>() -> Api<Arc<Desk<P, C>>>
where
    P: Program,
    C: Connect + Clone + Send + Sync + 'static,
{
    let message = |verb: fn(_, _) -> Operation, path, told| verb(path, told).takes::<ToService>();
    let rows = [
        message(
            Operation::post,
            binding::LINKING,
            ("invite", "A person may link: `link_invitation`"),
        ),
        message(
            Operation::post,
            binding::PROPOSAL,
            ("propose", "A link record to sign: `link_proposal`"),
        ),
        message(
            Operation::post,
            binding::LINK,
            ("link", "The link is made: `link`"),
        ),
        message(
            Operation::post,
            binding::LINK_STATUS,
            ("link_status", "A link has changed: `link_status`"),
        ),
        message(
            Operation::post,
            binding::CONSENT,
            (
                "consent",
                "A consent: `single_consent`, `source_consent`, `sink_consent`",
            ),
        ),
        message(
            Operation::patch,
            binding::CONSENT,
            ("consent_status", "A consent has changed: `consent_status`"),
        ),
        message(
            Operation::post,
            binding::SUBSCRIPTION,
            (
                "subscription",
                "What a person wishes to be told: `subscription`",
            ),
        ),
        message(
            Operation::post,
            binding::OBJECTION,
            ("objection", "An objection: `objection`"),
        ),
    ];
    rows.into_iter()
        .fold(Api::new(), |api, row| api.on(row, received::<P, C>))
}

/// Stands for a program where only the rows are asked for.
#[derive(Debug)]
enum Nobody {}

impl Program for Nobody {
    fn happened(&self, _: &Effect) {
        match *self {}
    }

    async fn keep(&self, _: &OperatorId, _: Timestamp, _: &[u8]) -> bool {
        match *self {}
    }
}

async fn received<P, C>(
    State(desk): State<Arc<Desk<P, C>>>,
    request: Request,
) -> Result<StatusCode, Problem>
where
    P: Program,
    C: Connect + Clone + Send + Sync + 'static,
{
    let arrived = desk.door.receive(request).await?;
    desk.take(&arrived).await?;
    Ok(StatusCode::CREATED)
}
