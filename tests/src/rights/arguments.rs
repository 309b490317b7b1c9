//! What the runner is told: which service, whose data, and how far it may go.

use crate::rights::client::Address;
use crate::rights::tokens::Source;
use std::path::PathBuf;
use std::time::Duration;

/// How the runner is started.
pub const USAGE: &str = "\
usage: mydata-conformance data-rights URL --audience AUD --user UUID [options]

Holds the city profile's data-rights API of a service to its contract. The runner is itself the identity
provider: configure the service to trust ISSUER, and give it a person (UUID) who has data. Or hand in tokens of
the provider that the service trusts already (below).

  URL                    https://host/path with $user_uuid or $profile_id in it; without either, the profile
                         id is put in place of what follows the last slash, as the profile does.
                         http on this machine
  --audience AUD         what `aud` must be
  --issuer URL           what `iss` must be, and where discovery is served (http://127.0.0.1:8888/)
  --listen ADDR          where the provider listens, in plain HTTP (host and port of the issuer; to be given when
                         ISSUER is https, which something in front of the runner then speaks)
  --user UUID            a person with data
  --profile UUID         and their profile, when the URL has profile ids
  --other-user UUID, --other-profile UUID
                         a second person (with their profile, when the URL has profile ids)
  --refused-user UUID, --refused-profile UUID
                         a person whose data must not be erased
  --unknown-user UUID    a person of whom the service has nothing, when the URL has user ids (a UUID of nobody's)
  --scope-query WORD     allows to download (gdprquery)
  --scope-delete WORD    allows to erase (gdprdelete)
  --style keycloak | flat:CLAIM
                         where the scopes stand in a token (keycloak: authorization.permissions[].scopes)
  --alg RS256 | ES256 | EdDSA
                         how tokens are signed (RS256)
  --erase                also erase, at the very end. DESTROYS THE PERSON'S DATA, and in a service that does not
                         hold a token against the address, that of the other person. Without it, no request that
                         would erase in earnest is sent for a person who has data; a service that does not heed
                         `dry_run=true` erases them all the same, and so may one that heeds no profile id
  --budget SECONDS       how long an answer may take (5)
  --patience SECONDS     how long the service may take to notice new keys (60)
  --as-library           what the city's own Django library is known to do otherwise is a deviation and no
                         failure
  --only ID              only this check, and more with more of it
  --json FILE            a report for programs
  --junit FILE           a report for continuous integration: JUnit's XML, what is not examined is skipped
  --ca FILE              root certificates in PEM that the service's is under (those of this machine)
  --plain-http           http also to another machine: tokens and data travel in the clear
  --list                 say which checks there are

Tokens of a real provider, in one of three ways, in place of --issuer, --listen and --alg:
  --tokens FILE          in TOML, a line a token: ROLE = \"TOKEN\"
  --tokens-env           in variables: MYDATA_TOKEN_ROLE, such as MYDATA_TOKEN_NO_SCOPE
  --token-command CMD    CMD is run by sh for each ROLE, with MYDATA_ROLE, MYDATA_USER and MYDATA_SCOPE; it writes
                         the token, or nothing when there is none; again when one is about to expire
Each token is the person's, for AUD and by one issuer, but for what its ROLE says; one that is not is refused:
  query, delete          allows one of the two, and not the other
  both                   allows both, as all that follow but no-scope
  no-scope               allows neither
  low                    with `low` as its `loa`; need not allow to erase
  expired, other-audience, other-issuer
                         with this wrong, and nothing else
  other                  another person's (--other-user, if that is given)
  refused, unknown       of --refused-user, who need not be allowed to download, and of --unknown-user
A check whose token is not there is not made, and neither is one that takes a provider of the runner's own.

Exit status: 0 every check was passed, 1 something failed, 2 the arguments or the tokens are not in order, a
report cannot be written, the service is not there, is not who its certificate says, does not trust ISSUER, or has
data of --unknown-user, 3 nothing failed, and something was not examined: the report says what, and why.";

/// Which id the URL has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the profile has these two")]
pub enum IdKind {
    /// `$user_uuid`.
    User,
    /// `$profile_id`.
    Profile,
}

/// Where the ids go.
#[derive(Debug, Clone)]
pub struct Template {
    url: String,
    kind: IdKind,
}

impl Template {
    fn parse(url: &str) -> Result<Self, String> {
        let kind = if url.contains("$user_uuid") {
            IdKind::User
        } else {
            IdKind::Profile
        };
        let template = Self {
            url: url.to_owned(),
            kind,
        };
        template.of("00000000-0000-4000-8000-000000000000")?;
        Ok(template)
    }

    /// The address for an id, unless the URL is none that can be asked.
    pub(super) fn of(&self, id: &str) -> Result<Address, String> {
        let url = if self.url.contains("$user_uuid") || self.url.contains("$profile_id") {
            self.url
                .replace("$user_uuid", id)
                .replace("$profile_id", id)
        } else {
            // A relative reference of one segment, RFC 3986 §5.3.
            let end = self.url.find('?').unwrap_or(self.url.len());
            let base = self.url.get(..end).unwrap_or_default();
            let root = base.find("://").map_or(0, |at| at + 3);
            match base.rfind('/').filter(|slash| *slash >= root) {
                Some(slash) => format!("{}/{id}", base.get(..slash).unwrap_or_default()),
                None => format!("{base}/{id}"),
            }
        };
        Address::parse(&url)
    }

    pub(super) fn is_tls(&self) -> bool {
        self.url.starts_with("https://")
    }

    /// Which id it has.
    #[must_use]
    pub const fn kind(&self) -> IdKind {
        self.kind
    }
}

/// A person: who they are at the provider, and the id of their profile, if the URL has those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// `sub`.
    pub user: String,
    /// What stands in the URL.
    pub id: String,
}

/// Where scopes stand in a token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the city's tester has these two")]
pub enum Style {
    /// `authorization.permissions[].scopes[]`.
    Keycloak,
    /// A claim of this name, a list.
    Flat(String),
}

/// Everything that the runner is told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Arguments {
    /// The service.
    pub template: Template,
    /// `aud`.
    pub audience: String,
    /// `iss`.
    pub issuer: String,
    /// Where the provider listens.
    pub listen: String,
    /// With data.
    pub person: Person,
    /// A second one.
    pub other: Option<Person>,
    /// One who must be kept.
    pub refused: Option<Person>,
    /// One of whom there is nothing, at the provider and in the URL; a UUID of nobody's, when there is none.
    pub unknown: Option<String>,
    /// A real provider's tokens; the runner makes its own, when there is none.
    pub source: Option<Source>,
    /// Allows to download.
    pub scope_query: String,
    /// Allows to erase.
    pub scope_delete: String,
    /// Where the two stand.
    pub style: Style,
    /// `alg`.
    pub alg: String,
    /// Whether data may be destroyed.
    pub erase: bool,
    /// For an answer.
    pub budget: Duration,
    /// For new keys.
    pub patience: Duration,
    /// Whether the library's deviations are none.
    pub as_library: bool,
    /// Only these checks; all, when there is none.
    pub only: Vec<String>,
    /// A report for programs.
    pub json: Option<PathBuf>,
    /// A report for continuous integration.
    pub junit: Option<PathBuf>,
    /// Roots that a service over TLS is trusted by; those of the machine, when there is none.
    pub ca: Option<PathBuf>,
}

