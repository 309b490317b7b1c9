//! The tokens that a real provider is asked for: each has a role, is handed in, and is held to it.

use crate::base64url;
use crate::rights::arguments::{Arguments, Style};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Which token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Query,
    Delete,
    Both,
    NoScope,
    Low,
    Expired,
    OtherAudience,
    OtherIssuer,
    Other,
    Refused,
    Unknown,
}

impl Role {
    pub(super) const ALL: [Self; 11] = [
        Self::Query,
        Self::Delete,
        Self::Both,
        Self::NoScope,
        Self::Low,
        Self::Expired,
        Self::OtherAudience,
        Self::OtherIssuer,
        Self::Other,
        Self::Refused,
        Self::Unknown,
    ];

    /// As whoever hands tokens in writes it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Delete => "delete",
            Self::Both => "both",
            Self::NoScope => "no-scope",
            Self::Low => "low",
            Self::Expired => "expired",
            Self::OtherAudience => "other-audience",
            Self::OtherIssuer => "other-issuer",
            Self::Other => "other",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it must allow to download and to erase; none where that is all the same.
    const fn scopes(self) -> (Option<bool>, Option<bool>) {
        match self {
            Self::Query => (Some(true), Some(false)),
            Self::Delete => (Some(false), Some(true)),
            Self::NoScope => (Some(false), Some(false)),
            Self::Low => (Some(true), None),
            Self::Refused => (None, Some(true)),
            // What is wrong with one of these must be the only thing that is, whatever is asked with it.
            Self::Both
            | Self::Expired
            | Self::OtherAudience
            | Self::OtherIssuer
            | Self::Other
            | Self::Unknown => (Some(true), Some(true)),
        }
    }

    /// Whose it is, as far as the runner has been told.
    fn user(self, arguments: &Arguments) -> Option<&str> {
        let person = match self {
            Self::Other => arguments.other.as_ref(),
            Self::Refused => arguments.refused.as_ref(),
            Self::Unknown => return arguments.unknown.as_deref(),
            Self::Query
            | Self::Delete
            | Self::Both
            | Self::NoScope
            | Self::Low
            | Self::Expired
            | Self::OtherAudience
            | Self::OtherIssuer => Some(&arguments.person),
        };
        person.map(|person| person.user.as_str())
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.name())
    }
}

/// Where a real provider's tokens come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are these three ways")]
pub enum Source {
    /// A file in TOML: a line a role.
    File(PathBuf),
    /// Variables, `MYDATA_TOKEN_QUERY` and so on.
    Environment,
    /// A command for the shell, once for each role. It finds the role, the person and the scopes in its
    /// environment, and writes the token, or nothing when there is none.
    Command(String),
}

impl Source {
    /// All tokens that there are.
    pub(super) fn read(&self, arguments: &Arguments) -> Result<BTreeMap<Role, Token>, String> {
        let texts = match self {
            Self::File(path) => of_file(path)?,
            Self::Environment => of_environment(),
            Self::Command(command) => {
                let ask = |role: Role| {
                    let text = of_command(command, role, arguments)?;
                    Ok(text.map(|text| (role, text)))
                };
                let texts: Result<Vec<_>, String> = Role::ALL.into_iter().map(ask).collect();
                texts?.into_iter().flatten().collect()
            }
        };
        let mut tokens = BTreeMap::new();
        for (role, text) in texts {
            let token = Token::read(&text).ok_or(format!("the token {role} is no JWT"))?;
            tokens.insert(role, token);
        }
        Ok(tokens)
    }

    /// The token of a role anew, where that can be had.
    pub(super) fn again(&self, role: Role, arguments: &Arguments) -> Option<Token> {
        match self {
            Self::Command(command) => {
                let text = of_command(command, role, arguments).ok().flatten()?;
                Token::read(&text)
            }
            Self::File(_) | Self::Environment => None,
        }
    }
}

/// What is wrong is said without a word of the file: it has tokens in it.
fn of_file(path: &PathBuf) -> Result<Vec<(Role, String)>, String> {
    let name = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("--tokens {name}: {error}"))?;
    let read: Result<BTreeMap<String, String>, _> = toml::from_str(&text);
    let read =
        read.map_err(|_| format!("--tokens {name}: it is not lines of TOML, ROLE = \"TOKEN\""))?;
    let of_role = |(word, text): (String, String)| {
        let role = Role::parse(&word);
        let role = role.ok_or(format!("--tokens {name}: there is no role `{word:.20}`"))?;
        Ok((role, text))
    };
    read.into_iter().map(of_role).collect()
}

fn of_environment() -> Vec<(Role, String)> {
    let of_role = |role: Role| {
        let name = role.name().replace('-', "_").to_ascii_uppercase();
        let text = std::env::var(format!("MYDATA_TOKEN_{name}")).ok()?;
        (!text.trim().is_empty()).then_some((role, text))
    };
    Role::ALL.into_iter().filter_map(of_role).collect()
}

