//! Running the program, and files for it.

use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A time at which the tokens of the vectors are good.
pub(crate) const GOOD: &str = "2025-01-07T08:00:30Z";

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The codes of a refusal, as `--json` gives them.
    pub(crate) fn codes(&self) -> Vec<String> {
        let json = self.json();
        let list = json.get("refused").or_else(|| json.get("wrong"));
        let list = list.and_then(Value::as_array).cloned().unwrap_or_default();
        let code = |one: &Value| one["code"].as_str().unwrap().to_owned();
        list.iter().map(code).collect()
    }
}

/// A folder that is gone when the test is over.
#[derive(Debug)]
pub(crate) struct Desk(PathBuf);

impl Desk {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!(
            "{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn put(&self, name: &str, octets: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), octets).unwrap();
        self
    }

    pub(crate) fn put_json(&self, name: &str, value: &Value) -> &Self {
        self.put(name, value.to_string())
    }

    /// Runs the program here, with nothing on its standard input.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.feed(arguments, b"")
    }

    /// Runs the program here, with `input` on its standard input.
    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> Ran {
        // The tool that is released runs on ring, whatever the tests of the libraries run on.
        let mut child = Command::new(env!("CARGO_BIN_EXE_mydata"))
            .env_remove("MYDATA_CRYPTO")
            .args(arguments)
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A program that refuses its arguments reads nothing, and closes the pipe.
        let writer = std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        let ran = Ran {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        // Whatever was given and done: what is piped steers no terminal.
        for c in ran.out.chars().chain(ran.err.chars()) {
            assert!(c == '\n' || !c.is_control(), "{ran:?}");
            assert!(!('\u{202a}'..='\u{202e}').contains(&c), "{ran:?}");
        }
        ran
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors")
}

/// Every vector file.
pub(crate) fn vector_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The cases of a vector file.
pub(crate) fn cases(file: &Path) -> Vec<Value> {
    let mut all: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    all["cases"]
        .as_array_mut()
        .map(std::mem::take)
        .unwrap_or_default()
}

/// The task of one case.
pub(crate) fn task(file: &str, id: &str) -> Value {
    let mut cases = cases(&folder().join(file)).into_iter();
    let case = cases.find(|case| case["id"] == id);
    case.unwrap_or_else(|| panic!("{file} has no case {id}"))["task"].take()
}

/// A signed record with its keys, as `record` and `keys.json`.
pub(crate) fn record(file: &str, id: &str) -> Desk {
    let task = task(file, id);
    let desk = Desk::new();
    desk.put("record", task["verify"]["envelope"].as_str().unwrap());
    desk.put_json("keys.json", &task["verify"]["keys"]);
    desk
}
