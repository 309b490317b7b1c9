//! Who is behind an account: kept wrapped, known by one name to one account, and gone with it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use mydata::account::{Email, IdentitySubject, LinkedIdentity, Name, Profile, Setting, Username};
use mydata::core::crypto::{Crypto as _, Signer as _};
use mydata::core::id::{AccountId, KeyId, OperatorId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::time::Timestamp;
use mydata::keys::{MasterKey, PrivateKey, Ring, Vault};
use mydata::operator::Account;
use mydata_store::{
    Append, Appended, Change, Custody, Identity, KnownBy, Limits, MemoryStore, Operator, Paper,
    PaperName, People, Request, RequestKey, Shelf, SqliteOptions, SqliteStore, Store, SystemClock,
    Version,
};
use std::sync::Arc;

/// Stands in everything that is personal.
const CANARY: &str = "Kanarialintu";

fn master(id: &str) -> Arc<MasterKey> {
    Arc::new(MasterKey::generate(KeyId::parse(id).unwrap()).unwrap())
}

fn identity(subject: &str) -> LinkedIdentity {
    let subject = [CANARY, subject].concat();
    LinkedIdentity {
        provider: IdentitySubject::parse("https://login.example/realm").unwrap(),
        subject: IdentitySubject::parse(&subject).unwrap(),
    }
}

fn profile(name: &str) -> Profile {
    let text = [CANARY, name].concat();
    let mut profile = Profile::new(
        Username::parse(&text).unwrap(),
        Name::parse(&text).unwrap(),
        Name::parse("Östman").unwrap(),
        Email::parse(&[&*text, "@example.org"].concat()).unwrap(),
    );
    profile.credentials.identities.push(identity(name));
    profile
}

fn request(name: &str) -> Request {
    Request {
        key: RequestKey::parse(name).unwrap(),
        digest: Ring.sha256(name.as_bytes()),
    }
}

/// Every document of the store, name and octets.
async fn papers<S: Store>(store: &S) -> Vec<(PaperName, Paper)> {
    let mut all = Vec::new();
    for shelf in Shelf::ALL {
        all.extend(store.papers(shelf, None, 99).await.unwrap());
    }
    all
}

fn has(octets: &[u8], text: &str) -> bool {
    let (octets, text) = (octets.to_ascii_lowercase(), text.to_ascii_lowercase());
    octets
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

async fn erase<S: Store>(store: &S, id: &AccountId) {
    let append = Append {
        account: id.clone(),
        expect: Version::ZERO,
        request: request("erase"),
        at: Timestamp::EPOCH,
        change: Change::Erase,
    };
    let appended = store.append(append).await.unwrap();
    assert!(matches!(appended, Appended::Stored { .. }), "{appended:?}");
}

async fn a_life<S: Store>(store: Arc<S>) {
    let old = master("master-1");
    let vault = Arc::new(Vault::new(old.clone()));
    let people = People::open(Arc::clone(&store), Arc::clone(&vault))
        .await
        .unwrap();
    let (ann, ben) = (profile("ann"), profile("ben"));

    // Who signs up and has got no answer gets the same account.
    let id = people.reserve(&identity("ann")).await.unwrap();
    assert_eq!(people.reserve(&identity("ann")).await.unwrap(), id);
    people.enter(&id, &ann).await.unwrap();
    people.enter(&id, &ann).await.unwrap();
    assert_eq!(people.profile(&id).await.unwrap(), Some(ann.clone()));
    let by_identity = identity("ann");
    for by in [
        KnownBy::Identity(&by_identity),
        KnownBy::Username(&ann.credentials.username),
    ] {
        assert_eq!(people.holder(by).await.unwrap(), Some(id.clone()));
    }
    let upper = Username::parse(&ann.credentials.username.expose().to_uppercase()).unwrap();
    let holder = people.holder(KnownBy::Username(&upper)).await.unwrap();
    assert_eq!(holder.as_ref(), Some(&id), "upper and lower case are one");

    // Nobody else has them.
    let other = people.reserve(&identity("ben")).await.unwrap();
    assert_ne!(other, id);
    let taken = people
        .claim(&other, KnownBy::Username(&upper))
        .await
        .unwrap_err();
    assert_eq!(taken.code(), "username_taken");
    let taken = people
        .claim(&other, KnownBy::Identity(&by_identity))
        .await
        .unwrap_err();
    assert_eq!(taken.code(), "operator_identity_taken");
    people.enter(&other, &ben).await.unwrap();

    // What is told of them changes; who acted has one name, and another one each.
    let mut info = ann.info.clone();
    info.lastname = Name::parse("Åberg").unwrap();
    assert!(people.inform(&id, &info).await.unwrap());
    assert_eq!(people.profile(&id).await.unwrap().unwrap().info, info);
    assert!(
        !people
            .inform(&AccountId::parse("nobody").unwrap(), &info)
            .await
            .unwrap()
    );
    // What could not be read again is not written.
    let mut many = ann.clone();
    many.info = info.clone();
    let setting = |number: usize| (format!("s{number}"), Setting::parse("on").unwrap());
    many.info.x_mydata.preferences.settings = (0..129).map(setting).collect();
    let refused = people.inform(&id, &many.info).await.unwrap_err();
    assert_eq!(refused.code(), "operator_person_large");
    let refused = people.enter(&id, &many).await.unwrap_err();
    assert_eq!(refused.code(), "operator_person_large");
    assert_eq!(people.profile(&id).await.unwrap().unwrap().info, info);
    many.info.x_mydata.preferences.settings = (0..100).map(setting).collect();
    assert!(people.inform(&id, &many.info).await.unwrap());
    assert_eq!(people.profile(&id).await.unwrap().unwrap().info, many.info);
    assert!(people.inform(&id, &info).await.unwrap());
    let actor = people.actor(&by_identity).unwrap();
    assert_eq!(people.actor(&by_identity).unwrap(), actor);
    assert_ne!(people.actor(&identity("ben")).unwrap(), actor);

    // Nobody who reads the store reads a name.
    let all = papers(&*store).await;
    assert_eq!(
        all.len(),
        7,
        "the key of the stamps, and three documents each"
    );
    for (name, paper) in &all {
        for text in [CANARY, "login.example", "example.org"] {
            assert!(!has(name.name().as_bytes(), text) && !has(&paper.octets, text));
        }
    }

    // Another master key takes over, the earlier one goes.
    let new = master("master-2");
    let both = Vault::new(new.clone()).with_earlier(old).unwrap();
    let custody = Custody::new(Arc::clone(&store), Arc::new(both));
    let rewrapped = custody.rewrap().await.unwrap();
    assert_eq!(
        (rewrapped.done, rewrapped.already),
        (3, 0),
        "two people and the key"
    );
    let vault = Arc::new(Vault::new(new));
    let people = People::open(Arc::clone(&store), Arc::clone(&vault))
        .await
        .unwrap();
    assert_eq!(people.profile(&id).await.unwrap().unwrap().info, info);
    let holder = people
        .holder(KnownBy::Identity(&by_identity))
        .await
        .unwrap();
    assert_eq!(holder.as_ref(), Some(&id));

    // Whoever can write the store can give no identity to another account.
    let claims = store.papers(Shelf::Username, None, 9).await.unwrap();
    let (name, paper) = claims
        .into_iter()
        .find(|(_, paper)| paper.account.as_ref() == Some(&id))
        .unwrap();
    let (revision, _) = store.paper(&name).await.unwrap().unwrap();
    let moved = Paper {
        account: Some(other.clone()),
        ..paper.clone()
    };
    assert!(store.file(&name, revision, Some(&moved)).await.unwrap());
    let mut broken = 0;
    for by in [KnownBy::Identity(&by_identity), KnownBy::Username(&upper)] {
        let code = people.holder(by).await.err().map(|fault| fault.code());
        broken += usize::from(code == Some("operator_mark_broken"));
    }
    assert_eq!(broken, 1);
    let (revision, _) = store.paper(&name).await.unwrap().unwrap();
    assert!(store.file(&name, revision, Some(&paper)).await.unwrap());

    // One gives up a username; the other is erased, and leaves nothing.
    people
        .release(&id, KnownBy::Username(&ben.credentials.username))
        .await
        .unwrap();
    let by = KnownBy::Username(&ben.credentials.username);
    assert_eq!(
        people.holder(by).await.unwrap().as_ref(),
        Some(&other),
        "another's stays"
    );
    people.release(&other, by).await.unwrap();
    assert_eq!(people.holder(by).await.unwrap(), None);
    let key = |kid: &str| {
        Arc::new(PrivateKey::generate(KeyId::parse(kid).unwrap(), Algorithm::Ed25519).unwrap())
    };
    let signs = Identity::new(
        OperatorId::parse("operator.example").unwrap(),
        key("s"),
        key("t"),
    );
    let clock = Arc::new(SystemClock);
    let operator = Operator::open(Arc::clone(&store), vault, signs, clock, Limits::default());
    let account = Account::open(id.clone(), KeySet::from(key("owner").public().clone()));
    operator
        .await
        .unwrap()
        .open_account(account, request("open"))
        .await
        .unwrap();
    erase(&*store, &id).await;
    assert_eq!(people.profile(&id).await.unwrap(), None);
    assert_eq!(
        people
            .holder(KnownBy::Identity(&by_identity))
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        people.holder(KnownBy::Username(&upper)).await.unwrap(),
        None
    );
    let left = papers(&*store).await;
    assert!(
        left.iter()
            .all(|(_, paper)| paper.account.as_ref() != Some(&id))
    );
    let late = people.enter(&id, &ann).await.unwrap_err();
    assert_eq!(late.code(), "store_account_erased");
}

#[tokio::test]
async fn people_in_memory() {
    a_life(Arc::new(MemoryStore::new(1))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_in_a_file() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("store");
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    a_life(Arc::new(store)).await;
}
