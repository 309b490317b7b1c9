//! The runner finds nothing wrong with our adapter, and what is wrong with each broken service.

use crate::broken::{BROKEN, Broken, service};
use crate::clinic::{self, AINO, AUDIENCE, CANARY, Clinic, ELLA, FLAT, NOEL, PROFILE};
use mydata_conformance::rights::{Report, Task, examine, parse, run};
use mydata_http::Limits;
use mydata_http::ops::Rate;
use mydata_http::rights::{IdMode, RightsOptions};
use mydata_identity::IdentityRefusal;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// An issuer at a port that was free just now, and is no other test's.
pub(crate) fn issuer() -> String {
    static LAST: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    loop {
        let port = start + LAST.fetch_add(1, Ordering::SeqCst);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return format!("http://127.0.0.1:{port}/");
        }
    }
}

pub(crate) fn words(url: &str, issuer: &str, more: &[&str]) -> Vec<String> {
    let users = ["--user", AINO, "--other-user", NOEL, "--refused-user", ELLA];
    let words = [url, "--audience", AUDIENCE, "--issuer", issuer];
    let words = words.iter().chain(&users).chain(more);
    words.map(|word| (*word).to_owned()).collect()
}

async fn report(words: Vec<String>) -> Report {
    let Ok(Task::Examine(arguments)) = parse(words) else {
        return Report::default();
    };
    let report = tokio::task::spawn_blocking(move || examine(&arguments, |_| {}));
    report.await.unwrap().unwrap()
}

/// What the runner writes, and its exit status.
pub(crate) async fn written(words: Vec<String>) -> (u8, String) {
    let done = tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        let status = match run(words, &mut out) {
            Ok(outcome) => outcome.status(),
            Err(why) => {
                out.extend(why.as_bytes());
                2
            }
        };
        (status, String::from_utf8(out).unwrap())
    });
    done.await.unwrap()
}

pub(crate) fn by_user(address: SocketAddr) -> String {
    format!("http://{address}/gdpr/$user_uuid")
}

