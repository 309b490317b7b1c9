//! What fails, what takes long, and erasures that nobody waits for.

use crate::clinic::{AINO, Clinic, NOEL};
use crate::house::House;
use mydata_http::rights::RightsOptions;
use mydata_http::{RightsAct, RightsOutcome};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

#[tokio::test(flavor = "multi_thread")]
async fn row_18_what_fails_here_is_told_in_three_languages() {
    let house = House::new().await;
    let token = house.token(AINO);
    let technical = json!({"errors": [{
        "code": "technical_error",
        "message": {"fi": "Tekninen virhe", "sv": "Tekniskt fel", "en": "Technical error"},
    }]});
    house.clinic().is_down.store(true, Ordering::SeqCst);
    assert_eq!(house.get(AINO, &token).await.json(), technical);
    house.each(AINO, &token, 500, "technical_error").await;
    house.clinic().is_down.store(false, Ordering::SeqCst);
    // What cannot be kept in the log is not told, and not done.
    house.clinic().log.is_full.store(true, Ordering::SeqCst);
    house.each(AINO, &token, 500, "technical_error").await;
    assert!(house.clinic().has(AINO));
    house.clinic().log.is_full.store(false, Ordering::SeqCst);
    // An erasure that fails half-way is repeated.
    house.clinic().fails.store(true, Ordering::SeqCst);
    house.erase(AINO, &token).await.is(500, "technical_error");
    house.erase(AINO, &token).await.is(204, "");
    house.clinic().panics.store(true, Ordering::SeqCst);
    let noel = house.token(NOEL);
    house.erase(NOEL, &noel).await.is(500, "technical_error");
    house.erase(NOEL, &noel).await.is(204, "");
    assert_eq!(house.rights.erasures(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_18_what_takes_too_long_is_given_up() {
    let options = RightsOptions {
        deadline: Duration::from_millis(200),
        ..RightsOptions::default()
    };
    let house = House::with(Clinic::new(), options).await;
    let token = house.token(AINO);
    // Only what the clinic does is slow.
    house.dry(AINO, &token).await;
    house.clinic().is_slow.store(true, Ordering::SeqCst);
    house.each(AINO, &token, 500, "technical_error").await;
    house.clinic().is_slow.store(false, Ordering::SeqCst);
    house.rights.ended().await;
    house.erase(AINO, &token).await.is(204, "");
    // A body that does not come is not waited for.
    let head = format!(
        "DELETE /gdpr/{NOEL} HTTP/1.1\r\nauthorization: Bearer {token}\r\ncontent-length: 9"
    );
    house.raw(&head, "").await.is(400, "http_body_torn");
}

fn gated() -> (Clinic, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let clinic = Clinic {
        gate: Some(Arc::clone(&gate)),
        ..Clinic::new()
    };
    (clinic, gate)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_outlives_its_connection() {
    let (clinic, gate) = gated();
    let house = House::with(clinic, RightsOptions::default()).await;
    let token = house.token(AINO);
    let request = format!(
        "DELETE /gdpr/{AINO} HTTP/1.1\r\nhost: clinic\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(house.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    while house.rights.erasures() == 0 {
        tokio::task::yield_now().await;
    }
    drop(stream);
    // Whoever asks again waits for the same one.
    let again = house.erase(AINO, &token);
    let open = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(house.clinic().has(AINO));
        gate.add_permits(1);
    };
    let (again, ()) = tokio::join!(again, open);
    again.is(204, "");
    assert_eq!(house.clinic().erased.load(Ordering::SeqCst), 1);
    assert!(!house.clinic().has(AINO));
    house.rights.ended().await;
    let kept = house.clinic().log.outcomes();
    let erased = [
        (RightsAct::Erase, RightsOutcome::Begun),
        (RightsAct::Erase, RightsOutcome::Done),
    ];
    assert_eq!(kept, erased);
    let rows = house.clinic().log.rows();
    assert_eq!(rows[0].request, rows[1].request);
    assert!(rows.iter().all(|row| row.surrogate_id.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_erasures_at_once_are_one_and_anothers_is_its_own() {
    let (clinic, gate) = gated();
    let house = Arc::new(House::with(clinic, RightsOptions::default()).await);
    let asking: Vec<_> = [AINO, NOEL]
        .into_iter()
        .cycle()
        .take(16)
        .map(|person| {
            let house = Arc::clone(&house);
            let token = house.token(person);
            tokio::spawn(async move { house.erase(person, &token).await })
        })
        .collect();
    while house.rights.erasures() < 2 {
        tokio::task::yield_now().await;
    }
    // Those that come late find it done, and those that come in time wait for it.
    gate.add_permits(2);
    for answer in asking {
        answer.await.unwrap().is(204, "");
    }
    assert_eq!(house.clinic().erased.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_takes_long_is_500_first_and_204_when_it_is_done() {
    let (clinic, gate) = gated();
    let options = RightsOptions {
        deadline: Duration::from_millis(200),
        ..RightsOptions::default()
    };
    let house = House::with(clinic, options).await;
    let token = house.token(AINO);
    house.get(AINO, &token).await;
    house.erase(AINO, &token).await.is(500, "technical_error");
    assert_eq!(house.rights.erasures(), 1);
    gate.add_permits(1);
    house.rights.ended().await;
    assert!(!house.clinic().has(AINO));
    house.erase(AINO, &token).await.is(204, "");
    assert_eq!(house.clinic().erased.load(Ordering::SeqCst), 1);
}
