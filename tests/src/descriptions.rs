//! A source with three datasets and a sink with two purposes.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON object takes a member by its name"
)]

use mydata::record::description::{Policy, ServiceDescription};
use serde_json::{Value, json};

fn texts(title: &str) -> Value {
    ["fi", "sv", "en"]
        .map(|language| {
            json!({ "language": language, "title": format!("{title} ({language})"),
                    "description": format!("{title}, {language}") })
        })
        .into_iter()
        .collect()
}

fn service(id: &str, profiles: &[&str]) -> Value {
    let descriptions: Value = ["fi", "sv", "en"]
        .map(|language| json!({ "language": language, "humanReadableDescription": id }))
        .into_iter()
        .collect();
    let origin = format!("https://{id}.example");
    json!({
        "serviceId": id,
        "serviceDescription": {
            "serviceProvider": { "businessId": "0000000-0", "name": "Town (demo)" },
            "serviceDescriptionTitle": id,
            "description": descriptions,
            "serviceDescriptionVersion": "1.0.0",
            "supportedProfiles": profiles,
            "serviceUrls": { "domain": origin, "libraryDomain": origin,
                "linkingUri": "/link", "linkingRedirectUri": "/linked" }
        },
        "issued": "2025-01-07T08:00:00Z",
        "createdByUserId": "test"
    })
}

fn dataset(id: &str, kind: &str, is_given: bool) -> Value {
    let mut dataset = json!({
        "datasetId": id, "description": texts(id),
        "datasetSchema": { "@id": format!("urn:demo:{kind}") }
    });
    if is_given {
        dataset["distribution"] = json!([{
            "distributionId": format!("{id}.json"), "accessUrl": format!("/data/{kind}"),
            "format": "application/json"
        }]);
    }
    dataset
}

fn notification(id: &str) -> Value {
    let text = |language| json!({ "language": language, "name": format!("{id} ({language})") });
    let texts: Value = ["fi", "sv", "en"].map(text).into_iter().collect();
    json!({ "id": id, "description": texts })
}

/// The description of the source, as JSON: gives `a`, `b` and `c`.
#[must_use]
pub fn source() -> Value {
    let mut source = service("source", &["3rd party re-use"]);
    source["dataDescription"] = json!([
        dataset("src/a", "a", true),
        dataset("src/b", "b", true),
        dataset("src/c", "c", true)
    ]);
    source
}

/// The description of the sink, as JSON: `care` needs `a` and may use `b`, for 30 days at the most;
/// `study` needs `c`; `duty` and `survey` rest on public interest, `deal` on a contract; `own` is done
/// with the sink's own data. It offers the notifications `news` and `alerts`.
#[must_use]
pub fn sink() -> Value {
    let mut sink = service(
        "sink",
        &[
            "consenting",
            "3rd party re-use",
            "objection",
            "notification",
        ],
    );
    sink["serviceDescription"]["serviceUrls"]["objectionUri"] = json!("/objections");
    sink["serviceDescription"]["serviceUrls"]["notificationUri"] = json!("/notifications");
    sink["notifications"] = json!([notification("news"), notification("alerts")]);
    sink["dataDescription"] = json!([
        dataset("a", "a", false),
        dataset("b", "b", false),
        dataset("c", "c", false),
        dataset("own", "own", false)
    ]);
    sink["processingBases"] = json!({
        "consent": [
            { "purposeId": "care", "description": texts("care"), "requiredDatasets": ["a"],
              "optionalDatasets": ["b"], "x_mydata": { "maxDays": 30 } },
            { "purposeId": "study", "description": texts("study"), "requiredDatasets": ["c"] },
            { "purposeId": "elsewhere", "description": texts("elsewhere"),
              "requiredDatasets": ["a"], "x_mydata": { "sources": ["another"] } },
            { "purposeId": "own", "description": texts("own"), "requiredDatasets": ["own"] }
        ],
        "publicInterest": [
            { "purposeId": "duty", "description": texts("duty"), "requiredDatasets": ["a"] },
            { "purposeId": "survey", "description": texts("survey"), "requiredDatasets": ["b", "own"] }
        ],
        "contract": [
            { "purposeId": "deal", "description": texts("deal"), "requiredDatasets": ["a"] }
        ]
    });
    sink
}

/// The description of an operator, as JSON (table 7).
#[must_use]
pub fn operator() -> Value {
    json!({
        "operatorId": "operator.example",
        "serviceProvider": { "businessId": "0000000-0", "name": "Town (demo)" },
        "operatorservicedescriptionVersion": "1.0.0",
        "supportedProfiles": ["consenting", "3rd party re-use"],
        "cert": { "x5u": "https://operator.example/certificate.pem" },
        "operatorUrls": { "domain": "https://operator.example", "linkingRedirectUri": "/linked" },
        "createdOnDate": "2025-01-07T08:00:00Z",
        "createdByUserId": "test"
    })
}

/// The same, checked.
///
/// # Panics
/// When the description breaks a rule.
#[must_use]
#[expect(
    clippy::unwrap_used,
    reason = "a test world that cannot be built fails the test"
)]
pub fn checked(description: &Value) -> ServiceDescription {
    let octets = serde_json::to_vec(description).unwrap();
    ServiceDescription::from_json(&octets, &Policy::default()).unwrap()
}
