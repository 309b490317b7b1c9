//! The days after: what a city does with a running operator.

use super::house::{self, Fault, House};
use super::scene::{Scene, Step};
use super::serve::{Change, Wish, serve};
use super::traces;
use crate::post::Who;
use mydata::core::id::{ActorId, KeyId};
use mydata::core::time::Seconds;
use mydata::operator::{Capacity, Command, Lifecycle, Proof, ToPerson, Verification};
use mydata::record::consent::ConsentState;
use mydata_store::{
    Progress, Run, Shelf, SqliteOptions, SqliteStore, Store as _, StoreRefusal, Task, audit,
};
use std::num::NonZeroUsize;
use std::sync::Arc;
use tokio::sync::watch;

/// Every resident with a consent that is not over pauses it, or resumes it; how many there were.
async fn everybody_changes(scene: &Scene, name: &str) -> Result<usize, Fault> {
    let mut served = 0;
    for (number, resident) in scene.residents.iter().enumerate() {
        let change = match state(scene, number).await? {
            Some(ConsentState::Active) => Change::Pause,
            Some(ConsentState::Disabled) => Change::Resume,
            _ => continue,
        };
        let wish = Wish {
            key: format!("{name}-{number}"),
            account: resident.account.clone(),
            consent: resident.consent.clone(),
            change,
        };
        serve(&scene.house, &wish).await?;
        served += 1;
    }
    Ok(served)
}

/// The state of a resident's consent, as the operator has it.
async fn state(scene: &Scene, number: usize) -> Result<Option<ConsentState>, Fault> {
    let resident = scene.residents.get(number).ok_or("no such resident")?;
    let account = scene.house.operator.account(&resident.account).await?;
    let consent = account.consent(&resident.consent);
    Ok(consent.map(|consent| consent.chain.state()))
}

async fn how_many(scene: &Scene, wanted: ConsentState) -> Result<u64, Fault> {
    let mut found = 0;
    for number in 0..scene.residents.len() {
        found += u64::from(state(scene, number).await? == Some(wanted));
    }
    Ok(found)
}

/// Every key gets under another master key, while the operator works.
///
/// # Errors
/// [`Fault`].
pub async fn another_master_key(scene: &mut Scene) -> Step {
    let mut keys = 0;
    for shelf in [Shelf::Key, Shelf::Person] {
        let papers = scene.house.store().papers(shelf, None, 1000);
        keys += papers.await?.len() as u64;
    }
    scene.house.new_master()?;
    let custody = scene.house.custody();
    let (rewrapped, served) = tokio::join!(custody.rewrap(), everybody_changes(scene, "rotation"));
    let (done, served) = (rewrapped?.done, served?);
    let what = format!("wraps {keys} keys and names anew, while {served} residents are served");
    scene.check(&what, (&keys, &done))?;
    let left = custody.rewrap().await?;
    let found = (left.done, left.already);
    scene.check(
        "has no key left under the old master key",
        (&(0, keys), &found),
    )?;
    scene.house.forget_masters()?;
    let (custody, kid) = (
        scene.house.custody(),
        KeyId::parse(super::resident::OWNER_KEY)?,
    );
    let mut opened = 0;
    for resident in &scene.residents {
        opened += usize::from(custody.owner(&resident.account, &kid).await?.is_some());
    }
    let all = scene.residents.len();
    scene.check(
        "destroys that one, and opens every owner's key",
        (&all, &opened),
    )?;
    let second = House::open(&scene.house.folder, Arc::clone(&scene.clock) as _).await;
    let code = second.err().map(|fault| fault.to_string());
    let locked = Some(StoreRefusal::Locked.text().to_owned());
    scene.check("lets no second process write the file", (&locked, &code))
}

fn run(name: &str) -> Result<Run, Fault> {
    Ok(Run {
        name: name.into(),
        actor: ActorId::parse("service-desk")?,
        at_once: NonZeroUsize::MIN.saturating_add(3),
    })
}

