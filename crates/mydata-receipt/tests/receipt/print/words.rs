//! The page's own words.

use mydata_core::lang::Trilingual;
use mydata_receipt::print::{Reader, TEXTS};
use mydata_receipt::receipt::{
    ActingAs, Actor, Assurance, Channel, Custody, EventState, Method, RemedyKind,
};

/// Texts that are rightly the same in two languages.
const ALIKE: &[&str] = &["id"];

#[test]
fn every_text_is_in_every_language_and_its_own() {
    assert!(TEXTS.len() > 80);
    for (name, Trilingual { fi, sv, en }) in TEXTS {
        for text in [fi, sv, en] {
            assert!(!text.trim().is_empty() && text.trim() == *text, "{name}");
            let holes = |text: &str| text.matches("{}").count();
            assert_eq!(holes(text), holes(fi), "{name}");
            assert!(holes(text) <= 1, "{name}");
            assert_eq!(text.ends_with('.'), fi.ends_with('.'), "{name}");
        }
        let is_alike = fi == sv || sv == en || fi == en;
        assert_eq!(is_alike, ALIKE.contains(name), "{name}");
    }
}

/// Labels of the model that stand in the page.
#[test]
fn every_label_is_in_every_language() {
    let mut labels = Vec::new();
    labels.extend(ActingAs::ALL.iter().map(|word| word.label()));
    labels.extend(Actor::ALL.iter().map(|word| word.label()));
    labels.extend(Assurance::ALL.iter().map(|word| word.label()));
    labels.extend(Channel::ALL.iter().map(|word| word.label()));
    labels.extend(Custody::ALL.iter().map(|word| word.label()));
    labels.extend(EventState::ALL.iter().map(|word| word.label()));
    labels.extend(Method::ALL.iter().map(|word| word.label()));
    labels.extend(RemedyKind::ALL.iter().map(|word| word.label()));
    for label in labels {
        let [fi, sv, en] = Reader::ALL.map(|reader| reader.choose(label));
        assert!(fi != sv && sv != en && fi != en, "{fi}");
    }
}
