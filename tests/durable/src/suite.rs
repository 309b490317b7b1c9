//! What the durable operator does, over whatever store: [`each`](crate::each) names every rule.

use crate::people::{Hands, House, ask, by_operator};
use crate::post::key;
use mydata::core::crypto::Signer as _;
use mydata::core::id::{ActorId, KeyId};
use mydata::keys::{MasterKey, Vault};
use mydata::operator::{
    Capacity, Command, Lifecycle, Proof, Reply, ToPerson, Verification, Vouching,
};
use mydata::record::consent::{ConsentChange, ConsentState};
use mydata::record::standing::{Bar, Standing};
use mydata_store::{
    Clock as _, Custody, KeyUse, Limits, Lookup, Operator, OperatorRefusal, Paper, PaperName,
    Position, Run, Shelf, Store, StoreRefusal, Task, audit,
};
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::watch;

/// Every rule, for a macro that makes a test of one.
#[macro_export]
macro_rules! each {
    ($rules:ident) => {
        $rules!(what_a_person_does_reaches_the_services_and_is_looked_up);
        $rules!(a_request_that_comes_again_gets_its_first_answer);
        $rules!(two_operators_over_one_store_decide_nothing_stale);
        $rules!(a_clock_that_goes_back_takes_no_account_along);
        $rules!(a_long_history_is_read_from_a_snapshot);
        $rules!(keys_in_custody_are_rewrapped_while_the_operator_works);
        $rules!(a_service_is_suspended_and_resumed_in_pieces);
        $rules!(an_account_that_ends_is_told_of_and_erased);
        $rules!(what_is_too_much_is_refused_and_what_is_under_way_is_finished);
    };
}

fn run(name: &str, at_once: usize) -> Run {
    let actor = ActorId::parse("job-1").unwrap();
    Run {
        name: name.into(),
        actor,
        at_once: NonZeroUsize::new(at_once).unwrap(),
    }
}

async fn house<S: Store>(store: Arc<S>) -> (Arc<Hands>, House<S>) {
    let clock = Hands::new();
    let house = House::new(store, Arc::clone(&clock) as _).await;
    (clock, house)
}

async fn is_clean<S: Store>(house: &House<S>) {
    let registry = |id: &_| Some(house.post.side(id).registered.keys.clone());
    let store = house.operator.store();
    let audit = audit(store, &house.keys.vault(), Some(&registry), |_| {})
        .await
        .unwrap();
    assert!(audit.is_clean(), "{audit}");
}

/// See the name.
pub async fn what_a_person_does_reaches_the_services_and_is_looked_up<S: Store>(store: Arc<S>) {
    let (clock, house) = house(store).await;
    let ann = house.linked("ann").await;
    let pair = ann.consent(&house, "care", &["src/a", "src/b"]).await;
    house.dispatcher.drain().await;
    let standing = async |id| {
        let stands = house.operator.store().stands(id).await.unwrap().unwrap();
        stands.standing(clock.now())
    };
    assert_eq!(standing(&pair.sink).await, Standing::Active);
    let found = house
        .operator
        .find(&Lookup::Consent(pair.source.clone()))
        .await
        .unwrap();
    assert_eq!(found.unwrap().id(), &ann.id);
    ann.change(&house, &pair.sink, ConsentChange::Withdraw)
        .await
        .unwrap();
    assert_eq!(
        standing(&pair.source).await,
        Standing::Barred(Bar::Withdrawn)
    );
    house.dispatcher.drain().await;
    let (account, events) = house.operator.events(&ann.id).await.unwrap();
    assert_eq!(
        account.consent(&pair.sink).unwrap().chain.state(),
        ConsentState::Withdrawn
    );
    assert_eq!(events.len() as u64, account.version());
    // SL-31: who asks for the end of a link again has its service told again, of the same record.
    let (link_id, _) = account.links().next().unwrap();
    let remove = Command::RemoveLink {
        link_id: link_id.clone(),
        signed: None,
    };
    ann.does(&house, Capacity::Owner, &remove).await.unwrap();
    house.dispatcher.drain().await;
    let before = house.dispatcher.traffic().delivered;
    let again = ann.does(&house, Capacity::Owner, &remove).await.unwrap();
    assert!(again.position > Position::ZERO);
    house.dispatcher.drain().await;
    assert_eq!(house.dispatcher.traffic().delivered, before + 1);
    assert_eq!(house.dispatcher.traffic().refused, 0);
    assert!(house.dispatcher.parked().await.unwrap().is_empty());
    is_clean(&house).await;
}

