//! The page as the template sees it.

use super::html::Html;
use super::texts::Words;
use super::when::{Clock, Zone};
use super::{Reader, covers, evidence, parties, qr, remedies, state};
use crate::receipt::{ActingAs, EventState, Localized, Receipt};
use crate::signed::Unchecked;
use askama::Template;
use mydata_core::crypto::Sha256;

/// Everything that the page shows, section by section.
#[derive(Template)]
#[template(path = "receipt.html", whitespace = "minimize")]
pub(super) struct View {
    w: Words,
    lang: &'static str,
    issuer: Html,
    window: Html,
    about: Html,
    head: state::Head,
    covers: &'static str,
    facts: Vec<Row>,
    own_words: &'static str,
    purposes: Vec<covers::Purpose>,
    remedy: Vec<Html>,
    remedies: Vec<Row>,
    keeping: Vec<Row>,
    agreed: Vec<Row>,
    since: Option<evidence::Since>,
    contacts: Vec<parties::Card>,
    names: Names,
    checked: Checked,
    record: Vec<Row>,
    documents: Vec<Row>,
    statuses: Vec<Row>,
    qr: Option<Html>,
}

/// What the page is called in its own headings.
struct Names {
    agreed: &'static str,
    record: &'static str,
}

/// What has been verified.
struct Checked {
    /// Whether anything has.
    is_proven: bool,
    /// What has not been established all the same.
    not_shown: Vec<Html>,
}

/// A receipt with what is known of its signed form.
#[derive(Clone, Copy)]
pub(super) struct Source<'r> {
    pub(super) receipt: &'r Receipt,
    pub(super) sha256: Sha256,
    /// What a verification has not established; none when there was no verification.
    pub(super) unchecked: Option<&'r [Unchecked]>,
}

impl View {
    pub(super) fn new(source: Source<'_>, reader: Reader, zone: Zone) -> Self {
        let Source {
            receipt,
            sha256,
            unchecked,
        } = source;
        let scene = Scene::new(receipt, reader, zone);
        let w = scene.words;
        let (issuer, names) = match receipt.given() {
            Some(_) => (
                w.issuer,
                Names {
                    agreed: w.agreed,
                    record: w.record,
                },
            ),
            None => (
                w.issuer_law,
                Names {
                    agreed: w.told_law,
                    record: w.record_law,
                },
            ),
        };
        let content = qr::content(receipt.receipt_id, sha256);
        let label = |one: &Unchecked| Html::capital(reader.choose(one.label()));
        Self {
            w,
            lang: match reader {
                Reader::Fi => "fi",
                Reader::Sv => "sv",
                Reader::En => "en",
            },
            issuer: Html::text(issuer).then(": ", &scene.said(&receipt.operator.name)),
            window: state::window(&scene),
            about: state::about(&scene),
            head: state::head(&scene),
            covers: covers::heading(&scene),
            facts: covers::facts(&scene),
            own_words: scene.past(w.own_words, w.own_words_ended),
            purposes: covers::purposes(&scene),
            remedy: remedies::sentences(&scene),
            remedies: remedies::places(&scene),
            keeping: covers::keeping(&scene),
            agreed: evidence::agreed(&scene),
            since: receipt.given().map(|given| evidence::since(&scene, given)),
            contacts: parties::cards(&scene),
            names,
            checked: Checked {
                is_proven: unchecked.is_some(),
                not_shown: unchecked.unwrap_or_default().iter().map(label).collect(),
            },
            record: evidence::record(&scene, zone),
            documents: evidence::documents(&scene, sha256),
            statuses: evidence::statuses(&scene),
            qr: qr::picture(&content, w.qr),
        }
    }
}

/// A receipt, its reader and the reader's place.
pub(super) struct Scene<'r> {
    pub(super) receipt: &'r Receipt,
    pub(super) reader: Reader,
    pub(super) words: Words,
    pub(super) clock: Clock,
}

impl<'r> Scene<'r> {
    fn new(receipt: &'r Receipt, reader: Reader, zone: Zone) -> Self {
        Self {
            receipt,
            reader,
            words: Words::of(reader),
            clock: Clock::new(reader, zone),
        }
    }

    /// A text of the receipt.
    pub(super) fn said(&self, text: &Localized) -> Html {
        Html::said(text, self.reader, self.receipt.language, Html::text)
    }

    /// A text of the receipt at the beginning of a line.
    pub(super) fn said_first(&self, text: &Localized) -> Html {
        Html::said(text, self.reader, self.receipt.language, Html::capital)
    }

    /// The state of a consent; none of a notice.
    pub(super) fn state(&self) -> Option<EventState> {
        let given = self.receipt.given()?;
        Some(given.state().unwrap_or(EventState::Given))
    }

    /// Whether a consent is over: then the page speaks of what was.
    pub(super) fn is_over(&self) -> bool {
        self.state().is_some_and(EventState::is_end)
    }

    /// The first of two words, or the second when the consent is over.
    pub(super) fn past(&self, now: &'static str, then: &'static str) -> &'static str {
        if self.is_over() { then } else { now }
    }

    /// Whether somebody else acted for the person: then the reader need not be the person.
    pub(super) fn is_of_another(&self) -> bool {
        self.receipt
            .given()
            .is_some_and(|given| match given.ceremony.acting.capacity {
                ActingAs::Parent | ActingAs::Guardian | ActingAs::Mandate => true,
                // An official writes down what the person has said.
                ActingAs::Oneself | ActingAs::Official => false,
            })
    }
}

/// A row of a list of facts.
pub(super) struct Row {
    /// Where the row is found, when something points at it; else empty.
    pub(super) id: &'static str,
    /// What is said.
    pub(super) term: Html,
    /// What there is to say; several pieces stand below each other.
    pub(super) said: Vec<Html>,
}

impl Row {
    pub(super) fn new(term: &str, said: Vec<Html>) -> Self {
        let term = Html::text(term);
        Self { id: "", term, said }
    }

    pub(super) fn with_id(self, id: &'static str) -> Self {
        Self { id, ..self }
    }
}