#[tokio::test(flavor = "multi_thread")]
async fn our_adapter_passes_every_check() {
    let issuer = issuer();
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let address = clinic::serve(rights.router()).await;
    let json = std::env::temp_dir().join(format!("rights-{}.json", std::process::id()));
    let more = ["--erase", "--json", json.to_str().unwrap()];
    let (status, told) = written(words(&by_user(address), &issuer, &more)).await;
    assert_eq!(status, 0, "{told}");
    assert!(
        told.ends_with("75 passed, 0 failed, 0 not examined\n"),
        "{told}"
    );
    assert!(!rights.data().has(AINO) && rights.data().has(ELLA));
    for person in [AINO, NOEL, ELLA, CANARY] {
        assert!(!told.contains(person));
    }
    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    std::fs::remove_file(&json).unwrap();
    let rows = report.pointer("/checks").unwrap().as_array().unwrap();
    assert!(
        rows.iter()
            .all(|row| row.get("outcome") == Some(&json!("ok")))
    );
    assert_eq!(rows.len(), 75);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_leave_nothing_is_erased_and_that_is_said() {
    let issuer = issuer();
    let options = RightsOptions {
        id: IdMode::Profile,
        ..RightsOptions::default()
    };
    let rights = clinic::rights(Clinic::new(), &issuer, options);
    let address = clinic::serve(rights.router()).await;
    // Without a name in it, the profile puts its id at the end.
    let url = format!("http://{address}/gdpr/x");
    let words = [
        &url,
        "--audience",
        AUDIENCE,
        "--issuer",
        &issuer,
        "--user",
        AINO,
        "--profile",
        PROFILE,
        "--alg",
        "EdDSA",
    ];
    let (status, told) = written(words.iter().map(|word| (*word).to_owned()).collect()).await;
    assert_eq!(status, 3, "{told}");
    assert!(
        told.contains("- erase_valid: not examined (--erase)"),
        "{told}"
    );
    assert!(
        told.contains("- refused_dry_run: not examined (--refused-user)"),
        "{told}"
    );
    assert!(
        told.ends_with("68 passed, 0 failed, 7 not examined\n"),
        "{told}"
    );
    assert!(rights.data().has(AINO));
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_may_stand_in_a_claim_of_their_own() {
    let issuer = issuer();
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let address = clinic::serve(rights.router()).await;
    let style = format!("flat:{FLAT}");
    let mut more = vec!["--style", &style, "--alg", "ES256"];
    for check in [
        "get_valid",
        "get_extra_scopes",
        "scope_missing",
        "scope_of_other_act",
        "scope_in_wrong_shape",
        "dry_run_true",
    ] {
        more.extend(["--only", check]);
    }
    let (status, told) = written(words(&by_user(address), &issuer, &more)).await;
    assert_eq!(status, 0, "{told}");
    assert!(
        told.ends_with("12 passed, 0 failed, 0 not examined\n"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_bounds_refusals_is_examined_all_the_same() {
    let issuer = issuer();
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let limits = Limits {
        refusals: Some(Rate::new(2, 2)),
        ..Limits::default()
    };
    let address = clinic::serve_within(rights.router(), limits).await;
    let more = [
        "--only",
        "token_none",
        "--only",
        "scope_missing",
        "--alg",
        "ES256",
    ];
    let (status, told) = written(words(&by_user(address), &issuer, &more)).await;
    assert_eq!(status, 0, "{told}");
    assert!(
        told.ends_with("6 passed, 0 failed, 0 not examined\n"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_trust_the_issuer_is_not_examined() {
    let (one, other) = (issuer(), issuer());
    let rights = clinic::rights(Clinic::new(), &one, RightsOptions::default());
    let address = clinic::serve(rights.router()).await;
    let (status, told) = written(words(&by_user(address), &other, &[])).await;
    assert_eq!(status, 2);
    assert!(told.contains("does not trust the issuer"), "{told}");
    let nobody = "http://127.0.0.1:1/$user_uuid";
    let (status, told) = written(words(nobody, &other, &[])).await;
    assert_eq!(
        (status, told.contains("no connection")),
        (2, true),
        "{told}"
    );
}

#[tokio::test]
async fn arguments_are_in_order_or_refused() {
    let refused = |words: &[&str]| parse(words.iter().map(|word| (*word).to_owned())).unwrap_err();
    let url = "http://127.0.0.1:1/$user_uuid";
    for (words, why) in [
        (&[][..], "URL is missing"),
        (&[url], "--audience is missing"),
        (&[url, "--audience", "a"], "--user is missing"),
        (&[url, "--audience", "a", "--user", "x"], "a UUID"),
        (&[url, "--audience"], "takes a value"),
        (&[url, url], "two URLs"),
        (&[url, "--nonsense"], "there is no --nonsense"),
        (&[url, "--audience", "a", "--audience", "b"], "stands twice"),
        (
            &["ftp://x/$user_uuid", "--audience", "a", "--user", AINO],
            "does not begin with https:// or http://",
        ),
        (
            &[url, "--audience", "a", "--user", AINO, "--ca", "x"],
            "--ca goes with https",
        ),
        (
            &[url, "--issuer", "https://id.example/", "--audience", "a"],
            "--listen says where",
        ),
        (
            &["http://x/$user_uuid", "--audience", "a", "--user", AINO],
            "--plain-http",
        ),
        (
            &[
                "http://127.0.0.1.x/$user_uuid",
                "--audience",
                "a",
                "--user",
                AINO,
            ],
            "--plain-http",
        ),
        (
            &[url, "--audience", "a", "--user", AINO, "--only", "x"],
            "there is no check x",
        ),
        (
            &[url, "--audience", "a", "--user", AINO, "--alg", "HS256"],
            "--alg takes",
        ),
        (
            &[
                "http://127.0.0.1/$profile_id",
                "--audience",
                "a",
                "--user",
                AINO,
            ],
            "--profile is missing",
        ),
    ] {
        let told = refused(words);
        assert!(told.contains(why), "{words:?}: {told}");
    }
    let (status, told) = written(vec!["--list".to_owned()]).await;
    assert_eq!((status, told.lines().count()), (0, 43), "{told}");
    let (status, told) = written(vec!["--help".to_owned()]).await;
    assert!(status == 0 && told.starts_with("usage:"));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_service_is_found_by_its_check() {
    let mut missed = Vec::new();
    for (broken, check) in BROKEN {
        let mut more = vec![
            "--only",
            check,
            "--erase",
            "--alg",
            "ES256",
            "--budget",
            "1",
            "--patience",
            "2",
        ];
        // What these look at is found by others.
        match *check {
            "unauthorised_is_401_not_403" => more.extend(["--only", "scope_missing"]),
            "no_personal_data_in_errors" => more.extend(["--only", "token_none"]),
            "erased_is_gone" | "erase_twice" => more.extend(["--only", "erase_valid"]),
            _ => {}
        }
        // It is the fault that is found: without one the same checks are passed.
        for (broken, is_broken) in [(*broken, true), (Broken::Nothing, false)] {
            let issuer = issuer();
            let address = service(broken, &issuer).await;
            let report = report(words(&by_user(address), &issuer, &more)).await;
            if report.failures().contains(check) != is_broken {
                missed.push((broken, check, report));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_citys_library_does_otherwise_is_a_deviation_if_that_is_asked() {
    for (broken, only, deviates) in [
        (Broken::ScopeIs403, "scope_missing", true),
        (Broken::IgnoresUnknown, "dry_run_misspelt", true),
        (
            Broken::Believes(&[IdentityRefusal::Expired]),
            "token_expired",
            false,
        ),
        (Broken::NullValue, "get_node_shape", false),
    ] {
        let issuer = issuer();
        let address = service(broken, &issuer).await;
        let more = ["--only", only, "--as-library", "--alg", "ES256"];
        let (status, told) = written(words(&by_user(address), &issuer, &more)).await;
        assert_eq!(status == 0, deviates, "{only}: {told}");
        assert_eq!(
            told.contains("as the city's library does"),
            deviates,
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_service_ends_with_1() {
    let issuer = issuer();
    let address = service(Broken::NullValue, &issuer).await;
    let more = [
        "--only",
        "get_node_shape",
        "--only",
        "token_none",
        "--alg",
        "EdDSA",
    ];
    let (status, told) = written(words(&by_user(address), &issuer, &more)).await;
    let lines = "FAIL get_node_shape: the value of LANGUAGE is no text\n\
                 ok token_none GET 401\nok token_none DELETE?dry_run=true 401\n\
                 ok token_none DELETE 401\n3 passed, 1 failed, 0 not examined\n";
    assert_eq!((status, told.as_str()), (1, lines));
}
