//! The README shows what the tool prints: each command is run, and its output compared.
//!
//! `MYDATA_BLESS=1 cargo test -p mydata-cli readme` writes the outputs again.

use crate::support::{Desk, task};
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The files that the README has its examples of: all of them from the vectors.
fn example() -> Desk {
    let desk = Desk::new();
    let token = task("records/token.json", "token/good");
    desk.put("token", token["verify"]["envelope"].as_str().unwrap());
    desk.put_json("operator.jwks", &token["verify"]["keys"]["operator"]);
    let receipt = task("receipt/signed.json", "signed/single");
    let receipt = &receipt["receipt"]["verify"];
    desk.put("receipt.json", receipt["envelope"].as_str().unwrap());
    desk.put_json(
        "keys.json",
        &json!({ "operators": receipt["operators"], "services": receipt["services"] }),
    );
    let chain = task(
        "plain/consent-chain.json",
        "consent-chain/pause-of-owner-to-active-by-owner",
    );
    let chain = &chain["chain"];
    desk.put_json(
        "parties.json",
        &json!({ "owner": chain["keys"]["owner"], "operator": chain["keys"]["operator"] }),
    );
    for (at, name) in ["given.json", "paused.json", "resumed.json"]
        .iter()
        .enumerate()
    {
        desk.put(name, chain["envelopes"][at].as_str().unwrap());
    }
    desk
}

#[test]
fn the_readme_shows_what_is_printed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&file).unwrap();
    let desk = example();
    let mut made = String::new();
    let mut is_inside = false;
    let mut commands = 0;
    for line in readme.lines() {
        if line == "```console" {
            is_inside = true;
        } else if line == "```" {
            is_inside = false;
        }
        let Some(command) = line.strip_prefix("$ mydata ").filter(|_| is_inside) else {
            if !is_inside || line == "```console" {
                writeln!(made, "{line}").unwrap();
            }
            continue;
        };
        let arguments: Vec<String> = command
            .split(' ')
            .map(|word| word.replace("spec/vectors", crate::support::folder().to_str().unwrap()))
            .collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = desk.run(&arguments);
        writeln!(made, "{line}\n{}{}", ran.out, ran.err.trim_end()).unwrap();
        made = format!("{}\n", made.trim_end());
        commands += 1;
    }
    assert!(commands >= 5, "{commands}");
    if std::env::var_os("MYDATA_BLESS").is_some() {
        fs::write(&file, &made).unwrap();
    }
    assert!(
        readme == made,
        "README.md is stale: bless it, and read the difference"
    );
}
