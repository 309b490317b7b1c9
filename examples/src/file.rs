//! Reading the demo town: `examples/town/town.json`, and the data of its customers beside it.

use crate::post::Refused;
use mydata::core::id::{DatasetId, ServiceId};
use mydata::core::json::{self, Limits};
use mydata::core::lang::Language;
use mydata::core::time::Timestamp;
use mydata::receipt::city::City;
use mydata::record::description::{
    CheckedOperator, OperatorDescription, Policy, ServiceDescription,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The directory of the demo town.
#[must_use]
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("town")
}

/// The town, as far as the examples use it.
#[derive(Debug)]
pub struct Town {
    /// When the story starts.
    pub start: Timestamp,
    persons: Vec<Person>,
    services: Vec<Value>,
    directory: PathBuf,
}

/// A resident.
#[derive(Clone, Deserialize)]
pub struct Person {
    /// The name within the file.
    #[serde(rename = "ref")]
    pub name_in_file: String,
    /// The language.
    pub lang: Language,
    /// The name.
    pub name: String,
    /// The identity code: a test code, nobody's.
    pub test_code: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({}, redacted)", self.name_in_file)
    }
}

#[derive(Deserialize)]
struct Wire {
    clock: String,
    persons: Vec<Person>,
    services: Vec<Value>,
}

impl Town {
    /// Reads `town.json` in `directory`.
    ///
    /// # Errors
    /// When it is not there, or not a town.
    pub fn read(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let octets = std::fs::read(directory.join("town.json"))?;
        // Somebody else's document: it is read within bounds, as everything is.
        let wire: Wire = json::from_slice(&octets, Limits::new(1 << 20, 32, 64, 50_000))?;
        let start = OffsetDateTime::parse(&wire.clock, &Rfc3339)?.unix_timestamp();
        let start = Timestamp::from_seconds(u64::try_from(start)?);
        Ok(Self {
            start: start.ok_or("the clock of the town is out of bounds")?,
            persons: wire.persons,
            services: wire.services,
            directory: directory.to_owned(),
        })
    }

    /// The city's register: what a receipt says and no description does.
    ///
    /// # Errors
    /// When it is not there, or has a fault.
    pub fn city(&self) -> Result<City, Box<dyn Error>> {
        let octets = std::fs::read(self.directory.join("city.json"))?;
        Ok(City::from_json(&octets)?)
    }

    /// The operator as it describes itself.
    ///
    /// # Errors
    /// When it is not there, or has a fault.
    pub fn operator(&self) -> Result<CheckedOperator, Box<dyn Error>> {
        let octets = std::fs::read(self.directory.join("operator.json"))?;
        let operator = CheckedOperator::check(OperatorDescription::from_json(&octets)?);
        operator.map_err(|faults| {
            faults
                .iter()
                .map(ToString::to_string)
                .collect::<String>()
                .into()
        })
    }

    /// Every service of the town, checked.
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn services(&self) -> Result<Vec<ServiceDescription>, Box<dyn Error>> {
        let policy = Policy::default();
        let read = |service: &Value| {
            ServiceDescription::from_json(service.to_string().as_bytes(), &policy)
        };
        Ok(self.services.iter().map(read).collect::<Result<_, _>>()?)
    }

    /// The resident with this name in the file.
    ///
    /// # Errors
    /// When there is none.
    pub fn person(&self, name: &str) -> Result<&Person, Refused> {
        let mut persons = self.persons.iter();
        let person = persons.find(|person| person.name_in_file == name);
        person.ok_or_else(|| Refused::new("no_such_person", name))
    }

    /// The description of a service as the service publishes it.
    ///
    /// # Errors
    /// When there is none.
    pub fn description(&self, id: &ServiceId) -> Result<Vec<u8>, Refused> {
        let service = self.service(id)?;
        Ok(service.to_string().into_bytes())
    }

    /// The same description, its author having forgotten every text in `language`.
    ///
    /// # Errors
    /// When there is no such service.
    pub fn description_without(
        &self,
        language: Language,
        id: &ServiceId,
    ) -> Result<Vec<u8>, Refused> {
        let mut service = self.service(id)?.clone();
        forget(&mut service, language.as_str());
        Ok(service.to_string().into_bytes())
    }

    /// The same description as somebody has mended it: with another title in Swedish, and under
    /// another version unless its author forgot.
    ///
    /// # Errors
    /// When there is no such service, or nothing to mend.
    pub fn description_mended(
        &self,
        id: &ServiceId,
        version: Option<&str>,
    ) -> Result<Vec<u8>, Refused> {
        let mut service = self.service(id)?.clone();
        let nothing = || Refused::new("nothing_to_mend", id.as_str());
        let about = service.get_mut("serviceDescription").ok_or_else(nothing)?;
        if let Some(version) = version {
            let place = about.get_mut("serviceDescriptionVersion");
            *place.ok_or_else(nothing)? = version.into();
        }
        let title = about.pointer_mut("/description/1/x_mydata/title");
        *title.ok_or_else(nothing)? = "Ansökan om småbarnspedagogik, Helsingfors".into();
        Ok(service.to_string().into_bytes())
    }

    fn service(&self, id: &ServiceId) -> Result<&Value, Refused> {
        let named = |service: &&Value| service.get("serviceId") == Some(&id.as_str().into());
        let service = self.services.iter().find(named);
        service.ok_or_else(|| Refused::new("no_such_service", id.as_str()))
    }

    /// Checks every description of the town, in Finnish, Swedish and English; how many there are.
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn check(&self) -> Result<usize, Box<dyn Error>> {
        Ok(self.services()?.len())
    }

    /// What `source` holds of each of its customers: one file for each dataset.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn data(&self, source: &ServiceDescription) -> Result<CustomerData, Box<dyn Error>> {
        data_in(&self.directory.join("data"), source)
    }
}

/// The same in another folder, with a folder for each customer.
///
/// # Errors
/// When a file cannot be read.
pub fn data_in(folder: &Path, source: &ServiceDescription) -> Result<CustomerData, Box<dyn Error>> {
    let mut all = CustomerData::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let customer = entry.file_name().to_string_lossy().into_owned();
        for dataset in &source.data_description {
            let id = &dataset.dataset_id;
            let kind = id.as_str().rsplit('/').next().unwrap_or_default();
            let path = entry.path().join(format!("{kind}.json"));
            if path.is_file() {
                let text = std::fs::read_to_string(path)?;
                all.insert((customer.clone(), id.clone()), text);
            }
        }
    }
    Ok(all)
}

/// The data of a source, by customer number and dataset.
pub type CustomerData = BTreeMap<(String, DatasetId), String>;

/// Takes the entries in `language` out of every list of texts.
fn forget(value: &mut Value, language: &str) {
    match value {
        Value::Array(entries) => {
            entries.retain(|entry| entry.get("language") != Some(&language.into()));
            entries.iter_mut().for_each(|entry| forget(entry, language));
        }
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| forget(member, language)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
