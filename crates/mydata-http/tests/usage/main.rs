//! `findUsage` over the loopback: each line of the contract, paging as the protocol does it, and who may look.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../town/book.rs"]
mod book;
mod house;
#[path = "../town/logged.rs"]
mod logged;
#[path = "../plain/mod.rs"]
mod plain;

use axum::body::Body;
use axum::http::Request;
use book::Book;
use house::*;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use mydata::core::crypto::Sha256;
use mydata::core::id::DatasetId;
use mydata::core::lang::Language;
use mydata::core::time::Seconds;
use mydata_http::ops::Shutdown;
use mydata_http::tls::{Identity, Tls, TlsClient, Trust, thumbprint};
use mydata_http::usage::{Channel, PersonCode, UsageDesk, UsageOptions, usage_api};
use mydata_http::{AccessLog, FileLog, Fixed, Limits, MemoryLog, Server, Stage};
use plain::{send, serve, serve_bare};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_row_says_what_has_left_to_whom_and_why() {
    let house = House::over(MemoryLog::new()).await;
    let none = house.find("").await;
    assert_eq!((none.total_usages, none.usages.len()), (0, 0));
    let stages = [
        Stage::Granted,
        RELEASED,
        Stage::Denied,
        Stage::Interrupted { octets: 3 },
        Stage::NotReleased,
        Stage::Lost,
    ];
    for (second, stage) in stages.into_iter().enumerate() {
        house.write(ANN, after(second as u32), stage).await;
        house.write(BO, after(second as u32), stage).await;
    }
    let found = house.find("").await;
    let usage = |logtime: &str, action: &str| Usage {
        logtime: logtime.to_owned(),
        action: format!("src/a (fi) – {action}"),
        receiver_code: "0000000-0".to_owned(),
        receiver_name: Some("Town (demo)".to_owned()),
        receiver_system: "care".to_owned(),
    };
    assert_eq!(found.total_usages, 3);
    assert_eq!(
        found.usages,
        [
            usage(
                "2026-11-27T12:00:05Z",
                "mahdollisesti luovutettu suostumuksen perusteella"
            ),
            usage(
                "2026-11-27T12:00:03Z",
                "luovutettu osittain suostumuksen perusteella"
            ),
            usage(
                "2026-11-27T12:00:01Z",
                "luovutettu suostumuksen perusteella"
            ),
        ]
    );
}

#[tokio::test]
async fn a_row_is_told_in_the_language_of_the_desk() {
    for (language, action) in [
        (Language::SV, "src/a (sv) – utlämnat med stöd av samtycke"),
        (
            Language::EN,
            "src/a (en) – disclosed on the basis of consent",
        ),
    ] {
        let log = Arc::new(MemoryLog::new());
        log.append(row(ANN, noon(), RELEASED)).await.unwrap();
        let clock = Arc::new(Hand::default());
        let desk = UsageDesk::new(log, Plain, options(language), clock as _);
        let at = serve(usage_api(Arc::new(desk))).await;
        let headers = [("X-Road-Client", CLIENT), ("X-Road-UserId", ANN)];
        let target = format!("/v2/findUsage?userCode={ANN}");
        let heard = send(at, ("GET", &target), &headers, b"").await;
        let found: Found = serde_json::from_str(&heard.body).unwrap();
        assert_eq!(found.usages[0].action, action);
    }
}

#[tokio::test]
async fn a_receiver_that_is_in_no_list_is_shown_and_counted() {
    let house = House::over(MemoryLog::new()).await;
    let mut strange = row(ANN, noon(), RELEASED);
    let key = Sha256::from_octets([8; 32]);
    strange.sink_key = Some(key);
    strange.dataset = Some(DatasetId::parse("gone").unwrap());
    house.log.append(strange).await.unwrap();
    let found = house.find("").await.usages.remove(0);
    assert_eq!(found.receiver_code, "unknown");
    assert_eq!(found.receiver_name, None);
    assert_eq!(found.receiver_system, format!("key {}", key.to_base64url()));
    assert_eq!(found.action, "gone – luovutettu suostumuksen perusteella");
    assert_eq!(house.desk.strangers(), 1);
}

#[tokio::test]
async fn former_links_count() {
    let house = House::over(MemoryLog::new()).await;
    let mut former = row(ANN, noon(), RELEASED);
    former.surrogate_id = surrogates(ANN).pop();
    house.log.append(former).await.unwrap();
    house.write(ANN, after(1), RELEASED).await;
    assert_eq!(house.find("").await.total_usages, 2);
}

