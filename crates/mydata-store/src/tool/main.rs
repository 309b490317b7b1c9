//! `mydata-store`: what an operator's engineer does with an embedded store from a shell.
//!
//! Progress goes to a terminal as a bar, and nowhere else; what came of it goes to the standard output, as
//! text or as JSON. 0 is good, 1 is a finding or something left to do, 2 is a command that could not be
//! carried out.

mod args;
mod bar;
mod work;

use args::{Arguments, Verb};
use clap::Parser as _;
use std::process::ExitCode;

/// What came of a command: a line for people, the same for programs, and whether all is well.
struct Told {
    text: String,
    json: serde_json::Value,
    is_well: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        eprintln!("mydata-store: no threads are to be had");
        return ExitCode::from(2);
    };
    match runtime.block_on(run(&arguments)) {
        Ok(told) => {
            match arguments.json {
                true => println!("{}", told.json),
                false => println!("{}", told.text),
            }
            ExitCode::from(u8::from(!told.is_well))
        }
        Err(fault) => {
            match arguments.json {
                true => println!("{}", serde_json::json!({ "code": fault.code() })),
                false => eprintln!("mydata-store: {fault} ({})", fault.code()),
            }
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: &Arguments) -> Result<Told, mydata_store::OperatorFault> {
    match &arguments.verb {
        Verb::Check { file } => work::check(file),
        Verb::Backup { file, to } => work::backup(file, to),
        Verb::Verify { file, master } => work::verify(file, master).await,
        Verb::Rewrap { file, master } => work::rewrap(file, master).await,
        Verb::Parked { file } => work::parked(file).await,
        Verb::Job { file, master, job } => work::job(file, master, job).await,
    }
}
