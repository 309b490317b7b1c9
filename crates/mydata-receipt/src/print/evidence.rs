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

/// A signed document behind the page.
pub(super) struct Document {
    pub(super) what: Html,
    /// Its names; an archived text has none but its digest.
    pub(super) id: Html,
    pub(super) sha256: Html,
}

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
    let mut texts = vec![
        scene
            .clock
            .moment(told.at)
            .then(", ", &Html::text(&language)),
    ];
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
        let service = Html::capital(w.known_as).then(" ", &service);
        service.then(": ", &as_whom)
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
        Html::text(w.archived).then(": ", &Html::link(url, url)),
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
            how.push(Html::text(label).then(": ", &Html::joined(&named, "; ")));
        }
    }
    how
}

fn under_age(scene: &Scene<'_>, acting: &Acting, minor: Minor) -> Row {
    let w = &scene.words;
    let age = Html::text(w.age).then(": ", &Html::text(&minor.age.to_string()));
    let role = match acting.capacity {
        ActingAs::Oneself => w.acted_oneself,
        ActingAs::Parent | ActingAs::Guardian | ActingAs::Mandate | ActingAs::Official => {
            scene.reader.choose(acting.capacity.label())
        }
    };
    let role = Html::text(w.acted).then(": ", &Html::text(role));
    Row::new(w.minor, vec![age.then("; ", &role)]).with_id("fw-30")
}

/// What became of the consent.
pub(super) struct Since {
    /// Whether and when it was withdrawn, which is not every end; by whom, and why.
    pub(super) withdrawn: Vec<Row>,
    /// Every other change.
    pub(super) changes: Vec<Html>,
    /// Whether nothing has happened.
    pub(super) is_unchanged: bool,
}

//= FW-29
pub(super) fn since(scene: &Scene<'_>, given: &Given) -> Since {
    let w = &scene.words;
    let all = changes(scene, given);
    let is_unchanged = all.is_empty();
    let (withdrawn, changes): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|(state, _)| *state == EventState::Withdrawn);
    let told =
        |changes: Vec<(EventState, Html)>| changes.into_iter().map(|(_, told)| told).collect();
    let withdrawn = if withdrawn.is_empty() {
        vec![Html::capital(w.not_withdrawn)]
    } else {
        told(withdrawn)
    };
    Since {
        withdrawn: vec![Row::new(w.withdrawn_when, withdrawn).with_id("fw-29")],
        changes: told(changes),
        is_unchanged,
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
        Html::link(url, url)
    };
    let mut rows = vec![
        Row::new(w.issued, vec![scene.clock.moment(receipt.issued)]),
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

/// The signed documents, with what identifies each.
pub(super) fn documents(scene: &Scene<'_>, sha256: Sha256) -> Vec<Document> {
    let w = &scene.words;
    let document = |what: Html, id: Html, sha256: Sha256| Document {
        what,
        id,
        sha256: Html::code(&sha256.to_base64url()),
    };
    let id = scene.receipt.receipt_id.to_string();
    let mut all = vec![document(
        Html::text(w.this_receipt),
        Html::code(&id),
        sha256,
    )];
    let Some(given) = scene.receipt.given() else {
        return all;
    };
    let notice = given.notice.sha256;
    all.push(document(Html::text(w.notice), Html::text("–"), notice));
    for record in &given.records {
        let what = match record.role {
            Role::Source => w.consent_source,
            Role::Sink => w.consent_sink,
        };
        let id = Html::code(record.cr_id.as_str());
        let link = Html::text(w.link).then(" ", &Html::code(record.slr_id.as_str()));
        all.push(document(
            Html::text(what),
            id.then(", ", &link),
            record.sha256,
        ));
        for event in &record.events {
            let Some(status) = &event.record else {
                continue;
            };
            let state = Html::text(scene.reader.choose(event.state.label()));
            let what = Html::text("– ").then("", &state);
            all.push(document(
                what,
                Html::code(status.record_id.as_str()),
                status.sha256,
            ));
        }
    }
    all
}
