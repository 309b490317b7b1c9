//! The paths of a selection, and the tree that they make.

use mydata::core::refusals;
use std::collections::BTreeMap;

refusals! {
    /// Why a list of paths is no selection.
    pub enum PathRefusal {
        Empty = "select_path_none": "no path is given: nothing would be passed on",
        Syntax = "select_path_syntax": "a path is names with `.` between them, `[]` for each item of a list, and a name with other characters than letters, digits, `_`, `-`, `@`, `$` in `\"`",
        Overlap = "select_path_overlap": "a path stands twice, or begins with another one, which has all of it",
        TooMany = "select_path_many": "there are more than 1,024 paths, or one has more than 32 steps",
    }
}

/// Paths of one selection, and steps of one path.
const MOST: (usize, usize) = (1024, 32);

/// What becomes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// None of it is passed on.
    Drop,
    /// All of it.
    Keep,
    /// What this part of the tree names.
    Part(usize),
}

/// Which members and items of a value are passed on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Part {
    names: BTreeMap<Box<str>, (usize, Fate)>,
    items: Option<Fate>,
}

/// Paths that are passed on: `unit`, `child.name`, `wishes[].unit`, `[].id`, `"a.b".c`.
///
/// A path passes on the whole value that it leads to. A value that a path leads through and that is neither
/// object nor list, or not the one that the path says, is left out with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The first is the document.
    parts: Vec<Part>,
}

enum Step {
    Name(Box<str>),
    Items,
}

impl Selection {
    /// Reads paths.
    ///
    /// # Errors
    /// [`PathRefusal`].
    pub fn parse<'p>(paths: impl IntoIterator<Item = &'p str>) -> Result<Self, PathRefusal> {
        let mut selection = Self {
            parts: vec![Part::default()],
        };
        let mut count = 0;
        for path in paths {
            count += 1;
            let steps = read(path).ok_or(PathRefusal::Syntax)?;
            if count > MOST.0 || steps.len() > MOST.1 {
                return Err(PathRefusal::TooMany);
            }
            selection.add(&steps)?;
        }
        match count {
            0 => Err(PathRefusal::Empty),
            _ => Ok(selection),
        }
    }

    fn add(&mut self, steps: &[Step]) -> Result<(), PathRefusal> {
        let mut at = 0;
        for (index, step) in steps.iter().enumerate() {
            let is_last = index + 1 == steps.len();
            let next = self.parts.len();
            let part = self.parts.get_mut(at).ok_or(PathRefusal::Syntax)?;
            let new = match is_last {
                true => Fate::Keep,
                false => Fate::Part(next),
            };
            let count = part.names.len();
            let found = match step {
                Step::Name(name) => part.names.get(name).map(|(_, fate)| *fate),
                Step::Items => part.items,
            };
            match found {
                Some(Fate::Part(part)) if !is_last => at = part,
                Some(_) => return Err(PathRefusal::Overlap),
                None => {
                    match step {
                        Step::Name(name) => drop(part.names.insert(name.clone(), (count, new))),
                        Step::Items => part.items = Some(new),
                    }
                    if !is_last {
                        self.parts.push(Part::default());
                        at = next;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether something of a value that begins with this octet may be passed on.
    pub(super) fn fits(&self, part: usize, octet: u8) -> bool {
        let part = self.parts.get(part);
        part.is_some_and(|part| match octet {
            b'{' => !part.names.is_empty(),
            b'[' => part.items.is_some(),
            _ => false,
        })
    }

    /// Which of the names of a part this is, and what becomes of its value.
    pub(super) fn member(&self, part: usize, name: &str) -> Option<(usize, Fate)> {
        self.parts.get(part)?.names.get(name).copied()
    }

    /// What becomes of the items of a list.
    pub(super) fn items(&self, part: usize) -> Fate {
        let part = self.parts.get(part);
        part.and_then(|part| part.items).unwrap_or(Fate::Drop)
    }
}

fn read(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = path;
    loop {
        // A name, or none before `[]` at the beginning of a path.
        if !(steps.is_empty() && rest.starts_with("[]")) {
            let (name, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => {
                    let of_name =
                        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '@' | '$');
                    rest.split_at_checked(rest.find(|c| !of_name(c)).unwrap_or(rest.len()))?
                }
            };
            if name.is_empty() && !rest.starts_with('"') {
                return None;
            }
            steps.push(Step::Name(name.into()));
            rest = after;
        }
        while let Some(after) = rest.strip_prefix("[]") {
            steps.push(Step::Items);
            rest = after;
        }
        if rest.is_empty() {
            return Some(steps);
        }
        rest = rest.strip_prefix('.')?;
    }
}
