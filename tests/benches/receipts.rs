//! What receipts cost: issuing, validating, converting, verifying. What a hundred thousand of them take
//! in memory is in `memory`.
//!
//! Medians over rounds, each over a batch, all operations interleaved in one run; a target is printed
//! beside its figure, and nothing here passes or fails. `cargo bench` runs it; with `--test` one round.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up ends")]

use mydata::account::Decided;
use mydata::core::crypto::Signer as _;
use mydata::core::id::ConsentId;
use mydata::core::jwk::Algorithm;
use mydata::core::jws::{Sealed, Unsigned};
use mydata::core::lang::Language;
use mydata::keys::{PrivateKey, Ring};
use mydata::receipt::Receipt;
use mydata::receipt::city::City;
use mydata::receipt::finding::Report;
use mydata::receipt::issue::{self, Causes, ConsentFacts};
use mydata::receipt::signed::{SignedReceipt, Trust};
use mydata::receipt::{kantara, linked};
use mydata_conformance::World;
use mydata_conformance::receipts::{self, Case};
use std::hint::black_box;
use std::time::{Duration, Instant};

const BATCH: usize = 64;
const ROUNDS: usize = 100;

/// Everything that the operations need, set up once.
struct Stage {
    world: World,
    case: Case,
    city: City,
    causes: Causes,
    cr_id: ConsentId,
    receipt: Receipt,
    key: PrivateKey,
    sealed: Sealed<SignedReceipt>,
    /// Of Kantara, with our extension and without: the second is 3 KiB.
    kantara: [Vec<u8>; 2],
    linked: Vec<u8>,
}

impl Stage {
    fn new() -> Self {
        let mut world = receipts::world();
        world.link("source");
        world.link("sink");
        let ids = world.consent("care", &["src/a", "src/b"]);
        let case = Case::of(&world);
        let receipt = case.consent(&world, &ids.sink).unwrap();
        let decided = Decided::find(&world.account, &ids.sink).unwrap();
        let evidence = decided.evidence(&world.log, &Ring).unwrap();
        let causes = decided.causes(&world.log, &case.ceremony);
        let kid = mydata::core::id::KeyId::parse("receipts-1").unwrap();
        let key = PrivateKey::generate(kid, Algorithm::Ed25519).unwrap();
        let payload = SignedReceipt {
            receipt: receipt.clone(),
            evidence,
        };
        let sealed = Unsigned::new(payload).sign(&key).unwrap().seal();
        let document = kantara::Document::of(&receipt, Language::FI).unwrap();
        let whole = document.to_json().unwrap();
        let mut plain: serde_json::Value = serde_json::from_slice(&whole).unwrap();
        plain.as_object_mut().unwrap().remove("x_mydata");
        Self {
            kantara: [whole, serde_json::to_vec(&plain).unwrap()],
            linked: linked::Document::of(&receipt).to_json().unwrap(),
            city: receipts::read_city(&case.city),
            causes,
            cr_id: ids.sink,
            world,
            case,
            receipt,
            key,
            sealed,
        }
    }

    /// Out of verified records, without a signature.
    fn issue(&self) -> Receipt {
        let decided = Decided::find(&self.world.account, &self.cr_id).unwrap();
        let case = &self.case;
        let services = [&case.source, &case.sink];
        let facts = ConsentFacts {
            receipt_id: case.receipt_id,
            now: self.world.now,
            operator: &case.operator,
            city: &self.city,
            decision: decided
                .decision(&|id, _| {
                    services
                        .into_iter()
                        .find(|service| service.service_id == *id)
                })
                .unwrap(),
            shown: decided.shown().unwrap(),
            ceremony: &case.ceremony,
            causes: &self.causes,
            replaces: None,
        };
        issue::of_consent(&facts, &Ring).unwrap()
    }

    fn verify(&self) {
        let sides = [&self.world.source, &self.world.sink];
        let trust = Trust {
            operator: &|_| Some(self.key.public().clone().into()),
            service: &|id| {
                let side = sides.into_iter().find(|side| side.service.id() == id)?;
                Some(side.registered.keys.clone())
            },
            crypto: &Ring,
        };
        black_box(SignedReceipt::verify(&self.sealed, &trust).unwrap());
    }
}

/// One operation: its name, what it must not exceed in microseconds, and how it is done once.
type Op = (&'static str, Option<f64>, Box<dyn Fn(&Stage)>);

/// A validator that finds nothing must have looked.
fn valid<R>(report: &Report<R>) {
    assert!(black_box(report).is_valid());
}

fn ops() -> Vec<Op> {
    vec![
        (
            "issue a receipt of a pair, unsigned",
            Some(50.0),
            Box::new(|stage| drop(black_box(stage.issue()))),
        ),
        (
            "write its own form",
            None,
            Box::new(|stage| drop(black_box(serde_json::to_vec(&stage.receipt).unwrap()))),
        ),
        (
            "validate a Kantara receipt with our extension",
            None,
            Box::new(|stage| valid(&kantara::validate(&stage.kantara[0]))),
        ),
        (
            "validate a Kantara receipt without it",
            Some(30.0),
            Box::new(|stage| valid(&kantara::validate(&stage.kantara[1]))),
        ),
        (
            "validate a linked receipt",
            None,
            Box::new(|stage| valid(&linked::validate(&stage.linked))),
        ),
        (
            "convert into Kantara's form",
            None,
            Box::new(|stage| {
                let document = kantara::Document::of(&stage.receipt, Language::FI).unwrap();
                drop(black_box(document.to_json().unwrap()));
            }),
        ),
        (
            "convert into the linked form",
            None,
            Box::new(|stage| {
                drop(black_box(
                    linked::Document::of(&stage.receipt).to_json().unwrap(),
                ));
            }),
        ),
        (
            "read the linked form back",
            None,
            Box::new(|stage| {
                let reading = linked::read(&stage.linked).unwrap();
                drop(black_box(reading.document.receipt().unwrap()));
            }),
        ),
        (
            "verify a signed receipt (9 signatures)",
            None,
            Box::new(Stage::verify),
        ),
    ]
}

fn main() {
    let is_test = std::env::args().any(|arg| arg == "--test");
    let rounds = if is_test { 1 } else { ROUNDS };
    let (stage, ops) = (Stage::new(), ops());
    let mut times = vec![Vec::with_capacity(rounds); ops.len()];
    for round in 0..rounds {
        for at in 0..ops.len() {
            // A different order each round.
            let at = (at + round) % ops.len();
            let Some((_, _, run)) = ops.get(at) else {
                continue;
            };
            let spent = timed(|| run(&stage));
            times
                .get_mut(at)
                .unwrap()
                .push(spent.as_secs_f64() * 1e6 / BATCH as f64);
        }
    }
    let [whole, plain] = stage.kantara.each_ref().map(Vec::len);
    println!(
        "octets: Kantara {whole}, without our extension {plain}; linked {}",
        stage.linked.len()
    );
    println!("{:<50} {:>10} {:>10}", "operation", "µs", "target");
    for ((name, target, _), times) in ops.iter().zip(times) {
        let target = target.map_or(String::new(), |target| format!("≤ {target}"));
        println!("{name:<50} {:>10.2} {target:>10}", median(times));
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn timed(run: impl Fn()) -> Duration {
    let start = Instant::now();
    for _ in 0..BATCH {
        run();
    }
    start.elapsed()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
