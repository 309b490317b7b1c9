//! Measures the durable operator. `--help` tells how.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on fails")]

use mydata::core::time::Timestamp;
use mydata_durable::bench::raw::Slices;
use mydata_durable::bench::stopped::{Errand, child};
use mydata_durable::bench::{Plan, run};
use mydata_store::{Clock as _, SystemClock};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
Measures the durable operator: commands per second against the disk, reads, size, recovery and a mass
operation in a store of a million consents. Writes crates/mydata-store/docs/bench.md.

cargo run --release -p mydata-durable --bin bench -- [OPTIONS]

  --small            some hundred consents, some seconds, nothing written: that the program works
  --only PART        commands, postgres or large; several times for several; nothing is written
  --accounts N       accounts of the large store, thirty consents each [33334]
  --folder PATH      where the stores are built, and removed [target/bench]: on the disk to be measured
  --write PATH       where the table is written [crates/mydata-store/docs/bench.md]
  --print            only print it

MYDATA_POSTGRES is the URL of a database in which a schema is made for the measure of PostgreSQL.
";

/// What the table is read with.
fn method(slices: Slices) -> String {
    let (store, disk, count) = (slices.of_store, slices.of_disk, slices.count);
    format!(
        "\
## Method

Every figure that depends on the disk is a ratio to *raw*: one thread that appends the octets which the
store keeps of one such command to a file beside it, and syncs (`fdatasync`) after each. A slice of the
store of {store:?} lies between two slices of raw of {disk:?}, {count} times; of the ratios of the slices the
median is told. Disks have fast and slow minutes; a ratio has them on both sides.

* **Commands** are `GiveConsent` of a pair, through `Operator::execute`, each of two that follow one
  another to another account, which is in memory since its links were made. They are signed before the
  slice; deciding verifies no signature and makes none here.
* **The stores** are of accounts with six links, nine proposals shown and fifteen pairs of consents, every
  one decided by the machine and stored by `Operator::execute`. Signatures of persons and services are 64
  random octets; nothing that is measured verifies them.
* **An account** is read through `Operator::account` with room for one account in memory and never the
  same one twice in a row, after its pages were read once: 200 accounts, alternating between the small store
  and the large one.
* **Octets per pair** are what the closed file grew by between the last link and the last consent, entry,
  request, mark, queues of both services (nothing is delivered) and look-ups included, per pair; *signed* are
  the four records of the pair in the compact form.
* **Serving again** is from the call that opens the store to the answer of the first command, after a
  process with 32 writers was killed.
* **Suspension** is the job `Task::Suspend`, a command an account, in a process that is killed after half, and
  in a second one that goes on; each consent takes two signed status records, the sink's and the source's. The same key signs
  alone on one core before, between and after.
"
    )
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (mut is_small, mut is_printed) = (false, false);
    let (mut only, mut accounts) = (Vec::new(), None);
    let mut folder = PathBuf::from("target/bench");
    let mut write = PathBuf::from("crates/mydata-store/docs/bench.md");
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--small" => is_small = true,
            "--print" => is_printed = true,
            "--only" => only.extend(arguments.next()),
            "--accounts" => accounts = arguments.next().and_then(|text| text.parse().ok()),
            "--folder" => folder = arguments.next().unwrap().into(),
            "--write" => write = arguments.next().unwrap().into(),
            "--child" => return as_child(&arguments.collect::<Vec<_>>()),
            "--help" => {
                print!("{HELP}");
                return ExitCode::SUCCESS;
            }
            _ => {
                eprint!("{HELP}");
                return ExitCode::from(2);
            }
        }
    }
    std::fs::create_dir_all(&folder).unwrap();
    let temporary = tempfile::tempdir_in(&folder).unwrap();
    let place = temporary.path().to_owned();
    let mut plan = if is_small {
        Plan::small(place)
    } else {
        Plan::whole(place)
    };
    plan.many = accounts.unwrap_or(plan.many).max(10);
    let is_whole = only.is_empty() && !is_small;
    plan.only = only;
    let (sheet, about) = runtime().block_on(run(&plan));
    let text = page(&sheet.markdown(), &about, &method(plan.slices));
    drop(temporary);
    println!("{text}");
    if is_whole && !is_printed {
        std::fs::write(&write, &text).unwrap();
        eprintln!("written to {}", write.display());
    }
    match sheet.missed() {
        0 => eprintln!("every figure is as wanted"),
        missed => eprintln!("{missed} figures are not as wanted"),
    }
    ExitCode::SUCCESS
}

fn as_child(arguments: &[String]) -> ExitCode {
    let [errand, folder, from, to] = arguments else {
        return ExitCode::from(2);
    };
    let errand = Errand::named(errand).unwrap();
    let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
    runtime().block_on(child(errand, Path::new(folder), from, to));
    ExitCode::SUCCESS
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().unwrap()
}

fn page(table: &str, about: &str, method: &str) -> String {
    let now: Timestamp = SystemClock.now();
    let command = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let command = format!("cargo run --release -p mydata-durable --bin bench -- {command}");
    let command = command.trim_end_matches(" -- ");
    format!(
        "# The durable operator, measured\n\n\
        Written by `{command}` at {now}.\n\n{about}\n\n{table}\n{method}"
    )
}
