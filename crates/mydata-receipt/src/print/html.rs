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

    /// One of our own texts at the beginning of a line.
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
    /// language where it is another than the page's.
    pub(super) fn said(text: &Localized, reader: Reader, told: Language) -> Self {
        let (language, text) = text.best(reader.language(), told);
        let text = Self::text(text);
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

    /// A link that shows where it leads, so that it can be read on paper. The address has been checked
    /// to be `https:`, `mailto:` or `tel:` by its type.
    pub(super) fn link(address: &str, shown: &str) -> Self {
        let (address, shown) = (Self::text(address), Self::text(shown));
        Self(format!("<a href=\"{address}\">{shown}</a>"))
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

    /// What stands out.
    pub(super) fn strong(&self) -> Self {
        Self(format!("<strong>{self}</strong>"))
    }

    /// One of our own texts with `hole` in place of its `{}`.
    pub(super) fn filled(text: &'static str, hole: &Self) -> Self {
        let (before, after) = text.split_once("{}").unwrap_or((text, ""));
        Self([&*Self::text(before).0, &hole.0, &Self::text(after).0].concat())
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
