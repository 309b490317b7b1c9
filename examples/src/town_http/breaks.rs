//! The story with something broken. Each part goes well only when the right thing happens.

mod line;
mod standing;

use super::line::Wish;
use super::people::households;
use super::story::Step;
use super::town::{Resident, Town, fetch};
use crate::durable::house::Fault;
use crate::post::Refused;
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
        match self {
            Self::Revoke => standing::revoke(town).await,
            Self::Expire => standing::expire(town).await,
            Self::WrongKey => standing::wrong_key(town).await,
            Self::OperatorDown => standing::operator_down(town).await,
            Self::Replay => line::replay(town).await,
            Self::Tamper => line::tamper(town).await,
        }
    }
}

/// Sofia has consented, for so many seconds, and it works.
async fn before(town: &mut Town, seconds: u32) -> Result<Resident, Fault> {
    let [household, ..] = households()?;
    let sofia = town.settle(&household, seconds).await?;
    town.tale.tell(
        "Sofia",
        "has linked both services and consented",
        "consented",
    );
    works(town, &sofia, "fetches what she has given").await?;
    Ok(sofia)
}

/// The sink, with its library, gets what is on file.
async fn works(town: &mut Town, who: &Resident, what: &str) -> Step {
    let sink = town.service(&who.household.question.sink)?;
    let data: Value = sink.ask(Wish::Fetch(fetch(who))).await?;
    let on_file = town.on_file(&who.household)?;
    town.tale.check("hki-vaka", what, (&on_file, &data))
}