/// What is to be done.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there are three things to do")]
pub enum Task {
    /// Examine.
    Examine(Box<Arguments>),
    /// Say which checks there are.
    List,
    /// Say how it is started.
    Help,
}

#[derive(Default)]
struct Words {
    url: Option<String>,
    named: Vec<(String, String)>,
    flags: Vec<String>,
    only: Vec<String>,
}

const FLAGS: [&str; 4] = ["--erase", "--as-library", "--plain-http", "--tokens-env"];
const NAMED: [&str; 22] = [
    "--audience",
    "--issuer",
    "--listen",
    "--user",
    "--profile",
    "--other-user",
    "--other-profile",
    "--refused-user",
    "--refused-profile",
    "--unknown-user",
    "--tokens",
    "--token-command",
    "--scope-query",
    "--scope-delete",
    "--style",
    "--alg",
    "--budget",
    "--patience",
    "--json",
    "--junit",
    "--ca",
    "--only",
];

impl Words {
    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.named.iter().position(|(found, _)| found == name)?;
        Some(self.named.swap_remove(at).1)
    }

    fn person(
        &mut self,
        kind: IdKind,
        user: &str,
        profile: &str,
    ) -> Result<Option<Person>, String> {
        let (who, of) = (self.take(user), self.take(profile));
        for uuid in [&who, &of].into_iter().flatten() {
            if !is_uuid(uuid) {
                return Err(format!("{user} and {profile} take a UUID in lower case"));
            }
        }
        match (who, of, kind) {
            (None, None, _) => Ok(None),
            (Some(who), _, IdKind::User) => Ok(Some(Person {
                id: who.clone(),
                user: who,
            })),
            (Some(user), Some(id), IdKind::Profile) => Ok(Some(Person { user, id })),
            (Some(_), None, IdKind::Profile) => {
                Err(format!("the URL has profile ids: {profile} is missing"))
            }
            (None, Some(_), _) => Err(format!("{profile} goes with {user}")),
        }
    }

    fn seconds(&mut self, name: &str, otherwise: u64) -> Result<Duration, String> {
        let seconds = match self.take(name) {
            Some(text) => text.parse::<u64>().ok().filter(|s| (1..=3600).contains(s)),
            None => Some(otherwise),
        };
        let seconds = seconds.ok_or_else(|| format!("{name} takes 1 to 3600 seconds"))?;
        Ok(Duration::from_secs(seconds))
    }
}

