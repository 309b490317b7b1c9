//! The resident's side of the operator, on a port of its own, and somebody who asks there.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use super::{Side, Town, clock, origin, status_of};
use mydata::core::id::{AccountId, ConsentId, DatasetId, LinkCode, PurposeId};
use mydata::core::time::{Seconds, Timestamp};
use mydata::operator::ToPerson;
use mydata::service::Want;
use mydata_http::identity::{NotVerified, Residents};
use mydata_http::{
    Around, Deed, Letters, Mandates, OwnerKeys, ResidentDesk, ops, resident_rate, residents_api,
};
use mydata_identity::vouched::{self, Vouched};
use mydata_identity::{Assurance, IdentityRefusal, Issuer, Scopes, Subject, VerifiedResident};
use mydata_store::{Custody, Letter, MemoryStore, People, Undelivered};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// Stands in every name, address and identity: nothing that is refused may repeat it.
pub(crate) const CANARY: &str = "Kanarialintu";

/// A provider whose tokens say it plainly: who, how well, how many seconds ago.
pub(crate) struct Plain;

impl Residents for Plain {
    async fn verify(&self, bearer: &str, now: Timestamp) -> Result<VerifiedResident, NotVerified> {
        if bearer == "down" {
            return Err(NotVerified::Unavailable);
        }
        let refused = NotVerified::Refused(IdentityRefusal::Signature);
        let mut parts = bearer.split('/');
        let (who, level, age) = (parts.next(), parts.next(), parts.next());
        let level = level.and_then(Assurance::parse).ok_or(refused)?;
        let age = age.and_then(|age| age.parse().ok()).ok_or(refused)?;
        let who = [CANARY, who.ok_or(refused)?].concat();
        Ok(vouched::resident(Vouched {
            issuer: Issuer::parse("https://login.example/realm").unwrap(),
            subject: Subject::parse(&who).unwrap(),
            assurance: level,
            authenticated: Some(now.minus(Seconds::new(age))),
            until: now.plus(Seconds::minutes(5)),
            scopes: Scopes::default(),
        }))
    }
}

/// Who acts for whom: the guardian may read and withdraw for everybody.
pub(crate) struct Guardian;

impl Mandates for Guardian {
    async fn holds(
        &self,
        by: &VerifiedResident,
        _: &AccountId,
        deed: Deed,
        _: Timestamp,
    ) -> Result<bool, NotVerified> {
        let is_guardian = by.subject().expose().as_str().ends_with("guardian");
        Ok(is_guardian && matches!(deed, Deed::Look | Deed::Pause | Deed::Withdraw))
    }
}

/// What was written to people.
#[derive(Debug, Clone, Default)]
pub(crate) struct Post(Arc<Mutex<Vec<Letter>>>);

impl Letters for Post {
    async fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        self.0.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

impl Post {
    /// The code in the last letter.
    pub(crate) fn code(&self) -> String {
        let letters = self.0.lock().unwrap();
        let Some(ToPerson::Verify { code, .. }) = letters.last().map(|letter| &letter.letter)
        else {
            panic!("no letter with a code");
        };
        code.as_str().to_owned()
    }
}

/// The resident's side of the operator.
pub(crate) struct Counter {
    pub(crate) at: SocketAddr,
    /// The same behind the listener that a program would use.
    pub(crate) behind: SocketAddr,
    pub(crate) post: Post,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Told {
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// As it should be.
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Refused, with a code and words.
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.text);
        assert!(
            self.head.contains("application/problem+json"),
            "{}",
            self.head
        );
        for language in ["fi", "sv", "en"] {
            let words = self.body["text"][language].as_str().unwrap_or_default();
            assert!(words.ends_with('.'), "{code} in {language}");
        }
        assert!(!self.text.contains(CANARY), "{}", self.text);
    }
}

