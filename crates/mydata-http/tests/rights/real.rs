//! The runner with tokens of a provider that is not its own.

use crate::broken::{Broken, service};
use crate::clinic::{self, AINO, AUDIENCE, Clinic, EINO, ELLA, NOEL, PROFILE};
use crate::house::now;
use crate::runner::{by_user, issuer, written};
use mydata_conformance::provider::{Kind, Provider, with};
use mydata_http::rights::{IdMode, RightsOptions};
use mydata_identity::IdentityRefusal;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const NOT_MADE: [&str; 7] = [
    "token_hs256_public_key",
    "token_no_exp",
    "token_aud_missing",
    "token_sub_missing",
    "scope_in_wrong_shape",
    "keys_rotated",
    "keys_unreachable",
];

fn scopes(lists: &[&[&str]]) -> Value {
    let lists: Vec<Value> = lists.iter().map(|list| json!({ "scopes": list })).collect();
    json!({ "authorization": { "permissions": lists } })
}

/// What is unlike in the token of each role.
fn roles() -> Vec<(&'static str, &'static str, Value)> {
    let query = scopes(&[&["read"], &["gdprquery"]]);
    let over = json!({ "iat": now() - 1200, "exp": now() - 900 });
    vec![
        (
            "query",
            AINO,
            with(query, &json!({ "aud": ["x", AUDIENCE] })),
        ),
        ("delete", AINO, scopes(&[&["gdprdelete"]])),
        ("both", AINO, json!({})),
        ("no-scope", AINO, scopes(&[&["read"]])),
        ("low", AINO, json!({ "loa": "low" })),
        ("expired", AINO, over),
        ("other-audience", AINO, json!({ "aud": "library" })),
        (
            "other-issuer",
            AINO,
            json!({ "iss": "https://id.example/" }),
        ),
        ("other", NOEL, json!({})),
        ("refused", ELLA, scopes(&[&["gdprdelete"]])),
        ("unknown", EINO, json!({})),
    ]
}

