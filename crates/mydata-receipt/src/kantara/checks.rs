//! What a text must be, member by member.

use super::VERSION;
use super::rule::KantaraRule;
use crate::receipt::{Country, Email};
use mydata_core::time::Timestamp;

/// What a text must be, beyond not being empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Anything.
    Free,
    /// §4.3.1
    Version,
    /// §4.3.2
    Jurisdiction,
    /// §4.3.5
    Uuid,
    /// §4.3.7
    Language,
    /// §4.4.7
    Email,
    /// §4.4.8
    Phone,
    /// §4.4.9, §4.4.10
    Url,
    /// §4.5.6
    ConsentType,
}

impl Check {
    /// The rule that `text` breaks.
    pub(super) fn broken(self, text: &str) -> Option<KantaraRule> {
        let (holds, rule) = match self {
            Self::Free => return None,
            Self::Version => (text == VERSION, KantaraRule::Version),
            Self::Jurisdiction => (is_countries(text), KantaraRule::Jurisdiction),
            Self::Uuid => (is_uuid(text), KantaraRule::IdNotUuid),
            Self::Language => (is_language(text), KantaraRule::Language),
            Self::Email => (Email::parse(text).is_some(), KantaraRule::Email),
            Self::Phone => (is_phone(text), KantaraRule::Phone),
            Self::Url => (is_url(text), KantaraRule::Url),
            Self::ConsentType if text.eq_ignore_ascii_case(EXPLICIT) => {
                (text == EXPLICIT, KantaraRule::ConsentTypeCase)
            }
            Self::ConsentType => (is_described(text), KantaraRule::ConsentUndescribed),
        };
        (!holds).then_some(rule)
    }
}

/// The type of a consent that somebody has expressed.
pub(super) const EXPLICIT: &str = "EXPLICIT";

/// The rule that a number of seconds breaks. What is too large for seconds and not for milliseconds is
/// milliseconds: as seconds it would be after the year 9999, as milliseconds it is after 1978.
pub(super) const fn time(number: u64) -> Option<KantaraRule> {
    if Timestamp::from_seconds(number).is_some() {
        None
    } else if Timestamp::from_seconds(number / 1000).is_some() {
        Some(KantaraRule::TimeMilliseconds)
    } else {
        Some(KantaraRule::TimeBeyond)
    }
}

fn is_countries(text: &str) -> bool {
    text.split(' ').all(|word| Country::parse(word).is_some())
}

/// RFC 9562 §5.4, in capitals or not.
fn is_uuid(text: &str) -> bool {
    let of_uuid = |(at, b): (usize, u8)| match at {
        8 | 13 | 18 | 23 => b == b'-',
        14 => b == b'4',
        19 => matches!(b.to_ascii_lowercase(), b'8' | b'9' | b'a' | b'b'),
        _ => b.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(of_uuid)
}

/// Whether a text is a language of ISO 639-1.
pub(super) fn is_language(text: &str) -> bool {
    text.len() == 2 && LANGUAGES.split(' ').any(|language| language == text)
}

/// The language of a tag (RFC 5646 §2.1) in any capitals that has a script or a region with it and nothing
/// else: a word with a hyphen in it may begin like a language, and is none.
pub(super) fn language(tag: &str) -> Option<String> {
    let mut subtags = tag.split(['-', '_']);
    let language = subtags.next()?.to_ascii_lowercase();
    let mut next = subtags.next();
    if next.is_some_and(is_script) {
        next = subtags.next();
    }
    let is_right = is_language(&language) && next.is_none_or(is_region) && subtags.next().is_none();
    is_right.then_some(language)
}

/// A script that languages of ISO 639-1 are written in (ISO 15924). Any four letters would do for the
/// form of a tag, and for `no-idea`.
fn is_script(subtag: &str) -> bool {
    let is = |script: &str| script.eq_ignore_ascii_case(subtag);
    SCRIPTS.split(' ').any(is)
}

/// A country, or an area of the United Nations by number (RFC 5646 §2.2.4).
fn is_region(subtag: &str) -> bool {
    let is_area = subtag.len() == 3 && subtag.bytes().all(|b| b.is_ascii_digit());
    is_area || Country::parse(&subtag.to_ascii_uppercase()).is_some()
}

/// RFC 3966 §3: a global number with a plus, or a local one with its context.
fn is_phone(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let (number, parameters) = rest.split_once(';').unwrap_or((rest, ""));
    let is_separator = |b: u8| matches!(b, b'-' | b'.' | b'(' | b')');
    let is_number = |number: &str, of_number: fn(u8) -> bool| {
        number.bytes().any(of_number) && number.bytes().all(|b| of_number(b) || is_separator(b))
    };
    let is_digit = |b: u8| b.is_ascii_digit();
    let is_right = match number.strip_prefix('+') {
        Some(digits) => is_number(digits, is_digit),
        None => {
            let has_context = |one: &str| {
                one.strip_prefix("phone-context=")
                    .is_some_and(|context| !context.is_empty())
            };
            let of_local = |b: u8| b.is_ascii_hexdigit() || matches!(b, b'*' | b'#');
            is_number(number, of_local) && parameters.split(';').any(has_context)
        }
    };
    scheme.eq_ignore_ascii_case("tel")
        && is_right
        && parameters.bytes().all(|b| b.is_ascii_graphic())
        && !rest.ends_with(';')
}

/// An http or https URL with a host, as the parser of browsers reads it and as RFC 3986 §3 writes it: what
/// browsers forgive beyond it, other readers do not.
pub(super) fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let of_host =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
        let of_url = |b: u8| b.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&b);
        host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
            && host.bytes().all(of_host)
            && !host.contains("..")
            && rest.bytes().all(of_url)
            && rest.split('%').skip(1).all(is_octet)
            && url::Url::parse(text).is_ok_and(|url| url.host().is_some())
    })
}

/// Whether what follows a `%` begins with the two digits of an octet (RFC 3986 §2.1).
fn is_octet(text: &str) -> bool {
    let mut digits = text.bytes().take(2).filter(u8::is_ascii_hexdigit);
    digits.next().is_some() && digits.next().is_some()
}

/// Whether a type other than `EXPLICIT` has a description with it: at least three words, or ten letters
/// of scripts that put no space between words. A bare `IMPLICIT` or `N/A` has none, and no bare type in
/// such a script is that long.
fn is_described(text: &str) -> bool {
    let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
    let is_unspaced = |c: &char| {
        let is_of = |(first, last): &(char, char)| (first..=last).contains(&c);
        c.is_alphanumeric() && UNSPACED.iter().any(is_of)
    };
    text.split_whitespace().filter(is_word).count() >= 3
        || text.chars().filter(is_unspaced).count() >= 10
}

/// Scripts that put no space between words, by the blocks of Unicode.
const UNSPACED: [(char, char); 8] = [
    // Thai, Lao, Tibetan, Myanmar.
    ('\u{e00}', '\u{109f}'),
    // Khmer.
    ('\u{1780}', '\u{17ff}'),
    // Hiragana, Katakana.
    ('\u{3040}', '\u{30ff}'),
    // Ideographs.
    ('\u{3400}', '\u{4dbf}'),
    ('\u{4e00}', '\u{9fff}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{20000}', '\u{2fa1f}'),
    ('\u{30000}', '\u{323af}'),
];

const SCRIPTS: &str = "Arab Armn Beng Cans Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hans Hant Hebr Jpan Khmr \
    Knda Kore Laoo Latn Mlym Mong Mymr Orya Sinh Taml Telu Thaa Thai Tibt";

const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr \
    cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr \
    ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb \
    lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os \
    pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th \
    ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";
