//! Text on its way into the page. Everything that did not come from the template is escaped here.

use super::Reader;
use crate::receipt::Localized;
use askama::filters::HtmlSafe;
use mydata_core::lang::Language;
use std::fmt;

/// A piece of HTML: made only by the functions here, so that whatever a receipt says stays text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Html(String);

impl HtmlSafe for Html {}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Html {
    /// A text. What HTML cannot hold (control characters) becomes a replacement character.
    pub(super) fn text(text: &str) -> Self {
        let mut html = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                '\n' | '\t' => html.push(' '),
                c if c.is_control() => html.push('\u{fffd}'),
                c => html.push(c),
            }
        }
        Self(html)
    }

    /// A text at the beginning of a line.
    pub(super) fn capital(text: &str) -> Self {
        let mut letters = text.chars();
        let first: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        Self::text(&[first.as_str(), letters.as_str()].concat())
    }

    /// A text in the reader's language, else in the one in which the person was told; with its
    /// language where it is another than the page's. `write` makes HTML of the text.
    pub(super) fn said(
        text: &Localized,
        reader: Reader,
        told: Language,
        write: fn(&str) -> Self,
    ) -> Self {
        let (language, text) = text.best(reader.language(), told);
        let text = write(text);
        if language == reader.language() {
            text
        } else {
            Self(format!(
                "<span lang=\"{language}\" dir=\"auto\">{text}</span>"
            ))
        }
    }

    /// A moment: as read, and in UTC for machines.
    pub(super) fn time(utc: &str, text: &str) -> Self {
        let (utc, text) = (Self::text(utc), Self::text(text));
        Self(format!("<time datetime=\"{utc}\">{text}</time>"))
    }

    /// A link in words, with the address beside it for paper, as people type it: without `https://`,
    /// which it has (its type has checked it), and without the slash of a home page.
    pub(super) fn link(&self, address: &str) -> Self {
        let shown = address.strip_prefix("https://").unwrap_or(address);
        let shown = Self::text(shown.strip_suffix('/').unwrap_or(shown));
        let link = self.reach(address);
        Self(format!("{link}<span class=\"address\"> ({shown})</span>"))
    }

    /// A link whose words are address enough: an e-mail address, a telephone number, or what is written
    /// out elsewhere on the page. The address has been checked by its type.
    pub(super) fn reach(&self, address: &str) -> Self {
        let address = Self::text(address);
        Self(format!("<a href=\"{address}\">{self}</a>"))
    }

    /// A code that a machine made.
    pub(super) fn code(text: &str) -> Self {
        Self(format!("<code>{}</code>", Self::text(text)))
    }

    /// A square picture of black on white: one path of our own, and what it is in words.
    pub(super) fn picture(side: usize, path: &str, alt: &str) -> Self {
        let (path, alt) = (Self::text(path), Self::text(alt));
        Self(format!(
            "<svg class=\"qr\" role=\"img\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <title>{alt}</title><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
        ))
    }

    /// What the page says elsewhere too: on paper it is left out here.
    pub(super) fn again(&self) -> Self {
        Self(format!("<span class=\"again\">{self}</span>"))
    }

    /// What stands out.
    pub(super) fn strong(&self) -> Self {
        Self(format!("<strong>{self}</strong>"))
    }

    /// One of our own texts with `hole` in place of its `{}`.
    pub(super) fn filled(text: &'static str, hole: &Self) -> Self {
        let (before, after) = text.split_once("{}").unwrap_or((text, ""));
        Self([&*Self::text(before).0, &hole.0, &Self::text(after).0].concat())
    }

    /// Several pieces with commas, and `last` before the last one.
    pub(super) fn listed(pieces: &[Self], last: &str) -> Self {
        match pieces {
            [some @ .., end] if !some.is_empty() => {
                Self::joined(some, ", ").then(&format!(" {last} "), end)
            }
            pieces => Self::joined(pieces, ", "),
        }
    }

    /// Several pieces, with a text between them.
    pub(super) fn joined(pieces: &[Self], between: &str) -> Self {
        let pieces: Vec<&str> = pieces.iter().map(|piece| &*piece.0).collect();
        Self(pieces.join(&Self::text(between).0))
    }

    /// Two pieces with a text between them.
    pub(super) fn then(&self, between: &str, next: &Self) -> Self {
        Self::joined(&[self.clone(), next.clone()], between)
    }
}
