//! The checks: what is asked, and what must come back. One table, in the order in which they are made.

use crate::provider::Provider;
use crate::rights::judge::{self, Verdict};
use crate::rights::report::Row;
use crate::rights::run::{Exam, Seen};
use crate::rights::tokens::{Act, Flaw, Good, Lack};
use std::time::Duration;

/// One check.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    /// A token with one thing wrong, for one act: 401.
    Forged(Flaw, Act),
    /// Anything else.
    Other(&'static str, fn(&mut Exam<'_>) -> Checked),
}

/// A verdict, unless what it takes was not given.
type Checked = Result<Verdict, Lack>;

impl Check {
    pub(super) const fn id(&self) -> &'static str {
        match self {
            Self::Forged(flaw, _) => flaw.id(),
            Self::Other(id, _) => id,
        }
    }

    pub(super) fn make(&self, exam: &mut Exam<'_>) -> Row {
        let (act, made) = match self {
            Self::Forged(flaw, act) => (Some(act.name()), forged(exam, *flaw, *act)),
            Self::Other(_, make) => (None, make(exam)),
        };
        let verdict = made.unwrap_or_else(|Lack(what)| Verdict::NotExamined(what));
        Row::new(self.id(), act, verdict)
    }
}

/// What can be asked without harm.
const BEFORE: &[Check] = &[
    Check::Other("get_valid", get_valid),
    Check::Other("get_within_budget", get_within_budget),
    Check::Other("get_node_shape", get_node_shape),
    Check::Other("get_extra_scopes", |exam| get_good(exam, Good::ExtraScopes)),
    Check::Other("get_aud_array", |exam| get_good(exam, Good::AudienceList)),
    Check::Other("get_two_scope_arrays", |exam| {
        get_good(exam, Good::SecondList)
    }),
    Check::Other("get_204_unknown", get_204_unknown),
    Check::Other("get_loa_low", get_loa_low),
];

/// After the tokens.
const BETWEEN: &[Check] = &[
    Check::Other("dry_run_true", dry_run_true),
    Check::Other("dry_run_words", dry_run_words),
    Check::Other("dry_run_maybe", |exam| dry_run_bad(exam, "dry_run=maybe")),
    Check::Other("dry_run_empty", |exam| dry_run_bad(exam, "dry_run=")),
    Check::Other("dry_run_twice", |exam| {
        dry_run_bad(exam, "dry_run=true&dry_run=false")
    }),
    Check::Other("dry_run_misspelt", |exam| dry_run_bad(exam, "dryrun=true")),
    Check::Other("id_not_uuid", id_not_uuid),
    Check::Other("method_put", |exam| method(exam, "PUT")),
    Check::Other("method_head", |exam| method(exam, "HEAD")),
    Check::Other("refused_dry_run", refused_dry_run),
    Check::Other("refused_shape", refused_shape),
    Check::Other("keys_rotated", keys_rotated),
];

/// What ends a person's data, or might; before it what leaves the service in doubt of its provider.
const AFTER: &[Check] = &[
    Check::Other("refused_same_as_dry_run", refused_same_as_dry_run),
    Check::Other("unauthorised_is_401_not_403", unauthorised_is_401_not_403),
    Check::Other("keys_unreachable", keys_unreachable),
    Check::Other("erase_valid", erase_valid),
    Check::Other("erased_is_gone", erased_is_gone),
    Check::Other("erase_twice", erase_twice),
    Check::Other("no_personal_data_in_errors", no_personal_data_in_errors),
];

/// All of them.
pub(super) fn all() -> impl Iterator<Item = Check> {
    let forged = |act: Act| Flaw::ALL.map(|flaw| Check::Forged(flaw, act));
    let asking = forged(Act::Get).into_iter().chain(forged(Act::DryRun));
    let before = BEFORE.iter().copied().chain(asking);
    let between = BETWEEN.iter().copied().chain(forged(Act::Delete));
    before.chain(between).chain(AFTER.iter().copied())
}

/// The names of the checks; one that is made for several acts comes several times.
pub(super) fn ids() -> impl Iterator<Item = &'static str> {
    all().map(|check| check.id())
}

