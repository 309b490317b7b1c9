//! What is written down while a test program runs: all that our crates write, at TRACE, searched as it is written for
//! what must stand in no log.
//!
//! The search is in the writer, so it is of every line of every test, whichever task writes it and when: a line
//! with a secret in it ends the program. Whoever makes up a person plants what the person has; what is the same
//! everywhere stands in [`EVERYWHERE`].
#![allow(
    dead_code,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "each test program uses a part of it, and one that cannot go on fails"
)]

use mydata::core::base64;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

/// In names, accounts, identities and data of every town; how a signed record, a token and a header begin that
/// prove something; and the levels of plain tokens.
const EVERYWHERE: [&str; 14] = [
    "anarialintu",
    "CANARY",
    "canary-in-the-clinic",
    "Östman",
    "1979-02-28",
    "eyJhbGci",
    "eyJ0eXAi",
    "eyJraWQi",
    "PoP ey",
    "DPoP ey",
    "Bearer ",
    "/substantial/",
    "/low/",
    "/high/",
];

/// Stands in the account of whoever is made up, and nowhere by chance.
pub(crate) const BIRD: &str = "kanarialintu";

/// The exit code of a program in whose log a secret was found.
const FOUND: i32 = 77;

struct Searched {
    text: String,
    /// Each with the forms in which it is looked for.
    secrets: Vec<(String, Vec<String>)>,
}

static SEARCHED: Mutex<Searched> = Mutex::new(Searched {
    text: String::new(),
    secrets: Vec::new(),
});

fn searched() -> MutexGuard<'static, Searched> {
    SEARCHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on everything is kept and searched; again it changes nothing. In a benchmark nothing is.
pub(crate) fn begin() {
    static BEGUN: Once = Once::new();
    if !cfg!(test) {
        return;
    }
    BEGUN.call_once(|| {
        EVERYWHERE.into_iter().for_each(plant);
        tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("mydata=trace"))
            .with_span_events(FmtSpan::NEW | FmtSpan::CLOSE)
            .with_ansi(false)
            .with_writer(|| Searching)
            .init();
    });
}

/// Somebody's: it must not have been written, and must never be. At least five octets, so that it stands nowhere
/// by chance.
pub(crate) fn plant(secret: &str) {
    assert!(secret.len() >= 5, "it may stand anywhere");
    if !cfg!(test) {
        return;
    }
    let mut searched = searched();
    if searched.secrets.iter().any(|(known, _)| known == secret) {
        return;
    }
    let forms = forms(secret);
    search(&searched.text, secret, &forms);
    searched.secrets.push((secret.to_owned(), forms));
}

/// What another process of ours has written is searched as well.
pub(crate) fn heard(line: &str) {
    let searched = searched();
    for (secret, forms) in &searched.secrets {
        search(line, secret, forms);
    }
}

/// All that was written so far.
pub(crate) fn written() -> String {
    searched().text.clone()
}

/// As it is; of longer ones also in base64url, wherever it begins, and as numbers, as octets are shown.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    if secret.len() < 8 {
        return forms;
    }
    for before in 0..3 {
        let octets = [vec![0; before].as_slice(), secret.as_bytes()].concat();
        // What what stands around it has no part in.
        let (from, to) = ((before * 8).div_ceil(6), octets.len() * 8 / 6);
        let encoded = base64::encode(&octets);
        let whole = encoded.chars().take(to).skip(from);
        forms.push(whole.collect());
    }
    let numbers: Vec<String> = secret.bytes().map(|octet| octet.to_string()).collect();
    forms.push(numbers.join(", "));
    forms
}

fn search(text: &str, secret: &str, forms: &[String]) {
    if !forms.iter().any(|form| text.contains(form)) {
        return;
    }
    let lines = text
        .lines()
        .filter(|line| forms.iter().any(|form| line.contains(form)));
    let mut told = std::io::stderr();
    for line in lines {
        let _ = writeln!(told, "\n*** {secret} was written down: {line}");
    }
    std::process::exit(FOUND);
}

struct Searching;

impl Write for Searching {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        let line = String::from_utf8_lossy(octets);
        let mut searched = searched();
        for (secret, forms) in &searched.secrets {
            search(&line, secret, forms);
        }
        searched.text.push_str(&line);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The control: this program, run again, writes a secret down, and is ended by it.
#[test]
fn a_secret_that_is_written_down_ends_the_program() {
    const DOES: &str = "MYDATA_WRITES_DOWN";
    const SECRET: &str = "of-nobody-else";
    begin();
    if let Ok(does) = std::env::var(DOES) {
        let text = match &*does {
            "as it is" | "before it is planted" => format!("it is {SECRET}"),
            "in a token" => base64::encode(format!(r#"{{"sub":"{SECRET}"}}"#).as_bytes()),
            "as octets" => format!("{:?}", format!("<{SECRET}>").as_bytes()),
            _ => "nothing".to_owned(),
        };
        if does != "before it is planted" {
            plant(SECRET);
        }
        let written = std::thread::spawn(move || tracing::trace!(target: "mydata_http", text));
        written.join().unwrap();
        plant(SECRET);
        assert!(written_has("nothing"));
        return;
    }
    let name = module_path!().split_once("::").unwrap().1;
    let name = [name, "::a_secret_that_is_written_down_ends_the_program"].concat();
    for (does, code) in [
        ("nothing", 0),
        ("as it is", FOUND),
        ("before it is planted", FOUND),
        ("in a token", FOUND),
        ("as octets", FOUND),
    ] {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let again = again.args(["--exact", &name]).env(DOES, does).output();
        let again = again.unwrap();
        assert_eq!(again.status.code(), Some(code), "{does}: {again:?}");
        let said = String::from_utf8_lossy(&again.stderr).contains(SECRET);
        assert_eq!(said, code == FOUND, "{does}");
    }
}

fn written_has(text: &str) -> bool {
    written().contains(text)
}
