//! A reader of JSON that is fed in pieces, copies what is kept and forgets the rest (RFC 8259).

use super::SelectRefusal;
use super::path::{Fate, Selection};
use std::sync::Arc;

/// Levels of a document.
pub const MAX_DEPTH: usize = 64;

/// Octets of a name, as it is spelled, in an object of which something is selected.
pub const MAX_NAME: usize = 1024;

/// What is expected next.
#[derive(Debug, Clone, Copy)]
enum State {
    Value,
    FirstItem,
    FirstName,
    Name,
    Colon,
    /// After a value: a comma, the end of what it stands in, or the end.
    After,
    Text(Text),
    Number(Digits),
    /// The rest of `true`, `false` or `null`.
    Word(&'static [u8]),
}

/// Where in a text.
#[derive(Debug, Clone, Copy)]
enum Text {
    Plain,
    /// So many octets of a character are missing, and the next is one of these.
    Utf8 {
        left: u8,
        range: (u8, u8),
    },
    Escape {
        is_low: bool,
    },
    Hex {
        left: u8,
        unit: u16,
        is_low: bool,
    },
    /// After the first half of a pair: the second must follow.
    Low,
}

/// Where in a number; those that may be its last octet are `Zero`, `Whole`, `Fraction` and `Exponent`.
#[derive(Debug, Clone, Copy)]
enum Digits {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    E,
    Sign,
    Exponent,
}

/// What an octet was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// One among others.
    On,
    /// The first of a value that is kept.
    Begins,
    /// The last of a value.
    Ends,
    /// One after a value, to be looked at again.
    Ended,
}

#[derive(Debug)]
struct Frame {
    is_object: bool,
    fate: Fate,
    has_written: bool,
    /// Which of the selected names were there.
    seen: Vec<usize>,
}

/// Selects while octets come: [`feed`](Self::feed) for each piece, [`finish`](Self::finish) at the end.
///
/// It holds a stack of at most [`MAX_DEPTH`] levels and one name of at most [`MAX_NAME`] octets, however long
/// the document is. What it has given out before a refusal is the beginning of nothing: whoever has passed
/// it on must break off.
#[derive(Debug)]
pub struct Selector {
    selection: Arc<Selection>,
    state: State,
    stack: Vec<Frame>,
    /// Of the value that comes next.
    fate: Fate,
    /// A text is a name.
    is_name: bool,
    /// The name, as it is spelled.
    name: Vec<u8>,
    /// At this depth begins the value that is being copied.
    copied: Option<usize>,
}

impl Selector {
    /// At the beginning of a document.
    #[must_use]
    pub const fn new(selection: Arc<Selection>) -> Self {
        Self {
            selection,
            state: State::Value,
            stack: Vec::new(),
            fate: Fate::Part(0),
            is_name: false,
            name: Vec::new(),
            copied: None,
        }
    }

    /// Reads a piece, and writes what is kept of it: never more octets than were read, but for a name and its
    /// punctuation.
    ///
    /// # Errors
    /// [`SelectRefusal`]; what comes after it has no meaning.
    pub fn feed(&mut self, octets: &[u8], out: &mut Vec<u8>) -> Result<(), SelectRefusal> {
        let (mut at, mut from) = (0, 0);
        loop {
            if let State::Text(Text::Plain) = self.state {
                at += self.run(octets.get(at..).unwrap_or_default())?;
            }
            let Some(&octet) = octets.get(at) else { break };
            let turn = self.step(octet, out)?;
            at += usize::from(turn != Turn::Ended);
            match turn {
                Turn::On => {}
                Turn::Begins => from = at.saturating_sub(1),
                Turn::Ends | Turn::Ended => {
                    if self.copied == Some(self.stack.len()) {
                        out.extend_from_slice(octets.get(from..at).unwrap_or_default());
                        self.copied = None;
                    }
                }
            }
        }
        if self.copied.is_some() {
            out.extend_from_slice(octets.get(from..).unwrap_or_default());
        }
        Ok(())
    }

    /// There is no more.
    ///
    /// # Errors
    /// [`SelectRefusal::Unfinished`].
    pub fn finish(&self) -> Result<(), SelectRefusal> {
        let is_whole = matches!(self.state, State::After) && self.stack.is_empty();
        is_whole.then_some(()).ok_or(SelectRefusal::Unfinished)
    }

    /// Octets of a text that need no look: how many.
    fn run(&mut self, rest: &[u8]) -> Result<usize, SelectRefusal> {
        let is_plain = |b: &u8| (0x20..0x80).contains(b) && *b != b'"' && *b != b'\\';
        let length = rest.iter().position(|b| !is_plain(b));
        let length = length.unwrap_or(rest.len());
        self.hear(rest.get(..length).unwrap_or_default())?;
        Ok(length)
    }

