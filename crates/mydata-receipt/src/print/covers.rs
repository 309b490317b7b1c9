//! Who gets which data from whom, what for and until when; what can be done about it; where it stays.

use super::html::Html;
use super::page::{Row, Scene};
use super::{law, places};
use crate::receipt::{Controller, DataItem, Necessity, Process, RemedyKind, Right};
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
    /// Whether it was needed.
    pub(super) necessity: &'static str,
    /// How sensitive it is; nothing of ordinary data.
    pub(super) sensitivity: &'static str,
}

/// Where the data of some purposes goes and stays.
pub(super) struct Keeping {
    /// The purposes; none when it is the same for all.
    pub(super) purpose: Option<Html>,
    pub(super) rows: Vec<Row>,
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
        let until = given.exp.map_or_else(|| vec![Html::text(w.no_limit)], time);
        rows.push(Row::new(w.valid_until, until));
    }
    rows
}

pub(super) fn purposes(scene: &Scene<'_>) -> Vec<Purpose> {
    let purpose = |process: &Process| Purpose {
        title: scene.said(&process.title),
        description: scene.said(&process.description),
        data: items(scene, &process.data),
        left_out: items(scene, &process.left_out),
    };
    scene.receipt.processes.iter().map(purpose).collect()
}

fn items(scene: &Scene<'_>, items: &[DataItem]) -> Vec<Item> {
    let w = &scene.words;
    let item = |item: &DataItem| Item {
        title: scene.said(&item.title),
        description: scene.said(&item.description),
        necessity: match item.necessity {
            Necessity::Required => w.required,
            Necessity::Optional => w.optional,
        },
        sensitivity: match item.sensitivity {
            Category::Ordinary => "",
            Category::Confidential => w.confidential,
            // The set is open: what is not known to be ordinary is marked.
            _ => w.special,
        },
    };
    items.iter().map(item).collect()
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
        let named = Html::text(&format!("{} {}", w.right_to, named.join(", ")));
        named.then(": ", &Html::link(url, url))
    };
    places.into_iter().map(sentence).collect()
}

/// Where the data goes and stays: once, when it is the same for every purpose.
pub(super) fn keeping(scene: &Scene<'_>) -> Vec<Keeping> {
    let processes = &scene.receipt.processes;
    let kept = |process: &Process| {
        (
            process.recipients.clone(),
            process.storage.clone(),
            process.retention.clone(),
            process.legal_basis.clone(),
        )
    };
    let mut different: Vec<&Process> = Vec::new();
    for process in processes {
        if !different.iter().any(|known| kept(known) == kept(process)) {
            different.push(process);
        }
    }
    let is_one = different.len() == 1;
    let keeping = |first: &&Process| {
        let alike = processes.iter().filter(|process| kept(process) == kept(first));
        let titles: Vec<Html> = alike.map(|process| scene.said(&process.title)).collect();
        Keeping {
            purpose: (!is_one).then(|| Html::joined(&titles, "; ")),
            rows: kept_rows(scene, first),
        }
    };
    different.iter().map(keeping).collect()
}

fn kept_rows(scene: &Scene<'_>, process: &Process) -> Vec<Row> {
    let w = &scene.words;
    let country = |country| places::country(country, scene.reader, w);
    let recipient = |to: &crate::receipt::Recipient| {
        scene.said(&to.name).then(", ", &country(to.country))
    };
    let mut recipients: Vec<Html> = process.recipients.iter().map(recipient).collect();
    if recipients.is_empty() {
        recipients.push(Html::text(w.nobody));
    }
    let storage = process.storage.iter().map(|place| country(*place)).collect();
    let mut retention = vec![scene.said(&process.retention.rule)];
    retention.extend(process.retention.days.map(|days| {
        let days = Html::text(&days.to_string());
        Html::filled(w.at_most_days, &days)
    }));
    let basis = Html::text(scene.reader.choose(scene.receipt.basis().label()));
    let articles = process.legal_basis.iter();
    let articles = articles.filter_map(|term| law::article(term, scene.reader));
    let articles: Vec<Html> = articles.map(|article| Html::text(&article)).collect();
    let basis = if articles.is_empty() {
        basis
    } else {
        basis.then(": ", &Html::joined(&articles, "; "))
    };
    vec![
        Row::new(w.recipients, recipients),
        Row::new(w.storage, storage),
        Row::new(w.retention, retention),
        Row::new(w.basis, vec![basis]),
    ]
}