impl Town {
    pub(crate) async fn counter(&self) -> Counter {
        let store = Arc::clone(self.core.store());
        let owners = Custody::new(store, Arc::clone(&self.vault));
        self.counter_with(owners).await
    }

    /// What is kept of people.
    pub(crate) async fn people(&self) -> People<MemoryStore> {
        let store = Arc::clone(self.core.store());
        let people = People::open(store, Arc::clone(&self.vault));
        people.await.unwrap()
    }

    /// Where somebody else keeps the keys of owners.
    pub(crate) async fn counter_with(&self, owners: impl OwnerKeys) -> Counter {
        self.counter_at(owners, Some(resident_rate())).await
    }

    /// Where residents may ask this often.
    pub(crate) async fn counter_at_rate(&self, rate: Option<ops::Rate>) -> Counter {
        let store = Arc::clone(self.core.store());
        let owners = Custody::new(store, Arc::clone(&self.vault));
        self.counter_at(owners, rate).await
    }

    async fn counter_at(&self, owners: impl OwnerKeys, rate: Option<ops::Rate>) -> Counter {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let post = Post::default();
        let people = self.people().await;
        let around = Around {
            residents: Plain,
            owners,
            mandates: Guardian,
            letters: post.clone(),
        };
        let (core, register) = (Arc::clone(&self.core), Arc::clone(&self.register));
        let desk = ResidentDesk::new(core, register, people, around, origin("operator"));
        let page = mydata::core::resource::ResourceUrl::parse("https://operator.example/linked");
        let desk = desk.returning_to(page.unwrap()).with_rate(rate);
        let router = residents_api(Arc::new(desk));
        let counted = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let behind = counted.local_addr().unwrap();
        super::serve(counted, router.clone(), ops::Side::Residents, &self.metrics);
        super::serve(listener, router, ops::Side::Residents, &self.metrics);
        Counter { at, behind, post }
    }

    /// The time here.
    pub(crate) fn now(&self) -> Timestamp {
        clock().now()
    }
}

/// Somebody who asks: by a token, of their own account.
pub(crate) struct Resident<'t> {
    pub(crate) town: &'t Town,
    pub(crate) counter: &'t Counter,
    pub(crate) token: String,
    pub(crate) account: String,
}

/// The base of the External API.
pub(crate) const X: &str = "/account/api/v2.0/external/accounts/";

impl Counter {
    /// Asks with a bearer token, or without one.
    pub(crate) async fn ask(
        &self,
        (method, target): (&str, &str),
        token: Option<&str>,
        (body, key): (Option<&Value>, Option<&str>),
    ) -> Told {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut lines = String::new();
        if let Some(token) = token {
            lines += &format!("Authorization: Bearer {token}\r\n");
        }
        if let Some(key) = key {
            lines += &format!("Idempotency-Key: {key}\r\n");
        }
        if !body.is_empty() {
            lines += &format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            );
        }
        let text = format!(
            "{method} {target} HTTP/1.1\r\nHost: operator.example\r\nConnection: close\r\n{lines}\r\n{body}"
        );
        let answer = super::raw(self.at, &text).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Told {
            status: status_of(&answer),
            head: head.to_owned(),
            body: serde_json::from_str(body).unwrap_or(Value::Null),
            text: answer.clone(),
        }
    }
}