    /// Remembers octets of a name that may be selected.
    fn hear(&mut self, octets: &[u8]) -> Result<(), SelectRefusal> {
        let is_heard = self.is_name
            && matches!(self.stack.last(), Some(frame) if matches!(frame.fate, Fate::Part(_)));
        if is_heard {
            if self.name.len() + octets.len() > MAX_NAME {
                return Err(SelectRefusal::NameTooLong);
            }
            self.name.extend_from_slice(octets);
        }
        Ok(())
    }

    fn step(&mut self, octet: u8, out: &mut Vec<u8>) -> Result<Turn, SelectRefusal> {
        let is_space = matches!(octet, b' ' | b'\t' | b'\n' | b'\r');
        match (self.state, octet) {
            (State::Text(text), _) => return self.text(text, octet),
            (State::Number(digits), _) => return self.number(digits, octet),
            (State::Word(rest), _) => return self.word(rest, octet),
            _ if is_space => {}
            (State::FirstItem, b']') | (State::FirstName, b'}') => return self.close(octet, out),
            (State::Value | State::FirstItem, _) => return self.begin(octet, out),
            (State::FirstName | State::Name, b'"') => {
                self.is_name = true;
                self.name.clear();
                self.hear(b"\"")?;
                self.state = State::Text(Text::Plain);
            }
            (State::Colon, b':') => self.state = State::Value,
            (State::After, b',') => {
                let frame = self.stack.last().ok_or(SelectRefusal::Syntax)?;
                if frame.is_object {
                    self.state = State::Name;
                } else {
                    self.fate = self.of_items(frame.fate);
                    self.state = State::Value;
                }
            }
            (State::After, b']' | b'}') => return self.close(octet, out),
            (State::FirstName | State::Name | State::Colon | State::After, _) => {
                return Err(SelectRefusal::Syntax);
            }
        }
        Ok(Turn::On)
    }

    fn of_items(&self, fate: Fate) -> Fate {
        match fate {
            Fate::Part(part) => self.selection.items(part),
            Fate::Drop | Fate::Keep => fate,
        }
    }

    /// The first octet of a value.
    fn begin(&mut self, octet: u8, out: &mut Vec<u8>) -> Result<Turn, SelectRefusal> {
        let depth = self.stack.len();
        let fate = match self.fate {
            Fate::Part(part) if !self.selection.fits(part, octet) => Fate::Drop,
            Fate::Drop | Fate::Keep | Fate::Part(_) => self.fate,
        };
        self.state = match octet {
            b'{' => State::FirstName,
            b'[' => State::FirstItem,
            b'"' => State::Text(Text::Plain),
            b'-' => State::Number(Digits::Minus),
            b'0' => State::Number(Digits::Zero),
            b'1'..=b'9' => State::Number(Digits::Whole),
            b't' => State::Word(b"rue"),
            b'f' => State::Word(b"alse"),
            b'n' => State::Word(b"ull"),
            _ => return Err(SelectRefusal::Syntax),
        };
        self.is_name = false;
        if depth == 0 && fate == Fate::Drop {
            return Err(SelectRefusal::Shape);
        }
        let is_written = fate != Fate::Drop && self.copied.is_none();
        if is_written {
            self.lead(out);
        }
        if matches!(octet, b'{' | b'[') {
            if depth == MAX_DEPTH {
                return Err(SelectRefusal::TooDeep);
            }
            if let Fate::Part(_) = fate {
                out.push(octet);
            }
            let is_object = octet == b'{';
            self.stack.push(Frame {
                is_object,
                fate,
                has_written: false,
                seen: Vec::new(),
            });
            self.fate = self.of_items(fate);
        }
        if is_written && fate == Fate::Keep {
            self.copied = Some(depth);
            return Ok(Turn::Begins);
        }
        Ok(Turn::On)
    }

    /// What stands before a value that is written: a comma, and its name.
    fn lead(&mut self, out: &mut Vec<u8>) {
        if let Some(frame) = self.stack.last_mut() {
            if frame.has_written {
                out.push(b',');
            }
            frame.has_written = true;
            if frame.is_object {
                out.extend_from_slice(&self.name);
                out.push(b':');
            }
        }
    }

    fn close(&mut self, octet: u8, out: &mut Vec<u8>) -> Result<Turn, SelectRefusal> {
        let frame = self.stack.pop();
        let frame = frame.filter(|frame| frame.is_object == (octet == b'}'));
        if let Fate::Part(_) = frame.ok_or(SelectRefusal::Syntax)?.fate {
            out.push(octet);
        }
        self.state = State::After;
        Ok(Turn::Ends)
    }

