//! The story with something broken. Each part goes well only when the right thing happens.

mod down;
mod line;
mod standing;

use super::line::{Demand, Fetch, Heard, KeyUsed, Wish};
use super::people::{Household, households, short};
use super::story::Step;
use super::town::{Resident, Town, fetch};
use crate::durable::house::Fault;
use crate::post::Refused;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A consent is withdrawn while the sink still has a token.
    Revoke,
    /// A token runs out, and then the consent.
    Expire,
    /// Somebody has a token, and not the key that belongs to it.
    WrongKey,
    /// The operator is killed.
    OperatorDown,
    /// What was sent once is sent again.
    Replay,
    /// What is sent is changed on the way.
    Tamper,
}

impl Mode {
    /// Everything that can be broken.
    pub const ALL: [Self; 6] = [
        Self::Revoke,
        Self::Expire,
        Self::WrongKey,
        Self::OperatorDown,
        Self::Replay,
        Self::Tamper,
    ];

    /// As it is written behind `--break`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Expire => "expire",
            Self::WrongKey => "wrong-key",
            Self::OperatorDown => "operator-down",
            Self::Replay => "replay",
            Self::Tamper => "tamper",
        }
    }

    /// What is written behind `--break`.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn read(text: &str) -> Result<Vec<Self>, Refused> {
        if text == "all" {
            return Ok(Self::ALL.to_vec());
        }
        let found = Self::ALL.into_iter().find(|mode| mode.name() == text);
        let found = found.map(|mode| vec![mode]);
        found.ok_or_else(|| Refused::new("argument_mode", super::arguments::USAGE))
    }

    /// Breaks it, in a town where nothing has happened yet.
    ///
    /// # Errors
    /// The first step that does not go as it should.
    pub async fn tell(self, town: &mut Town) -> Step {
        town.tale.part(&format!("--break {}", self.name()));
        // Sofia's source is behind a gateway, whose clock is the machine's; Noel's has two datasets.
        let [sofia, mikko, noel] = households()?;
        match self {
            Self::Revoke => standing::revoke(Scene::set(town, &sofia, DAY).await?).await,
            Self::Expire => standing::expire(Scene::set(town, &mikko, HOUR).await?).await,
            Self::WrongKey => standing::wrong_key(Scene::set(town, &sofia, DAY).await?).await,
            Self::OperatorDown => down::operator_down(Scene::set(town, &mikko, DAY).await?).await,
            Self::Replay => line::replay(Scene::set(town, &sofia, DAY).await?).await,
            Self::Tamper => line::tamper(Scene::set(town, &noel, DAY).await?).await,
        }
    }
}

const HOUR: u32 = 3600;
const DAY: u32 = 24 * HOUR;

/// Somebody who has consented, and what may become of that.
struct Scene<'t> {
    town: &'t mut Town,
    who: Resident,
}

impl<'t> Scene<'t> {
    /// Somebody has consented, for so many seconds, and it works.
    async fn set(town: &'t mut Town, household: &Household, seconds: u32) -> Result<Self, Fault> {
        let who = town.settle(household, seconds).await?;
        let what = "has linked both services and consented";
        town.tale.tell(household.name, what, "consented");
        let mut scene = Self { town, who };
        scene.works("fetches what was given").await?;
        Ok(scene)
    }

    fn source(&self) -> String {
        short(&self.who.household.question.source)
    }

    fn sink(&self) -> String {
        short(&self.who.household.question.sink)
    }

    /// The sink does something.
    async fn by_sink<T: DeserializeOwned>(&self, wish: Wish) -> Result<T, Fault> {
        let sink = self.town.service(&self.who.household.question.sink)?;
        sink.ask(wish).await
    }

    /// The sink, with its library, gets what is on file.
    async fn works(&mut self, what: &str) -> Step {
        let data: Value = self.by_sink(Wish::Fetch(fetch(&self.who))).await?;
        let on_file = self.town.on_file(&self.who.household)?;
        let sink = self.sink();
        self.town.tale.check(&sink, what, (&on_file, &data))
    }

    /// The sink, with its library, does not get it.
    async fn refused(&mut self, what: &str, wanted: Fetch, (by, code): (&str, &str)) -> Step {
        let sink = self.town.service(&self.who.household.question.sink)?;
        let found = sink.refused(Wish::Fetch(wanted)).await?;
        self.town.tale.refused(by, what, (code, &found))
    }

    /// The sink gets a token and keeps it, whatever its own records say.
    async fn token(&self) -> Step {
        let wish = Wish::Token(self.who.pair.sink.clone(), KeyUsed::Own);
        let _: Value = self.by_sink(wish).await?;
        Ok(())
    }

    /// The operator refuses a token.
    async fn no_token(&mut self, what: &str, key: KeyUsed, code: &str) -> Step {
        let sink = self.town.service(&self.who.household.question.sink)?;
        let wish = Wish::Token(self.who.pair.sink.clone(), key);
        let found = sink.refused(wish).await?;
        self.town.tale.refused("operator", what, (code, &found))
    }

    /// The sink demands with the token that it has, whatever its own records say, and the source answers.
    async fn demanded(&mut self, what: &str, key: KeyUsed, expected: (u16, &str)) -> Step {
        let url = self.who.household.url.clone();
        let query = None;
        let wish = Wish::Demand(Demand { url, query, key });
        let heard = self.by_sink(wish).await?;
        let source = self.source();
        self.heard(&source, what, (expected, &heard))
    }

    fn heard(&mut self, by: &str, what: &str, (expected, heard): ((u16, &str), &Heard)) -> Step {
        let found = (heard.status, heard.code.as_str());
        if expected != found {
            return Err(format!("{by} {what}: expected {expected:?}, found {found:?}").into());
        }
        let (status, code) = found;
        let told = format!("{status} {code}");
        self.town.tale.tell(by, what, told.trim_end());
        Ok(())
    }
}
