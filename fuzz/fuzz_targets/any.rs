//! All targets in one program, for `fuzz/run` and CI. `MYDATA_FUZZ` is the name of a target, or what is done instead of
//! fuzzing: `targets` lists them with their share of the time, `seeds` checks the seeds, `shapes` holds every target to the rule for bad input, `corpus` writes each
//! target's share of the vectors into a folder of its name below `MYDATA_FUZZ_CORPUS`.

#![no_main]

use mydata_fuzz::{Share, TARGETS, Target, corpus, hold, seeds};
use std::path::PathBuf;
use std::sync::OnceLock;

fn name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| std::env::var("MYDATA_FUZZ").unwrap_or_default())
}

fn choose() {
    let name = name();
    match name {
        "targets" => list(),
        "seeds" => seeds::check(),
        "shapes" => hold::all(),
        "corpus" => {
            let folder = std::env::var_os("MYDATA_FUZZ_CORPUS").expect("MYDATA_FUZZ_CORPUS");
            corpus::write(&PathBuf::from(folder));
        }
        // What libFuzzer runs from now on.
        _ => return assert!(Target::named(name).is_some(), "MYDATA_FUZZ names a target"),
    }
    std::process::exit(0);
}

fn list() {
    for target in TARGETS {
        let share = match target.share {
            Share::Whole => "whole",
            Share::Part => "part",
        };
        println!("{} {share}", target.name);
    }
}

libfuzzer_sys::fuzz_target!(init: choose(), |data: &[u8]| mydata_fuzz::run(name(), data));
