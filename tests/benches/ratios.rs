//! What the protocol costs beside the signatures that it cannot do without.
//!
//! All operations run in one process, interleaved: in every round each of them is timed over a
//! batch, in an order that is different each round, and its ratio is taken to the raw primitive of
//! the same round. What is printed is the median over the rounds; absolute times drift with the
//! machine, ratios hardly do. Nothing here passes or fails: a target is printed beside its figure.
//!
//! `cargo bench` runs it; with `--test`, as `cargo test --benches` calls it, one round.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be set up ends"
)]

use mydata::core::crypto::Signer as _;
use mydata::core::id::{ConsentId, TokenId};
use mydata::core::jws::{Unsigned, Verified};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::{Origin, ResourceUrl};
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::operator::{Capacity, Command, OwnerSigned, Reason};
use mydata::record::consent::{AnyConsent, ConsentChange, SourceConsent};
use mydata::record::standing::standing;
use mydata::token::access::{Access, Gate};
use mydata::token::audience::AudiencePattern;
use mydata::token::cache::TokenCache;
use mydata::token::claims::{Token, TokenText};
use mydata::token::policy::TokenPolicy;
use mydata::token::replay::{ReplayGuard, ReplayKey, TwoGenerations, Witness};
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use mydata_conformance::world::{PairIds, World};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use std::hint::black_box;
use std::time::Duration;

const BATCH: usize = 32;
const ROUNDS: usize = 120;

