//! `mydata`: looks into what the protocol sends and stores, verifies it and signs it, from a shell.
//!
//! A leaf: it reads files and the clock, and knows the libraries by their facade only.

mod args;
mod chain;
mod finding;
mod input;
mod inspect;
mod key;
mod keys;
mod kind;
mod paper;
mod sign;
mod times;
mod tree;
mod verify;

use args::{Arguments, ChainCommand, Command};
use clap::Parser as _;
use finding::Fault;
use paper::{Answer, Exit};
use std::io::IsTerminal as _;
use std::process::ExitCode;

/// Colours are for people who look, and want them: never in a file or a pipe, whatever is forced.
fn has_colours(is_terminal: bool) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    is_terminal && !is_set("NO_COLOR") && !is_dumb
}

fn run(command: &Command) -> Result<Answer, Fault> {
    match command {
        Command::Key { command } => key::run(command),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Sign(arguments) => sign::run(arguments),
        Command::Chain { command } => match command {
            ChainCommand::Verify(arguments) => chain::run(arguments),
        },
    }
}

fn main() -> ExitCode {
    let out = has_colours(std::io::stdout().is_terminal());
    let err = has_colours(std::io::stderr().is_terminal());
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            // It may repeat an argument: what is no plain text in it is escaped.
            let text = error.render().to_string();
            paper::complain(&text, err);
            return Exit::Usage.into();
        }
        Err(help) => {
            let styled = help.render();
            let text = if out {
                styled.ansi().to_string()
            } else {
                styled.to_string()
            };
            return paper::print_help(&text);
        }
    };
    let name = arguments.command.name();
    match run(&arguments.command) {
        Ok(answer) => answer.print(name, arguments.json, (out, err)),
        Err(fault) => fault.answer().print(name, arguments.json, (out, err)),
    }
}
