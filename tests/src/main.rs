//! `mydata-conformance FOLDER [--json FILE] [--role operator|source|sink] [--implementation COMMAND]`
//!
//! Holds an implementation, ours unless another is named, to the vectors of a folder. Exit status:
//! 0 when every case was passed, 1 when one was not, 2 when the arguments or the vectors are not in
//! order.
//!
//! `mydata-conformance data-rights URL …` holds a service to the data-rights API of the city's profile; `--help`
//! after it says how. (A folder of that name is `./data-rights`.)
//!
//! `mydata-conformance --sit` is our implementation as a program that another copy of the runner examines:
//! a line with a task in, a line with verdicts out.

use mydata_conformance::exam::{
    Implementation, Ours, Role, Task, Vectors, examine, report::report,
};
use mydata_conformance::external::External;
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: mydata-conformance FOLDER [--json FILE] \
                     [--role operator|source|sink] [--implementation COMMAND]\n       \
                     mydata-conformance data-rights --help";

#[derive(serde::Deserialize)]
struct Question {
    id: String,
    task: Task,
}

#[derive(Default)]
struct Arguments {
    folder: Option<PathBuf>,
    json: Option<PathBuf>,
    role: Option<Role>,
    implementation: Option<String>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => arguments.json = Some(words.next()?.into()),
                "--role" => arguments.role = Some(Role::parse(&words.next()?)?),
                "--implementation" => arguments.implementation = Some(words.next()?),
                _ if word.starts_with('-') || arguments.folder.is_some() => return None,
                _ => arguments.folder = Some(word.into()),
            }
        }
        Some(arguments)
    }
}

fn run() -> Result<bool, String> {
    let arguments = Arguments::parse(std::env::args().skip(1)).ok_or(USAGE)?;
    let folder = arguments.folder.ok_or(USAGE)?;
    let vectors = Vectors::read(&folder).map_err(|fault| fault.to_string())?;
    let mut implementation: Box<dyn Implementation> = match arguments.implementation {
        None => Box::new(Ours::default()),
        Some(command) => {
            let external = External::start(&command);
            Box::new(external.map_err(|error| format!("{command}: {error}"))?)
        }
    };
    let outcome = examine(&vectors, implementation.as_mut(), arguments.role);
    for failure in &outcome.failures {
        println!("{failure}");
    }
    if let Some(path) = arguments.json {
        let report = format!("{:#}\n", report(implementation.name(), &outcome));
        std::fs::write(&path, report).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    println!(
        "{} passed, {} failed",
        outcome.passed,
        outcome.failures.len()
    );
    Ok(outcome.failures.is_empty())
}

/// One line in, one line out, until there are no more.
fn sit() -> Result<bool, String> {
    for line in std::io::stdin().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let question: Question = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        let verdicts = Ours::default().sit(&question.id, &question.task);
        println!(
            "{}",
            serde_json::json!({ "id": question.id, "verdicts": verdicts })
        );
    }
    Ok(true)
}

#[cfg(feature = "aws-lc")]
fn data_rights() -> Result<u8, String> {
    let outcome =
        mydata_conformance::rights::run(std::env::args().skip(2), &mut std::io::stdout())?;
    Ok(outcome.status())
}

#[cfg(not(feature = "aws-lc"))]
fn data_rights() -> Result<u8, String> {
    Err("tokens are signed with AWS-LC: build with the feature `aws-lc`".to_owned())
}

fn main() -> ExitCode {
    let status = |is_passed: bool| u8::from(!is_passed);
    let done = match std::env::args().nth(1).as_deref() {
        Some("--sit") => sit().map(status),
        Some("data-rights") => data_rights(),
        Some(_) | None => run().map(status),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(what) => {
            eprintln!("{what}");
            ExitCode::from(2)
        }
    }
}
