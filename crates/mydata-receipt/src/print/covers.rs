//! Who gets which data from whom, what for and until when; what can be done about it; where it stays.

use super::html::Html;
use super::page::{Row, Scene};
use super::texts::Words;
use super::{law, places};
use crate::receipt::{
    Controller, Country, DataItem, Necessity, Process, Recipient, RemedyKind, Right,
};
use mydata_record::description::Category;

/// A purpose with its data.
pub(super) struct Purpose {
    pub(super) title: Html,
    pub(super) description: Html,
    pub(super) data: Vec<Item>,
    pub(super) left_out: Vec<Item>,
}

/// A kind of data.
pub(super) struct Item {
    pub(super) title: Html,
    pub(super) description: Html,
    /// Whether it was needed; nothing of what was left out, since it was not.
    pub(super) necessity: &'static str,
    /// How sensitive it is; nothing of ordinary data.
    pub(super) sensitivity: &'static str,
}

/// Who gets the data from whom, and until when.
pub(super) fn facts(scene: &Scene<'_>) -> Vec<Row> {
    let (receipt, w) = (scene.receipt, &scene.words);
    let who = |controller: &Controller| {
        let party = scene.said(&controller.party.name).strong();
        party.then(", ", &scene.said(&controller.service.title))
    };
    let mut rows = match &receipt.source {
        Some(source) => vec![
            Row::new(w.who_gets, vec![who(&receipt.controller)]),
            Row::new(w.who_gives, vec![who(source)]),
        ],
        None => vec![
            Row::new(w.who_uses, vec![who(&receipt.controller)]),
            Row::new(w.who_gives, vec![Html::text(w.nobody_gives)]),
        ],
    };
    if let Some(given) = receipt.given() {
        let time = |time| vec![scene.clock.moment(time)];
        rows.extend(given.nbf.map(|nbf| Row::new(w.valid_from, time(nbf))));
        let until = given
            .exp
            .map_or_else(|| vec![Html::capital(w.no_limit)], time);
        rows.push(Row::new(w.valid_until, until));
    }
    rows
}

pub(super) fn purposes(scene: &Scene<'_>) -> Vec<Purpose> {
    let purpose = |process: &Process| Purpose {
        title: scene.said(&process.title),
        description: scene.said(&process.description),
        data: items(scene, &process.data, true),
        left_out: items(scene, &process.left_out, false),
    };
    scene.receipt.processes.iter().map(purpose).collect()
}

fn items(scene: &Scene<'_>, items: &[DataItem], is_given: bool) -> Vec<Item> {
    let w = &scene.words;
    let item = |item: &DataItem| Item {
        title: scene.said(&item.title),
        description: scene.said(&item.description),
        necessity: match item.necessity {
            _ if !is_given => "",
            Necessity::Required => w.required,
            Necessity::Optional => w.optional,
        },
        sensitivity: sensitivity(item.sensitivity, w),
    };
    items.iter().map(item).collect()
}

/// The mark of data that is not ordinary. The set of categories is open: what is not known is marked as
/// the most sensitive.
fn sensitivity(category: Category, w: &Words) -> &'static str {
    if category == Category::Ordinary {
        ""
    } else if category == Category::Confidential {
        w.confidential
    } else {
        w.special
    }
}

/// Whether the consent is over, so that there is nothing left to withdraw.
fn is_over(scene: &Scene<'_>) -> bool {
    let state = scene.receipt.given().and_then(|given| given.state());
    state.is_some_and(|state| state.is_end())
}

