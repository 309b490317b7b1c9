//! A city's operator on one file, killed in the middle of its work, and what is there afterwards.
//!
//! `cargo run --example operator_durable [FOLDER]`
//!
//! Residents have linked two services and consented. A process of its own serves what they wish, and is
//! killed without warning. The file is opened again: what was acknowledged is there, once; what was not
//! is asked again; what services have not heard is delivered. Then come the days after: an audit, another
//! master key, a service that is suspended, a backup, and a resident who leaves.

use mydata_examples::durable::crash::{Crash, work_and_kill};
use mydata_examples::durable::days;
use mydata_examples::durable::house::{self, Fault, House};
use mydata_examples::durable::scene::{Scene, Step, deliver};
use mydata_examples::durable::serve::{Change, Wish, serve};
use mydata_examples::durable::server::{Start, was_server};
use mydata_examples::durable::services::{Desk, Taken};
use mydata_examples::post::Who;
use mydata_store::{Clock as _, ParcelId, Partition, Position, Store as _};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

fn main() -> ExitCode {
    let told = was_server().and_then(|was| match was {
        true => Ok(None),
        false => in_folder(std::env::args_os().nth(1).map(PathBuf::from), &[]).map(Some),
    });
    match told {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(steps)) => {
            println!("operator_durable ok: {steps} steps");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("operator_durable failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The story in this folder, which must have no store yet, or in one that is gone afterwards.
fn in_folder(folder: Option<PathBuf>, server: &[&str]) -> Result<usize, Fault> {
    let is_kept = folder.is_some();
    let folder = folder.unwrap_or_else(|| {
        std::env::temp_dir().join(format!("mydata-operator-durable-{}", std::process::id()))
    });
    std::fs::create_dir_all(&folder)?;
    if house::file(&folder).exists() {
        return Err("there is a store in this folder already".into());
    }
    let steps = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run(&folder, server));
    match is_kept {
        true => println!("files: {}", folder.display()),
        false => std::fs::remove_dir_all(&folder)?,
    }
    steps
}

/// The whole story; how many steps it had. `server` are the arguments with which this program becomes
/// the server.
async fn run(folder: &Path, server: &[&str]) -> Result<usize, Fault> {
    let scene = Scene::set(folder).await?;
    let (mut scene, crash) = killed(scene, server).await?;
    recovered(&mut scene, &crash).await?;
    asked_again(&mut scene, &crash).await?;
    delivered(&mut scene).await?;
    repeated(&mut scene, &crash).await?;
    scene.audited().await?;
    days::another_master_key(&mut scene).await?;
    days::suspended(&mut scene).await?;
    days::copied(&mut scene).await?;
    days::gone(&mut scene).await?;
    days::closed(&mut scene).await?;
    Ok(scene.story.steps())
}

/// Another process serves what the residents wish, and is killed.
#[expect(
    clippy::disallowed_methods,
    reason = "how long an opening takes is told"
)]
async fn killed(scene: Scene, server: &[&str]) -> Result<(Scene, Crash), Fault> {
    let Scene {
        mut story,
        clock,
        services,
        residents,
        sofia,
        house,
        delivery,
    } = scene;
    let folder = house.folder.clone();
    drop((delivery, house));
    services.espoo.mark();
    services.helsinki.mark();
    let start = Start {
        folder: folder.clone(),
        now: clock.now(),
    };
    let crash = work_and_kill(&start, server, &residents, &services).await?;
    let at = clock.now();
    story.tell(at, &"server", "is killed while it works", &crash.ended);
    let told = format!("{} answers", crash.answered.len());
    story.tell(at, &"residents", "had been told that it is done", &told);
    let told = format!("{} wishes", crash.unanswered.len());
    story.tell(at, &"residents", "had asked, and got no answer", &told);
    let told = format!("{} messages", crash.taken);
    story.tell(
        at,
        &"services",
        "had taken, two of them without thanks",
        &told,
    );
    let begun = Instant::now();
    let house = House::open(&folder, Arc::clone(&clock) as _).await?;
    let took = format!("{:.1} ms", begun.elapsed().as_secs_f64() * 1000.0);
    story.tell(at, &Who::Operator, "opens the file again", &took);
    let delivery = deliver(&house, &services);
    let scene = Scene {
        story,
        clock,
        services,
        residents,
        sofia,
        house,
        delivery,
    };
    Ok((scene, crash))
}