fn token(provider: &Provider, whose: &str, unlike: &Value) -> String {
    let claims = with(provider.claims(whose, AUDIENCE, now()), unlike);
    provider.sign_as(Kind::Es256, &json!({}), &claims)
}

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = format!("rights-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let file = self.0.join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// The tokens of these roles, as a file.
    fn tokens(&self, provider: &Provider, only: &[&str]) -> String {
        let mut text = String::new();
        for (role, whose, unlike) in roles() {
            if only.is_empty() || only.contains(&role) {
                writeln!(text, "{role} = \"{}\"", token(provider, whose, &unlike)).unwrap();
            }
        }
        self.write("tokens.toml", &text)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn words(url: &str, more: &[&str]) -> Vec<String> {
    let words = [url, "--audience", AUDIENCE, "--user", AINO];
    let words = words.iter().chain(more);
    words.map(|word| (*word).to_owned()).collect()
}

const PEOPLE: [&str; 6] = [
    "--other-user",
    NOEL,
    "--refused-user",
    ELLA,
    "--unknown-user",
    EINO,
];

/// Lines of checks that were not made.
fn not_made(told: &str) -> Vec<&str> {
    let lines = told.lines().filter_map(|line| line.strip_prefix("- "));
    lines.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn our_adapter_passes_whatever_a_real_provider_has_a_token_for() {
    let (provider, folder) = (clinic::provider().await, Folder::new("whole"));
    let issuer = provider.issuer();
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let address = clinic::serve(rights.router()).await;
    let tokens = folder.tokens(&provider, &[]);
    let more = [&["--tokens", &tokens, "--erase"], &PEOPLE[..]].concat();
    let (status, told) = written(words(&by_user(address), &more)).await;
    assert!(
        told.ends_with("58 passed, 0 failed, 17 not examined\n"),
        "{told}"
    );
    assert_eq!(status, 3, "{told}");
    let lines = not_made(&told);
    assert_eq!(lines.len(), 17);
    let is_known = |line: &&&str| NOT_MADE.iter().any(|id| line.starts_with(id));
    assert_eq!(lines.iter().filter(is_known).count(), 17, "{told}");
    assert!(!rights.data().has(AINO) && rights.data().has(ELLA) && rights.data().has(NOEL));
    // Nothing of a token is told.
    let text = std::fs::read_to_string(tokens).unwrap();
    for token in text.split('"').skip(1).step_by(2) {
        assert!(token.split('.').all(|part| !told.contains(part)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_without_its_token_is_told_and_counted() {
    let (provider, folder) = (clinic::provider().await, Folder::new("few"));
    let issuer = provider.issuer();
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let address = clinic::serve(rights.router()).await;
    let tokens = folder.tokens(&provider, &["both"]);
    let (status, told) = written(words(&by_user(address), &["--tokens", &tokens])).await;
    assert_eq!(status, 3, "{told}");
    for line in [
        "ok get_valid 200",
        "ok token_none DELETE 401",
        "ok token_alg_none GET 401",
        "ok dry_run_true 204",
        "- token_expired GET: not examined (no token `expired`)",
        "- token_sub_other GET: not examined (no token `other`)",
        "- scope_of_other_act GET: not examined (no token `delete`)",
        "- get_loa_low: not examined (no token `low`)",
        "- get_aud_array: not examined (no token `query`, the token `both` is not of this kind)",
        "- get_204_unknown: not examined (--unknown-user, and a token `unknown`)",
        "- refused_dry_run: not examined (--refused-user)",
        "- erase_valid: not examined (--erase)",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}: {told}");
    }
    let last = told.lines().last().unwrap();
    let count = not_made(&told).len();
    assert!(
        last.ends_with(&format!(", 0 failed, {count} not examined")),
        "{last}"
    );
    assert!(rights.data().has(AINO));
    // Without any, it is seen all the same whether a token is asked for.
    let tokens = folder.tokens(&provider, &["nobody's"]);
    let (status, told) = written(words(&by_user(address), &["--tokens", &tokens])).await;
    assert_eq!(
        (status, told.contains("ok token_none GET 401")),
        (3, true),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_providers_tokens_serve_for_profiles_too() {
    let (provider, folder) = (clinic::provider().await, Folder::new("profile"));
    let options = RightsOptions {
        id: IdMode::Profile,
        ..RightsOptions::default()
    };
    let rights = clinic::rights(Clinic::new(), &provider.issuer(), options);
    let address = clinic::serve(rights.router()).await;
    let url = format!("http://{address}/gdpr/$profile_id");
    let tokens = folder.tokens(&provider, &["both", "expired", "query", "delete"]);
    let more = ["--profile", PROFILE, "--tokens", &tokens];
    let (status, told) = written(words(&url, &more)).await;
    assert_eq!(status, 3, "{told}");
    // A profile that there is not is nobody's, and so the person's own token is asked about.
    for line in [
        "ok get_204_unknown 204",
        "ok token_expired DELETE 401",
        "ok dry_run_maybe 400",
        "ok scope_of_other_act DELETE 401",
    ] {
        assert!(told.lines().any(|found| found == line), "{line}: {told}");
    }
    assert!(
        told.contains(" 0 failed, ") && rights.data().has(AINO),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_service_is_found_with_a_real_providers_tokens() {
    let (provider, folder) = (clinic::provider().await, Folder::new("broken"));
    let tokens = folder.tokens(&provider, &[]);
    let mut missed = Vec::new();
    for (broken, check) in [
        (
            Broken::Believes(&[IdentityRefusal::Expired]),
            "token_expired",
        ),
        (
            Broken::Believes(&[IdentityRefusal::Audience]),
            "token_aud_wrong",
        ),
        (
            Broken::Believes(&[IdentityRefusal::Issuer]),
            "token_iss_wrong",
        ),
        (
            Broken::Believes(&[IdentityRefusal::Kid]),
            "token_kid_unknown",
        ),
        (
            Broken::Believes(&[IdentityRefusal::Signature]),
            "token_stranger_key_same_kid",
        ),
        (
            Broken::Believes(&[IdentityRefusal::Alg, IdentityRefusal::Malformed]),
            "token_alg_none",
        ),
        (Broken::IgnoresPath, "token_sub_other"),
        (Broken::ScopeIs403, "scope_missing"),
        (Broken::ScopeIs403, "scope_of_other_act"),
        (Broken::NullValue, "get_node_shape"),
        (Broken::GuessesMaybe, "dry_run_maybe"),
        (Broken::NoSwedish, "refused_shape"),
    ] {
        for (broken, is_broken) in [(broken, 1), (Broken::Nothing, 0)] {
            let address = service(broken, &provider.issuer()).await;
            let more = ["--tokens", &tokens, "--only", check, "--erase"];
            let more = [&more[..], &PEOPLE].concat();
            let (status, told) = written(words(&by_user(address), &more)).await;
            if status != is_broken {
                missed.push((check, told));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_gives_each_token_and_again_when_one_is_over() {
    let (provider, folder) = (clinic::provider().await, Folder::new("command"));
    let rights = clinic::rights(Clinic::new(), &provider.issuer(), RightsOptions::default());
    let address = clinic::serve(rights.router()).await;
    folder.write("query", &token(&provider, AINO, &scopes(&[&["gdprquery"]])));
    // One that is over when it is needed, and the next.
    let short = json!({ "exp": now() + 5 });
    folder.write("both", &token(&provider, AINO, &short));
    folder.write("both.next", &token(&provider, AINO, &json!({})));
    let path = folder.0.to_str().unwrap();
    let command = format!(
        "cd {path}; echo \"$MYDATA_ROLE $MYDATA_USER $MYDATA_SCOPE\" >> asked; \
         cat $MYDATA_ROLE 2> /dev/null; mv $MYDATA_ROLE.next $MYDATA_ROLE 2> /dev/null; true"
    );
    let only = [
        "--only",
        "get_valid",
        "--only",
        "get_extra_scopes",
        "--only",
        "get_loa_low",
    ];
    let more = [&["--token-command", &command], &only[..], &PEOPLE].concat();
    let (status, told) = written(words(&by_user(address), &more)).await;
    let lines = "ok get_valid 200\nok get_extra_scopes 200\n\
                 - get_loa_low: not examined (no token `low`)\n\
                 2 passed, 0 failed, 1 not examined\n";
    assert_eq!((status, &*told), (3, lines));
    let asked = std::fs::read_to_string(folder.0.join("asked")).unwrap();
    let times = |line: &str| asked.lines().filter(|found| *found == line).count();
    assert_eq!(times(&format!("query {AINO} gdprquery")), 1, "{asked}");
    assert_eq!(
        times(&format!("both {AINO} gdprquery gdprdelete")),
        2,
        "{asked}"
    );
    assert_eq!(times(&format!("no-scope {AINO} ")), 1, "{asked}");
    assert_eq!(
        times(&format!("other {NOEL} gdprquery gdprdelete")),
        1,
        "{asked}"
    );
    assert_eq!(asked.lines().count(), 12, "{asked}");
    // One that is over and is not renewed is not sent.
    folder.write(
        "both",
        &token(&provider, AINO, &json!({ "exp": now() + 5 })),
    );
    let (status, told) = written(words(&by_user(address), &more)).await;
    let line = "- get_extra_scopes: not examined (the token `both` has expired)";
    assert!(status == 3 && told.contains(line), "{told}");
    // A command that fails is no command without a token.
    let more = ["--token-command", "exit 7"];
    let (status, told) = written(words(&by_user(address), &more)).await;
    assert!(
        status == 2 && told.contains("for `query`: exit status: 7"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_what_its_role_says_is_refused() {
    let (provider, folder) = (clinic::provider().await, Folder::new("roles"));
    let good = token(&provider, AINO, &json!({}));
    let told_of = async |text: &str, more: &[&str]| {
        let file = folder.write("bad.toml", text);
        let more = [&["--tokens", &file], more].concat();
        // Nobody is asked before the tokens are in order.
        let (status, told) = written(words("http://127.0.0.1:1/$user_uuid", &more)).await;
        assert_eq!(status, 2, "{told}");
        assert!(good.split('.').all(|part| !told.contains(part)), "{told}");
        told
    };
    let both = scopes(&[&["gdprquery", "gdprdelete"]]);
    for (role, whose, unlike, why) in [
        ("query", AINO, json!({}), "does not have the scopes"),
        ("delete", AINO, both.clone(), "does not have the scopes"),
        (
            "both",
            AINO,
            scopes(&[&["gdprquery"]]),
            "does not have the scopes",
        ),
        ("no-scope", AINO, json!({}), "does not have the scopes"),
        ("both", NOEL, json!({}), "another person's"),
        ("other", AINO, json!({}), "the person's own"),
        ("refused", ELLA, json!({}), "--refused-user"),
        ("unknown", EINO, json!({}), "--unknown-user"),
        ("low", AINO, json!({}), "`loa`"),
        ("expired", AINO, json!({}), "has not expired"),
        ("both", AINO, json!({ "exp": now() - 5 }), "has expired"),
        (
            "both",
            AINO,
            json!({ "aud": "library" }),
            "for another audience",
        ),
        ("other-audience", AINO, json!({}), "is for this audience"),
        ("both", AINO, json!({ "sub": null }), "has no `sub`"),
    ] {
        let text = format!("{role} = \"{}\"", token(&provider, whose, &unlike));
        let told = told_of(&text, &[]).await;
        let begins = format!("the token `{role}` ");
        assert!(
            told.starts_with(&begins) && told.contains(why),
            "{why}: {told}"
        );
    }
    let elsewhere = token(
        &provider,
        AINO,
        &json!({ "iss": "https://x.example/", "loa": "low" }),
    );
    for (text, why) in [
        (
            format!("both = \"{good}\"\nother-issuer = \"{good}\""),
            "same issuer",
        ),
        (
            format!("both = \"{good}\"\nlow = \"{elsewhere}\""),
            "another issuer",
        ),
        ("both = \"opaque\"".to_owned(), "is no JWT"),
        (format!("bath = \"{good}\""), "no role `bath`"),
        (format!("both = {good}"), "not lines of TOML"),
        (format!("{good} = 7"), "not lines of TOML"),
    ] {
        let told = told_of(&text, &[]).await;
        assert!(told.contains(why), "{why}: {told}");
    }
    let gone = Path::new("/no/such/file").to_str().unwrap();
    for (more, why) in [
        (&["--tokens", gone][..], "--tokens /no/such/file: "),
        (&["--tokens", gone, "--tokens-env"], "in one way"),
        (
            &["--tokens", gone, "--alg", "ES256"],
            "of the runner's own provider",
        ),
        (&["--unknown-user", "x"], "--unknown-user takes"),
    ] {
        let (status, told) = written(words("http://127.0.0.1:1/$user_uuid", more)).await;
        assert!(status == 2 && told.contains(why), "{why}: {told}");
    }
}

/// A service that goes by the token erases whoever's it is.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_loses_their_data_without_leave() {
    let (provider, folder) = (clinic::provider().await, Folder::new("other"));
    let address = service(Broken::IgnoresPath, &provider.issuer()).await;
    let tokens = folder.tokens(&provider, &["both", "other", "unknown"]);
    let only = ["--tokens", &tokens, "--only", "token_sub_other"];
    let more = [&only[..], &PEOPLE].concat();
    let line = "- token_sub_other DELETE: not examined (--erase)";
    // It is seen all the same that the other's data is still there.
    for _ in 0..2 {
        let (status, told) = written(words(&by_user(address), &more)).await;
        assert_eq!(status, 1, "{told}");
        assert!(told.lines().any(|found| found == line), "{told}");
        let got = "FAIL token_sub_other GET: expected 401, got 200: it is taken";
        assert!(told.lines().any(|found| found == got), "{told}");
    }
    // And so it is when the tokens are the runner's own: for nobody that there is.
    let issuer = issuer();
    let address = service(Broken::IgnoresPath, &issuer).await;
    let only = [
        "--issuer",
        &issuer,
        "--alg",
        "ES256",
        "--only",
        "token_sub_other",
    ];
    let more = [&only[..], &PEOPLE].concat();
    for _ in 0..2 {
        let (status, told) = written(words(&by_user(address), &more)).await;
        assert_eq!(status, 1, "{told}");
        for line in [
            "FAIL token_sub_other GET: expected 401, got 200: it is taken",
            "FAIL token_sub_other DELETE: expected 401, got 204: it is taken",
        ] {
            assert!(told.lines().any(|found| found == line), "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_tried_on_somebody_who_is_known_after_all() {
    let (provider, folder) = (clinic::provider().await, Folder::new("known"));
    let rights = clinic::rights(Clinic::new(), &provider.issuer(), RightsOptions::default());
    let address = clinic::serve(rights.router()).await;
    let both = token(&provider, AINO, &json!({}));
    let unknown = token(&provider, NOEL, &json!({}));
    let text = format!("both = \"{both}\"\nunknown = \"{unknown}\"");
    let file = folder.write("tokens.toml", &text);
    let more = ["--tokens", &file, "--unknown-user", NOEL];
    let (status, told) = written(words(&by_user(address), &more)).await;
    assert_eq!(status, 2, "{told}");
    assert!(
        told.contains("the service has data of --unknown-user"),
        "{told}"
    );
    assert!(rights.data().has(NOEL));
}
