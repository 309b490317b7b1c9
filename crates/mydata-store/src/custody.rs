//! Keys at rest: wrapped by a master key, and nowhere else.
//!
//! | what | document on [`Shelf::Key`] | erased |
//! |---|---|---|
//! | an owner's key in custody | `owner/` account `/` key id | with the account |
//! | a key of the operator's | `operator/` use `/` key id | never by itself |
//! | the key of the marks | `stamp` | never |
//!
//! The details of people ([`People`](crate::People)) are wrapped by the same master keys.
//!
//! The name of the document is bound to what is wrapped: a document that was put in another's place is
//! refused. Nothing here is in any log or error.

use crate::operator::fault::{OperatorFault, OperatorRefusal};
use crate::paper::{Paper, PaperName, Shelf};
use crate::store::Store;
use mydata::core::id::{AccountId, KeyId};
use mydata::keys::{PrivateKey, StampKey, Vault, Wrapped};
use std::fmt;
use std::sync::Arc;

/// At most so many documents are read at once.
const PAGE: usize = 64;

/// The keys that a store keeps.
pub struct Custody<S> {
    store: Arc<S>,
    vault: Arc<Vault>,
}

/// What a key of the operator's is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the framework has these two; ours is the third"
)]
pub enum KeyUse {
    /// Status records: `operator_key`.
    Status,
    /// Tokens: `token_issuer_key`.
    Token,
    /// Receipts.
    Receipt,
}

impl KeyUse {
    const fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Token => "token",
            Self::Receipt => "receipt",
        }
    }
}

/// What a rotation has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Rewrapped {
    /// Documents that are under the present master key since now.
    pub done: u64,
    /// Documents that were already.
    pub already: u64,
}

impl<S: Store> Custody<S> {
    /// The keys in `store`, wrapped by `vault`.
    #[must_use]
    pub const fn new(store: Arc<S>, vault: Arc<Vault>) -> Self {
        Self { store, vault }
    }

    /// Keeps an owner's key.
    ///
    /// # Errors
    /// [`OperatorRefusal::KeyKept`] when one with its id is kept for the account.
    pub async fn keep_owner(
        &self,
        account: &AccountId,
        key: &PrivateKey,
    ) -> Result<(), OperatorFault> {
        self.keep(
            &of_owner(account, mydata::core::crypto::Signer::public(key).kid())?,
            Some(account),
            key,
        )
        .await
    }

    /// An owner's key; `None` when it is not in custody.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn owner(
        &self,
        account: &AccountId,
        kid: &KeyId,
    ) -> Result<Option<PrivateKey>, OperatorFault> {
        self.key(&of_owner(account, kid)?, kid).await
    }

    /// Keeps a key of the operator's.
    ///
    /// # Errors
    /// [`OperatorRefusal::KeyKept`] when one with its id is kept for this use.
    pub async fn keep_operator(&self, of: KeyUse, key: &PrivateKey) -> Result<(), OperatorFault> {
        let kid = mydata::core::crypto::Signer::public(key).kid();
        self.keep(&of_operator(of, kid)?, None, key).await
    }

    /// A key of the operator's; `None` when it is not kept.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn operator(
        &self,
        of: KeyUse,
        kid: &KeyId,
    ) -> Result<Option<PrivateKey>, OperatorFault> {
        self.key(&of_operator(of, kid)?, kid).await
    }

    /// Puts every key, and the details of every person, under the present master key, one by one, while the operator works: begun again
    /// after an interruption it passes those that are done. When it says that none was left, the earlier
    /// master key may go.
    ///
    /// # Errors
    /// [`OperatorFault`]; what was done stays done.
    pub async fn rewrap(&self) -> Result<Rewrapped, OperatorFault> {
        let mut count = Rewrapped::default();
        for shelf in [Shelf::Key, Shelf::Person] {
            self.rewrap_shelf(shelf, &mut count).await?;
        }
        Ok(count)
    }

    async fn rewrap_shelf(&self, shelf: Shelf, count: &mut Rewrapped) -> Result<(), OperatorFault> {
        let mut after = None::<String>;
        loop {
            let page = self.store.papers(shelf, after.as_deref(), PAGE).await?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = Some(last.name().to_owned());
            for (name, _) in page {
                match self.rewrap_one(&name).await? {
                    true => count.done += 1,
                    false => count.already += 1,
                }
            }
        }
    }

    /// Read anew for each attempt: somebody else may have written it, or erased the account.
    async fn rewrap_one(&self, name: &PaperName) -> Result<bool, OperatorFault> {
        loop {
            let Some((revision, paper)) = self.store.paper(name).await? else {
                return Ok(false);
            };
            let wrapped = Wrapped::read(&paper.octets)?;
            let Some(again) = self.vault.rewrap(name.name().as_bytes(), &wrapped)? else {
                return Ok(false);
            };
            let paper = Paper {
                account: paper.account,
                octets: again.to_octets(),
            };
            if self.store.file(name, revision, Some(&paper)).await? {
                return Ok(true);
            }
        }
    }

    /// The key of the marks: made when the store is new.
    pub(crate) async fn stamp_key(&self) -> Result<StampKey, OperatorFault> {
        let name = named("stamp")?;
        loop {
            if let Some((_, paper)) = self.store.paper(&name).await? {
                let wrapped = Wrapped::read(&paper.octets)?;
                return Ok(self.vault.open_stamp(name.name().as_bytes(), &wrapped)?);
            }
            let wrapped = self
                .vault
                .seal_stamp(name.name().as_bytes(), &StampKey::generate()?)?;
            let paper = Paper {
                account: None,
                octets: wrapped.to_octets(),
            };
            // Of two processes that begin at once, the second one reads what the first has written.
            self.store.file(&name, 0, Some(&paper)).await?;
        }
    }

    async fn keep(
        &self,
        name: &PaperName,
        account: Option<&AccountId>,
        key: &PrivateKey,
    ) -> Result<(), OperatorFault> {
        let wrapped = self.vault.seal_key(name.name().as_bytes(), key)?;
        let paper = Paper {
            account: account.cloned(),
            octets: wrapped.to_octets(),
        };
        match self.store.file(name, 0, Some(&paper)).await? {
            true => Ok(()),
            false => Err(OperatorRefusal::KeyKept.into()),
        }
    }

    async fn key(
        &self,
        name: &PaperName,
        kid: &KeyId,
    ) -> Result<Option<PrivateKey>, OperatorFault> {
        let Some((_, paper)) = self.store.paper(name).await? else {
            return Ok(None);
        };
        let wrapped = Wrapped::read(&paper.octets)?;
        Ok(Some(self.vault.open_key(
            name.name().as_bytes(),
            kid,
            &wrapped,
        )?))
    }
}

impl<S> fmt::Debug for Custody<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Custody").field(&self.vault).finish()
    }
}

/// No key id has a solidus in it, so the last one of a name is where it begins.
fn of_owner(account: &AccountId, kid: &KeyId) -> Result<PaperName, OperatorFault> {
    named(&format!("owner/{}/{kid}", account.as_str()))
}

fn of_operator(of: KeyUse, kid: &KeyId) -> Result<PaperName, OperatorFault> {
    named(&format!("operator/{}/{kid}", of.name()))
}

fn named(name: &str) -> Result<PaperName, OperatorFault> {
    PaperName::new(Shelf::Key, name).ok_or_else(|| OperatorRefusal::NameInvalid.into())
}
