//! Descriptions of services and operators.

use super::stated;
use crate::descriptions;
use crate::exam::{Role, Task};
use crate::make::case::{About, Book, altered, without};
use crate::make::record::operator_description;
use serde_json::{Value, json};

fn task(of: &str, text: &Value) -> Task {
    Task::Description {
        of: of.to_owned(),
        text: text.to_string(),
    }
}

pub(super) fn services() -> Book {
    let mut book = Book::new(
        "plain/describing-service",
        "What a service description must say: every fault at once",
    );
    let binds = &[Role::Operator, Role::Source, Role::Sink][..];
    let mut one = |id: &str, requirements: &str, says: &str, value: &Value, codes: &str| {
        let about = About {
            id,
            requirements,
            binds,
            says,
        };
        book.task(about, &task("service", value), stated(codes));
    };
    let (source, sink) = (descriptions::source(), descriptions::sink());
    let all = "SD-01 SD-02 SD-04 SD-05 SD-15 SD-20 SD-23 SD-26 SD-27 FW-07 FW-58 FW-12 FW-11";
    one(
        "sink",
        all,
        "A sink that notifies and takes objections.",
        &sink,
        "",
    );
    one(
        "source",
        &format!("{all} SD-16 SD-19 FW-16 FW-17"),
        "A source that gives three datasets.",
        &source,
        "",
    );
    let about = |member: &str, value: Value| altered(&sink, &["serviceDescription", member], value);
    let base = |path: &[&str], value: Value| altered(&sink, path, value);
    let care = |member: &'static str| ["processingBases", "consent", "0", member];
    let twice = |value: &Value, list: &[&str]| {
        let mut value = value.clone();
        let mut at = &mut value;
        for name in list {
            at = match name.parse::<usize>() {
                Ok(index) => &mut at[index],
                Err(_) => &mut at[*name],
            };
        }
        let first = at[0].clone();
        at.as_array_mut().unwrap().push(first);
        value
    };
    #[rustfmt::skip]
    let rows = [
        ("id-missing", "SD-05 FW-12", "There is no `serviceId`.", without(&sink, &["serviceId"]), "json_missing_member"),
        ("urls-missing", "SD-01 SD-04 SD-11 FW-07", "There are no `serviceUrls`.", without(&sink, &["serviceDescription", "serviceUrls"]), "json_missing_member"),
        ("provider-missing", "SD-04 SD-12", "There is no `serviceProvider`.", without(&sink, &["serviceDescription", "serviceProvider"]), "json_missing_member"),
        ("version-missing", "SD-04 FW-11", "There is no version.", without(&sink, &["serviceDescription", "serviceDescriptionVersion"]), "json_missing_member"),
        ("profile-unknown", "SD-08 C26", "A profile is not one of the five.", about("supportedProfiles", json!(["everything"])), "json_shape"),
        ("profiles-empty", "SD-02 SD-08", "No profile is named.", about("supportedProfiles", json!([])), "description_no_profile"),
        ("domain-http", "SD-11", "The domain is not https.", altered(&sink, &["serviceDescription", "serviceUrls", "domain"], json!("http://sink.example")), "json_shape"),
        ("no-data", "SD-15 FW-58 FW-16", "No dataset is described.", altered(&source, &["dataDescription"], json!([])), "description_no_data description_no_purpose description_profile_needs_distribution"),
        ("no-purpose", "SD-20 FW-58", "Neither a purpose nor a distribution is described.", without(&base(&["serviceDescription", "supportedProfiles"], json!(["notification"])), &["processingBases"]), "description_no_purpose"),
        ("purpose-twice", "SD-23", "A purpose stands twice under one basis.", twice(&sink, &["processingBases", "consent"]), "description_duplicate_purpose"),
        ("purpose-twice-across", "SD-23", "A purpose stands under two bases.", base(&["processingBases", "publicInterest", "0", "purposeId"], json!("care")), "description_duplicate_purpose"),
        ("purpose-optional-only", "SD-20 SD-24", "A purpose names optional datasets only.", base(&care("requiredDatasets"), json!([])), ""),
        ("purpose-with-nothing", "SD-20", "A purpose names no dataset at all.", base(&["processingBases", "consent", "1", "requiredDatasets"], json!([])), "description_purpose_without_data"),
        ("dataset-undescribed", "SD-22", "A purpose names a dataset that is not described.", base(&care("requiredDatasets"), json!(["x"])), "description_unknown_dataset"),
        ("optional-without-consent", "SD-24", "Optional datasets stand under public interest.", base(&["processingBases", "publicInterest", "0", "optionalDatasets"], json!(["b"])), "description_optional_without_consent"),
        ("basis-unknown", "SD-06 C25", "A basis is not one of the five.", base(&["processingBases", "goodwill"], json!([])), "json_shape"),
        ("dataset-twice", "SD-05", "A dataset stands twice.", twice(&sink, &["dataDescription"]), "description_duplicate_dataset"),
        ("distribution-missing", "SD-16 FW-17", "A source of the re-use profile gives nothing.", without(&without(&without(&source, &["dataDescription", "0", "distribution"]), &["dataDescription", "1", "distribution"]), &["dataDescription", "2", "distribution"]), "description_no_purpose description_profile_needs_distribution"),
        ("distribution-no-address", "SD-19", "A distribution has no address.", without(&source, &["dataDescription", "0", "distribution", "0", "accessUrl"]), "json_missing_member"),
        ("distribution-address", "SD-19 C44", "The address of a distribution leads elsewhere.", altered(&source, &["dataDescription", "0", "distribution", "0", "accessUrl"], json!("http://elsewhere.example/a")), "description_distribution_url"),
        ("address-twice", "SD-16 D16", "Two datasets are fetched at one address.", altered(&source, &["dataDescription", "1", "distribution", "0", "accessUrl"], json!("/data/a")), "description_duplicate_url"),
        ("distribution-twice", "SD-19", "A distribution id stands twice.", altered(&source, &["dataDescription", "1", "distribution", "0", "distributionId"], json!("src/a.json")), "description_duplicate_distribution"),
        ("objection-uri-missing", "SD-11", "The objection profile has no address.", without(&sink, &["serviceDescription", "serviceUrls", "objectionUri"]), "description_profile_needs_objection_uri"),
        ("notifications-missing", "SD-26 SD-02 NT-03", "The notification profile names no notification.", without(&sink, &["notifications"]), "description_profile_needs_notification"),
        ("notification-uri-missing", "SD-11 SD-26 NT-03", "The notification profile has no address.", without(&sink, &["serviceDescription", "serviceUrls", "notificationUri"]), "description_profile_needs_notification"),
        ("notification-minus", "SD-27 NT-08", "A notification id begins like a cancellation.", base(&["notifications", "0", "id"], json!("-news")), "description_notification_id"),
        ("notification-twice", "SD-27", "A notification id stands twice.", base(&["notifications", "1", "id"], json!("news")), "description_notification_id"),
        ("language-three-letters", "SD-09", "A language is not named by ISO 639-1.", altered(&sink, &["serviceDescription", "description", "0", "language"], json!("eng")), "json_shape"),
        ("language-missing", "SD-09 FW-33", "A text is missing in one language.", altered(&sink, &["serviceDescription", "description", "0", "language"], json!("de")), "description_missing_language"),
        ("consenting-without-purpose", "SD-02 FW-15", "The consenting profile has no purpose that rests on consent.", base(&["processingBases", "consent"], json!([])), "description_profile_needs_purpose"),
    ];
    for (id, requirements, says, value, codes) in rows {
        one(id, requirements, says, &value, codes);
    }
    book
}

