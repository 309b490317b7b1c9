//! What is told: a row of the log in the words of the protocol.

use crate::access_log::{AccessEntry, Stage};
use mydata::core::crypto::Sha256;
use mydata::core::id::DatasetId;
use mydata::core::lang::{Language, Trilingual};
use mydata::record::description::ServiceDescription;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Who has had data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Receiver {
    /// The code of the organisation in the register of its country.
    #[serde(rename = "receiverCode")]
    pub code: String,
    /// Its name.
    #[serde(rename = "receiverName", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which of its systems.
    #[serde(rename = "receiverSystem")]
    pub system: String,
}

/// The code of a receiver that is in no list.
pub(super) const UNKNOWN: &str = "unknown";

/// The words in which rows are told.
#[derive(Debug, Clone)]
pub struct UsageWords {
    language: Language,
    titles: BTreeMap<DatasetId, String>,
}

impl UsageWords {
    /// In one language, with the titles of the source's own datasets.
    #[must_use]
    pub fn new(source: &ServiceDescription, language: Language) -> Self {
        let data = source.data_description.iter();
        let title = |text: &mydata::record::description::DatasetText| text.title.clone();
        let titles = data.filter_map(|dataset| {
            let text = dataset.description.best(language);
            Some((dataset.dataset_id.clone(), text.map(title)?))
        });
        Self {
            language,
            titles: titles.collect(),
        }
    }

    /// What was done, and on what ground. A dataset that the source has no more is named by its id.
    fn action(&self, entry: &AccessEntry) -> String {
        let ground = match entry.stage {
            Stage::Released { .. } => GIVEN,
            Stage::Interrupted { .. } => GIVEN_IN_PART,
            Stage::Lost => PERHAPS_GIVEN,
            Stage::Viewed => return VIEWED.get(self.language).to_owned(),
            Stage::Granted | Stage::Denied | Stage::NotReleased | Stage::Rights(..) => NOT_GIVEN,
        };
        let title = entry.dataset.as_ref().map(|dataset| {
            let title = self.titles.get(dataset);
            title.map_or(dataset.as_str(), String::as_str)
        });
        let ground = ground.get(self.language);
        title.map_or_else(
            || ground.to_owned(),
            |title| [title, " – ", ground].concat(),
        )
    }
}

const GIVEN: Trilingual = Trilingual {
    fi: "luovutettu suostumuksen perusteella",
    sv: "utlämnat med stöd av samtycke",
    en: "disclosed on the basis of consent",
};

const GIVEN_IN_PART: Trilingual = Trilingual {
    fi: "luovutettu osittain suostumuksen perusteella",
    sv: "delvis utlämnat med stöd av samtycke",
    en: "disclosed in part on the basis of consent",
};

const PERHAPS_GIVEN: Trilingual = Trilingual {
    fi: "mahdollisesti luovutettu suostumuksen perusteella",
    sv: "eventuellt utlämnat med stöd av samtycke",
    en: "possibly disclosed on the basis of consent",
};

const NOT_GIVEN: Trilingual = Trilingual {
    fi: "ei luovutettu",
    sv: "inte utlämnat",
    en: "not disclosed",
};

const VIEWED: Trilingual = Trilingual {
    fi: "Tietojen käyttöä on katsottu toisen puolesta",
    sv: "Någon har tittat på uppgifternas användning för en annan persons räkning",
    en: "The use of the data was viewed on behalf of the person",
};

/// A row.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Usage")]
pub(super) struct Row {
    /// RFC 3339, UTC.
    logtime: String,
    /// What was done, in words for people.
    action: String,
    #[serde(flatten)]
    receiver: Receiver,
}

/// Rows of one page.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FindUsageResponse")]
pub(super) struct Found {
    /// How many there are in the whole period.
    pub(super) total_usages: i32,
    /// The newest first.
    pub(super) usages: Vec<Row>,
}

/// From when there are rows.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UsagePeriodResponse")]
pub(super) struct Kept {
    /// RFC 3339, UTC.
    pub(super) period_start: String,
}

/// Whether questions are answered.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "HeartbeatResponse")]
pub(super) struct Heartbeat {
    pub(super) status: Beat,
}

#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "HeartbeatStatus")]
pub(super) enum Beat {
    Ok,
    Fail,
}

impl Row {
    pub(super) fn of(entry: &AccessEntry, words: &UsageWords, receiver: Receiver) -> Self {
        Self {
            logtime: entry.at.to_string(),
            action: words.action(entry),
            receiver,
        }
    }
}

/// A receiver that is in no list: the row is shown all the same, with all that is known.
pub(super) fn unknown(sink_key: Option<&Sha256>) -> Receiver {
    let key = sink_key.map_or_else(|| UNKNOWN.to_owned(), Sha256::to_base64url);
    Receiver {
        code: UNKNOWN.to_owned(),
        name: None,
        system: ["key ", &key].concat(),
    }
}