#[tokio::test]
async fn both_ends_of_the_period_are_in_it() {
    let house = House::over(MemoryLog::new()).await;
    for second in 0..5 {
        house.write(ANN, after(second), RELEASED).await;
    }
    let cases = [
        ("", 5),
        ("&periodStart=2026-11-27T12:00:01Z", 4),
        ("&periodEnd=2026-11-27T12:00:01Z", 2),
        (
            "&periodStart=2026-11-27T12:00:01Z&periodEnd=2026-11-27T12:00:03Z",
            3,
        ),
        (
            "&periodStart=2026-11-27T12:00:02Z&periodEnd=2026-11-27T12:00:02Z",
            1,
        ),
        // A zone, its sign written or encoded; a fraction is cut off at both ends.
        ("&periodStart=2026-11-27T14:00:03%2B02:00", 2),
        ("&periodStart=2026-11-27T14:00:03+02:00", 2),
        ("&periodStart=2026-11-27T06:30:03-05:30", 2),
        ("&periodStart=2026-11-27T12%3A00%3A03.999Z", 2),
        ("&periodEnd=2026-11-27T12:00:01.001Z", 2),
        ("&periodStart=2026-11-27T12:00:05Z", 0),
    ];
    for (rest, count) in cases {
        let found = house.find(rest).await;
        assert_eq!(found.total_usages, count, "{rest}");
        assert_eq!(found.usages.len(), count as usize, "{rest}");
    }
    // The number of all rows is of the period, whatever the page is.
    for (rest, rows) in [
        ("&limit=0", 0),
        ("&limit=2", 2),
        ("&offset=4", 1),
        ("&offset=5", 0),
        ("&offset=999999999999999999", 0),
        ("&offset=1&limit=10000", 4),
    ] {
        let found = house.find(rest).await;
        assert_eq!(
            (found.total_usages, found.usages.len()),
            (5, rows),
            "{rest}"
        );
    }
}

#[tokio::test]
async fn what_is_no_question_is_refused() {
    let mut house = House::over(MemoryLog::new()).await;
    // By the desk itself, where another listener lets it through.
    house.at = serve_bare(usage_api(Arc::clone(&house.desk))).await;
    house.write(ANN, noon(), RELEASED).await;
    let ann = format!("userCode={ANN}");
    let cases = [
        ("usage_limit", format!("{ann}&limit=10001")),
        ("usage_limit", format!("{ann}&limit=999999999999999999")),
        ("usage_query", format!("{ann}&limit=-1")),
        ("usage_query", format!("{ann}&limit=")),
        ("usage_query", format!("{ann}&limit=1e3")),
        ("usage_query", format!("{ann}&limit=%2B1")),
        ("usage_query", format!("{ann}&limit=9999999999999999999")),
        ("usage_query", format!("{ann}&offset=0x1")),
        ("usage_query", format!("{ann}&offset=1&offset=1")),
        ("usage_query", format!("{ann}&{ann}")),
        ("usage_query", format!("{ann}&usercode={ANN}")),
        ("usage_query", format!("{ann}&purpose=care")),
        ("usage_query", format!("{ann}&limit")),
        ("usage_query", format!("{ann}&")),
        ("usage_query", format!("{ann}&limit=1%")),
        ("usage_query", format!("{ann}&limit=%zz")),
        ("usage_query", format!("{ann}&limit=%ff")),
        ("usage_query", format!("{ann}&periodStart=1795773600")),
        ("usage_query", format!("{ann}&periodStart=2026-11-27")),
        (
            "usage_query",
            format!("{ann}&periodStart=2026-11-27T12:00:00"),
        ),
        (
            "usage_query",
            format!("{ann}&periodStart=2026-11-27T12:00:00.Z"),
        ),
        (
            "usage_query",
            format!("{ann}&periodStart=2026-11-27T12:00:00+24:00"),
        ),
        (
            "usage_query",
            format!("{ann}&periodStart=2026-11-27T12:00:00+2:00"),
        ),
        (
            "usage_query",
            format!("{ann}&periodStart=2026-02-30T12:00:00Z"),
        ),
        (
            "usage_query",
            format!("{ann}&periodStart=2026-11-27T12:00:00Zz"),
        ),
        (
            "usage_query",
            format!("{ann}&periodStart=2026-11-27T12:00:01Z&periodEnd=2026-11-27T12:00:00Z"),
        ),
        ("usage_user", String::new()),
        ("usage_user", "limit=1".to_owned()),
        ("usage_user", "userCode=".to_owned()),
        ("usage_user", "userCode=FI".to_owned()),
        ("usage_user", "userCode=fi140386-901P".to_owned()),
        ("usage_user", "userCode=140386-901P".to_owned()),
        ("usage_user", "userCode=FI140386%20901P".to_owned()),
        ("usage_user", "userCode=FI%C3%85".to_owned()),
        ("usage_user", format!("userCode=FI{}", "1".repeat(65))),
    ];
    for (code, query) in cases {
        let heard = house.get(&format!("/v2/findUsage?{query}")).await;
        assert_eq!((heard.status, &*heard.code()), (400, code), "{query}");
        assert!(!heard.body.contains("901P"), "{}", heard.body);
    }
    let longest = format!("/v2/findUsage?userCode=FI{}", "1".repeat(64));
    let (_, code) = longest.split_once('=').unwrap();
    assert_eq!(house.get_as(code, &longest).await.status, 200);
    let target = format!("/v2/findUsage?{ann}");
    for agent in ["", "FI", "fi140386-901P"] {
        let heard = house.get_as(agent, &target).await;
        assert_eq!((heard.status, &*heard.code()), (400, "usage_user"));
    }
    let client = ("X-Road-Client", CLIENT);
    let twice = [client, ("X-Road-UserId", ANN), ("X-Road-UserId", ANN)];
    for headers in [&[client][..], &twice] {
        let heard = send(house.at, ("GET", &target), headers, b"").await;
        assert_eq!((heard.status, &*heard.code()), (400, "usage_user"));
    }
    for target in ["/v2/usagePeriod?userCode=FI1", "/v2/heartbeat?x=1"] {
        let heard = house.get(target).await;
        assert_eq!((heard.status, &*heard.code()), (400, "usage_query"));
    }
    for (method, target, status) in [
        ("POST", "/v2/findUsage", 405),
        ("GET", "/v1/findUsage", 404),
        ("GET", "/v2/findUsage/", 404),
    ] {
        let headers = [client, ("X-Road-UserId", ANN)];
        let heard = send(house.at, (method, target), &headers, b"").await;
        assert_eq!(heard.status, status, "{method} {target}");
    }
}