/// Runs a job to its end, and shows how far it has come each time that it says so.
async fn job(scene: &Scene, name: &str, task: &Task) -> Result<Progress, Fault> {
    let (_stop, stopped) = watch::channel(false);
    let (mut lines, operator) = (Vec::new(), &scene.house.operator);
    let watch = |progress: &Progress| {
        let Progress { visited, total, .. } = *progress;
        let filled = usize::try_from(visited * 20 / total.max(1)).unwrap_or(20);
        let bar = [
            "#".repeat(filled),
            " ".repeat(20_usize.saturating_sub(filled)),
        ]
        .concat();
        lines.push(format!(
            "{name} [{bar}] {visited} of {total} accounts, {} changed",
            progress.stored
        ));
    };
    let progress = operator.run(&run(name)?, task, stopped, watch).await?;
    lines.dedup();
    scene.story.quote(Some(&lines));
    Ok(progress)
}

/// A service is suspended, and goes on.
///
/// # Errors
/// [`Fault`].
pub async fn suspended(scene: &mut Scene) -> Step {
    let (id, active) = (scene.services.helsinki.id.clone(), ConsentState::Active);
    let before = how_many(scene, active).await?;
    let done = job(scene, "suspend-1", &Task::Suspend(id.clone())).await?;
    let found = (
        done.is_finished,
        done.refused,
        how_many(scene, active).await?,
    );
    let what = "suspends Helsinki: every consent that was active is paused";
    scene.check(what, (&(true, 0, 0), &found))?;
    scene.delivery.drain().await;
    scene.agrees().await?;
    let done = job(scene, "resume-1", &Task::Resume(id)).await?;
    let found = (done.refused, how_many(scene, active).await?);
    let what = "lets Helsinki go on: only what residents had paused stays so";
    scene.check(what, (&(0, before), &found))?;
    scene.delivery.drain().await;
    scene.agrees().await
}

/// A backup, while the operator works; it is a store itself, and is examined as one.
///
/// # Errors
/// [`Fault`].
pub async fn copied(scene: &mut Scene) -> Step {
    let folder = scene.house.folder.join("backup");
    std::fs::create_dir_all(&folder)?;
    let (store, to) = (Arc::clone(scene.house.store()), house::file(&folder));
    let copying = tokio::task::spawn_blocking(move || store.backup(&to));
    let served = everybody_changes(scene, "backup").await?;
    copying.await??;
    let copy = Arc::new(SqliteStore::open(
        &house::file(&folder),
        SqliteOptions::default(),
    )?);
    let found = audit(&copy, &scene.house.vault, None, |_| {}).await?;
    let what = format!("is copied while {served} residents are served, and the copy is whole");
    scene.check(&what, (&true, &found.is_clean()))?;
    scene
        .story
        .quote(Some(&[found.to_string().trim().to_owned()]));
    Ok(())
}

