//! What comes of requests at the gateway, and of what a system behind answers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::core::id::ConsentId;
use mydata_conformance::descriptions;
use mydata_gateway::GatewayRefusal;
use mydata_http::class;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use town::behind::{Behind, Says};
use town::{JSON, Town, body_of, raw, routes, status_of, told, town};

/// What the sink is told when the system behind says this.
async fn when(town: &Town, cr_id: &ConsentId, behind: &Behind, says: Says) -> (u16, String) {
    behind.says(says);
    told(&town.ask(cr_id, None, "").await)
}

fn octets(text: &str) -> Says {
    Says::Octets(text.as_bytes().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_behind_is_made_of_the_grant_and_the_configuration() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let (_ann, cr_id) = town.consented("ann", "Ann Ä&x=1?#+ %").await;
    behind.answers(
        "200 OK",
        JSON,
        r#"{"kept": 1.50, "part": {"name": "x", "ssn": "CANARY"}, "left": "CANARY"}"#,
    );
    // A name with a per cent sign in it could be read twice in a path: it is in none.
    assert_eq!(
        told(&town.ask(&cr_id, None, "").await),
        (500, "http_internal".into())
    );
    assert!(behind.asked().is_empty());
    let (_ben, cr_id) = town.consented("ben", "Ben Ä&x=1?#+").await;
    let theirs = "Accept-Language: sv, fi;q=0.5\r\nCookie: CANARY=1\r\nX-Case: CANARY\r\nX-Forwarded-For: CANARY\r\n\
                  Forwarded: for=CANARY\r\nAccept: text/canary\r\nAccept-Encoding: gzip\r\nRange: bytes=0-1\r\nDPoP-Other: CANARY\r\n";
    let answer = town.ask(&cr_id, Some("page=2"), theirs).await;
    assert_eq!(
        (status_of(&answer), body_of(&answer)),
        (200, r#"{"kept":1.50,"part":{"name":"x"}}"#)
    );
    let asked = behind.asked();
    let [asked] = &asked[..] else {
        panic!("{asked:?}")
    };
    let asked = asked.to_ascii_lowercase();
    let line = asked.lines().next().unwrap();
    let name = "ben%20%c3%84%26x%3d1%3f%23%2b";
    assert!(
        line.starts_with(&format!("get /api/of/{name}/all?on=20")),
        "{line}"
    );
    assert!(
        line.ends_with(&format!("&who={name}&page=2 http/1.1")),
        "{line}"
    );
    for mine in [
        "authorization: bearer register-token",
        "accept: application/json",
        "accept-encoding: identity",
        "accept-language: sv, fi;q=0.5",
        "x-request-id: ",
        &format!("host: {}", behind.address),
    ] {
        assert!(asked.contains(mine), "{mine}: {asked}");
    }
    assert!(
        asked.contains("x-case: ") && !asked.contains("canary"),
        "{asked}"
    );
    for not_passed in ["cookie", "forwarded", "range", "dpop", "pop "] {
        assert!(!asked.contains(not_passed), "{not_passed}: {asked}");
    }
    // What the sink hears is no more than is meant for it.
    behind.answers("200 OK", "Content-Type: application/json\r\nETag: \"CANARY\"\r\nSet-Cookie: CANARY\r\nServer: CANARY\r\nContent-Language: sv\r\nLast-Modified: CANARY\r\nX-Own: CANARY\r\n", "{\"kept\":2}");
    let answer = town.ask(&cr_id, None, "").await.to_ascii_lowercase();
    assert_eq!(status_of(&answer), 200);
    assert!(!answer.contains("canary"), "{answer}");
    for header in [
        "content-language: sv",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "x-request-id: ",
    ] {
        assert!(answer.contains(header), "{header}: {answer}");
    }
}

#[test]
fn every_refusal_has_a_class() {
    for refusal in GatewayRefusal::ALL {
        assert!(class(refusal.code()).is_some(), "{refusal:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_behind_is_refused_and_written_down() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    behind.answers("200 OK", JSON, "{}");
    // The sink is told no more of a name than that something is wrong here; the staff see what.
    let (_ann, cr_id) = town.consented("ann", "50%").await;
    assert_eq!(
        told(&town.ask(&cr_id, None, "").await),
        (500, "http_internal".into())
    );
    // By now another dataset is served at this address than the consent is about.
    let (_ben, cr_id) = town.consented("ben", "ben").await;
    let mut description = descriptions::source();
    let datasets = description["dataDescription"].as_array_mut().unwrap();
    for (dataset, other) in datasets.iter_mut().zip(["src/b", "src/a"]) {
        dataset["datasetId"] = other.into();
    }
    let octets = serde_json::to_vec(&description).unwrap();
    std::fs::write(town.directory.join("description.json"), octets).unwrap();
    let file = town.directory.join("gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("\"src/a\"", "\"src/b\"", 1)).unwrap();
    town.gateway().reload(&file).unwrap();
    assert_eq!(
        told(&town.ask(&cr_id, None, "").await),
        (403, "gateway_dataset_other".into())
    );
    assert!(behind.asked().is_empty(), "nothing of it came through");
    town.gateway().finish().await;
    let rows = rows(&town);
    let count = |word: &str| rows.matches(word).count();
    assert_eq!(
        (
            count("\"not_released\""),
            count("gateway_member"),
            count("\"denied\""),
            count("gateway_dataset_other")
        ),
        (1, 1, 1, 1),
        "{rows}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_from_behind_is_no_answer() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    let status = |line: &str| {
        octets(&format!(
            "HTTP/1.1 {line}\r\n{JSON}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
        ))
    };
    for (says, expected) in [
        (status("404 Not Found"), (404, "gateway_no_data")),
        (status("410 Gone"), (404, "gateway_no_data")),
        (status("301 Moved"), (502, "gateway_upstream_refused")),
        (status("206 Partial"), (502, "gateway_upstream_refused")),
        (
            status("401 Unauthorized"),
            (502, "gateway_upstream_refused"),
        ),
        (status("403 Forbidden"), (502, "gateway_upstream_refused")),
        (status("429 Many"), (503, "gateway_upstream_busy")),
        (status("503 Busy"), (503, "gateway_upstream_busy")),
        (status("500 CANARY"), (502, "gateway_upstream_broken")),
        (octets(""), (502, "gateway_upstream_broken")),
        (octets("CANARY\r\n\r\n"), (502, "gateway_upstream_broken")),
        (
            octets("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}"),
            (502, "gateway_upstream_broken"),
        ),
        (
            octets(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"kept\":1",
            ),
            (502, "gateway_upstream_broken"),
        ),
        (
            octets(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"kep\r\nzz\r\n",
            ),
            (502, "gateway_upstream_broken"),
        ),
        (
            octets("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}"),
            (502, "gateway_upstream_type"),
        ),
        (
            octets("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
            (502, "gateway_upstream_type"),
        ),
        (
            octets(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=latin-1\r\nContent-Length: 2\r\n\r\n{}",
            ),
            (502, "gateway_upstream_type"),
        ),
        (
            octets(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
            ),
            (502, "gateway_upstream_broken"),
        ),
        (
            octets(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n<html>",
            ),
            (502, "gateway_upstream_broken"),
        ),
        (
            octets(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{",
            ),
            (502, "gateway_upstream_broken"),
        ),
        (
            Says::Slowly(Vec::new(), Duration::from_secs(3), Vec::new()),
            (504, "gateway_upstream_late"),
        ),
        (
            Says::Slowly(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
                    .to_vec(),
                Duration::from_secs(3),
                b"\"kept\":1}".to_vec(),
            ),
            (504, "gateway_upstream_late"),
        ),
    ] {
        let words = format!("{says:?}");
        let found = when(&town, &cr_id, &behind, says).await;
        assert_eq!((found.0, &*found.1), expected, "{words}");
    }
    behind.says(octets(
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    ));
    let nothing = town.ask(&cr_id, None, "").await;
    assert_eq!((status_of(&nothing), body_of(&nothing)), (204, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_not_taken_for_whole() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    // Long enough for its head to have gone out, and then rubbish.
    let long = "x".repeat(100 * 1024);
    for rest in ["\", oops", "", "\", \"kept\": 1}"] {
        let body = format!("{{\"kept\": \"{long}{rest}");
        let length = body.len() + usize::from(rest.is_empty());
        behind.says(octets(&format!(
            "HTTP/1.1 200 OK\r\n{JSON}Content-Length: {length}\r\n\r\n{body}"
        )));
        let answer = town.ask(&cr_id, None, "").await;
        assert_eq!(status_of(&answer), 200, "its head has gone out");
        assert!(
            answer
                .to_ascii_lowercase()
                .contains("transfer-encoding: chunked")
        );
        assert!(!answer.ends_with("0\r\n\r\n"), "the last chunk is not sent");
        let fault = town.fetch(&cr_id, None).await.unwrap_err();
        assert_eq!(
            fault.code(),
            "http_unreachable",
            "nor does a sink take it for whole"
        );
    }
    town.gateway().finish().await;
    let rows = rows(&town);
    assert_eq!(rows.matches("\"interrupted\"").count(), 6, "{rows}");
}

/// The access log as it stands on the disk.
fn rows(town: &Town) -> String {
    let files = std::fs::read_dir(town.directory.join("state/access")).unwrap();
    files
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_and_what_has_left_is_written_down() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let (_ann, cr_id) = town.consented("ann", "CANARY-ann").await;
    behind.answers("200 OK", JSON, "{\"kept\":\"CANARY\"}");
    assert_eq!(
        town.fetch(&cr_id, None).await.unwrap().body,
        "{\"kept\":\"CANARY\"}"
    );
    behind.answers("500 Oops", JSON, "CANARY");
    town.fetch(&cr_id, None).await.unwrap_err();
    town.gateway().finish().await;
    let rows = rows(&town);
    let count = |word: &str| rows.matches(word).count();
    assert_eq!(
        (
            count("\"granted\""),
            count("\"released\""),
            count("\"not_released\"")
        ),
        (2, 1, 1),
        "{rows}"
    );
    assert_eq!(count("gateway_upstream_broken"), 1, "{rows}");
    assert_eq!(count("\"octets\":17"), 1, "{rows}");
    assert!(!rows.contains("CANARY"), "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_smuggled_in_goes_nowhere() {
    let behind = Behind::new().await;
    let town = town(&behind).await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    behind.answers("200 OK", JSON, "{}");
    let good = town.signed(&cr_id, None, "").await;
    let line = "GET /data/a HTTP/1.1";
    assert!(good.starts_with(line));
    for (target, expected) in [
        ("/data/%61", (400, "url_not_canonical")),
        ("/data/%2e%2e/data/a", (400, "url_not_canonical")),
        ("/data/../data/a", (400, "url_not_canonical")),
        ("/data/./a", (400, "url_not_canonical")),
        ("/data//a", (400, "url_empty_segment")),
        ("//data/a", (400, "url_empty_segment")),
        ("/data%2Fa", (400, "url_encoded_separator")),
        ("/data/a%00", (400, "url_encoded_separator")),
        ("/data/a;x", (404, "http_path_unknown")),
        ("/data/a/", (404, "http_path_unknown")),
        ("/DATA/a", (404, "http_path_unknown")),
        ("/data/b", (404, "http_path_unknown")),
        ("/data/a?", (400, "request_query")),
        ("/data/a?page=1&", (400, "request_query")),
        ("/data/a?page=x", (400, "gateway_query")),
        ("/data/a?page=1", (401, "request_not_authentic")),
        ("http://source.example/data/a", (400, "request_target_form")),
        (
            "https://u@source.example/data/a",
            (400, "request_target_form"),
        ),
        ("*", (400, "request_target_form")),
    ] {
        let text = good.replacen("/data/a ", &format!("{target} "), 1);
        let found = told(&raw(town.public, &text).await);
        assert_eq!((found.0, &*found.1), expected, "{target}");
    }
    for (method, expected) in [
        ("POST", 405),
        ("HEAD", 405),
        ("DELETE", 405),
        ("PUT", 405),
        ("get", 400),
    ] {
        let text = good.replacen("GET ", &format!("{method} "), 1);
        let answer = raw(town.public, &text).await;
        assert_eq!(status_of(&answer), expected, "{method}");
        assert_eq!(
            expected == 405,
            answer.to_ascii_lowercase().contains("allow: get"),
            "{method}"
        );
    }
    // A second request behind the first one's back: whatever the two lengths are, it is answered as none.
    let second = "GET /data/a HTTP/1.1\r\nHost: source.example\r\n\r\n";
    for headers in [
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length : 5\r\n",
        "Authorization: PoP a.b.c\r\n",
        "Host: other.example\r\n",
        " folded: x\r\n",
        "X: a\0b\r\n",
    ] {
        let text = good.replacen("Connection: close\r\n", headers, 1);
        let answer = raw(town.public, &format!("{text}0\r\n\r\n{second}")).await;
        let status = status_of(&answer);
        assert!(matches!(status, 0 | 400), "{headers:?}: {answer}");
        let answers = answer.matches("HTTP/1.1 ").count();
        assert_eq!(
            answers,
            answer.matches("HTTP/1.1 400 ").count(),
            "{headers:?}: {answer}"
        );
    }
    // Where it is plain what the request is, it is told what is wrong with it.
    let with_body = good.replacen(
        "Connection: close\r\n",
        "Connection: close\r\nContent-Length: 5\r\n",
        1,
    );
    assert_eq!(
        told(&raw(town.public, &format!("{with_body}0\r\n\r\n")).await),
        (400, "gateway_body".into())
    );
    assert!(behind.asked().is_empty(), "nothing of it came through");
    assert_eq!(
        status_of(&raw(town.public, &good).await),
        200,
        "and the request itself is as good as it was"
    );
    assert_eq!(
        told(&raw(town.public, &good).await),
        (401, "request_not_authentic".into()),
        "once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_answer_is_pulled_by_the_sink() {
    let behind = Behind::new().await;
    let more = "body_limit = \"64MiB\"\n";
    let town =
        Town::new(&routes(&behind, more).replace("[\"kept\", \"part.name\"]", "[\"*\"]")).await;
    let (_ann, cr_id) = town.consented("ann", "ann").await;
    let length = 32 * 1024 * 1024;
    let head =
        format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    behind.says(Says::Many(head.into_bytes(), length));
    let mut stream = TcpStream::connect(town.public).await.unwrap();
    let signed = town.signed(&cr_id, None, "").await;
    stream.write_all(signed.as_bytes()).await.unwrap();
    let (mut count, mut buffer) = (0, vec![0; 256 * 1024]);
    loop {
        match stream.read(&mut buffer).await.unwrap() {
            0 => break,
            length => count += length,
        }
    }
    assert!(count > length, "{count}");
    // One octet more than may come is not waited for.
    let head = format!("HTTP/1.1 200 OK\r\n{JSON}Connection: close\r\n\r\n");
    behind.says(Says::Many(head.into_bytes(), 65 * 1024 * 1024));
    let fault = town.fetch(&cr_id, None).await.unwrap_err();
    assert_eq!(
        fault.code(),
        "http_unreadable",
        "the sink takes no more than 16 MiB either"
    );
}
