//! One examination: who asks what of whom, and what is remembered of the answers.

use crate::provider::Provider;
use crate::rights::arguments::{Arguments, IdKind, Person};
use crate::rights::checks;
use crate::rights::client::{Answer, Asked, NoAnswer, ask};
use crate::rights::judge::Verdict;
use crate::rights::report::{Report, Row};
use crate::rights::tokens::{Act, Good, Lack, Tokens, nobody};
use crate::rights::wire::Trust;
use std::fmt;
use std::time::Duration;

/// Nothing can be said of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the runner has a sentence for each"
)]
pub enum Unsound {
    /// The provider has no place to listen.
    Listen(String),
    /// There is nobody whose word could be taken for who the service is.
    Trust(String),
    /// The tokens that were handed in are not what they should be.
    Tokens(String),
    /// There is data of the person of whom there should be none: what may erase is tried on them.
    Known,
    /// Nobody is there.
    Unreachable(NoAnswer),
    /// Somebody is there who has not asked for the provider's keys, with the status of its answer.
    Distrustful(u16),
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen(why) => write!(f, "the provider cannot listen: {why}"),
            Self::Trust(why) | Self::Tokens(why) => f.write_str(why),
            Self::Known => f.write_str("the service has data of --unknown-user"),
            Self::Unreachable(none) => write!(f, "the service cannot be examined: {none}"),
            Self::Distrustful(status) => write!(
                f,
                "the service does not trust the issuer: it answers {status} and has not asked for its keys \
                 (or it holds those of an earlier run: start it anew)"
            ),
        }
    }
}

/// How often something is asked again that was asked too often, and the longest wait before it is.
const MORE: usize = 20;
const LONGEST: Duration = Duration::from_secs(10);

/// What the checks share.
pub(super) struct Exam<'e> {
    pub(super) arguments: &'e Arguments,
    pub(super) tokens: Tokens<'e>,
    trust: Option<Trust>,
    /// The person's data as it was first.
    pub(super) tree: Option<Vec<u8>>,
    /// How often a bad token was answered with 403.
    pub(super) barred: usize,
    /// Answers with an error, and at which checks they repeated something.
    pub(super) errors: usize,
    pub(super) leaks: Vec<&'static str>,
    check: &'static str,
    budget: Duration,
}

/// What has come of a request.
pub(super) type Seen = Result<Answer, NoAnswer>;