pub(super) fn operators() -> Book {
    let mut book = Book::new(
        "plain/describing-operator",
        "What an operator description must say",
    );
    let binds = &[Role::Operator][..];
    let mut one = |id: &str, requirements: &str, says: &str, value: &Value, codes: &str| {
        let about = About {
            id,
            requirements,
            binds,
            says,
        };
        book.task(about, &task("operator", value), stated(codes));
    };
    let good = operator_description();
    one(
        "good",
        "SD-28 SD-30 FW-56",
        "An operator description.",
        &good,
        "",
    );
    for (id, path) in [
        ("id-missing", &["operatorId"][..]),
        ("provider-missing", &["serviceProvider"]),
        ("version-missing", &["operatorservicedescriptionVersion"]),
        ("profiles-missing", &["supportedProfiles"]),
        ("urls-missing", &["operatorUrls"]),
        ("domain-missing", &["operatorUrls", "domain"]),
        ("linking-missing", &["operatorUrls", "linkingRedirectUri"]),
    ] {
        one(
            id,
            "SD-28 SD-30 FW-56",
            "A member that must be there is not.",
            &without(&good, path),
            "json_missing_member",
        );
    }
    let profile = altered(&good, &["supportedProfiles"], json!(["everything"]));
    one(
        "profile-unknown",
        "SD-30 C26",
        "A profile is not one of the five.",
        &profile,
        "json_shape",
    );
    book
}

pub(super) fn locations() -> Book {
    let mut book = Book::new("plain/locations", "Where a description is published");
    for (of, binds, rows) in [
        (
            "service",
            &[Role::Source, Role::Sink, Role::Operator][..],
            "SD-03 FW-13 FW-14 C24",
        ),
        (
            "operator",
            &[Role::Source, Role::Sink, Role::Operator],
            "SD-29 C24",
        ),
    ] {
        for (id, says, domain, code) in [
            (
                "domain",
                "At the well-known location of the domain.",
                "https://town.example",
                "",
            ),
            (
                "port",
                "The port is a part of the domain.",
                "https://town.example:8443",
                "",
            ),
            (
                "not-https",
                "There is no location without https.",
                "http://town.example",
                "url_not_https",
            ),
            (
                "address",
                "An address by numbers is no domain.",
                "https://192.0.2.1",
                "url_host_not_name",
            ),
            (
                "path",
                "A domain has no path.",
                "https://town.example/mydata",
                "url_not_canonical",
            ),
        ] {
            let id = format!("{of}-{id}");
            let about = About {
                id: &id,
                requirements: rows,
                binds,
                says,
            };
            let task = Task::Locate {
                of: of.to_owned(),
                domain: domain.to_owned(),
            };
            book.task(about, &task, stated(code));
        }
    }
    book
}
