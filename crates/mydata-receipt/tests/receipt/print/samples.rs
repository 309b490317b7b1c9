//! Receipts that show what the common samples do not.

use crate::support::samples;
use mydata_receipt::Receipt;
use serde_json::{Value, json};

/// A receipt made of `name` by changing members, each at its pointer.
pub(crate) fn changed(name: &str, changes: &[(&str, Value)]) -> Receipt {
    let mut receipt = samples()[name].clone();
    for (pointer, value) in changes {
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        let parent = receipt.pointer_mut(parent).unwrap();
        if value.is_null() {
            parent.as_object_mut().unwrap().remove(member);
        } else if let Ok(at) = member.parse::<usize>() {
            parent[at] = value.clone();
        } else {
            parent[member] = value.clone();
        }
    }
    serde_json::from_value(receipt).unwrap()
}

fn texts(fi: &str, sv: &str, en: &str) -> Value {
    json!({ "fi": fi, "sv": sv, "en": en })
}

fn item(id: &str, title: Value, description: Value, sensitivity: &str, necessity: &str) -> Value {
    json!({
        "dataset_id": format!("esp-vaka/{id}"), "title": title, "description": description,
        "necessity": necessity, "sensitivity": sensitivity, "personal_data": "pd:Preference", "category": 1
    })
}

/// Two purposes and three kinds of data, with everything that an ordinary consent can have: a time before
/// which it is not valid, a pause that is over, recipients, and different places.
pub(crate) fn two() -> Receipt {
    let pair = samples()["pair"].clone();
    let mut second = pair["processes"][0].clone();
    second["purpose_id"] = "hki-vaka/ecec-continuity".into();
    second["title"] = texts("Sujuva aloitus", "En smidig start", "A smooth start");
    second["description"] = texts(
        "Uusi yksikkö saa lapsen suunnitelman ennen ensimmäistä päivää. Jos et suostu, suunnitelma tehdään uudelleen kanssasi.",
        "Den nya enheten får barnets plan före första dagen. Om du säger nej görs planen om tillsammans med dig.",
        "The new unit gets the child's plan before the first day. If you say no, the plan is made again with you.",
    );
    second["data"] = json!([
        item(
            "ecec.plan",
            texts(
                "Varhaiskasvatussuunnitelma",
                "Plan för småbarnspedagogik",
                "Early childhood education plan"
            ),
            texts(
                "Yhdessä sovitut tavoitteet.",
                "Mål som ni har kommit överens om.",
                "What was agreed together."
            ),
            "confidential",
            "required"
        ),
        item(
            "ecec.placement",
            texts("Nykyinen paikka", "Nuvarande plats", "Present place"),
            texts(
                "Yksikkö ja hoitoaika.",
                "Enhet och vårdtid.",
                "The unit and the hours."
            ),
            "ordinary",
            "optional"
        ),
    ]);
    second["left_out"] = json!([]);
    second["recipients"] = json!([{
        "name": texts("Esimerkkipilvi Oy", "Exempelmoln Ab", "Example Cloud Ltd"), "country": "US"
    }]);
    second["storage"] = json!(["FI", "SE"]);
    changed(
        "pair",
        &[("/processes", json!([pair["processes"][0], second]))],
    )
}

/// So much that it takes several sheets: many purposes, with texts that are there in one language only.
pub(crate) fn many() -> Receipt {
    let two = serde_json::to_value(two()).unwrap();
    let mut processes = Vec::new();
    for at in 0..8 {
        let mut process = two["processes"][at % 2].clone();
        process["purpose_id"] = format!("hki-vaka/purpose-{at}").into();
        if at % 3 == 0 {
            process["title"] = json!({ "se": "Sávaldagaid sirdin" });
            process["recipients"] =
                json!([{ "name": { "en": "Example Archive" }, "country": "ZW" }]);
        }
        processes.push(process);
    }
    let mut receipt = two;
    receipt["processes"] = processes.into();
    serde_json::from_value(receipt).unwrap()
}
