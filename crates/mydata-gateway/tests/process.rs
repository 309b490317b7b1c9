//! The gateway as a process: signals, and what it says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;
use town::{HEAD, directory, key, write_files};

const ROUTES: &str = r#"
[upstreams.register]
base = "http://127.0.0.1:9/"

[[routes]]
path = "/data/a"
dataset = "src/a"
upstream = "register"
request.path = "of/{subject}"
fields = ["kept"]

[limits]
drain_delay = "10ms"
connections_per_address = "none"
refusals = "none"
"#;

/// A port that nobody has now.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

fn start(file: &Path) -> (Child, BufReader<ChildStderr>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mydata-gateway"));
    let mut child = command.arg(file).stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(child.stderr.take().unwrap());
    (child, said)
}

fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill")
        .arg(name)
        .arg(child.id().to_string())
        .status();
    assert!(kill.unwrap().success());
}

/// Reads what it says until it says this.
fn until(said: &mut BufReader<ChildStderr>, what: &str) -> String {
    let mut all = String::new();
    while said.read_line(&mut all).unwrap() > 0 {
        if all.lines().last().unwrap().contains(what) {
            return all;
        }
    }
    panic!("it never says {what}: {all}");
}

#[test]
fn it_hears_signals() {
    let place = directory();
    write_files(&place, &key("source-1"), &key("status-1"), &key("tokens-1"));
    let (public, application) = (free(), free());
    let head = HEAD.replace(
        "public = \"127.0.0.1:0\"",
        &format!("public = \"{public}\""),
    );
    let head = head.replace(
        "application = \"127.0.0.1:0\"",
        &format!("application = \"{application}\""),
    );
    let file = place.join("gateway.toml");
    let good = [&head, ROUTES].concat();
    std::fs::write(&file, &good).unwrap();
    let (mut child, mut said) = start(&file);
    until(&mut said, "the gateway listens");
    let mut tries = 0;
    while TcpStream::connect(public).is_err() || TcpStream::connect(application).is_err() {
        tries += 1;
        assert!(tries < 400, "it does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::fs::write(&file, good.replace("fields", "feilds")).unwrap();
    signal(&child, "-HUP");
    let told = until(&mut said, "the old one stays in force");
    assert!(told.contains("gateway_config_unknown"), "{told}");
    std::fs::write(&file, good.replace("\"kept\"", "\"other\"")).unwrap();
    signal(&child, "-HUP");
    until(&mut said, "the configuration was taken over");
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(0), "an orderly end");
    assert!(TcpStream::connect(public).is_err());
    // One that cannot have its port says so.
    let taken = TcpListener::bind(public).unwrap();
    std::fs::write(&file, &good).unwrap();
    let (mut second, mut said) = start(&file);
    until(&mut said, "cannot run");
    assert_eq!(second.wait().unwrap().code(), Some(1));
    drop(taken);
}