/// See the name.
pub async fn a_request_that_comes_again_gets_its_first_answer<S: Store>(store: Arc<S>) {
    let (_, house) = house(store).await;
    let ann = house.linked("ann").await;
    let (command, pair) = ann.signed_pair(&house, "care", &["src/a", "src/b"]).await;
    let (act, request) = (ann.act(Capacity::Owner), ask("give", "care"));
    let first = house
        .operator
        .execute(&act, &request, &command)
        .await
        .unwrap();
    assert!(!first.is_repeated);
    // The account would refuse it now: the consent is there.
    let again = house
        .operator
        .execute(&act, &request, &command)
        .await
        .unwrap();
    assert!(again.is_repeated);
    assert_eq!((again.version, again.reply), (first.version, first.reply));
    let other = house
        .operator
        .execute(&act, &ask("give", "something else"), &command)
        .await;
    assert_eq!(other.unwrap_err().code(), "store_key_reused");
    // Somebody else who names the request gets no answer that was another's.
    let stranger = ann.act(Capacity::Representative);
    let taken = house.operator.execute(&stranger, &request, &command).await;
    assert_eq!(taken.unwrap_err().code(), "store_key_reused");
    let unknown = house
        .operator
        .execute(&act, &ask("anew", "care"), &command)
        .await;
    assert_eq!(unknown.unwrap_err().code(), "consent_id_taken");
    // A token is an answer that must be the same one.
    let service = ann.act(Capacity::Service(house.post.sink.id.clone()));
    let command = Command::IssueToken {
        cr_id: pair.sink.clone(),
    };
    let request = ask("token", "care");
    let first = house
        .operator
        .execute(&service, &request, &command)
        .await
        .unwrap();
    let again = house
        .operator
        .execute(&service, &request, &command)
        .await
        .unwrap();
    assert_eq!(first.reply, again.reply);
    let Reply::Token(_) = first.reply else {
        panic!("not a token");
    };
}

/// See the name.
pub async fn two_operators_over_one_store_decide_nothing_stale<S: Store>(store: Arc<S>) {
    let (clock, one) = house(Arc::clone(&store)).await;
    let (keys, post) = (Arc::clone(&one.keys), Arc::clone(&one.post));
    let two = House::over(store, keys, post, clock as _, Limits::default()).await;
    let ann = one.linked("ann").await;
    let pair = ann.consent(&one, "care", &["src/a", "src/b"]).await;
    let service = || Capacity::Service(one.post.sink.id.clone());
    let token = Command::IssueToken {
        cr_id: pair.sink.clone(),
    };
    // Both have the account in memory, and the token too.
    ann.does(&one, service(), &token).await.unwrap();
    ann.does(&two, service(), &token).await.unwrap();
    ann.change(&two, &pair.sink, ConsentChange::Withdraw)
        .await
        .unwrap();
    // A token that is issued again changes nothing, so no version would give it away.
    let refused = ann.does(&one, service(), &token).await.unwrap_err();
    assert_eq!(refused.code(), "consent_withdrawn");
    // Nor is a refusal given on what was.
    let next = ann.consent(&two, "care", &["src/a", "src/b"]).await;
    let pause = by_operator(&next.sink, ConsentChange::Disable);
    ann.does(&one, Capacity::Operator, &pause).await.unwrap();
    let resume = by_operator(&next.sink, ConsentChange::Reactivate);
    ann.does(&two, Capacity::Operator, &resume).await.unwrap();
    is_clean(&one).await;
}

/// See the name.
pub async fn a_clock_that_goes_back_takes_no_account_along<S: Store>(store: Arc<S>) {
    let (clock, house) = house(Arc::clone(&store)).await;
    let ann = house.linked("ann").await;
    let pair = ann.consent(&house, "care", &["src/a", "src/b"]).await;
    clock.back(3600);
    // Another process, which has nothing in memory.
    let (keys, post) = (Arc::clone(&house.keys), Arc::clone(&house.post));
    let house = House::over(
        store,
        keys,
        post,
        Arc::clone(&clock) as _,
        Limits::default(),
    )
    .await;
    ann.change(&house, &pair.sink, ConsentChange::Disable)
        .await
        .unwrap();
    assert!(house.operator.numbers().clock_back > 0);
    let (account, events) = house.operator.events(&ann.id).await.unwrap();
    assert!(
        events
            .windows(2)
            .all(|two| two.first().unwrap().at <= two.last().unwrap().at)
    );
    let chain = &account.consent(&pair.sink).unwrap().chain;
    assert!(chain.latest().iat >= chain.first().iat);
}

