//! A sink asks itself whether it may process, and asks for a token.

use crate::exam::task::ServiceAct;
use crate::make::bench::{Bench, first_link_status};
use crate::make::case::{Book, Stated, altered};
use crate::make::record::{self, START};
use serde_json::json;

pub(super) fn book() -> Book {
    let mut book = Book::new(
        "service/processing",
        "A sink processes only what it may, now",
    );
    processing(&mut book);
    tokens(&mut book);
    book
}

fn process(cr_id: &str, purpose: &str, dataset: &str) -> ServiceAct {
    ServiceAct::MayProcess {
        cr_id: cr_id.to_owned(),
        purpose: purpose.to_owned(),
        dataset: dataset.to_owned(),
    }
}

/// Every way in which a consent does not stand: how it comes about, and the code.
fn barred() -> Vec<(
    &'static str,
    &'static str,
    &'static str,
    Bench,
    &'static str,
)> {
    let after = |state: &str, kid: &str| {
        let mut bench = Bench::consented("sink").at(60);
        let first = bench.first_status();
        bench.status("status-2", state, &first, kid);
        bench
    };
    let between = |member: &str, value: u64| {
        let mut bench = Bench::linked("sink");
        let payload = altered(
            &record::sink_consent(),
            &["common_part", member],
            json!(value),
        );
        let cr = record::sealed("sink_consent", &payload).value();
        bench.good(
            "sink_consent",
            &json!({ "cr": cr, "csr": bench.first_status().value() }),
        );
        bench.at(60)
    };
    let mut unlinked = Bench::consented("sink").at(60);
    let removed = record::link_status(
        "sink",
        "link-status-2",
        "Removed",
        Some(&first_link_status("sink")),
    );
    unlinked.good(
        "link_status",
        &json!({ "ssr": record::sealed("link_status", &removed).value() }),
    );
    vec![
        (
            "disabled",
            "CN-13 CN-39 CN-56 DT-02 DT-21 DT-27",
            "The consent is paused.",
            after("Disabled", "owner-1"),
            "consent_disabled",
        ),
        (
            "withdrawn",
            "CN-39 CN-51 DT-02 DT-21 DT-27",
            "The consent is withdrawn.",
            after("Withdrawn", "owner-1"),
            "consent_withdrawn",
        ),
        (
            "in-doubt",
            "CN-29 DT-27",
            "A status could not be verified.",
            after("Disabled", "stranger-1"),
            "consent_status_unknown",
        ),
        (
            "not-begun",
            "CN-38 DT-26",
            "The consent has not begun.",
            between("nbf", START + 61),
            "consent_not_yet_valid",
        ),
        (
            "expired",
            "CN-38 DT-26",
            "The consent has ended, at `exp`.",
            between("exp", START + 60),
            "consent_expired",
        ),
        (
            "link-removed",
            "SL-05 SL-10",
            "The link has been removed.",
            unlinked,
            "link_removed",
        ),
    ]
}

fn processing(book: &mut Book) {
    let consent = record::id("sink", "consent");
    let mut bench = Bench::consented("sink").at(60);
    bench.does(process(&consent, "care", "src/a"));
    bench.into_case(
        book,
        "permitted",
        "CN-13 CN-37 CN-38 CN-39",
        "The consent stands and covers it.",
        Stated::Accepted,
    );
    for (id, requirements, says, cr_id, purpose, dataset, codes) in [
        (
            "purpose-other",
            "CN-87 CN-37",
            "The consent does not cover this purpose.",
            &*consent,
            "study",
            "src/a",
            "purpose_not_consented",
        ),
        (
            "dataset-other",
            "CN-87",
            "The consent covers the dataset for another purpose only.",
            &*consent,
            "care",
            "src/b",
            "dataset_not_consented",
        ),
        (
            "consent-unknown",
            "CN-37",
            "There is no such consent.",
            "another",
            "care",
            "src/a",
            "held_consent_unknown",
        ),
    ] {
        let mut bench = Bench::consented("sink").at(60);
        bench.does(process(cr_id, purpose, dataset));
        bench.into_case(book, id, requirements, says, Stated::Refused(codes));
    }
    for (id, requirements, says, mut bench, code) in barred() {
        bench.does(process(&consent, "care", "src/a"));
        bench.into_case(
            book,
            id,
            &format!("CN-37 {requirements}"),
            says,
            Stated::Refused(code),
        );
    }
    let mut bench = Bench::consented("sink").at(60);
    let first = bench.first_status();
    bench.status("status-2", "Disabled", &first, "owner-1");
    bench.does(process(&consent, "study", "src/a"));
    bench.into_case(
        book,
        "two-reasons",
        "CN-37",
        "Every reason is given.",
        Stated::Refused("consent_disabled purpose_not_consented"),
    );
}

fn tokens(book: &mut Book) {
    let ask = || ServiceAct::TokenRequest {
        cr_id: record::id("sink", "consent"),
    };
    let mut bench = Bench::consented("sink").at(60);
    bench.does(ask());
    bench.into_case(
        book,
        "asks-for-token",
        "CN-46 DT-02 DT-13 DT-17 DT-21 DT-26 DT-27",
        "The sink asks by its own consent.",
        Stated::Accepted,
    );
    for (id, requirements, says, mut bench, code) in barred() {
        bench.does(ask());
        let id = format!("no-token-{id}");
        bench.into_case(
            book,
            &id,
            &format!("DT-13 {requirements}"),
            says,
            Stated::Refused(code),
        );
    }
    let mut bench = Bench::consented("source").at(60);
    bench.does(ServiceAct::TokenRequest {
        cr_id: record::id("source", "consent"),
    });
    bench.into_case(
        book,
        "source-asks-for-token",
        "CN-46",
        "A source has no use for a token.",
        Stated::Refused("not_a_sink"),
    );
}