/// What was acknowledged is there, once, and where it was said to be.
async fn recovered(scene: &mut Scene, crash: &Crash) -> Step {
    let mut there = 0;
    for (wish, version) in &crash.answered {
        there += usize::from(scene.versions(wish).await? == [*version]);
    }
    let what = "has every wish that it had acknowledged, and has it once";
    scene.check(what, (&crash.answered.len(), &there))?;
    let mut stored = 0;
    for wish in &crash.unanswered {
        stored += scene.versions(wish).await?.len();
    }
    let told = format!("{stored} of {}", crash.unanswered.len());
    scene.tell("had stored, and could not say so any more", &told);
    Ok(())
}

/// Whoever got no answer asks again, with the same key: it is done once, whatever was before.
async fn asked_again(scene: &mut Scene, crash: &Crash) -> Step {
    let mut once = 0;
    for wish in &crash.unanswered {
        let was_stored = !scene.versions(wish).await?.is_empty();
        let outcome = serve(&scene.house, wish).await?;
        let versions = scene.versions(wish).await?;
        let is_once = outcome.is_repeated == was_stored && versions == [outcome.version.get()];
        once += usize::from(is_once);
    }
    let what = "is asked again by those, and has done it once";
    scene.check(what, (&crash.unanswered.len(), &once))
}

/// The log is the outbox: what services have not heard, or have not thanked for, is sent.
async fn delivered(scene: &mut Scene) -> Step {
    let services = Arc::clone(&scene.services);
    let desks = [&services.espoo, &services.helsinki];
    let before = desks.map(Desk::taken_since_mark);
    for desk in desks {
        let log = scene.house.store();
        let waiting = log.log(Partition(0), Some(&desk.id), Position::ZERO, 10_000);
        let told = format!("{} messages", waiting.await?.len());
        scene.tell(&format!("has in its log for {}", desk.who), &told);
        desk.mark();
    }
    scene.delivery.drain().await;
    for (desk, before) in desks.into_iter().zip(before) {
        let after = desk.taken_since_mark();
        let in_order = after.is_sorted_by(|one, next| one.id < next.id);
        let known: BTreeSet<ParcelId> = before.iter().map(|taken| taken.id).collect();
        let (twice, new): (Vec<&Taken>, Vec<&Taken>) =
            after.iter().partition(|taken| known.contains(&taken.id));
        let is_done = |taken: &&Taken| ["stopped", "resumed"].contains(&&*taken.code);
        let is_new = new.iter().all(is_done);
        scene.by(
            &desk.who,
            "hears the rest of it, in order",
            (&(true, true), &(in_order, is_new)),
        )?;
        let is_known = !twice.is_empty() && !twice.iter().any(is_done);
        let what = format!(
            "is told {} for the second time, and does nothing",
            twice.len()
        );
        scene.by(&desk.who, &what, (&true, &is_known))?;
    }
    scene.agrees().await
}

/// A request has one answer.
async fn repeated(scene: &mut Scene, crash: &Crash) -> Step {
    let (wish, version) = crash.answered.first().ok_or("nothing was answered")?;
    let again = serve(&scene.house, wish).await?;
    let found = (again.is_repeated, again.version.get());
    scene.check(
        "gives a wish that comes again its first answer",
        (&(true, *version), &found),
    )?;
    let change = match wish.change {
        Change::Withdraw => Change::Pause,
        Change::Pause | Change::Resume => Change::Withdraw,
    };
    let other = Wish {
        change,
        ..wish.clone()
    };
    let refused = serve(&scene.house, &other).await.err();
    let code = refused.map(|refused| refused.code);
    let what = "refuses another wish under the same name";
    scene.came_to(what, "store_key_reused", code)
}

#[cfg(test)]
mod tests {
    use mydata_examples::durable::server::was_server;

    /// The server is this very test, started again.
    #[test]
    fn the_story_comes_to_its_end() {
        if was_server().expect("it serves until it is killed") {
            return;
        }
        let server = [
            "--exact",
            "tests::the_story_comes_to_its_end",
            "--nocapture",
        ];
        let steps = super::in_folder(None, &server).expect("every step comes to what it should");
        assert!(steps >= 15, "{steps} steps");
    }
}
