//! An operator takes a consent.

use crate::exam::task::{OperatorAct, WhoActs};
use crate::make::case::{Book, Stated, altered, without};
use crate::make::keys::Key;
use crate::make::record::{START, sealed_by};
use crate::make::stage::{
    FOUR, Four, Stage, care, choice, give, give_to, owner, service, somebody,
};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "An operator drafts consents, takes them signed, and delivers them";
    let mut book = Book::new("operator/consenting", title);
    drafting(&mut book);
    giving(&mut book);
    signing(&mut book);
    agreeing(&mut book);
    single(&mut book);
    book
}

fn draft(source: &str, sink: &str, choice: &Value) -> OperatorAct {
    OperatorAct::DraftPair {
        source: source.to_owned(),
        sink: sink.to_owned(),
        choice: choice.clone(),
    }
}

fn drafting(book: &mut Book) {
    let mut stage = Stage::linked();
    stage.asks(owner(), draft("source", "sink", &care()));
    stage.operator_case(book, "drafted", "CN-05 CN-06 CN-07 CN-08 CN-10 CN-11 CN-14 CN-43 CN-65 CN-67 CN-69 CN-70 CN-71 CN-72 CN-73 CN-76 CN-80 CN-81 CN-84 CN-85 CN-86 CN-87 CN-90 CN-91 CN-93 FW-36", "Two records that belong together, each with its first status.", Stated::Accepted);
    let mut stage = Stage::linked();
    let mut open = choice("study", &["src/c"]);
    open.as_object_mut().unwrap().remove("exp");
    stage.asks(owner(), draft("source", "sink", &open));
    stage.operator_case(
        book,
        "drafted-open",
        "CN-74 CN-75 CN-82 CN-83",
        "A consent need have no end, where the purpose sets none.",
        Stated::Accepted,
    );
    #[rustfmt::skip]
    let rows = [
        ("dataset-required", "CN-43 SD-25 FW-36", "A dataset that the purpose requires is left out.", choice("care", &["src/b"]), "dataset_required"),
        ("dataset-not-for-purpose", "CN-77 CN-87", "A dataset is not one that the purpose names.", choice("care", &["src/a", "src/c"]), "dataset_not_for_purpose"),
        ("dataset-unknown", "CN-07 CN-65", "The source has no such dataset.", choice("care", &["src/x"]), "dataset_unknown"),
        ("nothing-chosen", "CN-65", "Nothing was chosen.", choice("care", &[]), "dataset_required"),
        ("purpose-unknown", "SD-21 CN-87", "The sink has no such purpose.", choice("mischief", &["src/a"]), "purpose_unknown"),
        ("purpose-not-consent", "SD-21", "The purpose rests on another basis.", choice("duty", &["src/a"]), "purpose_not_consent"),
        ("purpose-of-another-source", "CN-05", "The purpose draws on another source.", choice("elsewhere", &["src/a"]), "purpose_source"),
        ("purpose-too-long", "CN-43", "The consent would run longer than the purpose allows.", altered(&care(), &["exp"], json!(START + 31 * 24 * 3600)), "purpose_too_long"),
        ("ended-already", "CN-38", "The consent would have ended already.", altered(&care(), &["exp"], json!(START)), "consent_expired"),
        ("impossible-time", "CN-38", "The consent would end before it begins.", altered(&care(), &["nbf"], json!(START + 31 * 24 * 3600)), "consent_validity"),
    ];
    for (id, requirements, says, choice, code) in rows {
        let mut stage = Stage::linked();
        stage.asks(owner(), draft("source", "sink", &choice));
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
    for (id, requirements, says, source, sink, code) in [
        (
            "sink-closed",
            "CN-44",
            "The sink is suspended.",
            "source",
            "closed",
            "service_suspended",
        ),
        (
            "source-closed",
            "CN-44",
            "The source is suspended.",
            "closed source",
            "sink",
            "service_suspended",
        ),
        (
            "source-is-sink",
            "CN-05",
            "Source and sink are one service.",
            "source",
            "source",
            "pop_key_missing",
        ),
    ] {
        let mut stage = Stage::linked_with(&["closed", "closed source"]);
        stage.asks(owner(), draft(source, sink, &care()));
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
    let mut stage = Stage::new();
    stage.link("sink");
    stage.show();
    stage.asks(owner(), draft("source", "sink", &care()));
    stage.operator_case(
        book,
        "source-not-linked",
        "CN-44 SL-05 FW-31 FW-06",
        "There is no link to the source.",
        Stated::Refused("link_unknown"),
    );
    let mut stage = Stage::linked();
    let link = stage.link_id("sink");
    let removal = stage.signed_removal(&link);
    stage.does(owner(), removal);
    stage.asks(owner(), draft("source", "sink", &care()));
    stage.operator_case(
        book,
        "sink-unlinked",
        "CN-44 SL-05 SL-10 CN-61",
        "The link to the sink has been removed.",
        Stated::Refused("link_removed"),
    );
    let (mut stage, _) = Stage::consented();
    stage.asks(owner(), draft("source", "sink", &care()));
    stage.operator_case(
        book,
        "twice",
        "CN-42 C53 D15",
        "A consent for this purpose is in force.",
        Stated::Refused("consent_exists"),
    );
}

fn giving(book: &mut Book) {
    let mut stage = Stage::linked();
    let four = stage.pair_drafts(&care());
    stage.asks(owner(), give(&four));
    stage.operator_case(book, "given", "CN-02 CN-05 CN-09 CN-45 CN-47 CN-48 CN-80 CN-84 CN-85 CN-88 CN-89 CN-90 CN-94 CN-95 AC-39 AC-40 AC-41 AC-42 FW-31", "The source's record goes to the source, the sink's to the sink.", Stated::Accepted);
    let (mut stage, _) = Stage::consented();
    let four = stage.pair_drafts(&choice("study", &["src/c"]));
    stage.asks(owner(), give(&four));
    stage.operator_case(
        book,
        "given-beside",
        "D15 CN-09 CN-10",
        "A consent for another purpose stands beside it, with a resource set of its own.",
        Stated::Accepted,
    );
    let mut stage = Stage::linked();
    let four = stage.pair_drafts(&care());
    stage.asks(service("sink"), give(&four));
    stage.operator_case(
        book,
        "given-by-service",
        "CN-88",
        "A service cannot give a consent.",
        Stated::Refused("capacity_not_allowed"),
    );
    let mut stage = Stage::linked();
    let four = stage.pair_drafts(&care());
    stage.asks(somebody(WhoActs::Operator), give(&four));
    stage.operator_case(
        book,
        "given-by-operator",
        "CN-88",
        "Nor can the operator.",
        Stated::Refused("capacity_not_allowed"),
    );
    let (mut stage, _) = Stage::consented();
    let given = stage.last_given();
    stage.asks(owner(), given);
    stage.operator_case(
        book,
        "given-again",
        "CN-69 CN-09",
        "The same records a second time.",
        Stated::Refused("consent_id_taken"),
    );
}

/// The four records with one of them altered, and what is said.
struct Row {
    id: &'static str,
    requirements: &'static str,
    says: &'static str,
    alter: Box<dyn Fn(&mut Four)>,
    kids: [&'static str; 4],
    code: &'static str,
}

const OWNER: [&str; 4] = ["owner-1"; 4];

fn row(
    id: &'static str,
    requirements: &'static str,
    says: &'static str,
    code: &'static str,
    alter: impl Fn(&mut Four) + 'static,
) -> Row {
    Row {
        id,
        requirements,
        says,
        alter: Box::new(alter),
        kids: OWNER,
        code,
    }
}

fn written(book: &mut Book, rows: Vec<Row>) {
    for row in rows {
        let mut stage = Stage::linked_with(&["newer"]);
        let mut four = stage.pair_drafts(&care());
        (row.alter)(&mut four);
        let sink = if row.id == "description-stale" {
            "newer"
        } else {
            "sink"
        };
        stage.asks(owner(), give_to("source", sink, &four, &row.kids));
        stage.operator_case(
            book,
            row.id,
            row.requirements,
            row.says,
            Stated::Refused(row.code),
        );
    }
}

/// Alters a member of the common part of one record.
fn common(at: usize, member: &'static str, value: Value) -> impl Fn(&mut Four) {
    move |four| four[at] = altered(&four[at], &["common_part", member], value.clone())
}

fn signing(book: &mut Book) {
    let signed = |at: usize, kid: &'static str, id, requirements, says| {
        let mut row = row(id, requirements, says, "jws_kid_unknown", |_| {});
        row.kids[at] = kid;
        row
    };
    written(
        book,
        vec![
            signed(
                0,
                "stranger-1",
                "source-foreign-key",
                "CN-88 CN-89 AC-40",
                "The source's record is not signed by the owner.",
            ),
            signed(
                2,
                "stranger-1",
                "sink-foreign-key",
                "CN-88 CN-89 AC-40",
                "The sink's record is not signed by the owner.",
            ),
            signed(
                2,
                "operator-status-1",
                "sink-by-operator",
                "CN-88",
                "The sink's record is signed by the operator.",
            ),
            signed(
                1,
                "stranger-1",
                "source-status-foreign-key",
                "CN-94 CN-95",
                "The source's first status is not signed by the owner.",
            ),
            signed(
                3,
                "operator-status-1",
                "sink-status-by-operator",
                "CN-94 C08",
                "The sink's first status is signed by the operator.",
            ),
            row(
                "source-version",
                "CN-80 C02",
                "The version is that of an earlier framework.",
                "json_shape",
                common(0, "version", json!("1.3")),
            ),
            row(
                "sink-version",
                "CN-80 C02",
                "The version is that of an earlier framework.",
                "json_shape",
                common(2, "version", json!("1.3")),
            ),
            row(
                "status-version",
                "CN-90 C02",
                "The version of the status is that of an earlier framework.",
                "json_shape",
                |four| four[3]["version"] = json!("1.3"),
            ),
            row(
                "status-disabled",
                "CN-14",
                "The first status is not Active.",
                "chain_first_not_active",
                |four| four[3]["consent_status"] = json!("Disabled"),
            ),
            row(
                "status-of-another",
                "CN-91 AC-39",
                "The status is about another consent.",
                "chain_other_subject",
                |four| four[3]["cr_id"] = json!("another"),
            ),
            row(
                "status-person",
                "CN-91 AC-39",
                "The status names another surrogate.",
                "chain_other_surrogate",
                |four| four[3]["surrogate_id"] = json!("another"),
            ),
            row(
                "status-previous",
                "CN-93",
                "The first status names a predecessor.",
                "chain_first_has_previous",
                |four| four[1]["prev_record_id"] = json!("earlier"),
            ),
            row(
                "status-one-id",
                "CN-91",
                "Both first statuses have one id.",
                "record_id_taken",
                |four| four[1]["record_id"] = four[3]["record_id"].clone(),
            ),
            row(
                "exchanged",
                "CN-48 D14",
                "The halves stand in each other's place.",
                "json_missing_member",
                |four| {
                    let (source, sink) = (
                        four[0]["role_specific_part"].clone(),
                        four[2]["role_specific_part"].clone(),
                    );
                    four[0]["role_specific_part"] = sink;
                    four[2]["role_specific_part"] = source;
                },
            ),
        ],
    );
}

fn agreeing(book: &mut Book) {
    let stranger = || Key::named("stranger-1").jwk();
    written(
        book,
        vec![
            row(
                "pop-key-other",
                "CN-06 CN-84",
                "The sink's key is not the one from its link.",
                "key_not_bound",
                move |four| four[0]["role_specific_part"]["pop_key"] = stranger(),
            ),
            row(
                "pop-key-no-kid",
                "CN-84",
                "The sink's key has no id.",
                "json_shape",
                |four| four[0] = without(&four[0], &["role_specific_part", "pop_key", "kid"]),
            ),
            row(
                "issuer-key-other",
                "CN-85",
                "The token issuer's key is not the operator's.",
                "key_not_bound",
                move |four| {
                    four[0]["role_specific_part"]["token_issuer_key"] =
                        Key::named("stranger-1").jwk()
                },
            ),
            row(
                "issuer-key-no-kid",
                "CN-85",
                "The token issuer's key has no id.",
                "json_shape",
                |four| {
                    four[0] = without(&four[0], &["role_specific_part", "token_issuer_key", "kid"])
                },
            ),
            row(
                "halves-apart",
                "CN-86",
                "The sink's record names another source record.",
                "pair_mismatch",
                |four| four[2]["role_specific_part"]["source_cr_id"] = json!("another"),
            ),
            row(
                "sets-apart",
                "CN-05 C43",
                "The halves are about different resource sets.",
                "pair_mismatch",
                |four| {
                    four[2]["common_part"]["rs_description"]["resource_set"]["rs_id"] =
                        json!("another")
                },
            ),
            row(
                "times-apart",
                "CN-05",
                "The halves end at different times.",
                "pair_mismatch",
                common(2, "exp", json!(START + 60)),
            ),
            row(
                "surrogate-other",
                "CN-70 AC-39",
                "The record names another surrogate than the link.",
                "record_mismatch",
                common(0, "surrogate_id", json!("another")),
            ),
            row(
                "link-other",
                "CN-44 CN-70 AC-38",
                "The record names a link that is not there.",
                "link_unknown",
                common(2, "slr_id", json!("another")),
            ),
            row(
                "operator-other",
                "CN-76",
                "The record names another operator.",
                "record_mismatch",
                common(2, "operator", json!("other.example")),
            ),
            row(
                "subject-other",
                "CN-48 CN-76",
                "The record is for another service.",
                "service_mismatch",
                common(2, "subject_id", json!("another")),
            ),
            row(
                "address-other",
                "CN-67 CN-07",
                "The address is not one that the source has published.",
                "dataset_unknown",
                |four| {
                    for at in [0, 2] {
                        four[at]["common_part"]["rs_description"]["resource_set"]["dataset"][0]["distribution_url"] =
                            json!("https://source.example/data/x");
                    }
                },
            ),
            row(
                "required-left-out",
                "CN-43 SD-25",
                "A rule leaves out a dataset that its purpose requires.",
                "dataset_required",
                |four| {
                    four[2]["role_specific_part"]["usage_rules"][0]["datasets"] = json!(["src/b"])
                },
            ),
            row(
                "dataset-for-nothing",
                "CN-87",
                "A dataset of the resource set is for no purpose.",
                "dataset_without_purpose",
                |four| {
                    four[2]["role_specific_part"]["usage_rules"][0]["datasets"] = json!(["src/a"])
                },
            ),
            row(
                "old",
                "CN-73",
                "The record was made before the proposal was shown.",
                "proposal_late",
                common(0, "iat", json!(START - 1801)),
            ),
            row(
                "description-stale",
                "CN-71 FW-11",
                "The sink has published a newer description.",
                "description_stale",
                |_| {},
            ),
        ],
    );
    let (mut stage, _) = Stage::consented();
    let used = stage.resource_set();
    let mut four = stage.pair_drafts(&choice("study", &["src/c"]));
    for at in [0, 2] {
        four[at]["common_part"]["rs_description"]["resource_set"]["rs_id"] = used.clone();
    }
    stage.asks(owner(), give(&four));
    stage.operator_case(
        book,
        "resource-set-taken",
        "CN-09 CN-10 C43",
        "The id of the resource set is in use by another consent.",
        Stated::Refused("resource_set_taken"),
    );
}

fn single(book: &mut Book) {
    let own = choice("own", &["own"]);
    let drafts = |stage: &mut Stage| {
        stage.drafts(OperatorAct::DraftSingle {
            service: "sink".to_owned(),
            choice: own.clone(),
        })
    };
    let act = |record: &Value, status: &Value, kids: [&str; 2]| OperatorAct::GiveSingle {
        service: "sink".to_owned(),
        record: sealed_by("single_consent", record, &[kids[0]]).text(),
        status: sealed_by(FOUR[1], status, &[kids[1]]).text(),
    };
    let mut stage = Stage::linked();
    drafts(&mut stage);
    stage.operator_case(
        book,
        "single-drafted",
        "CN-04 CN-66 CN-68 CN-70 CN-76 CN-77",
        "One record, with no address in it.",
        Stated::Accepted,
    );
    let mut stage = Stage::linked();
    let drafted = drafts(&mut stage);
    stage.asks(
        owner(),
        act(&drafted[0], &drafted[1], ["owner-1", "owner-1"]),
    );
    stage.operator_case(
        book,
        "single-given",
        "CN-02 CN-04 CN-45 CN-47 CN-68 CN-78 CN-79 CN-90",
        "The record goes to the service.",
        Stated::Accepted,
    );
    #[rustfmt::skip]
    let rows = [
        ("single-foreign-key", "CN-78 CN-79", "The record is not signed by the owner.", None, ["stranger-1", "owner-1"], "jws_kid_unknown"),
        ("single-version", "CN-68 C02", "The version is that of an earlier framework.", Some((vec!["version"], json!("1.2"))), ["owner-1", "owner-1"], "json_shape"),
        ("single-with-address", "CN-66", "The dataset has an address, though it stays in the service.", Some((vec!["rs_description", "resource_set", "dataset", "0", "distribution_url"], json!("https://sink.example/own"))), ["owner-1", "owner-1"], "dataset_unknown"),
        ("single-purpose", "CN-77 SD-21", "The service has no such purpose.", Some((vec!["usage_rules", "0", "purposeId"], json!("mischief"))), ["owner-1", "owner-1"], "purpose_unknown"),
        ("single-surrogate", "CN-70", "The record names another surrogate than the link.", Some((vec!["surrogate_id"], json!("another"))), ["owner-1", "owner-1"], "record_mismatch"),
    ];
    for (id, requirements, says, change, kids, code) in rows {
        let mut stage = Stage::linked();
        let mut drafted = drafts(&mut stage);
        if let Some((path, value)) = change {
            drafted[0] = altered(&drafted[0], &path, value);
        }
        stage.asks(owner(), act(&drafted[0], &drafted[1], kids));
        stage.operator_case(book, id, requirements, says, Stated::Refused(code));
    }
}