/// Sofia deletes her account: services are told, and nothing of her is left in the file.
///
/// # Errors
/// [`Fault`].
pub async fn gone(scene: &mut Scene) -> Step {
    let sofia = scene.residents.first().ok_or("nobody")?.clone();
    let account = scene.house.operator.account(&sofia.account).await?;
    let links = account
        .links()
        .map(|(_, link)| link.record.surrogate_id.clone());
    let surrogates: Vec<_> = links.collect();
    let ids = [
        sofia.account.as_str(),
        sofia.consent.as_str(),
        sofia.at_source.as_str(),
    ];
    let surrogate = surrogates.iter().map(|id| id.as_str());
    let people = scene.house.people().await?;
    let known = people.profile(&sofia.account).await?;
    let known = known.map(|profile| profile.info.firstname.expose().to_owned());
    let name = scene.sofia.name.clone();
    let first = name.split(' ').next().map(str::to_owned);
    // As it stands in her username and her mailbox.
    let plain = [name.to_lowercase().replace(' ', ".")];
    let in_file: usize = count(scene, &plain, "")?.iter().sum();
    let what = "knows Sofia by her name, which cannot be read in its file";
    scene.check(what, (&(first, 0), &(known, in_file)))?;
    let hers = ids.into_iter().chain(surrogate);
    let hers: Vec<String> = hers.map(str::to_owned).collect();
    let seen = count(scene, &hers, "")?;
    let is_found = seen.iter().all(|found| *found > 0);
    let what = "has Sofia in its file: her ids, both surrogates";
    scene.check(what, (&true, &is_found))?;

    deletion(scene).await?;
    scene.clock.wait(Seconds::days(15));
    let ended = job(scene, "expire-1", &Task::Expire).await?;
    let account = scene.house.operator.account(&sofia.account).await?;
    let found = (ended.stored > 0, account.lifecycle());
    scene.check(
        "ends it when the time is over",
        (&(true, Lifecycle::Ended), &found),
    )?;
    let early = job(scene, "expire-2", &Task::Expire).await?;
    scene.check(
        "erases nothing that services have not heard of",
        (&1, &early.waiting),
    )?;
    scene.delivery.drain().await;
    let at = scene.now();
    for desk in [&scene.services.espoo, &scene.services.helsinki] {
        let is_linked = surrogates.iter().any(|surrogate| desk.is_linked(surrogate));
        let what = "hears that the link is over";
        scene
            .story
            .check(at, &desk.who, what, (&false, &is_linked))?;
    }
    let letters = scene.services.letters();
    let is_told = letters
        .iter()
        .any(|letter| letter.to == sofia.account && letter.letter == ToPerson::Ended);
    scene.by(&Who::Sofia, "is told that it is done", (&true, &is_told))?;

    let erased = job(scene, "expire-3", &Task::Expire).await?;
    scene.check("erases it", (&1, &erased.stored))?;
    let none = vec![0; hers.len()];
    let what = "has nothing of Sofia in its file, nor in the log beside it";
    let left = count(scene, &hers, "")?;
    scene.check(what, (&none, &left))?;
    let known = people.profile(&sofia.account).await?.is_some();
    scene.check("knows no name of hers any more", (&false, &known))?;
    let stone = scene.house.store().tombstone(&sofia.account).await?;
    let stone = stone.ok_or("no tombstone")?;
    let left = format!("{} decisions", stone.version.get());
    scene.tell(
        "keeps a digest, the day, a mark and how many decisions there were",
        &left,
    );
    let wish = Wish {
        key: "late".to_owned(),
        account: sofia.account.clone(),
        consent: sofia.consent.clone(),
        change: Change::Resume,
    };
    let late = serve(&scene.house, &wish).await.err();
    let code = StoreRefusal::AccountErased.code();
    scene.came_to(
        "takes nothing more for it",
        code,
        late.map(|refused| refused.code),
    )?;
    let in_backup = count(scene, &hers, "backup")?
        .iter()
        .all(|found| *found > 0);
    let what = "has her in yesterday's backup: that one is the city's to destroy";
    scene.check(what, (&true, &in_backup))?;
    scene.residents.remove(0);
    scene.agrees().await?;
    scene.audited().await
}

/// In how many places each of these stands in the store's files.
fn count(scene: &Scene, texts: &[String], folder: &str) -> Result<Vec<usize>, Fault> {
    let files = traces::files(&house::file(&scene.house.folder.join(folder)));
    let each = texts
        .iter()
        .map(|text| traces::count(&files, &[text.as_str()]));
    Ok(each.collect::<Result<_, _>>()?)
}

/// She asks for it, and confirms with the code that she is sent.
async fn deletion(scene: &mut Scene) -> Step {
    let sofia = scene.residents.first().ok_or("nobody")?.clone();
    let act = super::resident::act(&sofia.account, Capacity::Owner)?;
    let (what, operator) = (Verification::Deletion, Arc::clone(&scene.house.operator));
    let ask = super::resident::request("delete-ask", "deletion")?;
    let command = Command::AskVerification { what };
    let asked = operator.execute(&act, &ask, &command).await?;
    let Some(ToPerson::Verify { code, .. }) = asked.codes.first() else {
        return Err("no code".into());
    };
    let proof = Proof::Code(code.clone());
    let confirm = super::resident::request("delete-confirm", "deletion")?;
    let command = Command::Confirm { what, proof };
    operator.execute(&act, &confirm, &command).await?;
    let account = operator.account(&sofia.account).await?;
    let is_closing = account.lifecycle() == Lifecycle::Closing;
    scene.by(
        &Who::Sofia,
        "deletes her account, with the code that she was sent",
        (&true, &is_closing),
    )
}

/// The end that is no crash.
///
/// # Errors
/// [`Fault`].
pub async fn closed(scene: &mut Scene) -> Step {
    scene.house.operator.close().await;
    let is_sound = scene.house.store().check()?.is_sound();
    scene.check(
        "finishes what is under way, and closes a sound file",
        (&true, &is_sound),
    )
}
