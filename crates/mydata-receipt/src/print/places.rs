//! Countries and languages by name.

use super::Reader;
use super::html::Html;
use super::texts::Words;
use crate::receipt::Country;
use mydata_core::lang::{Language, Trilingual};

/// A country's name; its code where we have no name, and a word of warning where the GDPR does not
/// apply of itself.
pub(super) fn country(country: Country, reader: Reader, words: &Words) -> Html {
    let known = COUNTRIES.iter().find(|known| known.0 == country.as_str());
    let name = known.map_or_else(|| country.as_str(), |known| reader.choose(known.2));
    let is_inside = known.is_some_and(|known| known.1);
    let warning = if is_inside { "" } else { words.outside };
    let name = Html::text(name);
    if warning.is_empty() {
        name
    } else {
        name.then(", ", &Html::text(warning))
    }
}

/// In which language something was said, as an adverb.
pub(super) fn in_language(language: Language, reader: Reader) -> String {
    let known = match language {
        Language::FI => Trilingual {
            fi: "suomeksi",
            sv: "på finska",
            en: "in Finnish",
        },
        Language::SV => Trilingual {
            fi: "ruotsiksi",
            sv: "på svenska",
            en: "in Swedish",
        },
        Language::EN => Trilingual {
            fi: "englanniksi",
            sv: "på engelska",
            en: "in English",
        },
        other => {
            return match reader {
                Reader::Fi => format!("kielellä {other}"),
                Reader::Sv => format!("på språket {other}"),
                Reader::En => format!("in the language {other}"),
            };
        }
    };
    reader.choose(known).to_owned()
}

macro_rules! countries {
    ($($code:literal $is_inside:literal $fi:literal, $sv:literal, $en:literal;)+) => {
        &[$(($code, $is_inside, Trilingual { fi: $fi, sv: $sv, en: $en }),)+]
    };
}

/// The code, whether it is of the European Economic Area, and the name.
const COUNTRIES: &[(&str, bool, Trilingual)] = countries! {
    "AT" true "Itävalta", "Österrike", "Austria";
    "AX" true "Ahvenanmaa", "Åland", "Åland";
    "BE" true "Belgia", "Belgien", "Belgium";
    "BG" true "Bulgaria", "Bulgarien", "Bulgaria";
    "CA" false "Kanada", "Kanada", "Canada";
    "CH" false "Sveitsi", "Schweiz", "Switzerland";
    "CY" true "Kypros", "Cypern", "Cyprus";
    "CZ" true "Tšekki", "Tjeckien", "Czechia";
    "DE" true "Saksa", "Tyskland", "Germany";
    "DK" true "Tanska", "Danmark", "Denmark";
    "EE" true "Viro", "Estland", "Estonia";
    "ES" true "Espanja", "Spanien", "Spain";
    "FI" true "Suomi", "Finland", "Finland";
    "FR" true "Ranska", "Frankrike", "France";
    "GB" false "Iso-Britannia", "Storbritannien", "United Kingdom";
    "GR" true "Kreikka", "Grekland", "Greece";
    "HR" true "Kroatia", "Kroatien", "Croatia";
    "HU" true "Unkari", "Ungern", "Hungary";
    "IE" true "Irlanti", "Irland", "Ireland";
    "IN" false "Intia", "Indien", "India";
    "IS" true "Islanti", "Island", "Iceland";
    "IT" true "Italia", "Italien", "Italy";
    "JP" false "Japani", "Japan", "Japan";
    "LI" true "Liechtenstein", "Liechtenstein", "Liechtenstein";
    "LT" true "Liettua", "Litauen", "Lithuania";
    "LU" true "Luxemburg", "Luxemburg", "Luxembourg";
    "LV" true "Latvia", "Lettland", "Latvia";
    "MT" true "Malta", "Malta", "Malta";
    "NL" true "Alankomaat", "Nederländerna", "Netherlands";
    "NO" true "Norja", "Norge", "Norway";
    "PL" true "Puola", "Polen", "Poland";
    "PT" true "Portugali", "Portugal", "Portugal";
    "RO" true "Romania", "Rumänien", "Romania";
    "SE" true "Ruotsi", "Sverige", "Sweden";
    "SI" true "Slovenia", "Slovenien", "Slovenia";
    "SK" true "Slovakia", "Slovakien", "Slovakia";
    "UA" false "Ukraina", "Ukraina", "Ukraine";
    "US" false "Yhdysvallat", "Förenta staterna", "United States";
};
