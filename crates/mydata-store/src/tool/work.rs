//! What each verb does.

use crate::Told;
use crate::args::{Master, Matter, What};
use crate::bar::bar;
use mydata::core::crypto::Signer;
use mydata::core::id::KeyId;
use mydata::keys::Vault;
use mydata_store::{
    Custody, Identity, KeyUse, Limits, Operator, OperatorFault, OperatorRefusal, Run,
    SqliteOptions, SqliteStore, StoreRefusal, SystemClock, Task, audit, master_from_file,
};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::watch;

type Done = Result<Told, OperatorFault>;

/// A store that is there: a tool makes none.
fn open(file: &Path) -> Result<Arc<SqliteStore>, OperatorFault> {
    if !file.is_file() {
        return Err(StoreRefusal::Foreign.into());
    }
    Ok(Arc::new(SqliteStore::open(file, SqliteOptions::default())?))
}

fn vault(keys: &Master) -> Result<Arc<Vault>, OperatorFault> {
    let (id, file) = &keys.master;
    let mut vault = Vault::new(Arc::new(master_from_file(id.clone(), file)?));
    for (id, file) in &keys.earlier {
        vault = vault.with_earlier(Arc::new(master_from_file(id.clone(), file)?))?;
    }
    Ok(Arc::new(vault))
}

pub(crate) fn check(file: &Path) -> Done {
    let found = open(file)?.check()?;
    let mut text = format!(
        "{} accounts, {} entries, {} rows: {}",
        found.accounts,
        found.entries,
        found.rows,
        if found.is_sound() { "sound" } else { "damaged" }
    );
    for (flaw, count) in &found.flaws {
        text += &format!("\n{count} {flaw}");
    }
    let flaws: Vec<_> = found
        .flaws
        .iter()
        .map(|(flaw, n)| json!({ "flaw": flaw, "count": n }))
        .collect();
    let json = json!({ "accounts": found.accounts, "entries": found.entries, "rows": found.rows, "flaws": flaws });
    Ok(Told {
        text,
        json,
        is_well: found.is_sound(),
    })
}

pub(crate) fn backup(file: &Path, to: &Path) -> Done {
    open(file)?.backup(to)?;
    let octets = std::fs::metadata(to).map_or(0, |kept| kept.len());
    let text = format!("copied: {octets} octets; `mydata-store verify` examines the copy");
    Ok(Told {
        text,
        json: json!({ "octets": octets }),
        is_well: true,
    })
}

pub(crate) async fn verify(file: &Path, keys: &Master) -> Done {
    let (store, vault) = (open(file)?, vault(keys)?);
    let is_sound = store.check()?.is_sound();
    let bar = bar(None, "decisions");
    let found = audit(&store, &vault, None, |audit| {
        bar.set_position(audit.entries)
    })
    .await?;
    bar.finish_and_clear();
    let findings: Vec<_> = found
        .findings
        .iter()
        .map(|finding| json!({ "place": finding.place, "code": finding.code }))
        .collect();
    let json = json!({
        "accounts": found.accounts, "decisions": found.entries, "events": found.events,
        "signatures": found.signatures, "chains": found.chains, "rows": found.rows,
        "positions": found.positions, "findings": findings, "file_sound": is_sound,
    });
    let mut text = found.to_string().trim_end().to_owned();
    if !is_sound {
        text += "\nthe file is damaged: `mydata-store check` tells how";
    }
    Ok(Told {
        text,
        json,
        is_well: found.is_clean() && is_sound,
    })
}

pub(crate) async fn rewrap(file: &Path, keys: &Master) -> Done {
    let done = Custody::new(open(file)?, vault(keys)?).rewrap().await?;
    let text = format!(
        "{} keys wrapped anew, {} were already",
        done.done, done.already
    );
    Ok(Told {
        text,
        json: json!({ "done": done.done, "already": done.already }),
        is_well: true,
    })
}

pub(crate) async fn parked(file: &Path) -> Done {
    let all = mydata_store::parked(&*open(file)?).await?;
    let line = |parked: &mydata_store::Parked| {
        json!({ "service": parked.service, "partition": parked.partition.0,
            "position": parked.position.get(), "attempts": parked.attempts, "code": parked.code })
    };
    let mut text = format!("{} parked", all.len());
    for parked in &all {
        text += &format!(
            "\n{} {}-{}: {} after {} attempts",
            parked.service,
            parked.partition.0,
            parked.position.get(),
            parked.code,
            parked.attempts
        );
    }
    let json = json!({ "parked": all.iter().map(line).collect::<Vec<_>>() });
    Ok(Told {
        text,
        json,
        is_well: all.is_empty(),
    })
}

async fn signers(
    custody: &Custody<SqliteStore>,
    of: KeyUse,
    ids: &[KeyId],
) -> Result<Vec<Arc<dyn Signer>>, OperatorFault> {
    let mut all: Vec<Arc<dyn Signer>> = Vec::new();
    for kid in ids {
        let key = custody.operator(of, kid).await?;
        all.push(Arc::new(key.ok_or(OperatorRefusal::KeyMissing)?));
    }
    Ok(all)
}

pub(crate) async fn job(file: &Path, keys: &Master, job: &Matter) -> Done {
    let service = || job.service.clone().ok_or(OperatorRefusal::NameInvalid);
    let task = match job.what {
        What::Expire => Task::Expire,
        What::Suspend => Task::Suspend(service()?),
        What::Resume => Task::Resume(service()?),
        What::Deregister => Task::Deregister(service()?),
    };
    let (store, vault) = (open(file)?, vault(keys)?);
    let custody = Custody::new(Arc::clone(&store), Arc::clone(&vault));
    let mut status = signers(&custody, KeyUse::Status, &job.status_key)
        .await?
        .into_iter();
    let mut tokens = signers(&custody, KeyUse::Token, &job.token_key)
        .await?
        .into_iter();
    let missing = OperatorRefusal::KeyMissing;
    let mut identity = Identity::new(
        job.operator.clone(),
        status.next().ok_or(missing)?,
        tokens.next().ok_or(missing)?,
    );
    identity.earlier_status = status.collect();
    identity.earlier_tokens = tokens.collect();
    let limits = Limits::default();
    let operator = Operator::open(store, vault, identity, Arc::new(SystemClock), limits).await?;
    let run = Run {
        name: job.name.as_str().into(),
        actor: job.actor.clone(),
        at_once: job.at_once,
    };
    // What is under way is finished, and the job goes on another time.
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.send_replace(true);
        }
        std::future::pending::<()>().await;
    });
    let bar = bar(Some(0), "accounts");
    let done = Arc::new(operator)
        .run(&run, &task, stopped, |progress| {
            bar.set_length(progress.total);
            bar.set_position(progress.visited);
        })
        .await?;
    bar.finish_and_clear();
    let text = format!(
        "{} of {} accounts, {} commands stored, {} wait, {} refused, {} failed: {}",
        done.visited,
        done.total,
        done.stored,
        done.waiting,
        done.refused,
        done.failed,
        if done.is_finished {
            "finished"
        } else {
            "stopped, run it again to go on"
        }
    );
    let json = json!({
        "total": done.total, "visited": done.visited, "stored": done.stored,
        "waiting": done.waiting, "refused": done.refused, "failed": done.failed, "is_finished": done.is_finished,
    });
    Ok(Told {
        text,
        json,
        is_well: done.is_finished && done.refused + done.failed == 0,
    })
}
