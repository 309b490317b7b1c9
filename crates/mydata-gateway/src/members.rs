//! Who is meant by a surrogate: what the service's own application has said at linking.

use crate::subject::Member;
use mydata::core::id::SurrogateId;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Surrogates and members, in memory and in `members.json`: one JSON object. Copies are one.
///
/// The file is replaced as a whole whenever somebody links or ends a link, so that whoever is forgotten is in
/// no file any more.
#[derive(Clone)]
pub struct Members(Arc<Kept>);

struct Kept {
    path: PathBuf,
    all: RwLock<BTreeMap<SurrogateId, Member>>,
    /// Held while the file is written, with the octets to be written read under it: the last state wins.
    writing: Mutex<()>,
}

impl Members {
    /// Reads `members.json` of a directory; nobody where there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is no such object.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let path = directory.join("members.json");
        let octets = match std::fs::read(&path) {
            Ok(octets) => octets,
            Err(error) if error.kind() == io::ErrorKind::NotFound => b"{}".to_vec(),
            Err(error) => return Err(error),
        };
        let broken = || io::Error::from(io::ErrorKind::InvalidData);
        let read: BTreeMap<String, String> =
            serde_json::from_slice(&octets).map_err(|_| broken())?;
        let member = |(surrogate, member): (String, String)| {
            Some((
                SurrogateId::parse(&surrogate).ok()?,
                Member::parse(&member)?,
            ))
        };
        let all: Option<_> = read.into_iter().map(member).collect();
        Ok(Self(Arc::new(Kept {
            path,
            all: RwLock::new(all.ok_or_else(broken)?),
            writing: Mutex::default(),
        })))
    }

    /// Who it is.
    #[must_use]
    pub fn of(&self, surrogate: &SurrogateId) -> Option<Member> {
        let all = self.0.all.read().unwrap_or_else(PoisonError::into_inner);
        all.get(surrogate).cloned()
    }

    /// Remembers who it is; durable when it returns.
    ///
    /// # Errors
    /// The file cannot be written: nobody is remembered.
    pub async fn keep(&self, surrogate: SurrogateId, member: Member) -> io::Result<()> {
        let before = self.put(surrogate.clone(), Some(member));
        let written = self.save().await;
        if written.is_err() {
            self.put(surrogate, before);
        }
        written
    }

    /// The link is over: at once nobody is meant by it, and soon no file says who was.
    pub fn forget(&self, surrogate: SurrogateId) {
        if self.put(surrogate, None).is_some() {
            let members = self.clone();
            tokio::task::spawn_blocking(move || {
                if members.write().is_err() {
                    tracing::error!(
                        "members.json cannot be written: it still names somebody who has ended a link"
                    );
                }
            });
        }
    }

    fn put(&self, surrogate: SurrogateId, member: Option<Member>) -> Option<Member> {
        let mut all = self.0.all.write().unwrap_or_else(PoisonError::into_inner);
        match member {
            Some(member) => all.insert(surrogate, member),
            None => all.remove(&surrogate),
        }
    }

    async fn save(&self) -> io::Result<()> {
        let members = self.clone();
        let written = tokio::task::spawn_blocking(move || members.write()).await;
        written.unwrap_or_else(|_| Err(io::ErrorKind::Other.into()))
    }

    fn write(&self) -> io::Result<()> {
        let _writing = self
            .0
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let octets = {
            let all = self.0.all.read().unwrap_or_else(PoisonError::into_inner);
            let all: BTreeMap<&str, &str> = all
                .iter()
                .map(|(id, member)| (id.as_str(), member.expose()))
                .collect();
            serde_json::to_vec_pretty(&all)?
        };
        let beside = self.0.path.with_extension("json.new");
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(&octets)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.0.path)?;
        // The name as well.
        let directory = self.0.path.parent().unwrap_or_else(|| Path::new("."));
        std::fs::File::open(directory)?.sync_all()
    }
}

impl fmt::Debug for Members {
    /// How many.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.all.read().unwrap_or_else(PoisonError::into_inner);
        write!(f, "Members({})", all.len())
    }
}
