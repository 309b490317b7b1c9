//! The gateway as a process: a file, signals, an exit code.

use clap::{Arg, ArgAction, Command, value_parser};
use mydata_gateway::config::Config;
use mydata_gateway::{Gateway, watch};
use mydata_http::Server;
use mydata_http::ops::{Shutdown, Side, ops_api};
use mydata_http::tls::{Tls, TlsClient, Trust};
use std::future::Future;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// How often the file is looked at.
const LOOKING: Duration = Duration::from_secs(5);

fn command() -> Command {
    let check = Arg::new("check").long("check").action(ArgAction::SetTrue);
    let file = Arg::new("file").required(true).value_name("FILE");
    Command::new("mydata-gateway")
        .about("A source's protection in front of an HTTP API that stays as it is")
        .arg(check.help(
            "Says everything that is wrong with the configuration, and does nothing else: \
             exit code 0 when it is good, 1 for faults, 2 when it cannot be read",
        ))
        .arg(
            file.value_parser(value_parser!(PathBuf))
                .help("The configuration"),
        )
}

fn main() -> ExitCode {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let Some(file) = matches.get_one::<PathBuf>("file") else {
        return ExitCode::from(2);
    };
    let config = match Config::read(file) {
        Ok(Ok(config)) => config,
        Ok(Err(faults)) => {
            let mut told = io::stderr().lock();
            for fault in &faults {
                let _ = writeln!(told, "{fault}");
            }
            return ExitCode::from(1);
        }
        Err(error) => {
            let file = file.display();
            let _ = writeln!(io::stderr(), "{file}: cannot be read: {}", error.kind());
            return ExitCode::from(2);
        }
    };
    if matches.get_flag("check") {
        return ExitCode::SUCCESS;
    }
    // What others write to their logs may repeat what they were given: off, whatever the level.
    let filter = format!("off,mydata_gateway={0},mydata_http={0}", config.log);
    let subscriber = tracing_subscriber::fmt().json().with_env_filter(filter);
    subscriber.with_writer(io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime.and_then(|runtime| runtime.block_on(run(config, file))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(kind = %error.kind(), "the gateway cannot run");
            let _ = writeln!(io::stderr(), "mydata-gateway: cannot run: {error}");
            ExitCode::from(1)
        }
    }
}

async fn run(config: Config, file: &Path) -> io::Result<()> {
    let (limits, fixed) = (config.limits, config.fixed.clone());
    let public = TcpListener::bind(fixed.public).await?;
    let application = match &fixed.application {
        Some((address, _)) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let ops = match fixed.ops {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let usage = match &fixed.usage {
        Some(listener) => Some(TcpListener::bind(listener.address).await?),
        None => None,
    };
    let tls = TlsClient::new(Trust::System);
    let tls = tls.map_err(|refusal| io::Error::other(refusal.code()))?;
    let gateway = Gateway::open(config, tls.connector()).await?;
    let (shutdown, asked) = (Shutdown::new(), Arc::new(Notify::new()));
    on(SignalKind::hangup(), {
        let asked = Arc::clone(&asked);
        move || asked.notify_one()
    })?;
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let shutdown = shutdown.clone();
        on(kind, move || {
            if shutdown.is_begun() {
                std::process::exit(1);
            }
            shutdown.begin();
        })?;
    }
    tracing::info!(service = fixed.id.as_str(), "the gateway listens");
    let counted = |side| Server::new(limits).counted(side, Arc::clone(gateway.metrics()));
    let over = |server: Server, tls: Option<&Tls>| match tls {
        Some(tls) => server.with_tls(tls.clone()),
        None => server,
    };
    let server = over(counted(Side::Gateway), gateway.tls());
    let serving = server.run(public, gateway.public(), &shutdown);
    let confirming = async {
        if let Some(listener) = application {
            counted(Side::Source)
                .run(listener, gateway.application(), &shutdown)
                .await;
        }
    };
    let looking = async {
        if let (Some(listener), Some(router)) = (usage, gateway.usage()) {
            over(counted(Side::Usage), gateway.usage_tls())
                .run(listener, router, &shutdown)
                .await;
        }
    };
    let telling = async {
        if let Some(listener) = ops {
            let health = gateway.health(shutdown.clone());
            counted(Side::Ops)
                .run(listener, ops_api(health), &shutdown)
                .await;
        }
    };
    let served = async { tokio::join!(serving, confirming, looking, telling) };
    tokio::select! {
        (broken, (), (), ()) = served => {
            if broken > 0 {
                tracing::warn!(connections = broken, "broken off at the end");
            }
        }
        () = watch(&gateway, file, LOOKING, &asked) => {}
    }
    gateway.finish().await;
    Ok(())
}

/// Does something at every signal of this kind.
fn on(kind: SignalKind, mut does: impl FnMut() + Send + 'static) -> io::Result<()> {
    let mut signals = signal(kind)?;
    let listening = async move {
        while signals.recv().await.is_some() {
            does();
        }
    };
    spawn(listening);
    Ok(())
}

fn spawn(future: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(future));
}
