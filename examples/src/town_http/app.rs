//! A resident's app: it signs in at the city's identity provider, and asks the operator over HTTP. It has no
//! session, no cookie, and no key.

use super::line::{Pair, Question, Shown};
use super::people::Household;
use super::wire::exchange;
use crate::durable::house::Fault;
use crate::durable::serve::Change;
use crate::file::Person;
use mydata::core::id::{AccountId, LinkCode, ServiceId};
use mydata::core::time::Timestamp;
use mydata_http::Problem;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Where accounts are, by the framework's own API file.
const ACCOUNTS: &str = "/account/api/v2.0/external/accounts/";

/// The app, after somebody has signed in.
#[derive(Debug)]
pub struct App {
    /// The operator's address for residents.
    pub operator: SocketAddr,
    /// What the provider has said of them.
    pub token: String,
}

/// The mailbox of somebody of this name.
#[must_use]
pub fn mailbox(person: &Person) -> String {
    let name = person.name.to_lowercase().replace(' ', ".");
    format!("{name}@post.town.example")
}

impl App {
    /// Asks something, under a name if it is to be done once.
    async fn ask(
        &self,
        (method, target): (&str, &str),
        body: Option<&Value>,
        name: Option<&str>,
    ) -> Result<Value, Fault> {
        let mut text = format!(
            "{method} {target} HTTP/1.1\r\nHost: operator.town.example\r\nAuthorization: Bearer {}\r\n",
            self.token
        );
        if let Some(name) = name {
            text += &format!("Idempotency-Key: {name}\r\n");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        if !body.is_empty() {
            let length = body.len();
            text += &format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
        }
        text = [&text, "\r\n", &body].concat();
        let (status, body) = exchange(self.operator, text.as_bytes()).await?;
        match status {
            200..=299 if body.is_empty() => Ok(Value::Null),
            200..=299 => Ok(serde_json::from_slice(&body)?),
            _ => {
                let code = Problem::code_of(&body).unwrap_or_default();
                Err(format!("{method} {target}: {status} {code}").into())
            }
        }
    }

    async fn post<T: DeserializeOwned>(
        &self,
        target: &str,
        body: &Value,
        name: Option<&str>,
    ) -> Result<T, Fault> {
        let answer = self.ask(("POST", target), Some(body), name).await?;
        Ok(serde_json::from_value(answer)?)
    }

    /// Opens an account.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn sign_up(&self, person: &Person) -> Result<AccountId, Fault> {
        let (first, last) = person.name.split_once(' ').ok_or("two names are wanted")?;
        let form = json!({"data": {"type": "Account", "attributes": {
            "username": person.name.to_lowercase().replace(' ', "."),
            "firstname": first,
            "lastname": last,
            "email": mailbox(person),
            "x_mydata": {"natural_person": true},
        }}});
        let opened = self.ask(("POST", ACCOUNTS), Some(&form), None).await?;
        let id = opened.pointer("/data/id").and_then(Value::as_str);
        Ok(AccountId::parse(id.ok_or("no account")?).map_err(|fault| fault.to_string())?)
    }

    /// Begins to link a service: the code with which the person goes on there.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn link(&self, account: &AccountId, service: &ServiceId) -> Result<LinkCode, Fault> {
        let target = format!("/slr/account/{}/service/{service}/", account.as_str());
        let begun = self.ask(("POST", &target), None, None).await?;
        let code = begun.get("code").and_then(Value::as_str);
        Ok(LinkCode::parse(code.ok_or("no code")?).map_err(|fault| fault.to_string())?)
    }

    /// Asks what a sink would have.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn show(&self, account: &AccountId, question: &Question) -> Result<Shown, Fault> {
        let asked = json!({
            "source": question.source, "sink": question.sink,
            "purposes": [question.purpose], "language": question.language,
        });
        let target = format!("/cr/consent_form/account/{}/shown/", account.as_str());
        self.post(&target, &asked, None).await
    }

    /// Gives what was shown, until this time.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn give(
        &self,
        account: &AccountId,
        household: &Household,
        (shown, until): (&Shown, Timestamp),
    ) -> Result<Pair, Fault> {
        let question = &household.question;
        let choice = json!({
            "source": question.source, "sink": question.sink,
            "rules": [{"purposeId": question.purpose, "datasets": [household.dataset]}],
            "exp": until, "proposal": shown.proposal,
        });
        let target = format!("/cr/consent_form/account/{}/", account.as_str());
        self.post(&target, &choice, Some("give")).await
    }

    /// Changes a consent; under this name it is done once.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn change(
        &self,
        account: &AccountId,
        (sink, pair): (&ServiceId, &Pair),
        (change, name): (Change, &str),
    ) -> Result<(), Fault> {
        let state = match change {
            Change::Pause => "Disabled",
            Change::Resume => "Active",
            Change::Withdraw => "Withdrawn",
        };
        let consent = &pair.sink;
        let target = format!(
            "/cr/account_id/{}/service/{sink}/consent/{consent}/status/{state}/",
            account.as_str()
        );
        self.ask(("POST", &target), None, Some(name)).await?;
        Ok(())
    }

    /// What the operator holds: the links with their records.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn links(&self, account: &AccountId) -> Result<Value, Fault> {
        let target = [ACCOUNTS, account.as_str(), "/servicelinks/"].concat();
        self.ask(("GET", &target), None, None).await
    }

    /// Who has their data, and by what right.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn receivers(&self, account: &AccountId) -> Result<Value, Fault> {
        let target = [ACCOUNTS, account.as_str(), "/receivers/"].concat();
        self.ask(("GET", &target), None, None).await
    }
}
