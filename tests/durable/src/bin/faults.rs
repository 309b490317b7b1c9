//! Makes faults on purpose, and prints for each how often it was survived; ends with 1 when one was not.
//!
//! ```text
//! faults [--points N] [--seed N] [--postgres] [FAULT …]
//! ```
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a harness that cannot go on fails, and measures time"
)]

use mydata_durable::faults::load::{Place, child};
use mydata_durable::faults::{
    Plan, Survived, clock, courier, down, kill, power, real, sync, writers,
};
use std::process::ExitCode;
use std::time::Instant;

/// Millions of steps of the model by default.
const MILLIONS: u64 = 100;

/// The faults, in the order in which they are made.
const FAULTS: &[&str] = &[
    "kill-sqlite",
    "power-sqlite",
    "sync-error",
    "clock-back",
    "writers",
    "courier",
    "service-down",
    "explore",
    "walk",
    "operator",
];

async fn make(fault: &str, plan: &Plan) -> Survived<String> {
    match fault {
        "kill-sqlite" => kill::sqlite(plan).await,
        "power-sqlite" => power::sqlite(plan).await,
        "sync-error" => sync::sqlite(plan).await,
        "clock-back" => clock::back(plan).await,
        "writers" => writers::both(plan).await,
        "courier" => courier::seeded(plan).await,
        "service-down" => down::for_a_day(plan).await,
        "explore" => mydata_model::exhaustive(),
        "walk" => mydata_model::walk(plan.dice("walk"), plan.points(MILLIONS)),
        "operator" => real::walk(plan).await,
        "kill-postgres" => kill::postgres(plan).await,
        other => Err(format!("there is no fault {other}")),
    }
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run())
}

async fn run() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.next_if(|first| first == "child").is_some() {
        let all: Vec<String> = arguments.collect();
        let [engine, folder, life, seed, commands] = all.as_slice() else {
            panic!("a child is started by its parent");
        };
        let [life, seed, commands] = [life, seed, commands].map(|number| number.parse().unwrap());
        child(&Place::of(engine, folder), life, seed, commands).await;
        return ExitCode::SUCCESS;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan {
        seed: u64::from(std::process::id()) ^ u64::from(tempfile_number(folder.path())),
        points: None,
        folder: folder.path().to_owned(),
    };
    let mut wanted = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().unwrap_or_default().parse();
        match argument.as_str() {
            "--points" => plan.points = Some(number().unwrap()),
            "--seed" => plan.seed = number().unwrap(),
            "--postgres" => wanted.push("kill-postgres".to_owned()),
            _ => wanted.push(argument),
        }
    }
    if wanted.is_empty() {
        wanted.extend(FAULTS.iter().map(|&fault| fault.to_owned()));
    }
    println!("faults: seed {}", plan.seed);
    let mut is_survived = true;
    for fault in wanted {
        let before = Instant::now();
        let made = make(&fault, &plan).await;
        let seconds = before.elapsed().as_secs_f64();
        match made {
            Ok(line) => println!("{line} ({seconds:.1} s)"),
            Err(line) => {
                is_survived = false;
                println!("fault {fault} NOT SURVIVED: {line} ({seconds:.1} s)");
            }
        }
    }
    if is_survived {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The name of a temporary folder is drawn.
fn tempfile_number(path: &std::path::Path) -> u32 {
    let name = path.as_os_str().as_encoded_bytes();
    name.iter().fold(0, |sum: u32, octet| {
        sum.wrapping_mul(31).wrapping_add((*octet).into())
    })
}