/// A sentence when the status is another one.
fn status(seen: &Seen, wanted: u16) -> Verdict {
    match seen {
        Ok(answer) if answer.status == wanted => Verdict::passed(wanted),
        Ok(answer) => Verdict::Failed(format!("expected {wanted}, got {}", answer.status)),
        Err(none) => Verdict::Failed(format!("expected {wanted}, got {none}")),
    }
}

fn forged(exam: &mut Exam<'_>, flaw: Flaw, act: Act) -> Checked {
    // What the library takes would be an erasure, and the rest is to be examined with data.
    let is_taken = exam.arguments.as_library && flaw.is_taken_by_library(true);
    let may_erase = exam.arguments.erase && !is_taken;
    let target = exam.target(act, may_erase, flaw == Flaw::TokenSubOther);
    let target = target.ok_or_else(|| Lack::of("with profile ids only after --erase"))?;
    let has_data = act != Act::Delete || may_erase;
    let other = exam.other(has_data);
    let token = exam.tokens.bad(flaw, &target, &other, act)?;
    let seen = exam.ask(act, &target, token.as_deref());
    Ok(match seen.as_ref().map(|answer| answer.status) {
        Ok(403) => {
            exam.barred += 1;
            let told = match act {
                Act::Get => "expected 401, got 403",
                Act::DryRun | Act::Delete => {
                    "expected 401, got 403: the profile takes it for a reason to keep the data"
                }
            };
            exam.deviation(flaw.is_403_in_library(), told)
        }
        Ok(status @ 200..=299) => {
            let is_known = flaw.is_taken_by_library(has_data);
            exam.deviation(
                is_known,
                &format!("expected 401, got {status}: it is taken"),
            )
        }
        Ok(_) | Err(_) => status(&seen, 401),
    })
}

fn get_valid(exam: &mut Exam<'_>) -> Checked {
    let seen = exam.get(Good::Plain)?;
    if let Ok(answer) = &seen
        && answer.status == 200
        && !answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/json"))
    {
        return Ok(Verdict::failed("200 without the type application/json"));
    }
    Ok(status(&seen, 200))
}

fn get_within_budget(exam: &mut Exam<'_>) -> Checked {
    let budget = exam.arguments.budget.as_secs();
    Ok(match exam.get(Good::Plain)? {
        Ok(answer) if answer.status == 200 => {
            Verdict::Passed(format!("{} ms of {budget} s", answer.took.as_millis()))
        }
        Ok(answer) => Verdict::Failed(format!("expected 200, got {}", answer.status)),
        Err(none) => Verdict::Failed(format!("{none}, within {budget} s")),
    })
}

fn get_node_shape(exam: &mut Exam<'_>) -> Checked {
    Ok(match exam.get(Good::Plain)? {
        Ok(answer) if answer.status == 200 => {
            Verdict::of(judge::tree(&answer.body).map(|count| format!("{} nodes", count.nodes)))
        }
        other => status(&other, 200),
    })
}

fn get_good(exam: &mut Exam<'_>, good: Good) -> Checked {
    Ok(status(&exam.get(good)?, 200))
}

fn get_204_unknown(exam: &mut Exam<'_>) -> Checked {
    let nobody = exam.nobody();
    let token = exam.tokens.good(Good::Plain, &nobody, Act::Get)?;
    Ok(status(&exam.ask(Act::Get, &nobody, Some(&token)), 204))
}

fn get_loa_low(exam: &mut Exam<'_>) -> Checked {
    Ok(match exam.get(Good::LowAssurance)? {
        Ok(answer) if answer.status == 204 => Verdict::passed(204),
        Ok(answer) if answer.status == 200 => {
            let count = judge::tree(&answer.body);
            Verdict::of(count.map(|count| format!("200, {} withheld", count.withheld)))
        }
        other => status(&other, 200),
    })
}

/// Why the person's data is not there any more, or another than before; nothing, when it is the same.
fn change(exam: &mut Exam<'_>) -> Result<Option<String>, Lack> {
    Ok(match (exam.get(Good::Plain)?, &exam.tree) {
        (Ok(answer), Some(tree)) if answer.status == 200 && answer.body == *tree => None,
        (Ok(answer), _) if answer.status == 200 => {
            Some("the data is not what it was before".to_owned())
        }
        (Ok(answer), _) => Some(format!(
            "the data is gone: expected 200, got {}",
            answer.status
        )),
        (Err(none), _) => Some(format!("afterwards {none}")),
    })
}

