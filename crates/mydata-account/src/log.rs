//! The log that a resident reads (Account 2.0 §3.2.3, §4.4).

use mydata_core::time::{Seconds, Timestamp};
use mydata_operator::{Act, Action, Capacity, Event, Fact, Reason, Resource};
use serde::{Deserialize, Serialize};

/// One line of the event log.
///
/// `actor` is the capacity of whoever acted, and a service's id where it was a service. The names of
/// the operator's staff stay with the operator, in the event.
//= AC-43, AC-50
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LogEntry {
    /// Who.
    pub actor: String,
    /// What was done: the name of an [`Action`].
    pub action: String,
    /// About what: `account`, `link/…`, `consent/…`, `linking/…`, `proposal/…`,
    /// `contract/…`, `objection/…`.
    pub resource: String,
    /// When: RFC 3339 (a profile of ISO 8601) in UTC.
    pub timestamp: String,
    /// What the framework leaves open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_mydata: Option<LogExtension>,
}

/// What we add to a line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LogExtension {
    /// Why a link or a consent was changed: the name of a [`Reason`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The code with which it was refused: nothing was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl LogEntry {
    /// What has happened.
    //= AC-44
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let mut entry = Self::line(&event.act, event.action(), &event.resource(), event.at);
        entry.x_mydata = reason(event).map(|reason| LogExtension {
            reason: Some(reason.name().to_owned()),
            refused: None,
        });
        entry
    }

    /// Somebody has looked at something: no event, since nothing has changed. For a program that
    /// logs questions too.
    #[must_use]
    pub fn viewed(act: &Act, resource: &Resource, at: Timestamp) -> Self {
        Self::line(act, Action::Viewed, resource, at)
    }

    /// Somebody has tried, and was refused with `code`: for a log of attempts, such as that of tokens
    /// that were not issued (FW-61).
    //= FW-61
    #[must_use]
    pub fn refused(
        act: &Act,
        action: Action,
        resource: &Resource,
        code: &'static str,
        at: Timestamp,
    ) -> Self {
        let mut entry = Self::line(act, action, resource, at);
        entry.x_mydata = Some(LogExtension {
            reason: None,
            refused: Some(code.to_owned()),
        });
        entry
    }

    fn line(act: &Act, action: Action, resource: &Resource, at: Timestamp) -> Self {
        Self {
            actor: actor(&act.capacity),
            action: action.name().to_owned(),
            resource: resource.to_string(),
            timestamp: at.to_string(),
            x_mydata: None,
        }
    }
}

fn reason(event: &Event) -> Option<Reason> {
    if let Fact::LinkChanged { reason, .. } | Fact::ConsentChanged { reason, .. } = &event.fact {
        Some(*reason)
    } else {
        None
    }
}

fn actor(capacity: &Capacity) -> String {
    match capacity {
        Capacity::Owner => "owner".to_owned(),
        Capacity::Representative => "representative".to_owned(),
        Capacity::Operator => "operator".to_owned(),
        Capacity::Service(id) => format!("service/{id}"),
        Capacity::System => "system".to_owned(),
    }
}

/// How long a line is shown. The events themselves are the account, and stay as long as it does:
/// what a law bounds is who may read how far back (AC-45).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_enums, reason = "for ever, or for a time")]
pub enum Retention {
    /// As long as the account exists.
    #[default]
    Whole,
    /// For this time.
    For(Seconds),
}

impl Retention {
    /// The lines that are shown at `now`, in the order of the events.
    //= AC-45
    pub fn view<'e>(
        self,
        events: impl IntoIterator<Item = &'e Event>,
        now: Timestamp,
    ) -> impl Iterator<Item = LogEntry> {
        let first = match self {
            Self::Whole => None,
            Self::For(span) => Some(now.minus(span)),
        };
        let is_shown = move |event: &&'e Event| first.is_none_or(|first| event.at >= first);
        events.into_iter().filter(is_shown).map(LogEntry::of)
    }
}
