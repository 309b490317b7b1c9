//! The rows held against the citations.

use super::catalogue::FILE;
use super::cite::{Citations, Places, mentions};
use super::{COVERAGE, Catalogue, Exceptions, Files, Requirement};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Everything that is wrong; empty in a repository that keeps its word.
    pub faults: Vec<String>,
    /// Rows that are listed as still to be done.
    pub pending: Vec<String>,
    /// The table for `spec/coverage.txt`.
    pub coverage: String,
}

/// How it stands with a row. The order matters: a row that says others again stands as the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Covered,
    Excepted,
    Pending,
    Open,
}

struct Trace<'a> {
    catalogue: &'a Catalogue,
    exceptions: &'a Exceptions,
    citations: &'a Citations,
}

/// Holds every row against the files.
#[must_use]
pub fn examine(files: &Files) -> Report {
    let mut faults = Vec::new();
    let catalogue = Catalogue::parse(files, &mut faults);
    let text = files.get(FILE).map_or("", String::as_str);
    let exceptions = Exceptions::parse(text, &mut faults);
    let citations = Citations::collect(files, &catalogue, &mut faults);
    mentions(files, &catalogue, &mut faults);
    let trace = Trace {
        catalogue: &catalogue,
        exceptions: &exceptions,
        citations: &citations,
    };
    trace.check(&mut faults);
    let coverage = trace.table();
    if files.get(COVERAGE) != Some(&coverage) {
        faults.push(format!(
            "{COVERAGE} is stale: bless it, and read the difference"
        ));
    }
    Report {
        faults,
        pending: exceptions.pending().map(str::to_owned).collect(),
        coverage,
    }
}

impl<'a> Trace<'a> {
    /// The files that cite the row, or each of the rows that it says again.
    fn places(&self, row: &'a Requirement, places: &'a Places) -> BTreeSet<&'a str> {
        let of = |id: &String| places.get(id).into_iter().flatten().map(String::as_str);
        let mut files: BTreeSet<&str> = of(&row.id).collect();
        if row.same_as.iter().all(|id| places.contains_key(id)) {
            files.extend(row.same_as.iter().flat_map(of));
        }
        files
    }

    fn implemented(&self, row: &'a Requirement) -> BTreeSet<&'a str> {
        self.places(row, &self.citations.implemented)
    }

    fn tested(&self, row: &'a Requirement) -> BTreeSet<&'a str> {
        self.places(row, &self.citations.tested)
    }

    fn standing(&self, row: &'a Requirement) -> Standing {
        let others = row.same_as.iter().map(|id| match self.catalogue.row(id) {
            // One that says others again may not be named: the catalogue refuses it.
            Some(other) if other.same_as.is_empty() => self.own_standing(other),
            Some(_) | None => Standing::Open,
        });
        let of_others = others.max().unwrap_or(Standing::Open);
        self.own_standing(row).min(of_others)
    }

    /// How it would stand with the row if it named no others.
    fn own_standing(&self, row: &'a Requirement) -> Standing {
        if !self.implemented(row).is_empty() && !self.tested(row).is_empty() {
            Standing::Covered
        } else if self.exceptions.reason(&row.id).is_some() {
            Standing::Excepted
        } else if self.exceptions.is_pending(&row.id) {
            Standing::Pending
        } else {
            Standing::Open
        }
    }

    fn check(&self, faults: &mut Vec<String>) {
        for row in self.catalogue.rows() {
            let (kept, shown) = (self.implemented(row), self.tested(row));
            match self.standing(row) {
                Standing::Covered | Standing::Excepted | Standing::Pending => {}
                Standing::Open => {
                    let lacks = match (kept.is_empty(), shown.is_empty()) {
                        (true, true) => "neither code nor a test",
                        (true, false) => "a test and no code",
                        (false, _) => "code and no test",
                    };
                    faults.push(format!("{}: {lacks}, and no exception", row.id));
                }
            }
        }
        let unneeded = |id: &str, what: &str| match self.catalogue.row(id) {
            None => Some(format!("{FILE}: {id} is {what} and no row")),
            Some(row) => (self.standing(row) == Standing::Covered)
                .then(|| format!("{FILE}: {id} is {what} and has code and a test")),
        };
        faults.extend(
            self.exceptions
                .excepted()
                .filter_map(|id| unneeded(id, "excepted")),
        );
        faults.extend(
            self.exceptions
                .pending()
                .filter_map(|id| unneeded(id, "pending")),
        );
    }

    fn table(&self) -> String {
        let mut text = String::from(
            "Written by `tests/conformance/coverage.rs` (MYDATA_BLESS=1); do not edit.\n\n",
        );
        text += "document  rows  implemented  tested  excepted  open\n";
        let mut total = [0; 5];
        for (prefix, _) in self.catalogue.documents() {
            let counts = self.counts(prefix);
            for (sum, count) in total.iter_mut().zip(counts) {
                *sum += count;
            }
            line(&mut text, prefix, counts);
        }
        line(&mut text, "total", total);
        for (prefix, document) in self.catalogue.documents() {
            let _ = write!(text, "\n{prefix}: {document}\n");
            for row in self.rows(prefix) {
                self.row(&mut text, row);
            }
        }
        text
    }

    fn rows(&self, prefix: &str) -> impl Iterator<Item = &'a Requirement> {
        let start = format!("{prefix}-");
        let rows = self.catalogue.rows().iter();
        rows.filter(move |row| row.id.starts_with(&start))
    }

    fn counts(&self, prefix: &str) -> [usize; 5] {
        let mut counts = [0; 5];
        let [rows, implemented, tested, excepted, open] = &mut counts;
        for row in self.rows(prefix) {
            *rows += 1;
            *implemented += usize::from(!self.implemented(row).is_empty());
            *tested += usize::from(!self.tested(row).is_empty());
            match self.standing(row) {
                Standing::Covered => {}
                Standing::Excepted => *excepted += 1,
                Standing::Pending | Standing::Open => *open += 1,
            }
        }
        counts
    }

    fn row(&self, text: &mut String, row: &'a Requirement) {
        let mark = match self.standing(row) {
            Standing::Covered => "",
            Standing::Excepted => " excepted",
            Standing::Pending => " pending",
            Standing::Open => " open",
        };
        let _ = writeln!(text, "{}{mark}", row.id);
        let same: Vec<&str> = row.same_as.iter().map(String::as_str).collect();
        // Of rows that say others again, the files stand with those.
        let direct = |places: &'a Places| -> Vec<&'a str> {
            let files = places.get(&row.id).into_iter().flatten();
            files.map(String::as_str).collect()
        };
        let code = direct(&self.citations.implemented);
        let tests = direct(&self.citations.tested);
        for (name, values) in [("same as", same), ("code", code), ("tests", tests)] {
            if !values.is_empty() {
                let _ = writeln!(text, "  {name}: {}", values.join(" "));
            }
        }
    }
}

fn line(text: &mut String, name: &str, counts: [usize; 5]) {
    let [rows, implemented, tested, excepted, open] = counts;
    let _ = writeln!(
        text,
        "{name:<8}  {rows:>4}  {implemented:>11}  {tested:>6}  {excepted:>8}  {open:>4}"
    );
}
