//! What can be done about it, and where.

use super::html::Html;
use super::page::{Row, Scene};
use super::{law, parties};
use crate::receipt::{Actor, EventState, RemedyKind, Right};
use mydata_record::consent::Reason;
use mydata_record::description::Basis;

/// What can be done, or why nothing can.
pub(super) fn sentences(scene: &Scene<'_>) -> Vec<Html> {
    let w = &scene.words;
    let receipt = scene.receipt;
    let own = |text: &str| Html::text(text);
    if scene.is_over() {
        let mut sentences = vec![own(w.ended_remedy).strong()];
        if scene.state() == Some(EventState::Withdrawn) {
            sentences.push(own(w.lawful_before));
        }
        return sentences;
    }
    let kind = receipt.remedy.kind;
    // The framework lets a person object where Art. 21(1) does not.
    let is_of_framework = receipt.basis() == Basis::VitalInterest && kind == RemedyKind::Object;
    let first = if is_of_framework {
        w.object_framework
    } else {
        scene.reader.choose(kind.label())
    };
    let mut sentences = vec![own(first).strong()];
    if may_resume(scene) {
        sentences.push(own(w.can_resume).strong());
    }
    if receipt.given().is_some() {
        sentences.push(own(w.lawful_before));
    }
    sentences
}

/// Whether the person may end the pause: of one that came from the person or a representative, or for a
/// reason that leaves it to the person (CN-19).
fn may_resume(scene: &Scene<'_>) -> bool {
    let latest = scene.receipt.given().and_then(|given| given.latest());
    latest.is_some_and(|event| {
        let is_own = matches!(event.by, Actor::DataSubject | Actor::Representative);
        let may = event.reason.is_some_and(Reason::owner_may_reactivate);
        event.state == EventState::Paused && (is_own || may)
    })
}

/// Where it is done, and the other rights.
pub(super) fn places(scene: &Scene<'_>) -> Vec<Row> {
    let (receipt, w) = (scene.receipt, &scene.words);
    let remedy = &receipt.remedy;
    let mut rows = if scene.is_over() {
        // There is nothing left to withdraw: the next thing is the service's.
        let phone = &receipt.controller.party.phone;
        let phone = Html::text(&parties::in_groups(phone)).reach(&phone.to_uri());
        let confirm = Html::capital(w.confirm_here);
        vec![
            Row::new(w.online, vec![confirm.link(service(scene))]),
            Row::new(w.offline, vec![Html::text(w.phone).then(": ", &phone)]),
        ]
    } else {
        let here = match remedy.kind {
            RemedyKind::Withdraw => w.withdraw_here,
            RemedyKind::Object | RemedyKind::EndContract | RemedyKind::Nothing => w.deal_here,
        };
        let here = Html::capital(here).link(remedy.url.as_str());
        let otherwise = scene.said(&remedy.otherwise);
        vec![
            Row::new(w.online, vec![here]),
            Row::new(w.offline, vec![otherwise]),
        ]
    };
    let rights = rights(scene);
    if !rights.is_empty() {
        rows.push(Row::new(w.rights, rights));
    }
    rows
}

/// Where the service that used the data answers requests; its pages when no right says where.
fn service<'r>(scene: &Scene<'r>) -> &'r str {
    let receipt = scene.receipt;
    let right = |term: &str| {
        receipt
            .rights
            .iter()
            .find(|right| right.right.as_str() == term)
    };
    let right = right("eu-gdpr:A17").or_else(|| right("eu-gdpr:A15"));
    right
        .map_or(&receipt.controller.party.url, |right| &right.url)
        .as_str()
}

/// The rights but for the one that the remedy is; those that are exercised at one place together.
fn rights(scene: &Scene<'_>) -> Vec<Html> {
    let told = match scene.receipt.remedy.kind {
        RemedyKind::Withdraw => "eu-gdpr:A7-3",
        RemedyKind::Object => "eu-gdpr:A21",
        RemedyKind::EndContract | RemedyKind::Nothing => "",
    };
    let others = scene.receipt.rights.iter();
    let others = others.filter(|right| right.right.as_str() != told);
    let mut places: Vec<(&str, Vec<&Right>)> = Vec::new();
    for right in others {
        let url = right.url.as_str();
        match places.iter_mut().find(|(known, _)| *known == url) {
            Some((_, rights)) => rights.push(right),
            None => places.push((url, vec![right])),
        }
    }
    let place = |(url, rights): (&str, Vec<&Right>)| named(scene, &rights).link(url);
    places.into_iter().map(place).collect()
}

/// Rights by name: those that have conditions are rights to ask.
fn named(scene: &Scene<'_>, rights: &[&Right]) -> Html {
    let w = &scene.words;
    let mut parts = Vec::new();
    for (lead, is_asked) in [(w.right_to_ask, true), (w.right_to, false)] {
        let these = rights.iter().map(|right| law::right(&right.right));
        let these = these.filter(|right| right.is_asked == is_asked);
        let mut these: Vec<Html> = these
            .map(|right| Html::text(scene.reader.choose(right.words)))
            .collect();
        these.dedup();
        if !these.is_empty() {
            let lead = if parts.is_empty() {
                Html::capital(lead)
            } else {
                Html::text(lead)
            };
            parts.push(lead.then(" ", &Html::listed(&these, w.and)));
        }
    }
    Html::joined(&parts, "; ")
}
