//! Holds a service to the data-rights API of the city's profile, from outside: any service, at any URL.
//!
//! The runner is itself the identity provider that the service is configured to trust, so it can give good
//! tokens and such as no provider would; or it is handed tokens of a real one. It sends what the profile sends, and what the profile never
//! should; what comes back is judged by what the profile would make of it.

mod arguments;
mod checks;
mod client;
mod judge;
mod junit;
mod report;
mod run;
mod tokens;
mod wire;

pub use arguments::{Arguments, IdKind, Person, Style, Task, Template, USAGE, parse};
pub use client::NoAnswer;
pub use judge::Verdict;
pub use report::{Outcome, Report, Row};
pub use run::{Unsound, examine};
pub use tokens::Source;

use std::io::Write;
use std::path::Path;

/// What the words after `data-rights` ask for, and what has come of it.
///
/// # Errors
/// Why nothing was examined: to be printed, with exit status 2.
pub fn run(
    words: impl IntoIterator<Item = String>,
    out: &mut dyn Write,
) -> Result<Outcome, String> {
    let arguments = match parse(words).map_err(|why| format!("{why}\n\n{USAGE}"))? {
        Task::Help => {
            return write_line(out, USAGE).map(|()| Outcome::Passed);
        }
        Task::List => {
            let mut ids: Vec<&str> = Vec::new();
            for id in checks::ids() {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            return write_line(out, &ids.join("\n")).map(|()| Outcome::Passed);
        }
        Task::Examine(arguments) => arguments,
    };
    let mut written = Ok(());
    let report = examine(&arguments, |row| {
        if written.is_ok() {
            written = write_line(out, &row.to_string());
        }
    });
    let report = report.map_err(|unsound| unsound.to_string())?;
    written?;
    // First, so that a failure is seen although a file cannot be written.
    write_line(out, &report.to_string())?;
    let json = || format!("{:#}\n", report.to_json());
    write_file(arguments.json.as_deref(), json)?;
    write_file(arguments.junit.as_deref(), || report.to_junit())?;
    Ok(report.outcome())
}

fn write_file(path: Option<&Path>, text: impl FnOnce() -> String) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    let written = std::fs::write(path, text());
    written.map_err(|error| format!("{}: {error}", path.display()))
}

fn write_line(out: &mut dyn Write, line: &str) -> Result<(), String> {
    let written = writeln!(out, "{line}").and_then(|()| out.flush());
    written.map_err(|error| error.to_string())
}
