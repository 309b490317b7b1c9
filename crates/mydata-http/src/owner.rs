//! Owner keys in custody: who signs for a person when a linking goes on without them.

use crate::problem::Problem;
use mydata::core::crypto::{Crypto, Signer as _};
use mydata::core::id::{AccountId, ActorId, KeyId, LinkCode};
use mydata::core::jwk::{Algorithm, PublicKey};
use mydata::core::jws::{Payload, Unsigned, Verified};
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::PrivateKey;
use mydata::operator::{Account, Act, Capacity, Command, Stage};
use mydata_store::{
    Custody, Operator, OperatorFault, OperatorRefusal, Request, RequestKey, Store, StoreRefusal,
};
use std::future::Future;

/// The keys of owners, where the operator keeps them. A wallet keeps its own: then there is none here, and
/// the linking waits for it.
pub trait OwnerKeys: Send + Sync + 'static {
    /// The private half of an owner's key, if it is kept here.
    fn key(
        &self,
        account: &AccountId,
        key: &PublicKey,
    ) -> impl Future<Output = Result<Option<PrivateKey>, OperatorFault>> + Send;

    /// The public half of a key that is drawn and kept for an account which is about to be opened; the same
    /// one when it is asked for again. `None` where no keys are kept for persons: they bring their own.
    fn draw(
        &self,
        _account: &AccountId,
    ) -> impl Future<Output = Result<Option<PublicKey>, OperatorFault>> + Send {
        std::future::ready(Ok(None))
    }
}

/// The id of an owner's first key: it says nothing of the owner.
const FIRST: &str = "owner-1";

impl<S: Store> OwnerKeys for Custody<S> {
    async fn key(
        &self,
        account: &AccountId,
        key: &PublicKey,
    ) -> Result<Option<PrivateKey>, OperatorFault> {
        self.owner(account, key.kid()).await
    }

    async fn draw(&self, account: &AccountId) -> Result<Option<PublicKey>, OperatorFault> {
        let kid = KeyId::parse(FIRST).map_err(|_| OperatorRefusal::NameInvalid)?;
        if let Some(kept) = self.owner(account, &kid).await? {
            return Ok(Some(kept.public().clone()));
        }
        let drawn = PrivateKey::generate(kid.clone(), Algorithm::Ed25519);
        let drawn = drawn.map_err(|_| StoreRefusal::Engine)?;
        match self.keep_owner(account, &drawn).await {
            Ok(()) => Ok(Some(drawn.public().clone())),
            // Somebody else has drawn one meanwhile.
            Err(OperatorFault::Rule(OperatorRefusal::KeyKept)) => {
                let kept = self.owner(account, &kid).await?;
                Ok(kept.map(|kept| kept.public().clone()))
            }
            Err(fault) => Err(fault),
        }
    }
}

/// Takes a linking to its next step with the owner's signature: the owner has begun it, and the service has
/// answered since. Done twice it does nothing the second time.
pub(crate) async fn continue_linking<S: Store, O: OwnerKeys>(
    operator: &Operator<S>,
    owners: &O,
    id: &AccountId,
    code: &LinkCode,
) -> Result<(), Problem> {
    let account = operator.account(id).await?;
    let Some(key) = kept(owners, &account).await? else {
        return Ok(());
    };
    let Some(linking) = account.linking(code) else {
        return Ok(());
    };
    let (command, step) = match &linking.stage {
        Stage::Offered(_) => {
            let draft = operator.ask(id, |account, env| account.draft_link(code, env));
            let draft = draft.await??;
            let record = signed(draft, &key, operator.crypto())?;
            let code = code.clone();
            (Command::ProposeLink { code, record }, "propose")
        }
        Stage::Countersigned(..) => {
            let draft = operator.ask(id, |account, env| account.draft_first_status(code, env));
            let draft = draft.await??;
            let status = signed(draft, &key, operator.crypto())?;
            let code = code.clone();
            (Command::CompleteLink { code, status }, "complete")
        }
        Stage::Invited | Stage::Proposed(..) => return Ok(()),
    };
    let act = Act {
        account: id.clone(),
        actor: ActorId::parse("custody").map_err(|_| crate::HttpRefusal::Internal)?,
        capacity: Capacity::Owner,
    };
    let name = ["linking ", step, " ", code.as_str()].concat();
    let digest = operator.crypto().sha256(name.as_bytes());
    let key = RequestKey::parse(&["linking.", &digest.to_base64url()].concat());
    let request = Request {
        key: key.ok_or(crate::HttpRefusal::Internal)?,
        digest,
    };
    operator.execute(&act, &request, &command).await?;
    Ok(())
}

pub(crate) async fn kept<O: OwnerKeys>(
    owners: &O,
    account: &Account,
) -> Result<Option<PrivateKey>, OperatorFault> {
    for key in account.owner_keys().iter() {
        if let Some(private) = owners.key(account.id(), key).await? {
            return Ok(Some(private));
        }
    }
    Ok(None)
}

pub(crate) fn signed<T: Payload>(
    draft: Unsigned<T>,
    key: &PrivateKey,
    crypto: &dyn Crypto,
) -> Result<Verified<T>, Problem> {
    let keys = PartyKeys::none().with_key(Party::Owner, key.public());
    let sealed = draft.sign(key)?;
    let opened = sealed.seal().open();
    Ok(opened.and_then(|opened| opened.verify(crypto, &keys))?)
}