#[tokio::test]
async fn nobody_is_answered_but_a_security_server() {
    let house = House::over(MemoryLog::new()).await;
    let person = format!("/v2/findUsage?userCode={ANN}");
    let targets = [&*person, "/v2/usagePeriod", "/v2/heartbeat"];
    for target in targets {
        for client in [
            &[][..],
            &[("X-Road-Client", "FI/GOV/0000000-0/other")],
            &[("X-Road-Client", CLIENT), ("X-Road-Client", CLIENT)],
        ] {
            let headers = [client, &[("X-Road-UserId", ANN)]].concat();
            let heard = send(house.at, ("GET", target), &headers, b"").await;
            assert_eq!((heard.status, &*heard.code()), (403, "usage_client"));
        }
    }
    // A listener that is not only for this machine, and one that does not say who has connected.
    let closed = UsageOptions {
        channel: Channel {
            loopback: false,
            ..options(Language::FI).channel
        },
        ..options(Language::FI)
    };
    let desk = |options| {
        let (log, clock) = (Arc::clone(&house.log), Arc::clone(&house.clock));
        Arc::new(UsageDesk::new(log, Plain, options, clock as _))
    };
    let elsewhere = serve(usage_api(desk(closed))).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let unknown = listener.local_addr().unwrap();
    let api = usage_api(desk(options(Language::FI)));
    tokio::spawn(async move { axum::serve(listener, api).await });
    for at in [elsewhere, unknown] {
        for target in targets {
            let headers = [("X-Road-Client", CLIENT), ("X-Road-UserId", ANN)];
            let heard = send(at, ("GET", target), &headers, b"").await;
            assert_eq!((heard.status, &*heard.code()), (401, "usage_channel"));
        }
    }
}

