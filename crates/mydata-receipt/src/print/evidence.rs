//! How it was agreed, what became of it, and the records that show it (Framework 2.0 §8.1).

use super::html::Html;
use super::page::{Row, Scene};
use super::when::Zone;
use super::{places, state};
use crate::receipt::{
    Acting, ActingAs, Controller, EventState, Given, Grounds, Minor, Process, RecordRef,
    StatusEvent, Told,
};
use mydata_core::crypto::Sha256;
use mydata_core::time::Timestamp;
use mydata_record::consent::Role;
use mydata_record::description::Issued;

/// How it was agreed, or what was told where nobody was asked.
pub(super) fn agreed(scene: &Scene<'_>) -> Vec<Row> {
    match &scene.receipt.grounds {
        Grounds::Consent(given) => of_consent(scene, given),
        Grounds::Law(told) => of_law(scene, told),
    }
}

fn of_law(scene: &Scene<'_>, told: &Told) -> Vec<Row> {
    let w = &scene.words;
    let language = places::in_language(scene.receipt.language, scene.reader);
    let at = Html::filled(w.told_at, &scene.clock.moment(told.at));
    let mut texts = vec![at.then(", ", &Html::text(&language))];
    texts.extend(descriptions(scene));
    vec![Row::new(w.told, texts)]
}

//= FW-25, FW-26, FW-27, FW-28, FW-30
fn of_consent(scene: &Scene<'_>, given: &Given) -> Vec<Row> {
    let w = &scene.words;
    let ceremony = &given.ceremony;
    let label = |text| Html::capital(scene.reader.choose(text));
    let mut rows = vec![
        Row::new(w.who, who(scene, given)).with_id("fw-25"),
        Row::new(w.when, when(scene, given)).with_id("fw-26"),
        Row::new(w.told, told(scene, given)).with_id("fw-27"),
        Row::new(w.how, how(scene, given)).with_id("fw-28"),
    ];
    let acting = &ceremony.acting;
    rows.extend(acting.minor.map(|minor| under_age(scene, acting, minor)));
    let authority = acting.authority.as_ref();
    rows.extend(authority.map(|proof| Row::new(w.authority_to_act, vec![Html::code(proof)])));
    rows.push(Row::new(
        w.assurance,
        vec![label(ceremony.assurance.label())],
    ));
    rows.push(Row::new(w.custody, vec![label(ceremony.custody.label())]));
    rows
}

fn who(scene: &Scene<'_>, given: &Given) -> Vec<Html> {
    let w = &scene.words;
    let mut who = vec![Html::capital(
        scene.reader.choose(given.ceremony.acting.capacity.label()),
    )];
    let known_as = |controller: &Controller| {
        let service = scene.said(&controller.service.title);
        let as_whom = Html::code(controller.surrogate_id.as_str());
        Html::filled(w.known_as, &service).then(": ", &as_whom)
    };
    who.extend(scene.receipt.controllers().map(known_as));
    let mut keys: Vec<&str> = given
        .records
        .iter()
        .map(|record| record.kid.as_str())
        .collect();
    keys.dedup();
    let keys: Vec<Html> = keys.into_iter().map(Html::code).collect();
    who.push(Html::capital(w.signed_with).then(": ", &Html::joined(&keys, ", ")));
    who
}

fn when(scene: &Scene<'_>, given: &Given) -> Vec<Html> {
    let decided = given.ceremony.decided_at;
    let mut when = vec![scene.clock.moment(decided)];
    let mut signed: Vec<_> = given.records.iter().map(|record| record.iat).collect();
    signed.retain(|signed| *signed != decided);
    signed.dedup();
    let signed = signed.into_iter();
    when.extend(signed.map(|at| Html::filled(scene.words.signed, &scene.clock.moment(at))));
    when
}

fn told(scene: &Scene<'_>, given: &Given) -> Vec<Html> {
    let (w, notice) = (&scene.words, &given.notice);
    let language = places::in_language(scene.receipt.language, scene.reader);
    let shown = Html::filled(w.shown, &scene.clock.moment(notice.shown_at));
    let url = notice.url.as_str();
    let mut told = vec![
        shown.then(", ", &Html::text(&language)),
        Html::text(w.archived).link(url),
        Html::text(w.notice).then(": ", &Html::code(&notice.sha256.to_base64url())),
    ];
    told.extend(descriptions(scene));
    told
}