impl Exam<'_> {
    /// Sends a request, and looks whether an error repeats who it was about.
    pub(super) fn send(
        &mut self,
        method: &str,
        whose: &Person,
        query: &str,
        bearer: Option<&str>,
    ) -> Seen {
        let address = self.arguments.template.of(&whose.id);
        let address = address.map_err(|_| NoAnswer::Unreachable)?;
        let mark = match (query, address.target.contains('?')) {
            ("", _) => "",
            (_, true) => "&",
            (_, false) => "?",
        };
        let target = format!("{}{mark}{query}", address.target);
        let asked = Asked {
            method,
            target: &target,
            bearer,
        };
        let mut answer = ask((&address, self.trust.as_ref()), &asked, self.budget)?;
        // A service may bound how often it refuses an address: whoever waits as it asks is examined all the same.
        for _ in 0..MORE {
            let wait = answer
                .header("retry-after")
                .and_then(|wait| wait.parse().ok());
            let Some(wait) = wait.filter(|_| answer.status == 429) else {
                break;
            };
            std::thread::sleep(Duration::from_secs(wait).min(LONGEST));
            answer = ask((&address, self.trust.as_ref()), &asked, self.budget)?;
        }
        if answer.status >= 400 {
            self.errors += 1;
            let body = String::from_utf8_lossy(&answer.body);
            let signature = bearer.and_then(|token| token.rsplit('.').next());
            let mut told = [Some(whose.id.as_str()), Some(&whose.user), signature]
                .into_iter()
                .flatten()
                .filter(|text| text.len() >= 16);
            if told.any(|text| body.contains(text)) {
                self.leaks.push(self.check);
            }
        }
        Ok(answer)
    }

    pub(super) fn ask(&mut self, act: Act, whose: &Person, bearer: Option<&str>) -> Seen {
        self.send(act.method(), whose, act.query(), bearer)
    }

    /// The person's data, with a good token.
    pub(super) fn get(&mut self, good: Good) -> Result<Seen, Lack> {
        let person = self.arguments.person.clone();
        let token = self.tokens.good(good, &person, Act::Get)?;
        Ok(self.ask(Act::Get, &person, Some(&token)))
    }

    /// Somebody of whom the service has nothing.
    pub(super) fn nobody(&self) -> Person {
        let unknown = self.arguments.unknown.clone();
        let id = unknown.unwrap_or_else(nobody);
        let user = match self.arguments.template.kind() {
            IdKind::User => id.clone(),
            IdKind::Profile => self.arguments.person.user.clone(),
        };
        Person { user, id }
    }

    /// Whose erasure in earnest may come to pass.
    pub(super) fn harmless(&self) -> Person {
        match self.arguments.erase {
            true => self.arguments.person.clone(),
            false => self.nobody(),
        }
    }

    /// Whom a bad token is tried on; none when nobody but the person would do, and must not be erased. A
    /// profile that does not exist has no owner, so no token is another person's there.
    pub(super) fn target(&self, act: Act, may_erase: bool, needs_owner: bool) -> Option<Person> {
        let has_profiles = self.arguments.template.kind() == IdKind::Profile;
        match act {
            Act::Get | Act::DryRun => Some(self.arguments.person.clone()),
            Act::Delete if may_erase => Some(self.arguments.person.clone()),
            Act::Delete if has_profiles && needs_owner => None,
            Act::Delete => Some(self.nobody()),
        }
    }

    /// Another person, whether the service knows one or not: nobody where their data could be lost, since some go
    /// by the token and not by the address.
    pub(super) fn other(&self, may_be_known: bool) -> Person {
        let other = self.arguments.other.clone().filter(|_| may_be_known);
        other.unwrap_or_else(|| Person {
            user: nobody(),
            id: nobody(),
        })
    }

    /// What the person hears whose data must be kept.
    pub(super) fn refusal(&mut self, act: Act) -> Result<Seen, Lack> {
        let person = self.arguments.refused.clone();
        let person = person.ok_or_else(|| Lack::of("--refused-user"))?;
        let token = self.tokens.good(Good::Plain, &person, act)?;
        Ok(self.ask(act, &person, Some(&token)))
    }

    /// A first look: whether there is somebody, and may be examined. What is there of the person, if that can be
    /// asked.
    fn sounding(&mut self) -> Result<Option<Vec<u8>>, Unsound> {
        let first = match self.get(Good::Plain) {
            Ok(seen) => seen,
            // Without their token it can be seen all the same whether there is anybody.
            Err(Lack(_)) => {
                let person = self.arguments.person.clone();
                self.ask(Act::Get, &person, None)
            }
        };
        let first = first.map_err(Unsound::Unreachable)?;
        // Nobody can have verified a key that was made just now without asking for it.
        let fetched = self.tokens.provider().map(Provider::fetched);
        if first.status >= 400 && fetched == Some(0) {
            return Err(Unsound::Distrustful(first.status));
        }
        if self.arguments.unknown.is_some() {
            let nobody = self.nobody();
            if let Ok(token) = self.tokens.good(Good::Plain, &nobody, Act::Get)
                && let Ok(answer) = self.ask(Act::Get, &nobody, Some(&token))
                && answer.status == 200
            {
                return Err(Unsound::Known);
            }
        }
        Ok((first.status == 200).then_some(first.body))
    }

    /// A failure, or no more than a deviation if the library may do so.
    pub(super) fn deviation(&self, is_known: bool, told: &str) -> Verdict {
        match is_known && self.arguments.as_library {
            true => Verdict::Deviates(told.to_owned()),
            false => Verdict::Failed(told.to_owned()),
        }
    }
}

/// Examines a service; `say` hears of each check when it has been made.
///
/// # Errors
/// [`Unsound`]: nothing can be said of it.
pub fn examine(arguments: &Arguments, mut say: impl FnMut(&Row)) -> Result<Report, Unsound> {
    let trust = match arguments.template.is_tls() {
        true => Some(Trust::new(arguments.ca.as_deref()).map_err(Unsound::Trust)?),
        false => None,
    };
    let mut exam = Exam {
        arguments,
        tokens: Tokens::new(arguments)?,
        trust,
        tree: None,
        barred: 0,
        errors: 0,
        leaks: Vec::new(),
        check: "sounding",
        // Whether it is too slow is a check's affair.
        budget: arguments.budget * 4,
    };
    exam.tree = exam.sounding()?;
    exam.budget = arguments.budget;
    let mut report = Report::default();
    for check in checks::all() {
        let id = check.id();
        if !arguments.only.is_empty() && !arguments.only.iter().any(|only| only == id) {
            continue;
        }
        exam.check = id;
        let row = check.make(&mut exam);
        say(&row);
        report.rows.push(row);
    }
    Ok(report)
}