/// See the name.
pub async fn a_long_history_is_read_from_a_snapshot<S: Store>(store: Arc<S>) {
    let (clock, house) = house(Arc::clone(&store)).await;
    let ann = house.linked("ann").await;
    let pair = ann.consent(&house, "care", &["src/a", "src/b"]).await;
    let limits = Limits {
        snapshot_entries: 8,
        snapshot_share: 0,
        ..Limits::default()
    };
    let (keys, post) = (Arc::clone(&house.keys), Arc::clone(&house.post));
    let house = House::over(Arc::clone(&store), keys, post, clock as _, limits).await;
    for round in 0..20 {
        let change = if round % 2 == 0 {
            ConsentChange::Disable
        } else {
            ConsentChange::Reactivate
        };
        let command = by_operator(&pair.sink, change);
        ann.does(&house, Capacity::Operator, &command)
            .await
            .unwrap();
    }
    let held = store
        .account(&ann.id, mydata_store::Reading::Newest)
        .await
        .unwrap()
        .unwrap();
    assert!(held.from.unwrap().version.get() > 20);
    assert!(held.entries.len() <= 9);
    let (account, _) = house.operator.events(&ann.id).await.unwrap();
    assert_eq!(house.operator.account(&ann.id).await.unwrap(), account);
    is_clean(&house).await;
}

/// See the name.
pub async fn keys_in_custody_are_rewrapped_while_the_operator_works<S: Store>(store: Arc<S>) {
    let (_, house) = house(Arc::clone(&store)).await;
    let ann = house.sign_up("ann").await;
    let custody = Custody::new(Arc::clone(&store), house.keys.vault());
    let status = key("status-2");
    custody.keep_owner(&ann.id, &ann.owner).await.unwrap();
    custody
        .keep_operator(KeyUse::Status, &status)
        .await
        .unwrap();
    let twice = custody
        .keep_operator(KeyUse::Status, &status)
        .await
        .unwrap_err();
    assert_eq!(twice.code(), OperatorRefusal::KeyKept.code());
    let kid = ann.owner.public().kid().clone();
    // Nobody who reads the store has the key.
    let pkcs8 = ann.owner.to_pkcs8();
    let papers = store.papers(Shelf::Key, None, 9).await.unwrap();
    let seed = &pkcs8.expose()[16..48];
    assert_eq!(papers.len(), 3);
    assert!(
        papers
            .iter()
            .all(|(_, paper)| paper.octets.windows(32).all(|some| some != seed))
    );
    // A new master key beside the old one, then without it.
    let new = Arc::new(MasterKey::generate(KeyId::parse("master-2").unwrap()).unwrap());
    let old: Arc<MasterKey> = Arc::clone(&house.keys.master);
    let both = Vault::new(Arc::clone(&new) as _).with_earlier(old).unwrap();
    let both = Custody::new(Arc::clone(&store), Arc::new(both));
    let rewrapped = both.rewrap().await.unwrap();
    assert_eq!((rewrapped.done, rewrapped.already), (3, 0));
    ann.does(
        &house,
        Capacity::Owner,
        &Command::AskVerification {
            what: Verification::Export,
        },
    )
    .await
    .unwrap();
    assert_eq!(both.rewrap().await.unwrap().already, 3);
    let new = Arc::new(Vault::new(new));
    let custody_now = Custody::new(Arc::clone(&store), Arc::clone(&new));
    let again = custody_now.owner(&ann.id, &kid).await.unwrap().unwrap();
    assert_eq!(again.public(), ann.owner.public());
    let none = custody_now
        .operator(KeyUse::Token, status.public().kid())
        .await
        .unwrap();
    assert!(none.is_none());
    let without = custody.owner(&ann.id, &kid).await.unwrap_err();
    assert_eq!(without.code(), "vault_key_unknown");
    // Put in another's place, a key is refused.
    let mine = store.paper(
        papers
            .iter()
            .find(|(name, _)| name.name().contains("ann"))
            .map(|(name, _)| name)
            .unwrap(),
    );
    let (_, paper) = mine.await.unwrap().unwrap();
    let place = PaperName::new(Shelf::Key, &format!("owner/ben/{kid}")).unwrap();
    let paper = Paper {
        account: None,
        octets: paper.octets,
    };
    assert!(store.file(&place, 0, Some(&paper)).await.unwrap());
    let ben = mydata::core::id::AccountId::parse("ben").unwrap();
    let moved = custody_now.owner(&ben, &kid).await.unwrap_err();
    assert_eq!(moved.code(), "vault_unwrap_failed");
    // The operator opens with the new master key alone.
    let (identity, clock) = (house.keys.identity(), Hands::new());
    let operator = Operator::open(store, new, identity, clock, Limits::default())
        .await
        .unwrap();
    assert_eq!(operator.account(&ann.id).await.unwrap().id(), &ann.id);
}