/// The descriptions whose texts the receipt has, with versions and dates.
fn descriptions(scene: &Scene<'_>) -> Vec<Html> {
    let description = |controller: &Controller| {
        let service = &controller.service;
        let issued = match &service.issued {
            Issued::At(time) => scene.clock.day(*time),
            // Free text it is, and most write a time all the same.
            Issued::Text(text) => match Timestamp::parse(text) {
                Some(time) => scene.clock.day(time),
                None => Html::text(text),
            },
        };
        let version = Html::text(scene.words.description);
        let version = version.then(" ", &Html::text(service.version.as_str()));
        let title = scene.said(&service.title);
        Html::joined(&[title.then(": ", &version), issued], ", ")
    };
    scene.receipt.controllers().map(description).collect()
}

fn how(scene: &Scene<'_>, given: &Given) -> Vec<Html> {
    let (w, ceremony) = (&scene.words, &given.ceremony);
    let channel = scene.reader.choose(ceremony.channel.label());
    let method = scene.reader.choose(ceremony.method.label());
    let act = if ceremony.is_explicit {
        w.explicit
    } else {
        w.with_other
    };
    let processes = &scene.receipt.processes;
    let named = |data: &dyn Fn(&Process) -> Vec<Html>| {
        let mut named: Vec<Html> = Vec::new();
        for title in processes.iter().flat_map(data) {
            if !named.contains(&title) {
                named.push(title);
            }
        }
        named
    };
    let titles = |items: &[crate::receipt::DataItem]| {
        items.iter().map(|item| scene.said(&item.title)).collect()
    };
    let chosen = named(&|process| titles(&process.data));
    let left_out = named(&|process| titles(&process.left_out));
    let mut how = vec![
        Html::capital(&[channel, method].join(", ")),
        Html::capital(act),
    ];
    for (label, named) in [(w.chosen, chosen), (w.left_out, left_out)] {
        if !named.is_empty() {
            let named = Html::joined(&named, "; ");
            how.push(Html::text(label).then(": ", &named).again());
        }
    }
    how
}

fn under_age(scene: &Scene<'_>, acting: &Acting, minor: Minor) -> Row {
    let w = &scene.words;
    let age = match minor.age {
        1 => Html::text(w.age_one),
        age => Html::filled(w.age, &Html::text(&age.to_string())),
    };
    let role = match acting.capacity {
        // An official writes down what the minor has said.
        ActingAs::Oneself | ActingAs::Official => w.acted_oneself,
        ActingAs::Parent => w.acted_parent,
        ActingAs::Guardian => w.acted_guardian,
        ActingAs::Mandate => w.acted_mandate,
    };
    let role = Html::filled(w.acted, &Html::text(role));
    Row::new(w.minor, vec![age.then("; ", &role)]).with_id("fw-30")
}

/// What became of the consent.
pub(super) struct Since {
    /// Every change, the earliest first.
    pub(super) changes: Vec<Html>,
    /// That it was never withdrawn, which a change of another kind does not say.
    pub(super) withdrawn: Vec<Row>,
}

//= FW-29
pub(super) fn since(scene: &Scene<'_>, given: &Given) -> Since {
    let w = &scene.words;
    let changes = changes(scene, given);
    let is_withdrawn = |(state, _): &(EventState, Html)| *state == EventState::Withdrawn;
    let withdrawn = if changes.iter().any(is_withdrawn) {
        Vec::new()
    } else {
        let no = Html::capital(w.not_withdrawn);
        vec![Row::new(w.withdrawn_when, vec![no])]
    };
    Since {
        changes: changes.into_iter().map(|(_, told)| told).collect(),
        withdrawn,
    }
}

