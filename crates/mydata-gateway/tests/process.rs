//! The gateway as a process: signals, and what it says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use std::net::{TcpListener, TcpStream};
use town::ground::{HEAD, directory, write_files};
use town::key;
use town::process::{Process, free};

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
    let mut process = Process::start(&file, None);
    process.until("the gateway listens");
    process.listens(public);
    process.listens(application);
    std::fs::write(&file, good.replace("fields", "feilds")).unwrap();
    process.signal("-HUP");
    let told = process.until("the old one stays in force");
    assert!(told.contains("gateway_config_unknown"), "{told}");
    std::fs::write(&file, good.replace("\"kept\"", "\"other\"")).unwrap();
    process.signal("-HUP");
    process.until("the configuration was taken over");
    process.signal("-TERM");
    assert_eq!(process.ended(), Some(0), "an orderly end");
    assert!(TcpStream::connect(public).is_err());
    // One that cannot have its port says so.
    let taken = TcpListener::bind(public).unwrap();
    std::fs::write(&file, &good).unwrap();
    let mut second = Process::start(&file, None);
    second.until("cannot run");
    assert_eq!(second.ended(), Some(1));
    drop(taken);
}