/// Reads the words after `data-rights`.
///
/// # Errors
/// What is wrong with them.
pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Task, String> {
    let mut found = Words::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--list" => return Ok(Task::List),
            "--help" | "-h" => return Ok(Task::Help),
            flag if FLAGS.contains(&flag) => found.flags.push(word),
            name if NAMED.contains(&name) => {
                let value = words.next().ok_or(format!("{word} takes a value"))?;
                if word == "--only" {
                    found.only.push(value);
                } else if found.named.iter().any(|(name, _)| *name == word) {
                    return Err(format!("{word} stands twice"));
                } else {
                    found.named.push((word, value));
                }
            }
            option if option.starts_with('-') => return Err(format!("there is no {option}")),
            _ if found.url.is_some() => return Err("there are two URLs".to_owned()),
            _ => found.url = Some(word),
        }
    }
    arguments(found).map(|arguments| Task::Examine(Box::new(arguments)))
}

/// Where a real provider's tokens are, if any are handed in.
fn source(words: &mut Words) -> Result<Option<Source>, String> {
    let is_flagged = words.flags.iter().any(|flag| flag == "--tokens-env");
    let ways = [
        words.take("--tokens").map(|path| Source::File(path.into())),
        words.take("--token-command").map(Source::Command),
        is_flagged.then_some(Source::Environment),
    ];
    let mut ways = ways.into_iter().flatten();
    let (source, second) = (ways.next(), ways.next());
    if second.is_some() {
        return Err("tokens are handed in in one way".to_owned());
    }
    let own = ["--issuer", "--listen", "--alg"];
    let is_named = |name: &&&str| words.named.iter().any(|(found, _)| found == **name);
    match own.iter().find(is_named) {
        Some(name) if source.is_some() => Err(format!(
            "{name} is of the runner's own provider, and tokens are handed in"
        )),
        _ => Ok(source),
    }
}

