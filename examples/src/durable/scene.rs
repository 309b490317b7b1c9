//! Everybody, and the house as it is open: the stage of `operator_durable`.

use super::house::{self, Fault, House, StoryClock};
use super::resident::{Delivery, Newcomer, Resident};
use super::serve::Wish;
use super::services::Services;
use crate::file::{self, Person, Town};
use crate::names::Names;
use crate::post::Who;
use crate::story::Story;
use mydata::core::lang::Language;
use mydata::core::time::Timestamp;
use mydata_store::{Clock as _, Dispatcher, Policy, Reading, Store as _, audit};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many residents there are: those of the town first.
pub const RESIDENTS: usize = 12;

/// A part of the story.
pub type Step = Result<(), Fault>;

/// Everybody, and the house as it is open.
#[derive(Debug)]
pub struct Scene {
    /// The steps.
    pub story: Story,
    /// The time.
    pub clock: Arc<StoryClock>,
    /// The source and the sink.
    pub services: Arc<Services>,
    /// Who has consented; the first is Sofia.
    pub residents: Vec<Resident>,
    /// Sofia, as the town has her.
    pub sofia: Person,
    /// The operator.
    pub house: House,
    /// From it to the services.
    pub delivery: Delivery,
}

/// The dispatcher from a house to the services.
#[must_use]
pub fn deliver(house: &House, services: &Arc<Services>) -> Delivery {
    let operator = Arc::clone(&house.operator);
    Dispatcher::new(operator, Arc::clone(services), Policy::default())
}

impl Scene {
    /// A new file, and residents who have linked and consented.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn set(folder: &Path) -> Result<Self, Fault> {
        let text = |error: Box<dyn std::error::Error>| error.to_string();
        let town = Town::read(&file::directory()).map_err(text)?;
        let (names, sofia) = (Names::new()?, town.person("p-sofia")?.clone());
        let clock = StoryClock::new(town.start);
        let house = House::open(folder, Arc::clone(&clock) as _).await?;
        let services = Services::new(&town, &names, &house.known()?, Arc::clone(&clock) as _)?;
        let delivery = deliver(&house, &services);
        let mut scene = Self {
            story: Story::default(),
            clock,
            services,
            residents: Vec::new(),
            sofia,
            house,
            delivery,
        };
        scene.tell("opens a new file, and draws its keys", "opened");
        let mode = private(&house::masters(folder)?);
        scene.check(
            "has its master key where nobody else reads it",
            (&true, &mode),
        )?;
        for number in 0..RESIDENTS {
            scene.arrives(&town, &names, number).await?;
        }
        let what = "has residents who have linked both services and consented";
        scene.check(what, (&RESIDENTS, &scene.residents.len()))?;
        Ok(scene)
    }

    /// Signs up, links both services, consents.
    async fn arrives(&mut self, town: &Town, names: &Names, number: usize) -> Step {
        let named = ["p-sofia", "p-mikko", "p-eino", "p-priya"];
        let person = named
            .get(number)
            .map(|name| town.person(name))
            .transpose()?;
        let (name, language) = person.map_or_else(
            || (format!("Resident {number}"), Language::FI),
            |person| (person.name.clone(), person.lang),
        );
        let mut newcomer = Newcomer::sign_up(&self.house, &name).await?;
        for (desk, letter) in [(&self.services.espoo, "E"), (&self.services.helsinki, "H")] {
            let customer = format!("{letter}-{number}");
            newcomer.link(desk, &customer, &self.delivery).await?;
        }
        let resident = newcomer.consent(names, &self.services, language).await?;
        self.delivery.drain().await;
        self.residents.push(resident);
        Ok(())
    }

    /// Everything that is stored, verified.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn audited(&mut self) -> Step {
        let registry = |id: &_| self.services.keys(id);
        let found = audit(
            self.house.store(),
            &self.house.vault,
            Some(&registry),
            |_| {},
        )
        .await?;
        self.check(
            "verifies every mark, signature and chain",
            (&true, &found.is_clean()),
        )?;
        self.story
            .quote(Some(&[found.to_string().trim().to_owned()]));
        Ok(())
    }

    /// Operator and services know the same of every consent.
    ///
    /// # Errors
    /// When they do not.
    pub async fn agrees(&mut self) -> Step {
        let mut same = 0;
        for resident in &self.residents {
            let account = self.house.operator.account(&resident.account).await?;
            let state = |id| Some(account.consent(id)?.chain.state());
            let (sink, source) = (&resident.consent, &resident.at_source);
            let is_same = state(sink) == self.services.helsinki.state_of(sink)
                && state(source) == self.services.espoo.state_of(source);
            same += usize::from(is_same);
        }
        let all = self.residents.len();
        self.check(
            "and both services know the same of every consent",
            (&all, &same),
        )
    }

    /// The decisions of an account that a wish has led to.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn versions(&self, wish: &Wish) -> Result<Vec<u64>, Fault> {
        let held = self
            .house
            .store()
            .account(&wish.account, Reading::Whole)
            .await?;
        let entries = held.ok_or("no account")?.entries;
        let of = entries
            .iter()
            .filter(|entry| entry.request.key.as_str() == wish.key);
        Ok(of.map(|entry| entry.version.get()).collect())
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The operator has done something, and this came of it.
    pub fn tell(&mut self, what: &str, came_to: &str) {
        self.story.tell(self.now(), &Who::Operator, what, came_to);
    }

    /// It went well when what was found is what was expected.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn check<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, pair: (&T, &T)) -> Step {
        self.by(&Who::Operator, what, pair)
    }

    /// As [`check`](Self::check), by somebody else.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn by<T: PartialEq + std::fmt::Debug>(
        &mut self,
        who: &dyn std::fmt::Display,
        what: &str,
        pair: (&T, &T),
    ) -> Step {
        Ok(self.story.check(self.now(), who, what, pair)?)
    }

    /// It went well when it was refused with this code.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn came_to(&mut self, what: &str, code: &str, found: Option<&str>) -> Step {
        if found != Some(code) {
            return Err(format!("{what}: {found:?}").into());
        }
        self.tell(what, code);
        Ok(())
    }
}

/// Whether only their owner reads these files.
fn private(files: &[PathBuf]) -> bool {
    #[cfg(unix)]
    let is_private = |file: &PathBuf| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o777 == 0o600)
    };
    #[cfg(not(unix))]
    let is_private = |file: &PathBuf| file.exists();
    !files.is_empty() && files.iter().all(is_private)
}
