//! From a resident's wish to a command: what a city's HTTP handler does around the operator.

use super::house::House;
use super::resident::{OWNER_KEY, act, by_owner, request};
use crate::post::Refused;
use mydata::core::id::{AccountId, ConsentId, KeyId};
use mydata::operator::{Capacity, Command, OwnerSigned, Reason};
use mydata::record::consent::ConsentChange;
use mydata_store::Outcome;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a resident wishes about her consent. The app draws the key when she presses the button, and
/// sends the same again until it has an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The name of the request.
    pub key: String,
    /// Whose consent.
    pub account: AccountId,
    /// Which.
    pub consent: ConsentId,
    /// What.
    pub change: Change,
}

/// What can be wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Not for now.
    Pause,
    /// Again.
    Resume,
    /// Never more.
    Withdraw,
}

impl From<Change> for ConsentChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Pause => Self::Disable,
            Change::Resume => Self::Reactivate,
            Change::Withdraw => Self::Withdraw,
        }
    }
}

impl fmt::Display for Wish {
    /// What is asked, without the name of the request: the same name with another text is refused.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.change, self.consent)
    }
}

/// Does what is wished, signed with the owner's key out of custody. Who it is that wishes it, the city's
/// authentication has established before.
///
/// # Errors
/// What refuses, by its code. Nothing was stored then, unless it is `store_outcome_unknown`.
pub async fn serve(house: &House, wish: &Wish) -> Result<Outcome, Refused> {
    let act = act(&wish.account, Capacity::Owner)?;
    let (kid, change) = (KeyId::parse(OWNER_KEY)?, wish.change.into());
    let draft = house.operator.ask(&wish.account, |account, env| {
        account.draft_change(&act, &wish.consent, change, env)
    });
    let signed = match draft.await? {
        Ok(draft) => {
            let key = house.custody().owner(&wish.account, &kid).await?;
            let key = key.ok_or_else(|| Refused::new("no_owner_key", "not in custody"))?;
            let mirrored = draft.mirrored.as_ref();
            Some(OwnerSigned {
                status: by_owner(&key, &draft.status)?,
                mirrored: mirrored.map(|one| by_owner(&key, one)).transpose()?,
            })
        }
        // It may have been done already, and then there is nothing left to sign. The operator tells: a
        // request that it knows gets its first answer, another one the refusal.
        Err(_) => None,
    };
    let command = Command::ChangeConsent {
        cr_id: wish.consent.clone(),
        change,
        reason: Reason::OwnerWish,
        signed,
    };
    let request = request(&wish.key, &wish.to_string())?;
    Ok(house.operator.execute(&act, &request, &command).await?)
}