/// What came after it was given: each change once, with a word when it is of one half only.
fn changes(scene: &Scene<'_>, given: &Given) -> Vec<(EventState, Html)> {
    let w = &scene.words;
    let of = |record: &RecordRef| -> Vec<Change> { record.events.iter().map(Change::of).collect() };
    let mut changes: Vec<(Change, &StatusEvent)> = Vec::new();
    for event in given.records.iter().flat_map(|record| &record.events) {
        let change = Change::of(event);
        let is_new = !changes.iter().any(|(known, _)| *known == change);
        if is_new && event.state != EventState::Given {
            changes.push((change, event));
        }
    }
    changes.sort_by_key(|(_, event)| event.at);
    let line = |(change, event): (Change, &StatusEvent)| {
        let line = state::event(scene, event);
        let lacking = given
            .records
            .iter()
            .any(|record| !of(record).contains(&change));
        let mut having = given
            .records
            .iter()
            .filter(|record| of(record).contains(&change));
        let line = match having.next().map(|record| record.role) {
            Some(Role::Source) if lacking => line.then("; ", &Html::text(w.only_source)),
            Some(Role::Sink) if lacking => line.then("; ", &Html::text(w.only_sink)),
            Some(Role::Source | Role::Sink) | None => line,
        };
        (event.state, line)
    };
    changes.into_iter().map(line).collect()
}

/// What two records of one change have in common.
#[derive(PartialEq, Eq)]
struct Change(StatusEvent);

impl Change {
    fn of(event: &StatusEvent) -> Self {
        Self(StatusEvent {
            record: None,
            ..event.clone()
        })
    }
}

/// Facts for the file.
pub(super) fn record(scene: &Scene<'_>, zone: Zone) -> Vec<Row> {
    let (receipt, w) = (scene.receipt, &scene.words);
    let country = |country| places::country(country, scene.reader, w);
    let law = receipt
        .jurisdiction
        .iter()
        .map(|place| country(*place))
        .collect();
    let policy = |controller: &Controller| {
        let url = controller.policy_url.as_str();
        scene.said(&controller.service.title).link(url)
    };
    let mut rows = vec![
        Row::new(w.applicable_law, law),
        Row::new(w.policy, receipt.controllers().map(policy).collect()),
    ];
    let replaces = receipt.given().and_then(|given| given.replaces.as_ref());
    rows.extend(replaces.map(|id| Row::new(w.replaces, vec![Html::code(id.as_str())])));
    let label = scene.reader.choose(zone.label());
    let times = Html::capital(&format!("{label} ({})", zone.name()));
    rows.push(Row::new(w.times, vec![times]));
    rows
}

/// The signed documents but for changes of status, with what identifies each.
pub(super) fn documents(scene: &Scene<'_>, sha256: Sha256) -> Vec<Row> {
    let (receipt, w) = (scene.receipt, &scene.words);
    let id = Html::code(&receipt.receipt_id.to_string());
    let this = match receipt.given() {
        Some(_) => w.this_receipt,
        None => w.this_law,
    };
    let mut all = vec![document(scene, Html::text(this), id, sha256)];
    for record in records(scene) {
        let id = Html::code(record.cr_id.as_str());
        let link = Html::code(record.slr_id.as_str());
        let link = Html::text(w.link).then(" ", &link);
        let what = Html::text(copy(scene, record));
        all.push(document(scene, what, id.then(", ", &link), record.sha256));
    }
    all
}

/// The changes of status that have a record, each of the copy to which it belongs.
pub(super) fn statuses(scene: &Scene<'_>) -> Vec<Row> {
    let mut all = Vec::new();
    for record in records(scene) {
        for event in &record.events {
            let Some(status) = &event.record else {
                continue;
            };
            let state = Html::text(scene.reader.choose(event.state.label()));
            let what = Html::text(scene.words.status).then(": ", &state);
            let what = Html::text(copy(scene, record)).then("; ", &what);
            let id = Html::code(status.record_id.as_str());
            all.push(document(scene, what, id, status.sha256));
        }
    }
    all
}

fn records<'r>(scene: &Scene<'r>) -> &'r [RecordRef] {
    let given = scene.receipt.given();
    given.map_or(&[], |given| &*given.records)
}

/// Whose copy of the consent a record is.
fn copy(scene: &Scene<'_>, record: &RecordRef) -> &'static str {
    let w = &scene.words;
    match record.role {
        _ if scene.receipt.source.is_none() => w.consent_alone,
        Role::Source => w.consent_source,
        Role::Sink => w.consent_sink,
    }
}

fn document(scene: &Scene<'_>, what: Html, id: Html, sha256: Sha256) -> Row {
    let sha256 = Html::code(&sha256.to_base64url());
    Row {
        id: "",
        term: what,
        said: vec![
            Html::text(scene.words.id).then(": ", &id),
            Html::text("SHA-256").then(": ", &sha256),
        ],
    }
}
