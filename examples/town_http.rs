//! The demo town as processes of their own that talk over HTTP on the loopback, and what becomes of it when
//! something is broken.
//!
//! `cargo run --example town-http [-- --break revoke|expire|wrong-key|operator-down|replay|tamper|all]`
//!
//! The operator on its file, the city's identity provider, two sources, a gateway before a register as the third,
//! and three sinks are started by this program, which is each of them in another role. It tells the story, and
//! ends them all; should it be killed, they end by themselves. It ends well only if every step goes as it should.

use mydata_examples::durable::house::Fault;
use mydata_examples::town_http::arguments::{self, Role, Run};
use mydata_examples::town_http::breaks::Mode;
use mydata_examples::town_http::town::Town;
use mydata_examples::town_http::{gateway, login, operator, register, service, story};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let done = arguments::read(std::env::args().skip(1))
        .map_err(Fault::from)
        .and_then(run);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("town-http failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(run: Run) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let done = match run {
        Run::Story => runtime.block_on(in_town(None)),
        Run::Break(modes) => modes
            .into_iter()
            .try_for_each(|mode| runtime.block_on(in_town(Some(mode)))),
        Run::Role(role) => runtime.block_on(be(role)),
    };
    // Nobody waits for a connection that is still open.
    runtime.shutdown_timeout(Duration::from_millis(100));
    done
}

/// Is one of the town's processes.
async fn be(role: Role) -> Result<(), Fault> {
    match role {
        Role::Operator(folder) => operator::run(folder).await,
        Role::Source(id, state, data) => service::run(id, &state, Some(data)).await,
        Role::Sink(id, state) => service::run(id, &state, None).await,
        Role::Gateway(id, state) => gateway::run(id, state).await,
        Role::Register(data) => register::run(data).await,
        Role::Login => login::run().await,
    }
}

/// The story, or what becomes of it, in a folder that is gone afterwards.
async fn in_town(broken: Option<Mode>) -> Result<(), Fault> {
    let folder = std::env::temp_dir().join(format!("mydata-town-http-{}", std::process::id()));
    let told = tell(&folder, broken).await;
    std::fs::remove_dir_all(&folder)?;
    let (steps, took) = told?;
    let mode = broken.map_or("", Mode::name);
    println!(
        "\ntown-http ok: {mode} {steps} steps in {:.1} s",
        took.as_secs_f64()
    );
    Ok(())
}

async fn tell(folder: &Path, broken: Option<Mode>) -> Result<(usize, Duration), Fault> {
    let mut town = Town::build(folder).await?;
    match broken {
        None => story::tell(&mut town).await?,
        Some(mode) => mode.tell(&mut town).await?,
    }
    let what = "says good night: every process ends by itself, and well";
    town.tale.part("The town closes");
    town.tale.tell("town", what, "closed");
    let (steps, took) = (town.tale.steps(), town.tale.took());
    town.end().await?;
    Ok((steps, took))
}
