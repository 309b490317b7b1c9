//! Folders that go when a test is over, what is stored in them, and everything that a store tells.

use mydata::core::crypto::{Crypto, Sha256};
use mydata::core::id::{AccountId, ConsentId, LinkCode, LinkId, ServiceId, SurrogateId, TokenId};
use mydata::core::time::Timestamp;
use mydata::keys::Ring;
use mydata::record::consent::{ConsentState, Validity};
use mydata::record::link::LinkState;
use mydata_store::{
    Append, Appended, Change, ConsentRow, Index, LinkRow, Lookup, PaperName, Partition, Position,
    Reader, Reading, Request, RequestKey, Shelf, Snapshot, SqliteOptions, SqliteStore, Store,
    StoreRefusal, TokenRow, Version, Which,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of one test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mydata-store-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn opened(file: &Path) -> SqliteStore {
    SqliteStore::open(file, SqliteOptions::default()).unwrap()
}

/// Why a file is not opened.
pub(crate) fn refusal(file: &Path) -> StoreRefusal {
    SqliteStore::open(file, SqliteOptions::default())
        .unwrap_err()
        .refusal()
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::parse(name).unwrap()
}

pub(crate) fn service(name: &str) -> ServiceId {
    ServiceId::parse(name).unwrap()
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

pub(crate) fn request(key: &str) -> Request {
    Request {
        key: RequestKey::parse(key).unwrap(),
        digest: Ring.sha256(key.as_bytes()),
    }
}

pub(crate) fn open(name: &str, index: Index) -> Append {
    let opening = Snapshot {
        version: Version::ZERO,
        head: [1; 32],
        octets: format!("opening of {name}").into_bytes(),
        mark: [2; 32],
    };
    Append {
        account: account(name),
        expect: Version::ZERO,
        request: request("open"),
        at: at(1),
        change: Change::Open { opening, index },
    }
}

/// A decision with messages for the library.
pub(crate) fn decide(name: &str, expect: u64, body: &[u8], index: Index) -> Append {
    Append {
        account: account(name),
        expect: Version::new(expect),
        request: request(&format!("key-{expect}")),
        at: at(100 + expect),
        change: Change::Decide {
            body: body.to_vec(),
            mark: *Ring.sha256(body).as_octets(),
            to: vec![service("library")],
            index,
            snapshot: None,
        },
    }
}

pub(crate) fn erase(name: &str, expect: u64) -> Append {
    Append {
        account: account(name),
        expect: Version::new(expect),
        request: request("erase"),
        at: at(1000),
        change: Change::Erase,
    }
}

pub(crate) fn link(name: &str) -> LinkRow {
    LinkRow {
        id: LinkId::parse(&format!("link-{name}")).unwrap(),
        service: service("library"),
        surrogate: SurrogateId::parse(&format!("person-{name}")).unwrap(),
        state: LinkState::Active,
    }
}

/// A row of each kind, with this word in their ids.
pub(crate) fn rows(name: &str) -> Index {
    Index {
        due: Some(at(500)),
        linkings: vec![(
            LinkCode::parse(&format!("code-{name}")).unwrap(),
            Some(service("sports")),
        )],
        links: vec![link(name)],
        consents: vec![ConsentRow {
            id: ConsentId::parse(&format!("consent-{name}")).unwrap(),
            link: link(name).id,
            state: ConsentState::Active,
            validity: Validity::new(Some(at(10)), Some(at(2000))),
        }],
        tokens: vec![TokenRow {
            id: TokenId::parse(&format!("token-{name}")).unwrap(),
            exp: at(300),
        }],
    }
}

pub(crate) async fn stored(store: &impl Store, append: Append) -> Position {
    match store.append(append).await.unwrap() {
        Appended::Stored { position, .. } => position,
        other @ (Appended::Repeated(_) | Appended::Conflict { .. }) => panic!("{other:?}"),
    }
}

/// Stores accounts `person-0` and on, each with all kinds of rows and so many decisions.
pub(crate) async fn fill(store: &impl Store, accounts: u32, decisions: u64) {
    for number in 0..accounts {
        let name = format!("person-{number}");
        stored(store, open(&name, rows(&name))).await;
        for expect in 0..decisions {
            let body = format!("{name} {expect} ").repeat(40);
            stored(
                store,
                decide(&name, expect, body.as_bytes(), Index::default()),
            )
            .await;
        }
        let paper = mydata_store::Paper {
            account: Some(account(&name)),
            octets: name.clone().into_bytes(),
        };
        let place = PaperName::new(Shelf::Person, &name).unwrap();
        assert!(store.file(&place, 0, Some(&paper)).await.unwrap());
    }
    let witness = Reader::Named("witness");
    let to = Position::new(u64::from(accounts));
    assert!(
        store
            .advance(&witness, Partition(0), Position::ZERO, to)
            .await
            .unwrap()
    );
}

/// Everything that a store tells of so many accounts, each answer under what was asked.
pub(crate) async fn told(store: &impl Store, accounts: u32) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    let mut note = |asked: String, answer: String| told.insert(asked, answer);
    for number in 0..accounts {
        let name = format!("person-{number}");
        let id = account(&name);
        let held = store.account(&id, Reading::Whole).await;
        // `Debug` of what is kept hides the octets, and they are what is compared.
        let octets = held.as_ref().ok().and_then(|held| {
            let held = held.as_ref()?;
            let opening = held.from.iter().flat_map(|from| from.octets.clone());
            Some(
                opening
                    .chain(held.entries.iter().flat_map(|kept| kept.body.clone()))
                    .collect::<Vec<u8>>(),
            )
        });
        let digest = octets.map(|octets| Ring.sha256(&octets));
        note(format!("account {name}"), format!("{held:?} {digest:?}"));
        let index = rows(&name);
        let consent = &index.consents[0].id;
        note(
            format!("stands {name}"),
            format!("{:?}", store.stands(consent).await),
        );
        for lookup in [
            Lookup::Consent(consent.clone()),
            Lookup::Link(index.links[0].id.clone()),
            Lookup::Surrogate(service("library"), index.links[0].surrogate.clone()),
            Lookup::Linking(index.linkings[0].0.clone()),
            Lookup::Token(index.tokens[0].id.clone()),
        ] {
            let found = store
                .find(&lookup)
                .await
                .map(|found| found.map(|id| id.as_str().to_owned()));
            note(format!("find {name} by {lookup:?}"), format!("{found:?}"));
        }
        note(
            format!("tombstone {name}"),
            format!("{:?}", store.tombstone(&id).await),
        );
        let paper = store
            .paper(&PaperName::new(Shelf::Person, &name).unwrap())
            .await;
        let octets = paper
            .as_ref()
            .ok()
            .and_then(|paper| Some(paper.as_ref()?.1.octets.clone()));
        note(format!("paper {name}"), format!("{paper:?} {octets:?}"));
    }
    for which in [
        Which::All,
        Which::Due(at(600)),
        Which::Of(service("library")),
        Which::Of(service("sports")),
    ] {
        let ids = store.accounts(&which, None, 9999).await;
        let ids = ids.map(|ids| {
            ids.iter()
                .map(|id| id.as_str().to_owned())
                .collect::<Vec<_>>()
        });
        note(format!("accounts {which:?}"), format!("{ids:?}"));
    }
    for to in [None, Some(service("library"))] {
        let log = store
            .log(Partition(0), to.as_ref(), Position::ZERO, 9999)
            .await;
        note(format!("log {to:?}"), format!("{log:?}"));
    }
    note(
        "waiting".to_owned(),
        format!("{:?}", store.waiting(Partition(0)).await),
    );
    note(
        "backlog".to_owned(),
        format!(
            "{:?}",
            store.backlog(Partition(0), &service("library")).await
        ),
    );
    let witness = Reader::Named("witness");
    note(
        "cursor".to_owned(),
        format!("{:?}", store.cursor(&witness, Partition(0)).await),
    );
    told
}

/// A sequence of numbers that is the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

pub(crate) fn digest(name: &str) -> Sha256 {
    Ring.sha256(name.as_bytes())
}