fn of_command(command: &str, role: Role, arguments: &Arguments) -> Result<Option<String>, String> {
    let (query, delete) = role.scopes();
    let words = [
        (query, &arguments.scope_query),
        (delete, &arguments.scope_delete),
    ];
    let scopes = words
        .iter()
        .filter(|(is_needed, _)| *is_needed == Some(true));
    let scopes: Vec<&str> = scopes.map(|(_, word)| word.as_str()).collect();
    let mut shell = Command::new("sh");
    let shell = shell
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let shell = shell.env("MYDATA_ROLE", role.name());
    let shell = shell.env("MYDATA_USER", role.user(arguments).unwrap_or_default());
    let shell = shell.env("MYDATA_SCOPE", scopes.join(" "));
    let output = shell
        .output()
        .map_err(|error| format!("--token-command: {error}"))?;
    if !output.status.success() {
        return Err(format!("--token-command for {role}: {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok((!text.is_empty()).then_some(text))
}

fn list(value: Option<&Value>) -> Vec<&str> {
    let all = value.and_then(Value::as_array).into_iter().flatten();
    all.filter_map(Value::as_str).collect()
}

/// A token, and what it says.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) header: Value,
    pub(super) claims: Value,
}

/// Without anything of it: it opens somebody's data.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

impl Token {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut parts = text.split('.').map(base64url::decode);
        let (header, claims) = (parts.next()??, parts.next()??);
        let (Some(Some(_)), None) = (parts.next(), parts.next()) else {
            return None;
        };
        let object = |octets: &[u8]| {
            let value: Value = serde_json::from_slice(octets).ok()?;
            value.is_object().then_some(value)
        };
        Some(Self {
            text: text.to_owned(),
            header: object(&header)?,
            claims: object(&claims)?,
        })
    }

    pub(super) fn claim(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    /// When it ends, in seconds; never, where it does not say so.
    pub(super) fn until(&self) -> u64 {
        let until = self.claims.get("exp").and_then(Value::as_f64);
        // With a fraction, perhaps.
        until.map_or(u64::MAX, |until| until as u64)
    }

    /// Its scopes, in the lists in which they stand.
    pub(super) fn scopes(&self, style: &Style) -> Vec<Vec<&str>> {
        match style {
            Style::Keycloak => {
                let permissions = self.claims.pointer("/authorization/permissions");
                let permissions = permissions.and_then(Value::as_array).into_iter().flatten();
                permissions.map(|one| list(one.get("scopes"))).collect()
            }
            Style::Flat(claim) => vec![list(self.claims.get(claim))],
        }
    }

    fn is_for(&self, audience: &str) -> bool {
        match self.claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(|one| one == audience),
            Some(one) => one == audience,
            None => false,
        }
    }

    /// Whether it is what its role says, so that nothing else is wrong with it: else a check would be passed for
    /// another reason than its own. `issuer` is whose the other good ones are.
    pub(super) fn fits(
        &self,
        role: Role,
        arguments: &Arguments,
        (issuer, now): (Option<&str>, u64),
    ) -> Result<(), &'static str> {
        let holds = |is_so: bool, why: &'static str| match is_so {
            true => Ok(()),
            false => Err(why),
        };
        let user = self.claim("sub").ok_or("has no `sub`")?;
        match role.user(arguments) {
            Some(whose) => holds(user == whose, "is another person's than the role says")?,
            None if role == Role::Other => {
                holds(user != arguments.person.user, "is the person's own")?;
            }
            None if role == Role::Refused => return Err("goes with --refused-user"),
            None => return Err("goes with --unknown-user"),
        }
        match role == Role::Expired {
            true => holds(self.until() + 60 < now, "has not expired for a minute")?,
            false => holds(self.until() > now, "has expired")?,
        }
        match role == Role::OtherAudience {
            true => holds(!self.is_for(&arguments.audience), "is for this audience")?,
            false => holds(self.is_for(&arguments.audience), "is for another audience")?,
        }
        if let Some(issuer) = issuer {
            let is_same = self.claim("iss") == Some(issuer);
            match role == Role::OtherIssuer {
                true => holds(!is_same, "is of the same issuer as the others")?,
                false => holds(is_same, "is of another issuer than the others")?,
            }
        }
        if role == Role::Low {
            holds(
                self.claim("loa") == Some("low"),
                "does not have `low` as its `loa`",
            )?;
        }
        let lists = self.scopes(&arguments.style);
        let has = |scope: &String| lists.iter().any(|list| list.contains(&scope.as_str()));
        let (query, delete) = role.scopes();
        let is_wanted = |wanted: Option<bool>, has: bool| wanted.is_none_or(|wanted| wanted == has);
        let may_query = is_wanted(query, has(&arguments.scope_query));
        let may_delete = is_wanted(delete, has(&arguments.scope_delete));
        holds(
            may_query && may_delete,
            "does not have the scopes of its role",
        )
    }
}
