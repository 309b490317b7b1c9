//! The operator over the store in memory.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use mydata::record::consent::{ConsentChange, ConsentState};
use mydata::record::standing::{Bar, Standing};
use mydata_durable::people::{Hands, House};
use mydata_store::{Clock as _, MemoryStore, Store as _};
use std::sync::Arc;

#[tokio::test]
async fn what_a_person_does_reaches_the_services_and_is_looked_up() {
    let clock = Hands::new();
    let house = House::new(Arc::new(MemoryStore::new(4)), Arc::clone(&clock) as _).await;
    let ann = house.linked("ann").await;
    let pair = ann.consent(&house, "care", &["src/a", "src/b"]).await;
    house.dispatcher.drain().await;
    let stands = house
        .operator
        .store()
        .stands(&pair.sink)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stands.standing(clock.now()), Standing::Active);
    ann.change(&house, &pair.sink, ConsentChange::Withdraw)
        .await
        .unwrap();
    let stands = house
        .operator
        .store()
        .stands(&pair.source)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        stands.standing(clock.now()),
        Standing::Barred(Bar::Withdrawn)
    );
    house.dispatcher.drain().await;
    let (account, events) = house.operator.events(&ann.id).await.unwrap();
    assert_eq!(
        account.consent(&pair.sink).unwrap().chain.state(),
        ConsentState::Withdrawn
    );
    assert_eq!(events.len() as u64, account.version());
    assert_eq!(house.dispatcher.traffic().refused, 0);
    assert!(house.dispatcher.parked().await.unwrap().is_empty());
}
