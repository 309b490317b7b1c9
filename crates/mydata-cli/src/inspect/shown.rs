//! What of a tree is shown, and how it is printed: no file makes the answer longer than is of use.

use crate::paper::{Ink, Page, escape_json};
use crate::tree::{Tree, moment};
use serde_json::json;

/// What may still be shown, in octets about as they are printed.
#[derive(Debug)]
pub(crate) struct Room {
    left: usize,
    /// Values that were left out, each with all that is in it, and texts that were cut.
    pub(crate) left_out: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            left: 1 << 19,
            left_out: 0,
        }
    }
}

/// What a value takes besides its text and its indent: quotes, commas, the work of printing it.
const VALUE: usize = 24;

impl Room {
    fn cut(&mut self, text: String) -> String {
        if text.len() <= self.left {
            self.left -= text.len();
            return text;
        }
        let mut ends = (0..=self.left).rev();
        let end = ends.find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        let (shown, rest) = text.split_at_checked(end).unwrap_or(("", &text));
        self.left = 0;
        self.left_out += 1;
        format!("{shown}… and {} more octets", rest.len())
    }

    /// As many of the items as there is room for, and how many there were besides.
    fn some<T>(
        &mut self,
        items: Vec<T>,
        depth: usize,
        keep: impl Fn(&mut Self, T) -> T,
    ) -> (Vec<T>, usize) {
        let all = items.len();
        let mut kept = Vec::new();
        for item in items {
            if self.left == 0 {
                break;
            }
            self.left = self.left.saturating_sub(VALUE + 2 * depth);
            kept.push(keep(self, item));
        }
        let more = all - kept.len();
        self.left_out += more;
        (kept, more)
    }
}

impl Tree {
    /// The first of it, as far as there is room; what is left out is counted where it stood.
    pub(crate) fn within(self, room: &mut Room, depth: usize) -> Self {
        match self {
            Self::Array(values) => {
                let keep = |room: &mut Room, value: Self| value.within(room, depth + 1);
                let (mut kept, more) = room.some(values, depth, keep);
                if more > 0 {
                    kept.push(Self::More(more));
                }
                Self::Array(kept)
            }
            Self::Object(members) => {
                let keep = |room: &mut Room, (name, value): (String, Self)| {
                    (room.cut(name), value.within(room, depth + 1))
                };
                let (mut kept, more) = room.some(members, depth, keep);
                if more > 0 {
                    kept.push((String::new(), Self::More(more)));
                }
                Self::Object(kept)
            }
            Self::Text(text) => Self::Text(room.cut(text)),
            Self::Jws(what, inner) => Self::Jws(what, Box::new(inner.within(room, depth))),
            other @ (Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::More(_)
            | Self::Secret) => other,
        }
    }

    /// Indented, with times in words beside the integers.
    pub(crate) fn print(&self, page: &mut Page, indent: usize) {
        self.value(page, indent);
        page.end();
    }

    fn value(&self, page: &mut Page, indent: usize) {
        match self {
            Self::Null => page.put(Ink::Plain, "null"),
            Self::Bool(value) => page.put(Ink::Plain, &value.to_string()),
            Self::Number(number) => page.put(Ink::Plain, &number.to_string()),
            Self::Text(text) => page.put(Ink::Plain, &quoted(text)),
            Self::Secret => page.put(Ink::Warning, "(redacted: a private key)"),
            Self::More(count) => page.put(Ink::Faint, &format!("… and {count} more")),
            Self::Jws(what, inner) => {
                page.put(Ink::Faint, &format!("signed {what} "));
                inner.value(page, indent);
            }
            Self::Array(values) => {
                let items = values.iter().map(|value| (None, value)).collect();
                block(page, indent, ("[", "]"), items);
            }
            Self::Object(members) => {
                let items = members
                    .iter()
                    .map(|(name, value)| ((!value.is_more()).then_some(name.as_str()), value));
                block(page, indent, ("{", "}"), items.collect());
            }
        }
    }
}

fn block(
    page: &mut Page,
    indent: usize,
    (open, close): (&str, &str),
    items: Vec<(Option<&str>, &Tree)>,
) {
    page.put(Ink::Plain, open);
    let last = items.len();
    for (at, (name, value)) in items.into_iter().enumerate() {
        page.end();
        page.put(Ink::Plain, &" ".repeat(indent + 2));
        if let Some(name) = name {
            page.put(Ink::Strong, &quoted(name));
            page.put(Ink::Plain, ": ");
        }
        value.value(page, indent + 2);
        if at + 1 < last {
            page.put(Ink::Plain, ",");
        }
        if let Some(time) = name.and_then(|name| moment(name, value)) {
            page.put(Ink::Faint, &format!("  ({time})"));
        }
    }
    if last > 0 {
        page.end();
        page.put(Ink::Plain, &" ".repeat(indent));
    }
    page.put(Ink::Plain, close);
}

/// A JSON string, every character that could steer a terminal written out.
fn quoted(text: &str) -> String {
    escape_json(&json!(text).to_string())
}