/// See the name.
pub async fn a_service_is_suspended_and_resumed_in_pieces<S: Store>(store: Arc<S>) {
    let (clock, house) = house(store).await;
    let mut pairs = Vec::new();
    for number in 0..5 {
        let person = house.linked(&format!("person-{number}")).await;
        pairs.push((
            person.clone(),
            person.consent(&house, "care", &["src/a", "src/b"]).await,
        ));
    }
    let bystander = house.sign_up("bystander").await;
    // Of one the owner had paused it: that pause is not the job's to end.
    let (own, own_pair) = pairs.first().unwrap();
    own.change(&house, &own_pair.sink, ConsentChange::Disable)
        .await
        .unwrap();
    let task = Task::Suspend(house.post.sink.id.clone());
    // It is stopped before it has begun, and goes on under its name.
    let (stop, stopped) = watch::channel(true);
    let before = house
        .operator
        .run(&run("s1", 4), &task, stopped.clone(), |_| {})
        .await
        .unwrap();
    assert_eq!(
        (before.total, before.visited, before.is_finished),
        (5, 0, false)
    );
    stop.send(false).unwrap();
    let mut told = 0;
    let done = house
        .operator
        .run(&run("s1", 4), &task, stopped.clone(), |_| told += 1)
        .await
        .unwrap();
    assert!(done.is_finished && told > 0);
    assert_eq!((done.visited, done.stored, done.refused), (5, 4, 0));
    let other = house
        .operator
        .run(&run("s1", 4), &Task::Expire, stopped.clone(), |_| {})
        .await;
    assert_eq!(other.unwrap_err().code(), OperatorRefusal::JobOther.code());
    let again = house
        .operator
        .run(&run("s1", 4), &task, stopped.clone(), |_| {})
        .await
        .unwrap();
    assert_eq!(again, done);
    assert_eq!(house.operator.job("s1").await.unwrap(), Some(done));
    assert_eq!(house.operator.job("s2").await.unwrap(), None);
    for (_, pair) in &pairs {
        for half in [&pair.sink, &pair.source] {
            let stands = house.operator.store().stands(half).await.unwrap().unwrap();
            assert_eq!(
                stands.standing(clock.now()),
                Standing::Barred(Bar::Disabled)
            );
        }
    }
    house.dispatcher.drain().await;
    let task = Task::Resume(house.post.sink.id.clone());
    let done = house
        .operator
        .run(&run("r1", 1), &task, stopped, |_| {})
        .await
        .unwrap();
    assert_eq!((done.visited, done.stored), (5, 4));
    for (number, (_, pair)) in pairs.iter().enumerate() {
        let stands = house
            .operator
            .store()
            .stands(&pair.source)
            .await
            .unwrap()
            .unwrap();
        let wanted = if number == 0 {
            Standing::Barred(Bar::Disabled)
        } else {
            Standing::Active
        };
        assert_eq!(stands.standing(clock.now()), wanted);
    }
    assert_eq!(
        house
            .operator
            .account(&bystander.id)
            .await
            .unwrap()
            .version(),
        0
    );
    house.dispatcher.drain().await;
    assert_eq!(house.dispatcher.traffic().refused, 0);
    is_clean(&house).await;
}

