//! Who gets which data from whom, what for and until when; where it stays.

use super::html::Html;
use super::page::{Row, Scene};
use super::texts::Words;
use super::{law, places};
use crate::receipt::{Controller, Country, DataItem, EventState, Necessity, Process, Recipient};
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

/// What the part about the data is called.
pub(super) fn heading(scene: &Scene<'_>) -> &'static str {
    let w = &scene.words;
    match scene.state() {
        Some(_) => scene.past(w.covers, w.covers_ended),
        None => w.covers_law,
    }
}

/// Who gets the data from whom, and until when.
pub(super) fn facts(scene: &Scene<'_>) -> Vec<Row> {
    let (receipt, w) = (scene.receipt, &scene.words);
    let who = |controller: &Controller| {
        let party = scene.said(&controller.party.name).strong();
        party.then(", ", &scene.said(&controller.service.title))
    };
    let row = |(now, then): (&'static str, &'static str), said| {
        Row::new(scene.past(now, then), vec![said])
    };
    let mut rows = match &receipt.source {
        Some(source) => vec![
            row((w.who_gets, w.who_gets_ended), who(&receipt.controller)),
            row((w.who_gives, w.who_gives_ended), who(source)),
        ],
        None => vec![
            row((w.who_uses, w.who_uses_ended), who(&receipt.controller)),
            row(
                (w.who_gives, w.who_gives_ended),
                Html::text(scene.past(w.nobody_gives, w.nobody_gives_ended)),
            ),
        ],
    };
    if let Some(given) = receipt.given() {
        let time = |time| scene.clock.moment(time);
        let from = given.nbf.map(time);
        rows.extend(from.map(|from| row((w.valid_from, w.valid_from_ended), from)));
        let until = given.exp.map_or_else(|| Html::capital(w.no_limit), time);
        let ended = if scene.state() == Some(EventState::Expired) {
            w.valid_until_expired
        } else {
            w.valid_until_ended
        };
        rows.push(row((w.valid_until, ended), until));
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

/// Where the data goes and stays, how long, and why it may.
pub(super) fn keeping(scene: &Scene<'_>) -> Vec<Row> {
    let w = &scene.words;
    vec![
        Row::new(
            scene.past(w.recipients, w.recipients_ended),
            of_purposes(scene, recipients),
        ),
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

/// The rule alone: a number of days beside it would be another, a little longer or shorter.
fn retention(scene: &Scene<'_>, process: &Process) -> Html {
    scene.said(&process.retention.rule)
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