fn main() {
    let rounds = if std::env::args().any(|arg| arg == "--test") {
        1
    } else {
        ROUNDS
    };
    let mut bench = Bench::new(rounds);
    let mut ops: Vec<Op> = Op::ALL.to_vec();
    let mut times = vec![Vec::with_capacity(rounds); Op::ALL.len()];
    for round in 0..rounds {
        // A different order each round: whoever comes after the cache-hungry one changes.
        ops.rotate_left(1 + round % 3);
        for op in &ops {
            let spent = bench.run(*op).as_nanos() as f64 / BATCH as f64;
            times[*op as usize].push(spent);
        }
    }
    println!(
        "{:<34} {:>10} {:>8} {:>8}  of",
        "operation", "ns", "ratio", "target"
    );
    for op in Op::ALL {
        let own = &times[op as usize];
        let ns = median(own.clone());
        match op.against() {
            None => println!("{:<34} {ns:>10.0}", op.name()),
            Some((base, target)) => {
                let ratios = own
                    .iter()
                    .zip(&times[base as usize])
                    .map(|(a, b)| a / b)
                    .collect();
                let ratio = median(ratios);
                println!(
                    "{:<34} {ns:>10.0} {ratio:>8.3} {target:>8}  {}",
                    op.name(),
                    base.name()
                );
            }
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    RawSign,
    Issue,
    RawVerify,
    RawVerifyTwo,
    VerifyToken,
    Access,
    AccessKnownToken,
    Replay,
    Audience,
    Standing,
    DecideReuse,
    DecideChange,
    DecideGive,
}

impl Op {
    const ALL: [Self; 13] = [
        Self::RawSign,
        Self::Issue,
        Self::RawVerify,
        Self::RawVerifyTwo,
        Self::VerifyToken,
        Self::Access,
        Self::AccessKnownToken,
        Self::Replay,
        Self::Audience,
        Self::Standing,
        Self::DecideReuse,
        Self::DecideChange,
        Self::DecideGive,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::RawSign => "ring Ed25519 sign",
            Self::Issue => "token issue",
            Self::RawVerify => "ring Ed25519 verify",
            Self::RawVerifyTwo => "ring Ed25519 verify, twice",
            Self::VerifyToken => "token verify",
            Self::Access => "data request, all checks",
            Self::AccessKnownToken => "data request, token known",
            Self::Replay => "replay check (≤ 200 ns)",
            Self::Audience => "audience, one pattern (≤ 50 ns)",
            Self::Standing => "standing (≤ 2000 ns)",
            Self::DecideReuse => "decide: token again (≤ 2000 ns)",
            Self::DecideChange => "decide: owner pauses (≤ 2000 ns)",
            Self::DecideGive => "decide: owner gives a pair",
        }
    }

    const fn against(self) -> Option<(Self, &'static str)> {
        match self {
            Self::Issue => Some((Self::RawSign, "≤ 1.05")),
            Self::VerifyToken => Some((Self::RawVerify, "≤ 1.05")),
            Self::Access => Some((Self::RawVerifyTwo, "≤ 1.10")),
            Self::AccessKnownToken => Some((Self::RawVerify, "≤ 1.10")),
            Self::RawSign
            | Self::RawVerify
            | Self::RawVerifyTwo
            | Self::Replay
            | Self::Audience
            | Self::Standing
            | Self::DecideReuse
            | Self::DecideChange
            | Self::DecideGive => None,
        }
    }
}

/// Octets with their signature.
type Input = (Vec<u8>, Vec<u8>);

/// Everything that the operations need, built once.
struct Bench {
    world: World,
    ids: PairIds,
    source: Verified<SourceConsent>,
    pair: Ed25519KeyPair,
    /// Signing inputs as long as those of a token and of a proof, each different, with raw
    /// signatures over them: one signature verified again and again would teach the processor.
    token_inputs: Vec<Input>,
    proof_inputs: Vec<Input>,
    tokens: Vec<TokenText>,
    headers: Vec<String>,
    pause: Command,
    give: Command,
    reuse: Command,
    cache: TokenCache,
    /// A guard with room for as many as by default, and keys that it has not seen.
    replay: TwoGenerations,
    fresh: Vec<ReplayKey>,
    /// Half of them match.
    patterns: Vec<AudiencePattern>,
}

impl Bench {
    fn new(rounds: usize) -> Self {
        let (mut world, ids) = World::consented();
        let token = world.token(&ids.sink).unwrap();
        let headers: Vec<String> = (0..BATCH)
            .map(|_| {
                world
                    .prepare(&ids.sink, &token, "care", "src/a")
                    .unwrap()
                    .authorization
            })
            .collect();
        let AnyConsent::Source(source) = world.account.consent(&ids.source).unwrap().record.clone()
        else {
            panic!("the source's consent is a source's");
        };
        let signed = world
            .signed_change(&ids.sink, ConsentChange::Disable)
            .unwrap();
        let pause = pause(&ids.sink, signed);
        let choice = world.choice("study", &["src/c"]);
        let give = world.try_pair(&choice).unwrap().0;
        let random = ring::rand::SystemRandom::new();
        let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let inputs = |compact: &str| -> Vec<Input> {
            let input = compact.rsplit_once('.').unwrap().0.as_bytes();
            let one = |at: usize| {
                let mut input = input.to_vec();
                input[0] = at as u8;
                let signature = pair.sign(&input).as_ref().to_vec();
                (input, signature)
            };
            (0..BATCH).map(one).collect()
        };
        let token_inputs = inputs(token.as_str());
        let proof_inputs = inputs(headers[0].strip_prefix("PoP ").unwrap());
        let reuse = Command::IssueToken {
            cr_id: ids.sink.clone(),
        };
        let cache = TokenCache::new(100, world.now);
        let tokens = (0..BATCH)
            .map(|at| {
                let jti = TokenId::from_random([at as u8; 16]);
                let claims =
                    Token::for_consent(&source, world.now, &TokenPolicy::default(), jti, &Ring);
                let signed = Unsigned::new(claims.unwrap()).sign(&world.token_key);
                TokenText::from(signed.unwrap())
            })
            .collect();
        // Half of what is asked for in all rounds is there from the beginning.
        let mut fresh = replay_keys(&mut world, &ids, &token, 2 * rounds * BATCH);
        let mut replay = TwoGenerations::without_past(
            &Window::default(),
            TwoGenerations::DEFAULT_CAPACITY,
            world.now,
        );
        for key in fresh.drain(..rounds * BATCH) {
            assert_eq!(replay.witness(key, world.now), Witness::First);
        }
        let pattern = |at: usize| match at % 4 {
            0 => AudiencePattern::parse("https://source.example/data/*"),
            1 => AudiencePattern::parse("https://source.example/data/a"),
            2 => AudiencePattern::parse(&format!("https://source.example/data/{at}/*")),
            _ => AudiencePattern::parse(&format!("https://source.example/data/{at}")),
        };
        let patterns = (0..BATCH).map(|at| pattern(at).unwrap()).collect();
        let mut bench = Self {
            replay,
            fresh,
            patterns,
            world,
            ids,
            source,
            pair,
            token_inputs,
            proof_inputs,
            tokens,
            headers,
            pause,
            give,
            reuse,
            cache,
        };
        bench.run(Op::AccessKnownToken);
        bench
    }

    fn run(&mut self, op: Op) -> Duration {
        match op {
            Op::RawSign => {
                let (pair, inputs) = (&self.pair, &self.token_inputs);
                timed(|at| pair.sign(black_box(&inputs[at].0)))
            }
            Op::Issue => {
                let (source, now) = (&self.source, self.world.now);
                let (policy, key) = (TokenPolicy::default(), &self.world.token_key);
                timed(|at| {
                    let jti = TokenId::from_random([at as u8; 16]);
                    let claims = Token::for_consent(source, now, &policy, jti, &Ring).unwrap();
                    TokenText::from(Unsigned::new(claims).sign(key).unwrap())
                })
            }
            Op::RawVerify => {
                let key = self.pair.public_key().as_ref();
                let tokens = &self.token_inputs;
                timed(|at| verify(key, &tokens[at]))
            }
            Op::RawVerifyTwo => {
                let key = self.pair.public_key().as_ref();
                let (tokens, proofs) = (&self.token_inputs, &self.proof_inputs);
                // In a request the token is the same every time, and the proof never.
                timed(|at| verify(key, &tokens[0]) && verify(key, &proofs[at]))
            }
            Op::VerifyToken => {
                let keys = self.world.token_key.public().clone().into();
                let keys = PartyKeys::none().with(Party::Operator, &keys);
                let tokens = &self.tokens;
                timed(|at| believe(&tokens[at], &keys))
            }
            Op::Access => self.access(false),
            Op::AccessKnownToken => self.access(true),
            Op::Replay => {
                let from = self.fresh.len() - BATCH;
                let (keys, now) = (self.fresh.split_off(from), self.world.now);
                let replay = &mut self.replay;
                timed(|at| assert_eq!(replay.witness(black_box(keys[at]), now), Witness::First))
            }
            Op::Audience => {
                let url = ResourceUrl::parse("https://source.example/data/a").unwrap();
                let patterns = &self.patterns;
                timed(|at| black_box(&patterns[at]).matches(black_box(&url)))
            }
            Op::Standing => {
                let consent = self.world.account.consent(&self.ids.sink).unwrap();
                let link = self.world.account.link(&consent.terms().slr_id).unwrap();
                let now = self.world.now;
                timed(|_| {
                    let (link, state) = (link.chain.state(), consent.chain.state());
                    standing(
                        black_box(link),
                        black_box(state),
                        consent.terms().validity(),
                        now,
                    )
                })
            }
            Op::DecideReuse => self.decide(&self.reuse.clone(), Capacity::Service(self.sink())),
            Op::DecideChange => self.decide(&self.pause.clone(), Capacity::Owner),
            Op::DecideGive => self.decide(&self.give.clone(), Capacity::Owner),
        }
    }

    fn sink(&self) -> mydata::core::id::ServiceId {
        self.world.sink.service.id().clone()
    }

    fn decide(&mut self, command: &Command, capacity: Capacity) -> Duration {
        let act = self.world.act(capacity);
        self.world.with_env(|account, env| {
            timed(|_| {
                account
                    .decide(black_box(&act), black_box(command), env)
                    .unwrap()
            })
        })
    }

    fn access(&mut self, is_token_known: bool) -> Duration {
        let now = self.world.now;
        let window = Window::default();
        let mut replay = TwoGenerations::without_past(&window, 1000, now);
        let mut gate = Gate {
            replay: &mut replay,
            tokens: is_token_known.then_some(&self.cache),
        };
        let origin = Origin::parse("https://source.example").unwrap();
        let (service, headers) = (&self.world.source.service, &self.headers);
        timed(|at| {
            let request = HttpRequest::received(&origin, "/data/a", "GET", b"").unwrap();
            let access = service.answer(&headers[at], &request, now, &Ring, &mut gate);
            assert!(matches!(access, Access::Granted(_)), "{access:?}");
        })
    }
}

/// A guard that keeps what it is asked: nobody else can make a key of the memory.
#[derive(Debug, Default)]
struct Catch(Vec<ReplayKey>);

impl ReplayGuard for Catch {
    fn witness(&mut self, key: ReplayKey, _: Timestamp) -> Witness {
        self.0.push(key);
        Witness::First
    }
}

/// The keys of so many honest requests.
fn replay_keys(
    world: &mut World,
    ids: &PairIds,
    token: &TokenText,
    count: usize,
) -> Vec<ReplayKey> {
    let mut caught = Catch::default();
    let origin = Origin::parse("https://source.example").unwrap();
    for _ in 0..count {
        let prepared = world.prepare(&ids.sink, token, "care", "src/a").unwrap();
        let request = HttpRequest::received(&origin, "/data/a", "GET", b"").unwrap();
        let mut gate = Gate {
            replay: &mut caught,
            tokens: None,
        };
        let service = &world.source.service;
        let access = service.answer(
            &prepared.authorization,
            &request,
            world.now,
            &Ring,
            &mut gate,
        );
        assert!(access.granted().is_ok());
    }
    caught.0
}

fn pause(cr_id: &ConsentId, signed: OwnerSigned) -> Command {
    Command::ChangeConsent {
        cr_id: cr_id.clone(),
        change: ConsentChange::Disable,
        reason: Reason::OwnerWish,
        signed: Some(signed),
    }
}

fn believe(token: &TokenText, keys: &PartyKeys<'_>) -> Verified<Token> {
    token
        .sealed()
        .unwrap()
        .open()
        .unwrap()
        .verify(&Ring, keys)
        .unwrap()
}

fn verify(key: &[u8], (input, signature): &Input) -> bool {
    let key = UnparsedPublicKey::new(&ED25519, key);
    key.verify(black_box(input), black_box(signature)).is_ok()
}

/// One batch.
#[expect(clippy::disallowed_methods, reason = "a benchmark reads a clock")]
fn timed<R>(mut call: impl FnMut(usize) -> R) -> Duration {
    let start = std::time::Instant::now();
    for at in 0..BATCH {
        black_box(call(at));
    }
    start.elapsed()
}