/// See the name.
pub async fn an_account_that_ends_is_told_of_and_erased<S: Store>(store: Arc<S>) {
    let (clock, house) = house(Arc::clone(&store)).await;
    let (ann, ben) = (house.linked("ann").await, house.linked("ben").await);
    let pair = ann.consent(&house, "care", &["src/a", "src/b"]).await;
    ben.consent(&house, "care", &["src/a", "src/b"]).await;
    let name = PaperName::new(Shelf::Person, "ann").unwrap();
    let paper = Paper {
        account: Some(ann.id.clone()),
        octets: b"Ann".to_vec(),
    };
    assert!(store.file(&name, 0, Some(&paper)).await.unwrap());
    let what = Verification::Deletion;
    let asked = ann
        .does(&house, Capacity::Owner, &Command::AskVerification { what })
        .await
        .unwrap();
    let Some(ToPerson::Verify { .. }) = asked.codes.first() else {
        panic!("no code");
    };
    let command = Command::Confirm {
        what,
        proof: Proof::Vouched(Vouching::InPerson),
    };
    ann.does(&house, Capacity::Operator, &command)
        .await
        .unwrap();
    let (_stop, stopped) = watch::channel(false);
    let expire = async |name: &str| {
        house
            .operator
            .run(&run(name, 4), &Task::Expire, stopped.clone(), |_| {})
            .await
            .unwrap()
    };
    assert_eq!(expire("e1").await.stored, 0, "within the grace");
    clock.forward(15 * 24 * 3600);
    assert_eq!(expire("e2").await.stored, 1);
    let account = house.operator.account(&ann.id).await.unwrap();
    assert_eq!(account.lifecycle(), Lifecycle::Ended);
    let held = expire("e3").await;
    assert_eq!(
        (held.stored, held.waiting),
        (0, 1),
        "services have yet to be told"
    );
    house.dispatcher.drain().await;
    assert_eq!(expire("e4").await.stored, 1);
    let jobs = store.papers(Shelf::Job, None, 99).await.unwrap();
    let named = |paper: &Paper| paper.octets.windows(5).any(|some| some == b"\"ann\"");
    assert!(jobs.len() == 4 && !jobs.iter().any(|(_, paper)| named(paper)));
    for gone in [
        house.operator.account(&ann.id).await.map(drop),
        house.operator.events(&ann.id).await.map(drop),
    ] {
        assert!(
            ["store_account_erased", "store_account_unknown"].contains(&gone.unwrap_err().code())
        );
    }
    assert!(store.paper(&name).await.unwrap().is_none());
    assert!(
        house
            .operator
            .find(&Lookup::Consent(pair.sink))
            .await
            .unwrap()
            .is_none()
    );
    let stone = store.tombstone(&ann.id).await.unwrap().unwrap();
    assert_eq!(stone.at, clock.now());
    let late = ann
        .does(&house, Capacity::Owner, &Command::AskVerification { what })
        .await
        .unwrap_err();
    assert_eq!(late.code(), StoreRefusal::AccountErased.code());
    // The person was written to; the services know that the link is gone; the other account stands.
    let letters = house.post.letters.lock().unwrap().clone();
    assert!(
        letters
            .iter()
            .any(|letter| letter.letter == ToPerson::Ended && letter.to == ann.id)
    );
    assert!(house.operator.account(&ben.id).await.is_ok());
    is_clean(&house).await;
}

/// See the name.
pub async fn what_is_too_much_is_refused_and_what_is_under_way_is_finished<S: Store>(
    store: Arc<S>,
) {
    let (clock, house) = house(Arc::clone(&store)).await;
    let ann = house.sign_up("ann").await;
    let limits = Limits {
        in_flight: NonZeroUsize::MIN,
        ..Limits::default()
    };
    let (keys, post) = (Arc::clone(&house.keys), Arc::clone(&house.post));
    let house = Arc::new(House::over(store, keys, post, clock as _, limits).await);
    let command = Command::AskVerification {
        what: Verification::Export,
    };
    let (mut stored, mut busy) = (0, 0);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..4 {
        let (house, ann, command) = (Arc::clone(&house), ann.clone(), command.clone());
        tasks.spawn(async move {
            let act = ann.act(Capacity::Owner);
            let request = ask(&format!("v{number}"), "code");
            house.operator.execute(&act, &request, &command).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        match done.unwrap() {
            Ok(_) => stored += 1,
            Err(fault) => {
                let of_one = OperatorRefusal::Contended.code();
                assert!([OperatorRefusal::Busy.code(), of_one].contains(&fault.code()));
                busy += u64::from(fault.code() != of_one);
            }
        }
    }
    assert!(stored >= 1);
    assert_eq!(house.operator.numbers().busy, busy);
    assert_eq!(
        house.operator.account(&ann.id).await.unwrap().version(),
        stored
    );
    house.operator.close().await;
    let late = ann
        .does(&house, Capacity::Owner, &command)
        .await
        .unwrap_err();
    assert_eq!(late.code(), OperatorRefusal::Closing.code());
}