/// The protocol's own loop: until an answer is shorter than what was asked for.
async fn all(house: &House<impl AccessLog>, agent: &str, person: &str, limit: usize) -> Vec<Usage> {
    let mut rows = Vec::new();
    loop {
        let rest = format!("&offset={}&limit={limit}", rows.len());
        let found = house.find_as(agent, person, &rest).await;
        let is_last = found.usages.len() < limit;
        rows.extend(found.usages);
        if is_last {
            assert_eq!(rows.len(), found.total_usages as usize);
            return rows;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn paging_gives_each_row_once() {
    let place = std::env::temp_dir().join(format!("mydata-usage-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&place);
    let house = House::over(FileLog::open(&place).unwrap()).await;
    // Rows of several days and many of one second, each with its own system to be told by.
    let mut writes = Vec::new();
    for number in 0..2_500_u32 {
        let log = Arc::clone(&house.log);
        let mut row = row(BO, after((number / 10) * 1_000), RELEASED);
        row.dataset = Some(DatasetId::parse(&format!("row-{number}")).unwrap());
        writes.push(tokio::spawn(async move { log.append(row).await.unwrap() }));
    }
    for write in writes {
        write.await.unwrap();
    }
    let named = |rows: &[Usage]| {
        let name = |row: &Usage| row.action.split(' ').next().unwrap().to_owned();
        rows.iter().map(name).collect::<BTreeSet<_>>()
    };
    for limit in [1_000, 500, 2_500, 7_000] {
        let rows = all(&house, BO, BO, limit).await;
        assert_eq!((rows.len(), named(&rows).len()), (2_500, 2_500), "{limit}");
        let times: Vec<_> = rows.iter().map(|row| &row.logtime).collect();
        assert!(times.is_sorted_by(|one, other| one >= other));
    }
    // Whoever looks for another has one row more, and the same rows.
    let rows = all(&house, ANN, BO, 1_000).await;
    assert_eq!((rows.len(), named(&rows).len()), (2_501, 2_501));
    drop(house);
    let _ = std::fs::remove_dir_all(&place);
}

#[tokio::test]
async fn whoever_looks_for_another_needs_a_mandate_and_is_seen() {
    let house = House::over(MemoryLog::new()).await;
    house.write(ANN, noon(), RELEASED).await;
    house.write(BO, noon(), RELEASED).await;
    // Bo may not look for Ann, and nobody for somebody who is not known here.
    for (agent, person) in [
        (BO, ANN),
        (ANN, "FI1"),
        ("SEX", ANN),
        ("EE140386-901P", ANN),
    ] {
        let target = format!("/v2/findUsage?userCode={person}");
        let heard = house.get_as(agent, &target).await;
        assert_eq!((heard.status, &*heard.code()), (403, "usage_mandate"));
    }
    assert_eq!(house.log.rows().len(), 2);
    assert_eq!(house.find_as("FI1", "FI1", "").await.total_usages, 0);
    // Ann may look for Bo, who sees that.
    let found = house.find_as(ANN, BO, "").await;
    assert_eq!(found.total_usages, 2);
    let seen = house.find_as(BO, BO, "").await.usages;
    assert_eq!(seen, found.usages);
    assert!(seen.iter().any(|row| {
        row.action == "Tietojen käyttöä on katsottu toisen puolesta"
            && row.receiver_code == "1111111-1"
    }));
    assert_eq!(
        house.find("").await.total_usages,
        1,
        "of Ann there is no more"
    );
    // A look is one for ten minutes.
    house.clock.0.store(599, Ordering::SeqCst);
    assert_eq!(house.find_as(ANN, BO, "&offset=1").await.total_usages, 2);
    house.clock.0.store(600, Ordering::SeqCst);
    assert_eq!(house.find_as(ANN, BO, "&offset=1").await.total_usages, 3);
    // The security server's own id of the request names the row.
    house.clock.0.store(1_200, Ordering::SeqCst);
    let headers = [
        ("X-Road-Client", CLIENT),
        ("X-Road-UserId", ANN),
        ("X-Road-Id", "FI-1234-5678"),
    ];
    let target = format!("/v2/findUsage?userCode={BO}");
    assert_eq!(
        send(house.at, ("GET", &target), &headers, b"").await.status,
        200
    );
    let newest = house.log.rows().pop().unwrap();
    assert_eq!(newest.request.as_str(), "FI-1234-5678");
    assert_eq!(newest.stage, Stage::Viewed);
    // A register that says nothing of mandates has none.
    let clock = Arc::clone(&house.clock);
    let desk = UsageDesk::new(
        Arc::clone(&house.log),
        Plain,
        options(Language::FI),
        clock as _,
    );
    let at = serve(usage_api(Arc::new(desk))).await;
    let heard = send(at, ("GET", &target), &headers[..2], b"").await;
    assert_eq!((heard.status, &*heard.code()), (403, "usage_mandate"));
}

#[tokio::test]
async fn the_period_begins_with_the_oldest_row_or_with_the_retention() {
    let house = House::over(MemoryLog::new()).await;
    let start = async || {
        let heard = house.get("/v2/usagePeriod").await;
        assert_eq!(heard.status, 200);
        let kept: Kept = serde_json::from_str(&heard.body).unwrap();
        assert_eq!(kept.period_end, None);
        kept.period_start
    };
    assert_eq!(start().await, "2026-11-27T12:00:00Z", "from now on");
    let denied = row(ANN, noon().minus(Seconds::days(30)), Stage::Denied);
    house.log.append(denied).await.unwrap();
    assert_eq!(start().await, "2026-10-28T12:00:00Z");
    let old = noon().minus(Seconds::days(366));
    house.write(ANN, old, RELEASED).await;
    assert_eq!(start().await, "2025-11-27T12:00:00Z");
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_said_and_shows_nobody_to_another() {
    let house = House::over(Book::default()).await;
    house.write(BO, noon(), RELEASED).await;
    let beat = async || house.get("/v2/heartbeat").await.body;
    assert_eq!(beat().await, r#"{"status":"OK"}"#);
    house.log.is_full.store(true, Ordering::SeqCst);
    let heard = house.get("/v2/heartbeat").await;
    assert_eq!((heard.status, &*heard.body), (200, r#"{"status":"FAIL"}"#));
    // Whoever looks for themselves leaves no row, and is answered.
    assert_eq!(house.find_as(BO, BO, "").await.total_usages, 1);
    let target = format!("/v2/findUsage?userCode={BO}");
    for _ in 0..2 {
        let heard = house.get(&target).await;
        assert_eq!(heard.status, 503);
        assert_eq!(heard.code(), "access_log_unavailable");
        assert!(!heard.body.contains("luovutettu"));
    }
    house.log.is_full.store(false, Ordering::SeqCst);
    assert_eq!(house.find_as(ANN, BO, "").await.total_usages, 2);
    house.register.0.store(true, Ordering::SeqCst);
    let heard = house.get(&target).await;
    assert_eq!(heard.status, 503);
    assert_eq!(heard.code(), "usage_persons_unavailable");
}

#[tokio::test]
async fn an_answer_is_kept_by_nobody_and_names_no_surrogate() {
    let house = House::over(MemoryLog::new()).await;
    house.write(ANN, noon(), RELEASED).await;
    let heard = house.get(&format!("/v2/findUsage?userCode={ANN}")).await;
    assert_eq!(heard.header("cache-control"), Some("no-store"));
    assert_eq!(heard.header("content-type"), Some("application/json"));
    for secret in ["surrogate", ANN, "request-"] {
        assert!(!heard.body.contains(secret), "{}", heard.body);
    }
    let text = format!("{:?} {:?}", house.desk, PersonCode::parse(ANN));
    assert!(!text.contains("901P"), "{text}");
}

/// A certificate for a name and its key, in PEM, vouched for by `authority`.
fn paper(name: &str, authority: &CertifiedIssuer<'static, KeyPair>) -> (String, String) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    (certificate.pem(), key.serialize_pem())
}

fn identity((certificate, key): &(String, String)) -> Identity<'_> {
    Identity {
        certificates: certificate.as_bytes(),
        key: key.as_bytes(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_security_server_is_known_by_its_certificate() {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = KeyPair::generate().unwrap();
    let authority = CertifiedIssuer::self_signed(params, authority).unwrap();
    let ca = authority.pem();
    let [house, known, other] = ["usage.example", "server", "other"].map(|n| paper(n, &authority));
    let mut options = options(Language::EN);
    options.channel.loopback = false;
    options.channel.certificates = BTreeSet::from([thumbprint(known.0.as_bytes()).unwrap()]);
    let log = Arc::new(MemoryLog::new());
    let desk = UsageDesk::new(log, Plain, options, Arc::new(Hand::default()) as _);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let tls = Tls::asking(identity(&house), ca.as_bytes()).unwrap();
    let server = Server::new(Limits::default()).with_tls(tls);
    let api = usage_api(Arc::new(desk));
    tokio::spawn(async move { server.run(listener, api, &Shutdown::new()).await });
    let ask = async |shown: Option<&(String, String)>| {
        let trust = Trust::Roots(ca.as_bytes());
        let client = match shown {
            None => TlsClient::new(trust),
            Some(shown) => TlsClient::with_certificate(trust, identity(shown)),
        };
        let hosts = Fixed::new([("usage.example".to_owned(), at)]);
        let connector = client.unwrap().over(hosts);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let request = Request::get("https://usage.example/v2/heartbeat");
        let request = request.header("X-Road-Client", CLIENT);
        let request = request.body(Body::empty()).unwrap();
        let answer = client.request(request).await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(ask(Some(&known)).await, 200);
    assert_eq!(ask(Some(&other)).await, 401);
    assert_eq!(ask(None).await, 401);
}