/// What can be done, or why nothing can.
pub(super) fn remedy(scene: &Scene<'_>) -> &'static str {
    if is_over(scene) {
        scene.words.ended_remedy
    } else {
        scene.reader.choose(scene.receipt.remedy.kind.label())
    }
}

/// Where it is done, and the other rights.
pub(super) fn remedies(scene: &Scene<'_>) -> Vec<Row> {
    let (w, remedy) = (&scene.words, &scene.receipt.remedy);
    let url = remedy.url.as_str();
    let mut rows = vec![
        Row::new(w.online, vec![Html::link(url, url)]),
        Row::new(w.offline, vec![scene.said(&remedy.otherwise)]),
    ];
    let rights = rights(scene);
    if !rights.is_empty() {
        rows.push(Row::new(w.rights, rights));
    }
    rows
}

/// The rights but for the one that the remedy is; those that are exercised at one place together.
fn rights(scene: &Scene<'_>) -> Vec<Html> {
    let w = &scene.words;
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
    let sentence = |(url, rights): (&str, Vec<&Right>)| {
        let mut named: Vec<&str> = rights
            .iter()
            .map(|right| law::right(&right.right, scene.reader))
            .collect();
        named.dedup();
        let named = Html::capital(&format!("{} {}", w.right_to, named.join(", ")));
        named.then(": ", &Html::link(url, url))
    };
    places.into_iter().map(sentence).collect()
}

/// Where the data goes and stays, how long, and why it may.
pub(super) fn keeping(scene: &Scene<'_>) -> Vec<Row> {
    let w = &scene.words;
    vec![
        Row::new(w.recipients, of_purposes(scene, recipients)),
        Row::new(w.storage, of_purposes(scene, storage)),
        Row::new(w.retention, of_purposes(scene, retention)),
        Row::new(w.basis, of_purposes(scene, basis)),
    ]
}

/// A fact of each purpose: once, when it is the same for all, else with the purposes that it is of.
fn of_purposes(scene: &Scene<'_>, fact: fn(&Scene<'_>, &Process) -> Html) -> Vec<Html> {
    let mut facts: Vec<(Html, Vec<Html>)> = Vec::new();
    for process in &scene.receipt.processes {
        let (fact, title) = (fact(scene, process), scene.said(&process.title));
        match facts.iter_mut().find(|(known, _)| *known == fact) {
            Some((_, titles)) if titles.contains(&title) => {}
            Some((_, titles)) => titles.push(title),
            None => facts.push((fact, vec![title])),
        }
    }
    let is_one = facts.len() == 1;
    let told = |(fact, titles): (Html, Vec<Html>)| {
        if is_one {
            fact
        } else {
            Html::joined(&titles, ", ").then(": ", &fact)
        }
    };
    facts.into_iter().map(told).collect()
}

fn recipients(scene: &Scene<'_>, process: &Process) -> Html {
    if process.recipients.is_empty() {
        return Html::capital(scene.words.nobody);
    }
    let recipient = |to: &Recipient| {
        let country = places::country(to.country, scene.reader, &scene.words);
        scene.said(&to.name).then(", ", &country)
    };
    let recipients: Vec<Html> = process.recipients.iter().map(recipient).collect();
    Html::joined(&recipients, "; ")
}

fn storage(scene: &Scene<'_>, process: &Process) -> Html {
    let country = |country: &Country| places::country(*country, scene.reader, &scene.words);
    let countries: Vec<Html> = process.storage.iter().map(country).collect();
    Html::joined(&countries, "; ")
}

fn retention(scene: &Scene<'_>, process: &Process) -> Html {
    let rule = scene.said(&process.retention.rule);
    let Some(days) = process.retention.days else {
        return rule;
    };
    let (before, after) = scene
        .words
        .at_most_days
        .split_once("{}")
        .unwrap_or_default();
    rule.then(
        " ",
        &Html::capital(&[before, &days.to_string(), after].concat()),
    )
}

fn basis(scene: &Scene<'_>, process: &Process) -> Html {
    let basis = Html::capital(scene.reader.choose(scene.receipt.basis().label()));
    let articles = process.legal_basis.iter();
    let articles = articles.filter_map(|term| law::article(term, scene.reader));
    let articles: Vec<Html> = articles.map(|article| Html::text(&article)).collect();
    if articles.is_empty() {
        basis
    } else {
        basis.then(": ", &Html::joined(&articles, "; "))
    }
}
