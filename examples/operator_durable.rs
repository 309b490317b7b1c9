//! A city's operator on one file, killed in the middle of its work, and what is there afterwards.
//!
//! `cargo run --release --example operator_durable [FOLDER]`
//!
//! Residents have linked two services and consented. A process of its own serves what they wish, and is
//! killed without warning. The file is opened again: what was acknowledged is there, once; what was not
//! is asked again; what services have not heard is delivered. Then come the days after: an audit, another
//! master key, a service that is suspended, a backup, and a resident who leaves.

use mydata::core::lang::Language;
use mydata::core::time::Timestamp;
use mydata_examples::durable::crash::{Crash, work_and_kill};
use mydata_examples::durable::house::{self, Fault, House, StoryClock};
use mydata_examples::durable::resident::{Delivery, Newcomer, Resident};
use mydata_examples::durable::serve::{Change, Wish, serve};
use mydata_examples::durable::server::{Start, was_server};
use mydata_examples::durable::services::{Desk, Services, Taken};
use mydata_examples::file::{self, Person, Town};
use mydata_examples::names::Names;
use mydata_examples::post::Who;
use mydata_examples::story::Story;
use mydata_store::{
    Clock as _, Dispatcher, ParcelId, Partition, Policy, Position, Reading, Store as _, audit,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// How many residents there are: those of the town first.
const RESIDENTS: usize = 12;

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

type Step = Result<(), Fault>;

/// The whole story; how many steps it had. `server` are the arguments with which this program becomes
/// the server.
async fn run(folder: &Path, server: &[&str]) -> Result<usize, Fault> {
    let scene = Scene::set(folder).await?;
    let (mut scene, crash) = scene.killed(server).await?;
    scene.recovered(&crash).await?;
    scene.asked_again(&crash).await?;
    scene.delivered().await?;
    scene.repeated(&crash).await?;
    scene.audited().await?;
    Ok(scene.story.steps())
}

/// Everybody, and the house as it is open.
struct Scene {
    story: Story,
    clock: Arc<StoryClock>,
    services: Arc<Services>,
    residents: Vec<Resident>,
    sofia: Person,
    house: House,
    delivery: Delivery,
}

fn deliver(house: &House, services: &Arc<Services>) -> Delivery {
    let operator = Arc::clone(&house.operator);
    Dispatcher::new(operator, Arc::clone(services), Policy::default())
}

impl Scene {
    /// A new file, and residents who have linked and consented.
    async fn set(folder: &Path) -> Result<Self, Fault> {
        let text = |error: Box<dyn std::error::Error>| error.to_string();
        let town = Town::read(&file::directory()).map_err(text)?;
        let (names, sofia) = (Names::new()?, town.person("p-sofia")?.clone());
        let clock = StoryClock::new(town.start);
        let house = House::open(folder, Arc::clone(&clock)).await?;
        let services = Services::new(&town, &names, &house.known()?, Arc::clone(&clock) as _)?;
        let delivery = deliver(&house, &services);
        let mut scene = Self {
            story: Story::default(),
            clock,
            services,
            residents: Vec::new(),
            sofia,
            house,
            delivery,
        };
        scene.tell("opens a new file, and draws its keys", "opened");
        let mode = private(&house::masters(folder)?);
        scene.check(
            "has its master key where nobody else reads it",
            (&true, &mode),
        )?;
        for number in 0..RESIDENTS {
            scene.arrives(&town, &names, number).await?;
        }
        let what = "has residents who have linked both services and consented";
        scene.check(what, (&RESIDENTS, &scene.residents.len()))?;
        Ok(scene)
    }

    /// Signs up, links both services, consents.
    async fn arrives(&mut self, town: &Town, names: &Names, number: usize) -> Step {
        let named = ["p-sofia", "p-mikko", "p-eino", "p-priya"];
        let person = named
            .get(number)
            .map(|name| town.person(name))
            .transpose()?;
        let (name, language) = person.map_or_else(
            || (format!("Resident {number}"), Language::FI),
            |person| (person.name.clone(), person.lang),
        );
        let mut newcomer = Newcomer::sign_up(&self.house, &name).await?;
        for (desk, letter) in [(&self.services.espoo, "E"), (&self.services.helsinki, "H")] {
            let customer = format!("{letter}-{number}");
            newcomer.link(desk, &customer, &self.delivery).await?;
        }
        let resident = newcomer.consent(names, &self.services, language).await?;
        self.delivery.drain().await;
        self.residents.push(resident);
        Ok(())
    }

    /// Another process serves what the residents wish, and is killed.
    async fn killed(self, server: &[&str]) -> Result<(Self, Crash), Fault> {
        let Self {
            mut story,
            clock,
            services,
            residents,
            sofia,
            house,
            delivery,
        } = self;
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
        let house = House::open(&folder, Arc::clone(&clock)).await?;
        let took = format!("{:.1} ms", begun.elapsed().as_secs_f64() * 1000.0);
        story.tell(at, &Who::Operator, "opens the file again", &took);
        let delivery = deliver(&house, &services);
        let scene = Self {
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
    async fn recovered(&mut self, crash: &Crash) -> Step {
        let mut there = 0;
        for (wish, version) in &crash.answered {
            there += usize::from(self.versions(wish).await? == [*version]);
        }
        let what = "has every wish that it had acknowledged, and has it once";
        self.check(what, (&crash.answered.len(), &there))?;
        let mut stored = 0;
        for wish in &crash.unanswered {
            stored += self.versions(wish).await?.len();
        }
        let told = format!("{stored} of {}", crash.unanswered.len());
        self.tell("had stored, and could not say so any more", &told);
        Ok(())
    }

    /// Whoever got no answer asks again, with the same key: it is done once, whatever was before.
    async fn asked_again(&mut self, crash: &Crash) -> Step {
        let mut once = 0;
        for wish in &crash.unanswered {
            let was_stored = !self.versions(wish).await?.is_empty();
            let outcome = serve(&self.house, wish).await?;
            let versions = self.versions(wish).await?;
            let is_once = outcome.is_repeated == was_stored && versions == [outcome.version.get()];
            once += usize::from(is_once);
        }
        let what = "is asked again by those, and has done it once";
        self.check(what, (&crash.unanswered.len(), &once))
    }

    /// The log is the outbox: what services have not heard, or have not thanked for, is sent.
    async fn delivered(&mut self) -> Step {
        let services = Arc::clone(&self.services);
        let desks = [&services.espoo, &services.helsinki];
        let before = desks.map(Desk::taken_since_mark);
        for desk in desks {
            let log = self.house.store();
            let waiting = log.log(Partition(0), Some(&desk.id), Position::ZERO, 10_000);
            let told = format!("{} messages", waiting.await?.len());
            self.tell(&format!("has in its log for {}", desk.id), &told);
            desk.mark();
        }
        self.delivery.drain().await;
        for (desk, before) in desks.into_iter().zip(before) {
            let after = desk.taken_since_mark();
            let in_order = after.is_sorted_by(|one, next| one.id < next.id);
            let known: BTreeSet<ParcelId> = before.iter().map(|taken| taken.id).collect();
            let (twice, new): (Vec<&Taken>, Vec<&Taken>) =
                after.iter().partition(|taken| known.contains(&taken.id));
            let is_done = |taken: &&Taken| ["stopped", "resumed"].contains(&&*taken.code);
            let is_new = new.iter().all(is_done);
            self.by(
                &desk.id,
                "hears the rest of it, in order",
                (&(true, true), &(in_order, is_new)),
            )?;
            let is_known = !twice.is_empty() && !twice.iter().any(is_done);
            let what = format!(
                "is told {} for the second time, and does nothing",
                twice.len()
            );
            self.by(&desk.id, &what, (&true, &is_known))?;
        }
        let mut same = 0;
        for resident in &self.residents {
            let account = self.house.operator.account(&resident.account).await?;
            let state = |id| Some(account.consent(id)?.chain.state());
            let (sink, source) = (&resident.consent, &resident.at_source);
            let is_same = state(sink) == self.services.helsinki.state_of(sink)
                && state(source) == self.services.espoo.state_of(source);
            same += usize::from(is_same);
        }
        self.check(
            "and both services know of every consent the same",
            (&RESIDENTS, &same),
        )
    }

    /// A request has one answer.
    async fn repeated(&mut self, crash: &Crash) -> Step {
        let (wish, version) = crash.answered.first().ok_or("nothing was answered")?;
        let again = serve(&self.house, wish).await?;
        let found = (again.is_repeated, again.version.get());
        self.check(
            "gives a wish that comes again its first answer",
            (&(true, *version), &found),
        )?;
        let other = Wish {
            change: Change::Withdraw,
            ..wish.clone()
        };
        let refused = serve(&self.house, &other).await.err();
        let code = refused.map(|refused| refused.code);
        let what = "refuses another wish under the same name";
        self.came_to(what, "request_key_reused", code)
    }

    /// Everything that is stored, verified.
    async fn audited(&mut self) -> Step {
        let registry = |id: &_| self.services.keys(id);
        let found = audit(
            self.house.store(),
            &self.house.vault,
            Some(&registry),
            |_| {},
        )
        .await?;
        self.check(
            "verifies every mark, signature and chain",
            (&true, &found.is_clean()),
        )?;
        self.story
            .quote(Some(&[found.to_string().trim().to_owned()]));
        Ok(())
    }

    /// The decisions of an account that a wish has led to.
    async fn versions(&self, wish: &Wish) -> Result<Vec<u64>, Fault> {
        let held = self
            .house
            .store()
            .account(&wish.account, Reading::Whole)
            .await?;
        let entries = held.ok_or("no account")?.entries;
        let of = entries
            .iter()
            .filter(|entry| entry.request.key.as_str() == wish.key);
        Ok(of.map(|entry| entry.version.get()).collect())
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The operator has done something, and this came of it.
    fn tell(&mut self, what: &str, came_to: &str) {
        self.story.tell(self.now(), &Who::Operator, what, came_to);
    }

    /// It went well when what was found is what was expected.
    fn check<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, pair: (&T, &T)) -> Step {
        self.by(&Who::Operator, what, pair)
    }

    fn by<T: PartialEq + std::fmt::Debug>(
        &mut self,
        who: &dyn std::fmt::Display,
        what: &str,
        pair: (&T, &T),
    ) -> Step {
        Ok(self.story.check(self.now(), who, what, pair)?)
    }

    /// It went well when it was refused with this code.
    fn came_to(&mut self, what: &str, code: &str, found: Option<&str>) -> Step {
        if found != Some(code) {
            return Err(format!("{what}: {found:?}").into());
        }
        self.tell(what, code);
        Ok(())
    }
}

/// Whether only their owner reads these files.
fn private(files: &[PathBuf]) -> bool {
    #[cfg(unix)]
    let is_private = |file: &PathBuf| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o777 == 0o600)
    };
    #[cfg(not(unix))]
    let is_private = |file: &PathBuf| file.exists();
    !files.is_empty() && files.iter().all(is_private)
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
