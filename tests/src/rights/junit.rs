//! The report as continuous integration reads it: JUnit's XML, a test case for each check.

use super::judge::Verdict;
use super::report::{Report, Row};
use std::fmt::Write as _;

/// The name of the suite, and the class of its cases.
const NAME: &str = "data-rights";

/// As a text, and as the value of an attribute in double quotes (XML 1.0 §2.2, §2.4, §3.3.3).
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            // Else a reader makes a space of it.
            '\t' => written.push_str("&#9;"),
            '\n' => written.push_str("&#10;"),
            '\r' => written.push_str("&#13;"),
            // No document can have these in it, however they are written.
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => written.push('\u{fffd}'),
            _ => written.push(c),
        }
    }
    written
}

/// What stands in a case, by what has come of its check.
fn outcome(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Passed(seen) => format!("<system-out>{}</system-out>", escaped(seen)),
        Verdict::Deviates(why) => {
            let why = escaped(why);
            format!("<system-out>as the city's library does: {why}</system-out>")
        }
        Verdict::Failed(why) => format!("<failure message=\"{}\"/>", escaped(why)),
        Verdict::NotExamined(what) => {
            format!("<skipped message=\"not examined: {}\"/>", escaped(what))
        }
    }
}

fn case(row: &Row) -> String {
    let act = row.act.map(|act| format!(" {act}")).unwrap_or_default();
    let name = escaped(&format!("{}{act}", row.id));
    let outcome = outcome(&row.verdict);
    format!("    <testcase classname=\"{NAME}\" name=\"{name}\">{outcome}</testcase>\n")
}

impl Report {
    /// For continuous integration, in JUnit's XML: what was not examined is skipped.
    #[must_use]
    pub fn to_junit(&self) -> String {
        let counts = format!(
            "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\"",
            self.rows.len(),
            self.failed(),
            self.not_examined()
        );
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        // Writing to a text does not fail.
        let _ = writeln!(
            text,
            "<testsuites {counts}>\n  <testsuite name=\"{NAME}\" {counts}>"
        );
        text.extend(self.rows.iter().map(case));
        text.push_str("  </testsuite>\n</testsuites>\n");
        text
    }
}
