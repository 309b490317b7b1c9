//! Which part of the town this process is, by its arguments.

use super::breaks::Mode;
use crate::post::Refused;
use mydata::core::id::ServiceId;
use std::path::PathBuf;

/// How the program is called.
pub const USAGE: &str =
    "town-http [--break revoke|expire|wrong-key|operator-down|replay|tamper|all]";

/// What this process is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// Tell the story, and start everybody for it.
    Story,
    /// The same with something broken.
    Break(Vec<Mode>),
    /// Be one of the town's processes.
    Role(Role),
}

/// One of the town's processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The operator, on the file in this folder.
    Operator(PathBuf),
    /// A source, with its memory in one folder and the files of its customers in another.
    Source(ServiceId, PathBuf, PathBuf),
    /// A sink, with its memory in this folder.
    Sink(ServiceId, PathBuf),
    /// The gateway of a source, with its state in this folder.
    Gateway(ServiceId, PathBuf),
    /// A register that knows nothing of all this.
    Register(PathBuf),
    /// The identity provider of the city.
    Login,
}

impl Role {
    /// The arguments with which this program becomes it.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let folder = |folder: &PathBuf| ["--folder".to_owned(), folder.display().to_string()];
        let named = |id: &ServiceId| ["--service".to_owned(), id.to_string()];
        let (role, rest) = match self {
            Self::Operator(store) => ("operator", folder(store).to_vec()),
            Self::Source(id, state, data) => {
                let data = ["--data".to_owned(), data.display().to_string()];
                ("source", [named(id), folder(state), data].concat())
            }
            Self::Sink(id, state) => ("sink", [named(id), folder(state)].concat()),
            Self::Gateway(id, state) => ("gateway", [named(id), folder(state)].concat()),
            Self::Register(data) => ("register", folder(data).to_vec()),
            Self::Login => ("login", Vec::new()),
        };
        let mut all = vec!["--role".to_owned(), role.to_owned()];
        all.extend(rest);
        all
    }
}

/// Reads the arguments, without the name of the program.
///
/// # Errors
/// For anything that is not understood, and for what is missing.
pub fn read(arguments: impl IntoIterator<Item = String>) -> Result<Run, Refused> {
    let mut arguments = arguments.into_iter();
    let (mut role, mut service, mut folder) = (None, None, None);
    let (mut data, mut modes) = (None, None);
    while let Some(name) = arguments.next() {
        let place = match name.as_str() {
            "--role" => &mut role,
            "--service" => &mut service,
            "--folder" => &mut folder,
            "--data" => &mut data,
            "--break" => &mut modes,
            _ => return Err(Refused::new("argument_unknown", USAGE)),
        };
        if place.is_some() {
            return Err(Refused::new("argument_twice", USAGE));
        }
        *place = Some(arguments.next().ok_or_else(missing)?);
    }
    match (role, modes) {
        (None, None) => Ok(Run::Story),
        (None, Some(modes)) => Ok(Run::Break(Mode::read(&modes)?)),
        (Some(role), None) => {
            let folder = folder.map(PathBuf::from).ok_or_else(missing);
            let service = || -> Result<ServiceId, Refused> {
                Ok(ServiceId::parse(&service.ok_or_else(missing)?)?)
            };
            Ok(Run::Role(match role.as_str() {
                "operator" => Role::Operator(folder?),
                "source" => {
                    let data = data.map(PathBuf::from).ok_or_else(missing);
                    Role::Source(service()?, folder?, data?)
                }
                "sink" => Role::Sink(service()?, folder?),
                "gateway" => Role::Gateway(service()?, folder?),
                "register" => Role::Register(folder?),
                "login" => Role::Login,
                _ => return Err(Refused::new("argument_role", USAGE)),
            }))
        }
        (Some(_), Some(_)) => Err(Refused::new("argument_unknown", USAGE)),
    }
}

fn missing() -> Refused {
    Refused::new("argument_missing", USAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Result<Run, &'static str> {
        read(text.split_whitespace().map(str::to_owned)).map_err(|refused| refused.code)
    }

    #[test]
    fn every_process_finds_its_part() {
        let id = ServiceId::parse("esp-vaka.source").unwrap();
        for role in [
            Role::Operator("a/b".into()),
            Role::Source(id.clone(), "c".into(), "f".into()),
            Role::Gateway(id.clone(), "e".into()),
            Role::Sink(id, "g/h".into()),
            Role::Register("d".into()),
            Role::Login,
        ] {
            assert_eq!(read(role.arguments()).unwrap(), Run::Role(role));
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert_eq!(run(""), Ok(Run::Story));
        assert_eq!(run("--break replay"), Ok(Run::Break(vec![Mode::Replay])));
        assert_eq!(run("--break all"), Ok(Run::Break(Mode::ALL.to_vec())));
        for mode in Mode::ALL {
            assert!(USAGE.contains(mode.name()));
            assert_eq!(Mode::read(mode.name()).ok(), Some(vec![mode]));
        }
        for (text, code) in [
            ("--break", "argument_missing"),
            ("--break all --break all", "argument_twice"),
            ("--break nothing", "argument_mode"),
            ("--role operator", "argument_missing"),
            ("--role mayor", "argument_role"),
            ("--role sink --break all --service x", "argument_unknown"),
            ("replay", "argument_unknown"),
        ] {
            assert_eq!(run(text), Err(code), "{text}");
        }
    }
}