fn dry_run_true(exam: &mut Exam<'_>) -> Checked {
    let person = exam.arguments.person.clone();
    let token = exam.tokens.good(Good::Plain, &person, Act::DryRun)?;
    let verdict = status(&exam.ask(Act::DryRun, &person, Some(&token)), 204);
    match verdict {
        Verdict::Passed(_) => Ok(change(exam)?.map_or(verdict, Verdict::Failed)),
        Verdict::Failed(_) | Verdict::Deviates(_) | Verdict::NotExamined(_) => Ok(verdict),
    }
}

/// Of a person with data only if data may be destroyed: that a word means yes is what is asked.
fn dry_run_words(exam: &mut Exam<'_>) -> Checked {
    for word in ["True", "TRUE", "1"] {
        let target = exam.harmless();
        let token = exam.tokens.good(Good::Plain, &target, Act::DryRun)?;
        let seen = exam.send("DELETE", &target, &format!("dry_run={word}"), Some(&token));
        let verdict = status(&seen, 204);
        if let Verdict::Failed(why) = verdict {
            return Ok(Verdict::Failed(format!("{word}: {why}")));
        }
        if exam.arguments.erase
            && let Some(why) = change(exam)?
        {
            return Ok(Verdict::Failed(format!("{word}: {why}")));
        }
    }
    Ok(Verdict::passed(204))
}

/// Always of nobody: what is not understood is an erasure in earnest to some.
fn dry_run_bad(exam: &mut Exam<'_>, query: &str) -> Checked {
    let nobody = exam.nobody();
    let token = exam.tokens.good(Good::Plain, &nobody, Act::DryRun)?;
    let seen = exam.send("DELETE", &nobody, query, Some(&token));
    Ok(match seen.as_ref().map(|answer| answer.status) {
        Ok(204) => exam.deviation(true, "expected 400, got 204: what it means is guessed at"),
        // Django's library breaks at a word that it does not know.
        Ok(500) => exam.deviation(true, "expected 400, got 500"),
        Ok(_) | Err(_) => status(&seen, 400),
    })
}

fn id_not_uuid(exam: &mut Exam<'_>) -> Checked {
    let mut person = exam.arguments.person.clone();
    let token = exam.tokens.good(Good::Plain, &person, Act::Get)?;
    "not-a-uuid".clone_into(&mut person.id);
    Ok(match exam.ask(Act::Get, &person, Some(&token)) {
        Ok(answer) if matches!(answer.status, 400 | 404) => Verdict::passed(answer.status),
        Ok(answer) => Verdict::Failed(format!("expected 400 or 404, got {}", answer.status)),
        Err(none) => Verdict::failed(none),
    })
}

fn method(exam: &mut Exam<'_>, method: &str) -> Checked {
    let person = exam.arguments.person.clone();
    let token = exam.tokens.good(Good::ExtraScopes, &person, Act::Get)?;
    Ok(match exam.send(method, &person, "", Some(&token)) {
        Ok(answer) if answer.status >= 500 => {
            Verdict::Failed(format!("expected 405, got {}", answer.status))
        }
        Ok(answer) if answer.status >= 400 => Verdict::passed(answer.status),
        Ok(answer) => Verdict::Failed(format!("expected 405, got {}", answer.status)),
        Err(none) => Verdict::failed(none),
    })
}

fn refused_dry_run(exam: &mut Exam<'_>) -> Checked {
    Ok(status(&exam.refusal(Act::DryRun)?, 403))
}

fn refused_shape(exam: &mut Exam<'_>) -> Checked {
    Ok(match exam.refusal(Act::DryRun)? {
        Ok(answer) if answer.status == 403 => {
            let codes = judge::reasons(&answer.body);
            Verdict::of(codes.map(|codes| format!("{} reasons", codes.len())))
        }
        other => status(&other, 403),
    })
}

/// What is done in earnest needs leave.
fn leave(exam: &Exam<'_>) -> Result<(), Lack> {
    match exam.arguments.erase {
        true => Ok(()),
        false => Err(Lack::of("--erase")),
    }
}

