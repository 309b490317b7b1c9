//! What the page is of, and its state in a sentence or two.

use super::html::Html;
use super::page::Scene;
use crate::receipt::{Actor, EventState, Given, Grounds, StatusEvent};
use mydata_record::consent::Reason;
use mydata_record::description::Basis;

/// The head of the page.
pub(super) struct Head {
    /// What the page is.
    pub(super) title: &'static str,
    /// The name of the state, for the look of the page.
    pub(super) state: &'static str,
    /// The state in sentences.
    pub(super) sentences: Vec<Html>,
    /// As of when, and where it can be seen how things stand now.
    pub(super) as_of: Html,
}

/// What the page is about: the service, and the day of issue.
pub(super) fn about(scene: &Scene<'_>) -> Html {
    let receipt = scene.receipt;
    let title = scene.said(&receipt.controller.service.title);
    title.then(", ", &scene.clock.day(receipt.issued))
}

/// The same without tags, for the title of the window.
pub(super) fn window(scene: &Scene<'_>) -> Html {
    let receipt = scene.receipt;
    let title = &receipt.controller.service.title;
    let (_, title) = title.best(scene.reader.language(), receipt.language);
    let day = Html::text(&scene.clock.day_in_words(receipt.issued));
    Html::text(title).then(", ", &day)
}

fn as_of(scene: &Scene<'_>) -> Html {
    let (w, receipt) = (&scene.words, scene.receipt);
    let as_of = Html::filled(w.as_of, &scene.clock.moment(receipt.issued));
    if receipt.given().is_none() {
        return as_of;
    }
    let consents = Html::text(w.consents).link(receipt.remedy.url.as_str());
    let present = Html::text(w.present_state).then(": ", &consents);
    as_of.then(" ", &present)
}

pub(super) fn head(scene: &Scene<'_>) -> Head {
    match &scene.receipt.grounds {
        Grounds::Consent(given) => of_consent(scene, given),
        Grounds::Law(told) => of_law(scene, told.basis),
    }
}

fn of_law(scene: &Scene<'_>, basis: Basis) -> Head {
    let w = &scene.words;
    let sentence = match basis {
        // A notice is never of consent: the model's own rule.
        Basis::Consent => w.no_consent,
        Basis::Contract => w.contract,
        Basis::LegalObligation => w.legal_obligation,
        Basis::VitalInterest => w.vital_interest,
        Basis::PublicInterest => w.public_interest,
        Basis::LegitimateInterest => w.legitimate_interest,
    };
    Head {
        title: w.title_law,
        state: "law",
        sentences: vec![Html::text(sentence), Html::text(w.no_consent)],
        as_of: as_of(scene),
    }
}

fn of_consent(scene: &Scene<'_>, given: &Given) -> Head {
    let w = &scene.words;
    let at = |event: Option<&StatusEvent>| {
        let at = event.map_or(given.ceremony.decided_at, |event| event.at);
        scene.clock.moment(at)
    };
    let latest = given.latest();
    let state = latest.map_or(EventState::Given, |event| event.state);
    let when = at(latest);
    let filled = |text| Html::filled(text, &when);
    let fixed = Html::text;
    let (title, name, mut sentences) = match state {
        EventState::Given if scene.is_of_another() => {
            (w.title_given, "given", vec![filled(w.given_of_another)])
        }
        EventState::Given => (w.title_given, "given", vec![filled(w.given)]),
        EventState::Resumed => (w.title_given, "given", vec![filled(w.resumed)]),
        EventState::Paused => {
            let sentences = vec![filled(w.paused), fixed(w.paused_means)];
            (w.title_paused, "paused", sentences)
        }
        EventState::Withdrawn => {
            let sentences = vec![filled(w.withdrawn), fixed(w.ended_means)];
            (w.title_withdrawn, "ended", sentences)
        }
        EventState::Revoked => {
            let sentences = vec![filled(w.revoked), fixed(w.ended_means)];
            (w.title_revoked, "ended", sentences)
        }
        EventState::Expired => {
            let sentences = vec![filled(w.expired), fixed(w.ended_means)];
            (w.title_expired, "ended", sentences)
        }
    };
    if state.is_valid() {
        let begins = given.nbf.filter(|nbf| *nbf > scene.receipt.issued);
        sentences.extend(begins.map(|nbf| Html::filled(w.begins, &scene.clock.moment(nbf))));
        sentences.push(match given.exp {
            Some(exp) => Html::filled(w.until, &scene.clock.moment(exp)),
            None => fixed(w.until_withdrawn),
        });
    }
    Head {
        title,
        state: name,
        sentences,
        as_of: as_of(scene),
    }
}

/// A change of the consent: when, what, who, and why where there is more to say than that somebody
/// wished it.
pub(super) fn event(scene: &Scene<'_>, event: &StatusEvent) -> Html {
    let state = Html::text(scene.reader.choose(event.state.label()));
    let told = [
        scene.clock.moment(event.at),
        state.strong(),
        Html::text(actor(scene, event.by)),
    ];
    let told = Html::joined(&told, ", ");
    match event.reason {
        None | Some(Reason::OwnerWish) => told,
        Some(reason) => {
            let reason = Html::text(scene.reader.choose(reason.label()));
            told.then(&format!(". {}: ", scene.words.reason), &reason)
        }
    }
}

/// Who brought a change about.
pub(super) fn actor(scene: &Scene<'_>, actor: Actor) -> &'static str {
    let w = &scene.words;
    match actor {
        Actor::DataSubject if scene.is_of_another() => w.subject_of_another,
        Actor::Representative if scene.is_of_another() => w.representative,
        Actor::DataSubject
        | Actor::Representative
        | Actor::Operator
        | Actor::Service
        | Actor::System => scene.reader.choose(actor.label()),
    }
}
