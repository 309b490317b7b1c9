//! What is printed. Whatever comes from a file passes [`clean`] first: no terminal is steered by a
//! token.

use crate::finding::Finding;
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// In order.
    Valid,
    /// Refused.
    Refused,
    /// Wrong arguments, or a file that cannot be read.
    Usage,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Valid => 0,
            Exit::Refused => 1,
            Exit::Usage => 2,
        })
    }
}

/// The answer of a command, in both forms.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) exit: Exit,
    /// An object; `command` and `ok` are added to it.
    pub(crate) json: Value,
    pub(crate) page: Page,
    /// For the standard error, beside the page: what is not part of the answer.
    pub(crate) note: String,
}

impl Answer {
    pub(crate) const fn valid(page: Page, json: Value) -> Self {
        Self {
            exit: Exit::Valid,
            json,
            page,
            note: String::new(),
        }
    }

    /// Prints it; an output that is closed early is no failure of what was asked, but one that fails
    /// otherwise is: a key that was printed nowhere is lost.
    pub(crate) fn print(self, command: &str, as_json: bool, (out, err): (bool, bool)) -> ExitCode {
        if as_json {
            let mut all = json!({ "command": command, "ok": self.exit == Exit::Valid });
            if let (Some(all), Value::Object(members)) = (all.as_object_mut(), self.json) {
                all.extend(members);
            }
            let text = format!(
                "{}
",
                escape_json(&all.to_string())
            );
            return written(write_out(&text, false), self.exit, err);
        }
        let printed = write_out(&self.page.text, out);
        if !self.note.is_empty() {
            complain(&self.note, err);
        }
        written(printed, self.exit, err)
    }
}

/// The exit status, once the output is out.
fn written(printed: std::io::Result<()>, exit: Exit, has_colours: bool) -> ExitCode {
    match printed {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            complain(&format!("mydata: the output: {error}"), has_colours);
            Exit::Usage.into()
        }
        Ok(()) | Err(_) => exit.into(),
    }
}

fn choice(has_colours: bool) -> ColorChoice {
    if has_colours {
        ColorChoice::Always
    } else {
        ColorChoice::Never
    }
}

fn write_out(text: &str, has_colours: bool) -> std::io::Result<()> {
    let mut out = AutoStream::new(std::io::stdout(), choice(has_colours));
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// To the standard error, line by line, each of them clean.
pub(crate) fn complain(text: &str, has_colours: bool) {
    let mut err = AutoStream::new(std::io::stderr(), choice(has_colours));
    for line in text.trim_end().lines() {
        let _ = writeln!(err, "{}", clean(line));
    }
}

/// The help that was asked for.
pub(crate) fn print_help(text: &str) -> ExitCode {
    let mut out = std::io::stdout();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written(printed, Exit::Valid, false)
}

/// Lines for people.
#[derive(Debug, Default)]
pub(crate) struct Page {
    text: String,
}

/// How a line is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Plain,
    Faint,
    Good,
    Bad,
    Warning,
    Strong,
}

impl Ink {
    const fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Faint => style.dimmed(),
            Self::Good => style
                .fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green)))
                .bold(),
            Self::Bad => style
                .fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)))
                .bold(),
            Self::Warning => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))),
            Self::Strong => style.bold(),
        }
    }
}

impl Page {
    /// Some text in one ink, clean.
    pub(crate) fn put(&mut self, ink: Ink, text: &str) {
        let (style, text) = (ink.style(), clean(text));
        let _ = write!(self.text, "{style}{text}{style:#}");
    }

    /// The end of a line.
    pub(crate) fn end(&mut self) {
        self.text.push('\n');
    }

    pub(crate) fn line(&mut self, ink: Ink, text: &str) {
        self.put(ink, text);
        self.end();
    }

    /// A label and what it labels.
    pub(crate) fn row(&mut self, label: &str, text: &str) {
        self.put(Ink::Faint, &format!("{label:<13}"));
        self.line(Ink::Plain, text);
    }

    /// The one word that matters.
    pub(crate) fn verdict(&mut self, is_good: bool, text: &str) {
        self.line(if is_good { Ink::Good } else { Ink::Bad }, text);
    }

    /// What is wrong, a line each.
    pub(crate) fn findings(&mut self, findings: &[Finding]) {
        for found in findings {
            self.put(Ink::Bad, &format!("  {}", found.code));
            let place = if found.at.is_empty() {
                String::new()
            } else {
                format!(" (at {})", found.at)
            };
            self.line(Ink::Plain, &format!(": {}{place}", found.text));
        }
    }

    /// A heading and a list below it; nothing for an empty list.
    pub(crate) fn list<S: AsRef<str>>(&mut self, heading: &str, items: &[S]) {
        if !items.is_empty() {
            self.line(Ink::Faint, heading);
        }
        for item in items {
            self.line(Ink::Plain, &format!("  - {}", item.as_ref()));
        }
    }
}

/// Whether a character could steer a terminal, or hide or turn what stands beside it.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text with every such character written out as `\u{…}`.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            cleaned.extend(c.escape_unicode());
        } else {
            cleaned.push(c);
        }
    }
    cleaned
}

/// JSON text with every such character as `\uXXXX`: they stand only in strings there, but for the
/// line ends between members.
pub(crate) fn escape_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped
}