impl Resident<'_> {
    pub(crate) async fn get(&self, path: &str) -> Told {
        let target = [X, &*self.account, path].concat();
        self.counter
            .ask(("GET", &target), Some(&self.token), (None, None))
            .await
    }

    pub(crate) async fn send(
        &self,
        (method, target): (&str, &str),
        body: Option<Value>,
        key: Option<&str>,
    ) -> Told {
        let target = target.replace("{a}", &self.account);
        let asked = (method, &*target);
        self.counter
            .ask(asked, Some(&self.token), (body.as_ref(), key))
            .await
    }

    /// Links a service, from the operator's side.
    pub(crate) async fn link(&self, side: &Side) -> String {
        let target = format!("/slr/account/{{a}}/service/{}/", side.id);
        let begun = self.send(("POST", &target), None, None).await.is(201);
        let code = LinkCode::parse(begun["code"].as_str().unwrap()).unwrap();
        self.town.deliver().await;
        side.desk.confirm(&code).await.unwrap();
        self.town.deliver().await;
        let links = self.get("/servicelinks/").await.is(200);
        let links = links["data"].as_array().unwrap();
        let link = links.iter().find(|link| {
            let more = &link["x_mydata"];
            more["service_id"] == side.id.as_str() && more["state"] == "Active"
        });
        link.unwrap()["id"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn form(name: &str) -> Value {
    json!({"data": {"type": "Account", "attributes": {
        "username": format!("{CANARY}{name}"),
        "firstname": format!("{CANARY}{name}"),
        "lastname": "Östman",
        "email": format!("{CANARY}{name}@example.org"),
        "x_mydata": {"natural_person": true, "date_of_birth": "1979-02-28"},
    }}})
}

pub(crate) async fn resident<'t>(town: &'t Town, counter: &'t Counter, name: &str) -> Resident<'t> {
    let token = format!("{name}/substantial/10");
    let body = form(name);
    let told = counter
        .ask(("POST", X), Some(&token), (Some(&body), None))
        .await;
    let opened = told.is(201);
    let account = opened["data"]["id"].as_str().unwrap().to_owned();
    super::logged::plant(&account);
    // Whoever has got no answer asks again, and it is the same account.
    let again = counter
        .ask(("POST", X), Some(&token), (Some(&body), None))
        .await
        .is(201);
    assert_eq!(again, opened);
    Resident {
        town,
        counter,
        token,
        account,
    }
}

pub(crate) const FORM: &str = "/cr/consent_form/account/{a}/";

/// Is shown what would be agreed to, and agrees for 30 days.
pub(crate) async fn choice(who: &Resident<'_>, datasets: &[&str]) -> Value {
    let question =
        json!({"source": "source", "sink": "sink", "purposes": ["care"], "language": "sv"});
    let target = [FORM, "shown/"].concat();
    let shown = who
        .send(("POST", &target), Some(question), None)
        .await
        .is(201);
    assert_eq!(shown["document"]["language"], "sv");
    let exp = who.town.now().plus(Seconds::days(20));
    json!({"source": "source", "sink": "sink", "proposal": shown["proposal"], "exp": exp,
        "rules": [{"purposeId": "care", "datasets": datasets}]})
}

pub(crate) async fn consent(who: &Resident<'_>) -> (ConsentId, ConsentId) {
    let choice = choice(who, &["src/a", "src/b"]).await;
    let given = who
        .send(("POST", FORM), Some(choice.clone()), Some("give-1"))
        .await
        .is(201);
    // Pressed twice it is one consent.
    let again = who
        .send(("POST", FORM), Some(choice), Some("give-1"))
        .await
        .is(201);
    assert_eq!(again, given);
    who.town.deliver().await;
    let id = |name: &str| ConsentId::parse(given[name].as_str().unwrap()).unwrap();
    (id("source_cr_id"), id("sink_cr_id"))
}

pub(crate) fn to(consent: &ConsentId, state: &str) -> String {
    format!("/cr/account_id/{{a}}/service/sink/consent/{consent}/status/{state}/")
}

/// What the sink hears when it asks for the data.
pub(crate) async fn fetched(town: &Town, sink: &ConsentId) -> String {
    let (purpose, dataset) = (
        PurposeId::parse("care").unwrap(),
        DatasetId::parse("src/a").unwrap(),
    );
    let want = Want::get(sink, &purpose, &dataset);
    match town.sink.desk.fetch(&want).await {
        Ok(_) => "given".to_owned(),
        Err(fault) => fault.code().to_owned(),
    }
}
