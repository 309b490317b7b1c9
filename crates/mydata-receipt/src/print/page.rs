//! The page as the template sees it.

use super::html::Html;
use super::texts::Words;
use super::when::{Clock, Zone};
use super::{Reader, covers, evidence, parties, qr, state};
use crate::receipt::{ActingAs, Localized, Receipt};
use askama::Template;
use mydata_core::crypto::Sha256;

/// Everything that the page shows, section by section.
#[derive(Template)]
#[template(path = "receipt.html", whitespace = "minimize")]
pub(super) struct View {
    w: Words,
    lang: &'static str,
    operator: Html,
    about: Html,
    head: state::Head,
    facts: Vec<Row>,
    purposes: Vec<covers::Purpose>,
    remedy: &'static str,
    remedies: Vec<Row>,
    keeping: Vec<Row>,
    agreed: Vec<Row>,
    since: Option<evidence::Since>,
    unchanged: Html,
    contacts: Vec<parties::Card>,
    record: Vec<Row>,
    documents: Vec<evidence::Document>,
    qr: Option<Html>,
}

impl View {
    pub(super) fn new(receipt: &Receipt, sha256: Sha256, reader: Reader, zone: Zone) -> Self {
        let scene = Scene::new(receipt, reader, zone);
        let w = scene.words;
        let content = qr::content(receipt.receipt_id, sha256);
        Self {
            w,
            lang: match reader {
                Reader::Fi => "fi",
                Reader::Sv => "sv",
                Reader::En => "en",
            },
            operator: scene.said(&receipt.operator.name),
            about: Html::text(
                receipt
                    .controller
                    .service
                    .title
                    .best(reader.language(), receipt.language)
                    .1,
            ),
            head: state::head(&scene),
            facts: covers::facts(&scene),
            purposes: covers::purposes(&scene),
            remedy: covers::remedy(&scene),
            remedies: covers::remedies(&scene),
            keeping: covers::keeping(&scene),
            agreed: evidence::agreed(&scene),
            since: receipt.given().map(|given| evidence::since(&scene, given)),
            unchanged: Html::filled(w.unchanged, &scene.clock.moment(receipt.issued)),
            contacts: parties::cards(&scene),
            record: evidence::record(&scene, zone),
            documents: evidence::documents(&scene, sha256),
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
        Html::said(text, self.reader, self.receipt.language)
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
    /// Where the row is found, when something points at it.
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