    fn text(&mut self, text: Text, octet: u8) -> Result<Turn, SelectRefusal> {
        self.hear(&[octet])?;
        let next = match (text, octet) {
            (Text::Plain, b'"') if self.is_name => {
                self.named()?;
                return Ok(Turn::On);
            }
            (Text::Plain, b'"') => {
                self.state = State::After;
                return Ok(Turn::Ends);
            }
            (Text::Plain, b'\\') => Text::Escape { is_low: false },
            (Text::Plain, 0x20..=0x7f) => Text::Plain,
            (Text::Plain, lead) => multibyte(lead).ok_or(SelectRefusal::Syntax)?,
            (Text::Utf8 { left, range }, octet) if (range.0..=range.1).contains(&octet) => {
                match left {
                    1 => Text::Plain,
                    _ => Text::Utf8 {
                        left: left - 1,
                        range: (0x80, 0xbf),
                    },
                }
            }
            (Text::Escape { is_low }, b'u') => Text::Hex {
                left: 4,
                unit: 0,
                is_low,
            },
            (
                Text::Escape { is_low: false },
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't',
            ) => Text::Plain,
            (Text::Low, b'\\') => Text::Escape { is_low: true },
            (Text::Hex { left, unit, is_low }, _) => {
                let digit = char::from(octet).to_digit(16);
                let digit = digit.and_then(|digit| u16::try_from(digit).ok());
                let unit = (unit << 4) | digit.ok_or(SelectRefusal::Syntax)?;
                match (left, unit, is_low) {
                    (2.., _, _) => Text::Hex {
                        left: left - 1,
                        unit,
                        is_low,
                    },
                    (_, 0xdc00..=0xdfff, true) => Text::Plain,
                    (_, 0xd800..=0xdbff, false) => Text::Low,
                    // Half a pair, which is no text.
                    (_, 0xdc00..=0xdfff, false) | (_, _, true) => {
                        return Err(SelectRefusal::Syntax);
                    }
                    (_, _, false) => Text::Plain,
                }
            }
            (Text::Utf8 { .. } | Text::Escape { .. } | Text::Low, _) => {
                return Err(SelectRefusal::Syntax);
            }
        };
        self.state = State::Text(next);
        Ok(Turn::On)
    }

    /// A name has ended: what becomes of its value.
    fn named(&mut self) -> Result<(), SelectRefusal> {
        self.state = State::Colon;
        let frame = self.stack.last_mut().ok_or(SelectRefusal::Syntax)?;
        let Fate::Part(part) = frame.fate else {
            self.fate = frame.fate;
            return Ok(());
        };
        // Compared is what it means, not how it is spelled.
        let name: String = serde_json::from_slice(&self.name).map_err(|_| SelectRefusal::Syntax)?;
        self.fate = Fate::Drop;
        if let Some((number, fate)) = self.selection.member(part, &name) {
            if frame.seen.contains(&number) {
                return Err(SelectRefusal::NameTwice);
            }
            frame.seen.push(number);
            self.fate = fate;
        }
        Ok(())
    }

    fn number(&mut self, digits: Digits, octet: u8) -> Result<Turn, SelectRefusal> {
        use Digits::{E, Exponent, Fraction, Minus, Point, Sign, Whole, Zero};
        let next = match (digits, octet) {
            (Minus, b'0') => Zero,
            (Minus | Whole, b'0'..=b'9') => Whole,
            (Zero | Whole, b'.') => Point,
            (Point | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Whole | Fraction, b'e' | b'E') => E,
            (E, b'+' | b'-') => Sign,
            (E | Sign | Exponent, b'0'..=b'9') => Exponent,
            (Zero | Whole | Fraction | Exponent, _) => {
                self.state = State::After;
                return Ok(Turn::Ended);
            }
            (Minus | Point | E | Sign, _) => return Err(SelectRefusal::Syntax),
        };
        self.state = State::Number(next);
        Ok(Turn::On)
    }

    fn word(&mut self, rest: &'static [u8], octet: u8) -> Result<Turn, SelectRefusal> {
        match rest.split_first() {
            Some((expected, [])) if *expected == octet => {
                self.state = State::After;
                Ok(Turn::Ends)
            }
            Some((expected, rest)) if *expected == octet => {
                self.state = State::Word(rest);
                Ok(Turn::On)
            }
            _ => Err(SelectRefusal::Syntax),
        }
    }
}

/// What must follow the first octet of a character of several (RFC 3629 §4).
const fn multibyte(lead: u8) -> Option<Text> {
    let (left, range) = match lead {
        0xc2..=0xdf => (1, (0x80, 0xbf)),
        0xe0 => (2, (0xa0, 0xbf)),
        0xed => (2, (0x80, 0x9f)),
        0xe1..=0xef => (2, (0x80, 0xbf)),
        0xf0 => (3, (0x90, 0xbf)),
        0xf1..=0xf3 => (3, (0x80, 0xbf)),
        0xf4 => (3, (0x80, 0x8f)),
        _ => return None,
    };
    Some(Text::Utf8 { left, range })
}
