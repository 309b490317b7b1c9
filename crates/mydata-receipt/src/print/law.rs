//! Articles of the GDPR and the rights in them, in plain words.

use super::Reader;
use crate::dpv::{LegalBasisTerm, RightTerm};
use mydata_core::lang::Trilingual;

/// A right in plain words.
#[derive(Clone, Copy)]
pub(super) struct PlainRight {
    /// Whether it has conditions, so that it is a right to ask.
    pub(super) is_asked: bool,
    /// As it stands after "the right to ask for", else after "the right to".
    pub(super) words: Trilingual,
}

/// A right by its term.
pub(super) fn right(right: &RightTerm) -> PlainRight {
    let known = RIGHTS.iter().find(|(term, _)| *term == right.as_str());
    known.map_or(ANY_RIGHT, |(_, right)| *right)
}

/// The article that permits processing, as lawyers of the language write it; `None` for a term that
/// names no article.
pub(super) fn article(basis: &LegalBasisTerm, reader: Reader) -> Option<String> {
    let mut parts = basis.as_str().strip_prefix("eu-gdpr:A")?.split('-');
    let article = parts.next()?;
    let paragraph = parts.next();
    // Terms such as `A6-1-a-explicit-consent` go on in words.
    let point = parts.next().filter(|point| point.len() == 1);
    Some(match (reader, paragraph, point) {
        (Reader::Fi, Some(paragraph), Some(point)) => {
            format!("tietosuoja-asetuksen {article} artiklan {paragraph} kohdan {point} alakohta")
        }
        (Reader::Fi, Some(paragraph), None) => {
            format!("tietosuoja-asetuksen {article} artiklan {paragraph} kohta")
        }
        (Reader::Fi, None, _) => format!("tietosuoja-asetuksen {article} artikla"),
        (Reader::Sv, Some(paragraph), Some(point)) => {
            format!("artikel {article}.{paragraph} {point} i dataskyddsförordningen")
        }
        (Reader::Sv, Some(paragraph), None) => {
            format!("artikel {article}.{paragraph} i dataskyddsförordningen")
        }
        (Reader::Sv, None, _) => format!("artikel {article} i dataskyddsförordningen"),
        (Reader::En, Some(paragraph), Some(point)) => {
            format!("GDPR, Article {article}({paragraph})({point})")
        }
        (Reader::En, Some(paragraph), None) => format!("GDPR, Article {article}({paragraph})"),
        (Reader::En, None, _) => format!("GDPR, Article {article}"),
    })
}

const ANY_RIGHT: PlainRight = PlainRight {
    is_asked: false,
    words: Trilingual {
        fi: "käyttää muita tietosuojaoikeuksia",
        sv: "utöva andra dataskyddsrättigheter",
        en: "exercise other rights of data protection",
    },
};

macro_rules! rights {
    ($($term:literal $is_asked:literal: $fi:literal, $sv:literal, $en:literal;)+) => {
        &[$(($term, PlainRight {
            is_asked: $is_asked,
            words: Trilingual { fi: $fi, sv: $sv, en: $en },
        }),)+]
    };
}

/// The term, whether the right is one to ask, and its words.
const RIGHTS: &[(&str, PlainRight)] = rights! {
    "eu-gdpr:A7-3" false: "peruuttaa suostumus", "återkalla samtycket", "withdraw the consent";
    "eu-gdpr:A13" false: "saada tietoa käsittelystä", "få information om behandlingen", "be informed of the processing";
    "eu-gdpr:A14" false: "saada tietoa siitä, mistä tiedot on saatu", "få veta varifrån uppgifterna kommer", "be told where the data comes from";
    "eu-gdpr:A15" true: "pääsyä tietoihin", "tillgång till uppgifterna", "access to the data";
    "eu-gdpr:A16" true: "tietojen oikaisemista", "rättelse av uppgifterna", "correction of the data";
    "eu-gdpr:A17" true: "tietojen poistamista", "radering av uppgifterna", "erasure of the data";
    "eu-gdpr:A18" true: "käsittelyn rajoittamista", "begränsning av behandlingen", "restriction of the processing";
    "eu-gdpr:A19" false: "saada tietää, kenelle muutoksista on kerrottu", "få veta vem som har underrättats om ändringar", "know who has been told of changes";
    "eu-gdpr:A20" true: "tietojen siirtämistä järjestelmästä toiseen", "överföring av uppgifterna från ett system till ett annat", "transfer of the data from one system to another";
    "eu-gdpr:A21" false: "vastustaa käsittelyä", "göra invändningar mot behandlingen", "object to the processing";
    "eu-gdpr:A22" false: "olla joutumatta pelkän automaattisen päätöksen kohteeksi", "slippa beslut som bara fattas automatiskt", "not be subject to a decision made by automation alone";
    "eu-gdpr:A22-3-a" false: "saada ihminen käsittelemään automaattinen päätös", "få ett automatiskt beslut prövat av en människa", "have a person look at an automated decision";
    "eu-gdpr:A22-3-b" false: "esittää kantansa automaattisesta päätöksestä", "framföra sin åsikt om ett automatiskt beslut", "give one's view of an automated decision";
    "eu-gdpr:A22-3-c" false: "riitauttaa automaattinen päätös", "bestrida ett automatiskt beslut", "contest an automated decision";
    "eu-gdpr:A77" false: "tehdä valitus valvontaviranomaiselle", "lämna in klagomål till tillsynsmyndigheten", "complain to the supervisory authority";
    "eu-gdpr:A78" false: "viedä viranomaisen päätös tuomioistuimeen", "föra myndighetens beslut till domstol", "take the authority's decision to court";
    "eu-gdpr:A79" false: "viedä asia tuomioistuimeen", "föra saken till domstol", "take the matter to court";
};
