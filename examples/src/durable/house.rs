//! The operator's house: a folder with a store, and the master keys of what is secret in it.
//!
//! ```text
//! operator.db      accounts, log, queues, and every key wrapped
//! master-1.key     the master key: in a city not on the same disk, or in an HSM
//! ```

use crate::post::Refused;
use mydata::core::crypto::Signer as _;
use mydata::core::id::{KeyId, OperatorId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::{KeyWrap, MasterKey, PrivateKey, Vault};
use mydata::service::KnownOperator;
use mydata_store::{
    Clock, Custody, Identity, KeyUse, Limits, Operator, People, SqliteOptions, SqliteStore,
};
use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What goes wrong in any of these rooms; it may cross from one task to another.
pub type Fault = Box<dyn Error + Send + Sync>;

/// The clock of the story: it stands still until it is moved. A city has `SystemClock`.
#[derive(Debug)]
pub struct StoryClock(AtomicU64);

impl StoryClock {
    /// From this moment on.
    #[must_use]
    pub fn new(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(now.seconds())))
    }

    /// The clock goes on.
    pub fn wait(&self, span: Seconds) {
        let later = self.now().plus(span);
        self.0.store(later.seconds(), Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        let seconds = self.0.load(Ordering::SeqCst);
        Timestamp::from_seconds(seconds).unwrap_or(Timestamp::EPOCH)
    }
}

/// An operator over the file in a folder.
#[derive(Debug)]
pub struct House {
    /// The folder.
    pub folder: PathBuf,
    /// The operator.
    pub operator: Arc<Operator<SqliteStore>>,
    /// What opens the keys at rest.
    pub vault: Arc<Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    status: Arc<PrivateKey>,
    tokens: Arc<PrivateKey>,
}

impl House {
    /// Opens the house in a folder. In an empty one it makes the file, a master key, and the operator's
    /// own keys; after a crash, what it takes is the same as after any other end.
    ///
    /// # Errors
    /// When a file cannot be opened, or is not what was written.
    pub async fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, Fault> {
        let vault = Arc::new(vault(folder)?);
        let store = SqliteStore::open(&file(folder), SqliteOptions::default())?;
        let store = Arc::new(store);
        let custody = Custody::new(Arc::clone(&store), Arc::clone(&vault));
        let status = own_key(&custody, KeyUse::Status, "operator-status-1").await?;
        let tokens = own_key(&custody, KeyUse::Token, "operator-tokens-1").await?;
        let id = OperatorId::parse("operator.town.example")?;
        let identity = Identity::new(id, Arc::clone(&status) as _, Arc::clone(&tokens) as _);
        let (at, limits) = (Arc::clone(&clock), Limits::default());
        let operator = Operator::open(store, Arc::clone(&vault), identity, at, limits).await?;
        Ok(Self {
            folder: folder.to_owned(),
            operator: Arc::new(operator),
            vault,
            clock,
            status,
            tokens,
        })
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<SqliteStore> {
        self.operator.store()
    }

    /// The keys that the store keeps.
    #[must_use]
    pub fn custody(&self) -> Custody<SqliteStore> {
        Custody::new(Arc::clone(self.store()), Arc::clone(&self.vault))
    }

    /// Who is behind each account.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn people(&self) -> Result<People<SqliteStore>, Fault> {
        let (store, vault) = (Arc::clone(self.store()), Arc::clone(&self.vault));
        Ok(People::open(store, vault).await?)
    }

    /// What services know of the operator.
    ///
    /// # Errors
    /// Never: its two keys are two.
    pub fn known(&self) -> Result<KnownOperator, Refused> {
        let id = self.operator.identity().id.clone();
        let (status, tokens) = (self.status_keys(), self.token_keys());
        Ok(KnownOperator::new(id, status, tokens)?)
    }

    /// The public half of what it signs status records with.
    #[must_use]
    pub fn status_keys(&self) -> KeySet {
        KeySet::from(self.status.public().clone())
    }

    /// The public half of what it signs tokens with.
    #[must_use]
    pub fn token_keys(&self) -> KeySet {
        KeySet::from(self.tokens.public().clone())
    }

    /// A new master key, beside the one before: from now on it wraps, and both open.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new_master(&mut self) -> Result<(), Fault> {
        make_master(&self.folder, masters(&self.folder)?.len() + 1)?;
        self.vault = Arc::new(vault(&self.folder)?);
        Ok(())
    }

    /// Only the newest master key is left, in the folder and here.
    ///
    /// # Errors
    /// When one cannot be removed.
    pub fn forget_masters(&mut self) -> Result<(), Fault> {
        let masters = masters(&self.folder)?;
        for earlier in masters.iter().rev().skip(1) {
            std::fs::remove_file(earlier)?;
        }
        self.vault = Arc::new(vault(&self.folder)?);
        Ok(())
    }
}

/// The store's file.
#[must_use]
pub fn file(folder: &Path) -> PathBuf {
    folder.join("operator.db")
}

/// Every master key of a folder, the newest last.
///
/// # Errors
/// When the folder cannot be read.
pub fn masters(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let files = entries.iter().map(std::fs::DirEntry::path);
    let mut keys: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "key"))
        .collect();
    keys.sort();
    Ok(keys)
}

/// The newest master key wraps, all of them open.
fn vault(folder: &Path) -> Result<Vault, Fault> {
    if masters(folder)?.is_empty() {
        make_master(folder, 1)?;
    }
    let keys = masters(folder)?;
    let (newest, earlier) = keys.split_last().ok_or("no master key")?;
    let mut vault = Vault::new(read_master(newest)?);
    for key in earlier {
        vault = vault.with_earlier(read_master(key)?)?;
    }
    Ok(vault)
}

fn read_master(path: &Path) -> Result<Arc<dyn KeyWrap>, Fault> {
    let id = path.file_stem().and_then(|stem| stem.to_str());
    let id = KeyId::parse(id.ok_or("a master key without a name")?)?;
    let text = std::fs::read_to_string(path)?;
    Ok(Arc::new(MasterKey::parse(id, &text)?))
}

/// Draws a master key, and writes it where only its owner reads: before anything is wrapped with it.
fn make_master(folder: &Path, number: usize) -> Result<(), Fault> {
    let name = format!("master-{number}");
    let key = MasterKey::generate(KeyId::parse(&name)?)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(folder.join(name).with_extension("key"))?;
    file.write_all(key.to_text().expose())?;
    file.sync_all()?;
    Ok(())
}

/// A key of the operator's, as it is kept; a new one when none is.
async fn own_key(
    custody: &Custody<SqliteStore>,
    of: KeyUse,
    kid: &str,
) -> Result<Arc<PrivateKey>, Fault> {
    let kid = KeyId::parse(kid)?;
    if let Some(key) = custody.operator(of, &kid).await? {
        return Ok(Arc::new(key));
    }
    let key = PrivateKey::generate(kid, Algorithm::Ed25519)?;
    custody.keep_operator(of, &key).await?;
    Ok(Arc::new(key))
}
