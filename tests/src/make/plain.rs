//! Tasks without steps that are about no single record: reading, keys, chains, standing,
//! descriptions.

mod chain;
mod description;
mod read;

use super::case::{About, Book, Stated};
use super::record::START;
use crate::exam::{Role, Task};

/// Every file of this family.
pub(super) fn books() -> Vec<Book> {
    vec![
        read::messages(),
        read::keys(),
        chain::links(),
        chain::consents(),
        standing(),
        description::locations(),
        description::services(),
        description::operators(),
    ]
}

fn standing() -> Book {
    let mut book = Book::new("plain/standing", "Whether a consent permits processing now");
    let binds = &[Role::Operator, Role::Source, Role::Sink];
    let now = START;
    #[rustfmt::skip]
    let rows = [
        ("active", "CN-13 CN-39 SL-10", "Active", "Active", None, None, ""),
        ("open", "CN-38 CN-74 CN-75 CN-82 CN-83", "Active", "Active", None, None, ""),
        ("begins-now", "CN-38", "Active", "Active", Some(now), None, ""),
        ("begins-in-a-second", "CN-38", "Active", "Active", Some(now + 1), None, "consent_not_yet_valid"),
        ("ends-in-a-second", "CN-38", "Active", "Active", None, Some(now + 1), ""),
        ("ends-now", "CN-38", "Active", "Active", None, Some(now), "consent_expired"),
        ("disabled", "CN-13 CN-39", "Active", "Disabled", None, None, "consent_disabled"),
        ("disabled-not-begun", "CN-13", "Active", "Disabled", Some(now + 1), None, "consent_disabled"),
        ("disabled-and-over", "CN-38", "Active", "Disabled", None, Some(now), "consent_expired"),
        ("withdrawn", "CN-13 CN-39 CN-49", "Active", "Withdrawn", None, None, "consent_withdrawn"),
        ("withdrawn-and-over", "CN-49", "Active", "Withdrawn", None, Some(now), "consent_withdrawn"),
        ("link-removed", "SL-05 SL-10", "Removed", "Active", None, None, "link_removed"),
        ("link-removed-disabled", "SL-10", "Removed", "Disabled", None, None, "link_removed"),
        ("link-removed-withdrawn", "SL-10", "Removed", "Withdrawn", None, None, "link_removed"),
    ];
    for (id, requirements, link, consent, nbf, exp, code) in rows {
        let task = Task::Standing {
            link: link.to_owned(),
            consent: consent.to_owned(),
            nbf,
            exp,
            now,
        };
        let says = "What has ended for good is told before what may come back.";
        let about = About {
            id,
            requirements,
            binds,
            says,
        };
        book.task(about, &task, stated(code));
    }
    book
}

/// Accepted where there is no code.
fn stated(codes: &str) -> Stated<'_> {
    match codes {
        "" => Stated::Accepted,
        codes => Stated::Refused(codes),
    }
}
