//! The form in which a person wants the copy.

use crate::export::Export;
use crate::log::LogEntry;
use mydata_core::json::{self, JsonFault};
use mydata_core::lang::{Language, Trilingual};
use mydata_operator::Action;

/// The form of a copy: JSON, unless the person prefers to read it (AC-21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ExportFormat {
    /// The framework's schema: for another operator, and complete.
    #[default]
    Json,
    /// Plain text in a language of the person's: who they are, how much there is, and the log.
    Text(Language),
}

impl Export {
    /// The copy in the form that the person wants.
    ///
    /// # Errors
    /// [`JsonFault`]; never for an export that was collected.
    //= AC-21
    pub fn write(&self, format: ExportFormat) -> Result<Vec<u8>, JsonFault> {
        match format {
            ExportFormat::Json => json::to_vec(self),
            ExportFormat::Text(language) => Ok(self.text(language).into_bytes()),
        }
    }

    fn text(&self, language: Language) -> String {
        let attributes = &self.attributes;
        let mut lines = vec![TITLE.get(language).to_owned()];
        for item in &attributes.account_info {
            let info = &item.attributes;
            lines.push([info.firstname.expose(), " ", info.lastname.expose()].concat());
            lines.push(info.x_mydata.email.expose().to_owned());
        }
        let links = attributes.service_links.len();
        let consents = attributes.service_links.iter();
        let consents: usize = consents.map(|link| link.consent_records.len()).sum();
        lines.push(format!("{}: {links}", LINKS.get(language)));
        lines.push(format!("{}: {consents}", CONSENTS.get(language)));
        let told = attributes.x_mydata.notifications.len();
        lines.push(format!("{}: {told}", NOTIFICATIONS.get(language)));
        let objections = attributes.x_mydata.objections.len();
        lines.push(format!("{}: {objections}", OBJECTIONS.get(language)));
        let log = attributes.event_logs.iter();
        lines.extend(log.map(|item| line(&item.attributes, language)));
        lines.push(String::new());
        lines.join("\n")
    }
}

fn line(entry: &LogEntry, language: Language) -> String {
    let known = Action::ALL
        .iter()
        .find(|action| action.name() == entry.action);
    let action = known.map_or(&*entry.action, |action| action.label().get(language));
    let (time, actor, resource) = (&entry.timestamp, &entry.actor, &entry.resource);
    format!("{time}  {actor}  {action}  {resource}")
}

const TITLE: Trilingual = Trilingual {
    fi: "Tilisi tiedot",
    sv: "Uppgifterna i ditt konto",
    en: "What is in your account",
};

const LINKS: Trilingual = Trilingual {
    fi: "Yhteyksiä palveluihin",
    sv: "Kopplingar till tjänster",
    en: "Links to services",
};

const CONSENTS: Trilingual = Trilingual {
    fi: "Suostumuksia",
    sv: "Samtycken",
    en: "Consents",
};

const NOTIFICATIONS: Trilingual = Trilingual {
    fi: "Ilmoituksia palveluilta",
    sv: "Meddelanden från tjänster",
    en: "Notifications from services",
};

const OBJECTIONS: Trilingual = Trilingual {
    fi: "Käsittelyn vastustamisia",
    sv: "Invändningar",
    en: "Objections",
};
