//! The town as it stands: its processes, the lines between them, and its people.

use super::app::App;
use super::arguments::Role;
use super::canary::Canary;
use super::gateway::PASSED;
use super::line::{Fetch, Opening, Pair, Shown, Wish};
use super::login::ISSUER;
use super::operator::town;
use super::people::{Household, ORIGIN, Part, host, households, services, short};
use super::process::{PATIENCE, Process};
use super::tale::Tale;
use super::wire::host_of;
use super::wires::Wires;
use crate::durable::house::Fault;
use crate::durable::serve::Change;
use crate::file;
use mydata::core::id::{AccountId, ServiceId};
use mydata::core::time::Seconds;
use mydata_store::{Clock as _, SystemClock};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The town.
#[derive(Debug)]
pub struct Town {
    /// What is told of it.
    pub tale: Tale,
    /// What the operator must never see.
    pub canary: Canary,
    /// The operator's process.
    pub operator: Process,
    /// A register that knows nothing of all this.
    pub register: Process,
    /// The city's identity provider.
    pub login: Process,
    /// Everybody before whom somebody sits on the line.
    pub wires: Wires,
    services: BTreeMap<ServiceId, Process>,
    /// Those who live here.
    pub people: file::Town,
    opening: Opening,
    folder: PathBuf,
    changes: u64,
}

/// Somebody who lives here, and has consented.
#[derive(Debug, Clone)]
pub struct Resident {
    /// Who, and between which services.
    pub household: Household,
    /// The account at the operator.
    pub account: AccountId,
    /// The consent.
    pub pair: Pair,
}