/// Somebody of whom nothing is known: with profile ids it is a profile that there is not.
fn unknown(words: &mut Words, kind: IdKind) -> Result<Option<String>, String> {
    match (words.take("--unknown-user"), kind) {
        (Some(_), IdKind::Profile) => Err("--unknown-user goes with $user_uuid".to_owned()),
        (Some(uuid), IdKind::User) if !is_uuid(&uuid) => {
            Err("--unknown-user takes a UUID in lower case".to_owned())
        }
        (uuid, _) => Ok(uuid),
    }
}

fn arguments(mut words: Words) -> Result<Arguments, String> {
    let url = words.url.take().ok_or("the URL is missing")?;
    let template = Template::parse(&url)?;
    let kind = template.kind();
    let has = |words: &Words, flag: &str| words.flags.iter().any(|found| found == flag);
    let source = source(&mut words)?;
    let issuer = words.take("--issuer");
    let issuer = issuer.unwrap_or_else(|| "http://127.0.0.1:8888/".to_owned());
    let at = Address::parse(&issuer).map_err(|why| format!("--issuer: {why}"))?;
    let person = words.person(kind, "--user", "--profile")?;
    let alg = words.take("--alg").unwrap_or_else(|| "RS256".to_owned());
    if !["RS256", "ES256", "EdDSA"].contains(&alg.as_str()) {
        return Err("--alg takes RS256, ES256 or EdDSA".to_owned());
    }
    let style = match words.take("--style").as_deref() {
        None | Some("keycloak") => Style::Keycloak,
        Some(text) => match text.strip_prefix("flat:") {
            Some(claim) if !claim.is_empty() => Style::Flat(claim.to_owned()),
            _ => return Err("--style takes keycloak or flat:CLAIM".to_owned()),
        },
    };
    let word = |words: &mut Words, name: &str, otherwise: &str| {
        let word = words.take(name);
        word.unwrap_or_else(|| otherwise.to_owned())
    };
    let listen = words.take("--listen");
    if at.is_tls && listen.is_none() {
        return Err("--issuer is https: --listen says where plain HTTP comes from it".to_owned());
    }
    let arguments = Arguments {
        audience: words.take("--audience").ok_or("--audience is missing")?,
        listen: listen.unwrap_or_else(|| at.socket()),
        issuer,
        person: person.ok_or("--user is missing")?,
        other: words.person(kind, "--other-user", "--other-profile")?,
        refused: words.person(kind, "--refused-user", "--refused-profile")?,
        unknown: unknown(&mut words, kind)?,
        source,
        scope_query: word(&mut words, "--scope-query", "gdprquery"),
        scope_delete: word(&mut words, "--scope-delete", "gdprdelete"),
        style,
        alg,
        erase: has(&words, "--erase"),
        budget: words.seconds("--budget", 5)?,
        patience: words.seconds("--patience", 60)?,
        as_library: has(&words, "--as-library"),
        json: words.take("--json").map(PathBuf::from),
        junit: words.take("--junit").map(PathBuf::from),
        ca: words.take("--ca").map(PathBuf::from),
        only: std::mem::take(&mut words.only),
        template,
    };
    let address = arguments.template.of(&arguments.person.id)?;
    if !address.is_tls && !address.is_loopback() && !has(&words, "--plain-http") {
        return Err("http to another machine: https, or --plain-http to allow that".to_owned());
    }
    if !address.is_tls && arguments.ca.is_some() {
        return Err("--ca goes with https".to_owned());
    }
    let unknown = |id: &&String| !super::checks::ids().any(|known| known == id.as_str());
    match arguments.only.iter().find(unknown) {
        Some(id) => Err(format!("there is no check {id}: --list names them")),
        None => Ok(arguments),
    }
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-');
    parts == [8, 4, 4, 4, 12] && text.bytes().all(is_digit)
}