fn refused_same_as_dry_run(exam: &mut Exam<'_>) -> Checked {
    leave(exam)?;
    let dry = exam.refusal(Act::DryRun)?;
    let real = exam.refusal(Act::Delete)?;
    let told = |seen: super::client::Answer| (seen.status, judge::reasons(&seen.body).ok());
    let (dry, real) = (dry.map(told), real.map(told));
    Ok(match (dry, real) {
        (Ok(dry), Ok(real)) if dry == real && real.0 == 403 => Verdict::passed(403),
        (Ok((dry, _)), Ok((real, _))) => Verdict::Failed(format!(
            "expected 403 with the same reasons, got {dry} for the dry run and {real} in earnest"
        )),
        (Err(none), _) | (_, Err(none)) => Verdict::failed(none),
    })
}

/// Asks again until the answer is the one that is wanted, or patience ends.
fn until(
    exam: &mut Exam<'_>,
    wanted: u16,
    ask: fn(&mut Exam<'_>) -> Result<Seen, Lack>,
) -> Checked {
    let mut left = exam.arguments.patience;
    let pause = Duration::from_millis(500);
    loop {
        match ask(exam)?.ok().map(|answer| answer.status) {
            Some(status) if status == wanted => return Ok(Verdict::passed(status)),
            Some(status @ 200..=299) => {
                return Ok(Verdict::Failed(format!("expected {wanted}, got {status}")));
            }
            last if left < pause => {
                let last = last.map_or("no answer".to_owned(), |status| status.to_string());
                return Ok(exam.deviation(
                    wanted == 200,
                    &format!("expected {wanted}, got {last} until patience ended"),
                ));
            }
            Some(_) | None => {}
        }
        std::thread::sleep(pause);
        left = left.saturating_sub(pause);
    }
}

/// What is done to the provider itself.
fn to_provider(exam: &Exam<'_>, act: fn(&Provider)) -> Result<(), Lack> {
    let provider = exam.tokens.provider();
    let provider = provider.ok_or_else(|| Lack::of("a provider of the runner's own"))?;
    act(provider);
    Ok(())
}

fn keys_rotated(exam: &mut Exam<'_>) -> Checked {
    to_provider(exam, Provider::rotate)?;
    until(exam, 200, |exam| exam.get(Good::Plain))
}

fn keys_unreachable(exam: &mut Exam<'_>) -> Checked {
    to_provider(exam, Provider::go_down)?;
    let verdict = until(exam, 500, |exam| {
        let person = exam.arguments.person.clone();
        let token = exam.tokens.by_stranger(&person, Act::Get)?;
        Ok(exam.ask(Act::Get, &person, Some(&token)))
    });
    to_provider(exam, Provider::come_up)?;
    verdict
}

fn unauthorised_is_401_not_403(exam: &mut Exam<'_>) -> Checked {
    Ok(match exam.barred {
        0 => Verdict::passed("never 403"),
        count => {
            let told = format!("{count} times 403 for a token that is not good");
            exam.deviation(true, &told)
        }
    })
}

fn erase_valid(exam: &mut Exam<'_>) -> Checked {
    exam.erased(Act::Delete, 204)
}

fn erased_is_gone(exam: &mut Exam<'_>) -> Checked {
    exam.erased(Act::Get, 204)
}

fn erase_twice(exam: &mut Exam<'_>) -> Checked {
    exam.erased(Act::Delete, 204)
}

fn no_personal_data_in_errors(exam: &mut Exam<'_>) -> Checked {
    Ok(match exam.leaks.first() {
        None => Verdict::Passed(format!("in {} answers", exam.errors)),
        Some(check) => Verdict::Failed(format!(
            "{} answers repeat an id or a token, the first at {check}",
            exam.leaks.len()
        )),
    })
}

impl Exam<'_> {
    /// An act of the person's, in earnest, if that is allowed.
    fn erased(&mut self, act: Act, wanted: u16) -> Checked {
        leave(self)?;
        let person = self.arguments.person.clone();
        let token = self.tokens.good(Good::Plain, &person, act)?;
        Ok(status(&self.ask(act, &person, Some(&token)), wanted))
    }
}