impl Town {
    /// Everybody is started in this folder, is told where the others are, and opens.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn build(folder: &Path) -> Result<Self, Fault> {
        let (canary, people) = (Canary::draw()?, town()?);
        let data = folder.join("data");
        canary.plant(&file::directory().join("data"), &data)?;
        let mut starting = Vec::new();
        for (id, part) in services(&households()?) {
            let state = folder.join(short(&id));
            let role = match part {
                Part::Source => Role::Source(id.clone(), state, data.clone()),
                Part::Behind => Role::Gateway(id.clone(), state),
                Part::Sink => Role::Sink(id.clone(), state),
            };
            starting.push(tokio::spawn(async move {
                let process = Process::start(&short(&id), &role).await?;
                Ok::<_, Fault>((id, process))
            }));
        }
        let operator = Process::start("operator", &house(folder)).await?;
        let register = Process::start("register", &Role::Register(data.clone())).await?;
        let login = Process::start("login", &Role::Login).await?;
        let mut services = BTreeMap::new();
        for started in starting {
            let (id, process) = started.await??;
            services.insert(id, process);
        }
        register.open(Opening::default()).await?;
        login.open(Opening::default()).await?;
        let wires = Wires::lay([&operator, &register, &login], &services).await?;
        let opening = Opening {
            hosts: BTreeMap::new(),
            operator: operator.ready.keys.clone(),
            services: services
                .iter()
                .filter_map(|(id, process)| Some((id.clone(), process.ready.keys.first()?.clone())))
                .collect(),
            register: Some(wires.register.at),
            ahead: 0,
            is_again: false,
        };
        let built = Self {
            tale: Tale::default(),
            canary,
            operator,
            register,
            login,
            people,
            wires,
            services,
            opening,
            folder: folder.to_owned(),
            changes: 0,
        };
        built.operator.open(built.opening_of_operator()).await?;
        for process in built.services.values() {
            process.open(built.opening_of_services()).await?;
        }
        Ok(built)
    }

    fn opening_of_operator(&self) -> Opening {
        let hosts = self.wires.from_operator.iter();
        let mut hosts: BTreeMap<_, _> = hosts.map(|(id, wire)| (host(id), wire.at)).collect();
        hosts.insert(host_of(ISSUER), self.wires.login.at);
        Opening {
            hosts,
            ..self.opening.clone()
        }
    }

    fn opening_of_services(&self) -> Opening {
        let hosts = self.wires.service.iter();
        let mut hosts: BTreeMap<_, _> = hosts.map(|(id, wire)| (host(id), wire.at)).collect();
        hosts.insert(host_of(ORIGIN), self.wires.operator.at);
        Opening {
            hosts,
            ..self.opening.clone()
        }
    }

    /// A service's process.
    ///
    /// # Errors
    /// When there is none.
    pub fn service(&self, id: &ServiceId) -> Result<&Process, Fault> {
        self.services
            .get(id)
            .ok_or_else(|| format!("no {id}").into())
    }

    /// Every process.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        [&self.operator, &self.register, &self.login]
            .into_iter()
            .chain(self.services.values())
    }

    /// The folder of the operator, and of nobody else.
    #[must_use]
    pub fn operators_folder(&self) -> PathBuf {
        self.folder.join("operator")
    }

    /// The folder of the sources' files.
    #[must_use]
    pub fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// So much time goes by, for everybody.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn wait(&mut self, seconds: u32) -> Result<(), Fault> {
        let _: Value = self.operator.ask(Wish::Wait(seconds)).await?;
        self.wait_without_operator(seconds).await
    }

    /// The same while the operator is dead: its clock goes on without it.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn wait_without_operator(&mut self, seconds: u32) -> Result<(), Fault> {
        for process in self.services.values().chain([&self.login]) {
            let _: Value = process.ask(Wish::Wait(seconds)).await?;
        }
        self.opening.ahead += seconds;
        Ok(())
    }

    /// The operator is killed; how its process has ended, as the system tells.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn kill_operator(&mut self) -> Result<String, Fault> {
        self.operator.kill().await
    }

    /// Another process on the operator's file, at the end of the same line.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn restart_operator(&mut self) -> Result<(), Fault> {
        let again = Process::start("operator", &house(&self.folder)).await?;
        if again.ready.keys != self.opening.operator {
            return Err("the operator has other keys".into());
        }
        self.wires.operator.lead_to(again.ready.at);
        self.wires
            .people
            .lead_to(again.ready.people.ok_or("nowhere for people")?);
        let opening = Opening {
            is_again: true,
            ..self.opening_of_operator()
        };
        again.open(opening).await?;
        self.operator = again;
        Ok(())
    }

    /// Somebody signs in at the city's provider, and has their app before them.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn app(&self, household: &Household) -> Result<App, Fault> {
        let sign_in = Wish::SignIn(household.person.to_owned());
        Ok(App {
            operator: self.wires.people.at,
            token: self.login.ask(sign_in).await?,
        })
    }

    /// Signs up and links both services; the account.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn move_in(&self, household: &Household) -> Result<AccountId, Fault> {
        let person = self.people.person(household.person)?;
        let account = self.app(household).await?.sign_up(person).await?;
        let Household { question, .. } = household;
        for (service, customer) in [
            (&question.source, household.at_source),
            (&question.sink, household.at_sink),
        ] {
            let app = self.app(household).await?;
            let code = app.link(&account, service).await?;
            self.delivered(&[service]).await?;
            let confirm = Wish::Confirm(code, customer.to_owned());
            let _: Value = self.service(service)?.ask(confirm).await?;
            self.delivered(&[service]).await?;
        }
        Ok(account)
    }

    /// Waits until nothing waits for these services any more: they have kept all that they were told.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn delivered(&self, to: &[&ServiceId]) -> Result<(), Fault> {
        let delivered = async {
            loop {
                let waiting: Vec<ServiceId> = self.operator.ask(Wish::Waiting).await?;
                if !waiting.iter().any(|id| to.contains(&id)) {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let delivered = tokio::time::timeout(PATIENCE, delivered).await;
        delivered.map_err(|_| "a service has not taken what it was told")?
    }

    /// Is shown what is asked.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn ask(&self, household: &Household, account: &AccountId) -> Result<Shown, Fault> {
        let app = self.app(household).await?;
        app.show(account, &household.question).await
    }

    /// Gives it, for so many seconds; both services have it when this returns.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn give(
        &self,
        household: &Household,
        account: &AccountId,
        (shown, seconds): (&Shown, u32),
    ) -> Result<Resident, Fault> {
        let app = self.app(household).await?;
        let ahead = Seconds::new(self.opening.ahead + seconds);
        let until = SystemClock.now().plus(ahead);
        let pair = app.give(account, household, (shown, until)).await?;
        let question = &household.question;
        self.delivered(&[&question.source, &question.sink]).await?;
        Ok(Resident {
            household: household.clone(),
            account: account.clone(),
            pair,
        })
    }

    /// All of that at once: somebody who has consented, for so many seconds.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn settle(&self, household: &Household, seconds: u32) -> Result<Resident, Fault> {
        let account = self.move_in(household).await?;
        let shown = self.ask(household, &account).await?;
        self.give(household, &account, (&shown, seconds)).await
    }

    /// Changes a consent, and waits until both services have done what follows.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn change(&mut self, who: &Resident, change: Change) -> Result<(), Fault> {
        self.begin_change(who, change).await?;
        let question = &who.household.question;
        self.delivered(&[&question.source, &question.sink]).await
    }

    /// Changes a consent; the operator has done it when this returns, and tells the services.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn begin_change(&mut self, who: &Resident, change: Change) -> Result<(), Fault> {
        self.changes += 1;
        let name = format!("change-{}", self.changes);
        let question = &who.household.question;
        let app = self.app(&who.household).await?;
        let consent = (&question.sink, &who.pair);
        app.change(&who.account, consent, (change, &name)).await
    }

    /// What the operator tells somebody of their links, and of who has their data.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn look(&self, who: &Resident) -> Result<(Value, Value), Fault> {
        let app = self.app(&who.household).await?;
        let links = app.links(&who.account).await?;
        Ok((links, app.receivers(&who.account).await?))
    }

    /// What the source has on file of somebody, as far as its gateway passes it on, if it has one.
    ///
    /// # Errors
    /// When it has nothing.
    pub fn on_file(&self, household: &Household) -> Result<Value, Fault> {
        let kind = household.url.rsplit('/').next().unwrap_or_default();
        let folder = self.data_folder().join(household.at_source);
        let octets = std::fs::read(folder.join(format!("{kind}.json")))?;
        let mut data: Value = serde_json::from_slice(&octets)?;
        if let Some(members) = data.as_object_mut()
            && household.is_behind
        {
            members.retain(|name, _| PASSED.contains(&name.as_str()));
        }
        Ok(data)
    }

    /// Everybody ends.
    ///
    /// # Errors
    /// When somebody does not, or not well.
    pub async fn end(self) -> Result<(), Fault> {
        for process in self.services.into_values() {
            process.end().await?;
        }
        self.register.end().await?;
        self.login.end().await?;
        self.operator.end().await
    }
}

/// What a sink asks for, as its library does.
#[must_use]
pub fn fetch(who: &Resident) -> Fetch {
    Fetch {
        consent: who.pair.sink.clone(),
        purpose: who.household.question.purpose.clone(),
        dataset: who.household.dataset.clone(),
        query: None,
        body: None,
    }
}

fn house(folder: &Path) -> Role {
    Role::Operator(folder.join("operator"))
}
