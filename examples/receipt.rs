//! Receipts of the demo town: what Sofia takes home, and what one can do with it years later.
//!
//! `cargo run --example receipt [FOLDER]`
//!
//! Sofia has given her consent for the wishes of her child. She gets a receipt of it, and of what the
//! law does without asking her; she pauses and withdraws, and gets receipts of that. Each is verified as
//! somebody would who has public keys and nothing else.

use mydata::core::id::{ConsentId, ServiceId};
use mydata::core::jwk::{Algorithm, KeyHistory};
use mydata::core::jws::Sealed;
use mydata::core::lang::Language;
use mydata::core::time::Seconds;
use mydata::keys::Ring;
use mydata::receipt::finding::Level;
use mydata::receipt::loss::{Kept, Loss};
use mydata::receipt::print::{Page, Reader, Zone};
use mydata::receipt::receipt::{
    Acting, ActingAs, Assurance, Ceremony, Channel, Custody, EventState, Grounds, Method, Minor,
};
use mydata::receipt::signed::{EvidenceFault, Proven, SignedReceipt, Trust};
use mydata::receipt::{kantara, linked};
use mydata::record::consent::ConsentState;
use mydata_examples::opening::Opening;
use mydata_examples::operator::ReceiptDesk;
use mydata_examples::post::Who;
use mydata_examples::story::Story;
use mydata_examples::world::key;
use serde_json::{Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/receipts");
    match run(&folder.unwrap_or_else(default)) {
        Ok(steps) => {
            println!("receipt ok: {steps} steps");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("receipt failed: {error}");
            ExitCode::FAILURE
        }
    }
}

type Step = Result<(), Box<dyn Error>>;

/// The whole story; how many steps it had.
///
/// # Errors
/// The first step that did not come to what it should.
pub fn run(folder: &Path) -> Result<usize, Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let mut scene = Scene::set(&folder)?;
    scene.incomplete()?;
    scene.given()?;
    scene.forged()?;
    scene.converted()?;
    scene.sloppy()?;
    scene.by_law()?;
    scene.paused()?;
    scene.withdrawn()?;
    println!("files: {}", folder.display());
    Ok(scene.story.steps())
}

/// Everybody, and the desk that gives receipts.
struct Scene {
    story: Story,
    opening: Opening,
    desk: ReceiptDesk,
    ceremony: Ceremony,
    consent: ConsentId,
    folder: PathBuf,
}

impl Scene {
    /// Sofia has given her consent. The operator has a key for receipts and nothing else, the city's
    /// register, and its own record of how she gave it.
    fn set(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let opening = Opening::play()?;
        let key = key("operator-receipts-1", Algorithm::Ed25519)?;
        let desk = ReceiptDesk::new(opening.town.operator()?, opening.town.city()?, key);
        let mut consents = opening.world.operator.sink_consents();
        let ceremony = Ceremony {
            decided_at: opening.world.now,
            channel: Channel::App,
            method: Method::TickAndConfirm,
            is_explicit: true,
            acting: Acting {
                capacity: ActingAs::Parent,
                authority: Some("population-information-system/custody/2019-4711".to_owned()),
                minor: Some(Minor { age: 5 }),
            },
            assurance: Assurance::Substantial,
            custody: Custody::OwnDevice,
        };
        Ok(Self {
            story: Story::default(),
            consent: consents.pop().ok_or("nothing was consented to")?,
            opening,
            desk,
            ceremony,
            folder: folder.to_owned(),
        })
    }

    /// What somebody has who verifies: public keys, and no operator. They are published, and whoever
    /// keeps receipts for decades keeps them too.
    fn verify(&self, sealed: &Sealed<SignedReceipt>) -> Result<Proven, EvidenceFault> {
        let octets = sealed.to_json();
        let at = mydata::receipt::signed::Place::Receipt;
        let read = Sealed::from_json(octets.as_bytes());
        let sealed = read.map_err(|fault| EvidenceFault::Jws(fault, at))?;
        let world = &self.opening.world;
        let sides = [&world.espoo.side, &world.helsinki.side];
        let service = |id: &ServiceId| -> Option<KeyHistory> {
            let side = sides.iter().find(|side| side.id() == id)?;
            Some(side.keys().into())
        };
        let trust = Trust {
            operator: &|id| {
                (*id == self.desk.operator.operator_id).then(|| self.desk.keys().into())
            },
            service: &service,
            crypto: &Ring,
        };
        SignedReceipt::verify(&sealed, &trust)
    }

    fn check(
        &mut self,
        who: &dyn std::fmt::Display,
        what: &str,
        (expected, found): (&str, &str),
    ) -> Step {
        let now = self.opening.world.now;
        Ok(self.story.check(now, who, what, (&expected, &found))?)
    }

    /// The receipt of Sofia's decision as of now, verified.
    fn proven(&mut self) -> Result<Proven, Box<dyn Error>> {
        let (world, consent) = (&self.opening.world, &self.consent);
        let sealed = self
            .desk
            .signed(&world.operator, consent, &self.ceremony, world.now)?;
        Ok(self.verify(&sealed)?)
    }

    /// A register that lacks something: everything is named at once, and nothing is invented.
    fn incomplete(&mut self) -> Step {
        let whole = self.desk.city.clone();
        let helsinki = self
            .desk
            .city
            .services
            .get_mut(&self.opening.names.helsinki);
        helsinki.ok_or("no such service")?.purposes.clear();
        self.desk.city.authorities.clear();
        let (world, consent) = (&self.opening.world, &self.consent);
        let made = self
            .desk
            .receipt(&world.operator, consent, &self.ceremony, world.now)?;
        self.desk.city = whole;
        let lacks = made.err().ok_or("it was made all the same")?;
        let what = "gives no receipt, and says all that its register lacks";
        self.check(
            &Who::Operator,
            what,
            ("receipt_authority_missing", lacks.code()),
        )?;
        let lines: Vec<String> = lacks.0.iter().map(ToString::to_string).collect();
        self.story.quote(Some(&lines));
        Ok(())
    }

    /// The receipt of a decision.
    fn given(&mut self) -> Step {
        let proven = self.proven()?;
        let given = proven.given().ok_or("no decision")?;
        let is_given = given.state() == Some(EventState::Given);
        let process = proven.processes.first().ok_or("no purpose")?;
        let left_out = process
            .left_out
            .iter()
            .filter_map(|item| item.title.get(Language::SV));
        let left_out: Vec<String> = left_out.map(str::to_owned).collect();
        let what = "has a receipt that verifies without the operator";
        self.check(&Who::Sofia, what, ("true", &is_given.to_string()))?;
        let what = "reads in it what she has left out";
        let expected = "Kost, allergier och stödbehov";
        self.check(&Who::Sofia, what, (expected, &left_out.join(", ")))?;
        let unchecked = proven.unchecked().iter();
        let unchecked: Vec<String> = unchecked.map(|one| one.label().sv.to_owned()).collect();
        self.check(
            &Who::Sofia,
            "is told what that does not show",
            ("5", &unchecked.len().to_string()),
        )?;
        self.story.quote(Some(&unchecked));
        self.keep("consent", &proven)
    }

    /// An operator that wished it otherwise: its own signature does not help it.
    fn forged(&mut self) -> Step {
        let proven = self.proven()?;
        let mut receipt = (*proven).clone();
        if let Grounds::Consent(given) = &mut receipt.grounds {
            given.exp = None;
        }
        let evidence = proven.signed().evidence.clone();
        let forged = self.desk.sign(receipt, evidence)?;
        let code = self
            .verify(&forged)
            .err()
            .map_or("believed", |fault| fault.code());
        let what = "signs a receipt for a consent without an end, and is not believed";
        self.check(&Who::Operator, what, ("receipt_fact_other", code))
    }

    /// The same in the forms of others; each with what it has no place of its own for.
    fn converted(&mut self) -> Step {
        let proven = self.proven()?;
        let document = kantara::Document::of(&proven, Language::SV)?.to_json()?;
        let report = kantara::validate(&document);
        let found = report.findings.len().to_string();
        self.check(
            &Who::Operator,
            "writes it as Kantara 1.1, and finds no fault in it",
            ("0", &found),
        )?;
        let losses = kantara::losses(&proven, Language::SV);
        self.story
            .quote(Some(&[lost(&losses), first(&losses, Kept::Nowhere)]));

        let document = linked::Document::of(&proven).to_json()?;
        let back = linked::read(&document)
            .map_err(|_| "it was not read")?
            .document
            .receipt();
        let is_same = back.is_ok_and(|back| back == *proven);
        let what = "writes it as ISO/IEC TS 27560 in JSON-LD, and reads all of it again";
        self.check(&Who::Operator, what, ("true", &is_same.to_string()))?;
        let losses = linked::losses(&proven);
        self.story
            .quote(Some(&[lost(&losses), first(&losses, Kept::Extension)]));
        Ok(())
    }

    /// A receipt of somebody else's, with the faults that are seen in the field: each is named, each
    /// repair is told, and its octets stay as they came.
    fn sloppy(&mut self) -> Step {
        let proven = self.proven()?;
        let document = kantara::Document::of(&proven, Language::EN)?.to_json()?;
        let mut sloppy: Value = serde_json::from_slice(&document)?;
        let members = sloppy.as_object_mut().ok_or("no object")?;
        members.remove("x_mydata");
        members.insert("version".to_owned(), json!("KI-CR-v1.1.O"));
        let seconds = members
            .get("consentTimestamp")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        members.insert("consentTimestamp".to_owned(), json!(seconds * 1000));
        let policy = members.remove("policyUrl").ok_or("no policy")?;
        members.insert("policyURL".to_owned(), policy);
        let sloppy = sloppy.to_string();

        let report = kantara::validate(sloppy.as_bytes());
        let errors = report.count(Level::Error).to_string();
        self.check(
            &Who::Operator,
            "is sent a receipt of a careless system, and names its faults",
            ("3", &errors),
        )?;
        let lines: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        self.story.quote(Some(&lines));
        let reading = kantara::read(sloppy.as_bytes()).map_err(|_| "it was not read")?;
        let repairs = reading.repairs.len().to_string();
        self.check(
            &Who::Operator,
            "reads it all the same, and tells what it has repaired",
            ("3", &repairs),
        )?;
        let lines: Vec<String> = reading.repairs.iter().map(ToString::to_string).collect();
        self.story.quote(Some(&lines));
        Ok(())
    }

    /// What happens without anybody's consent has a receipt too.
    fn by_law(&mut self) -> Step {
        let names = &self.opening.names;
        let (espoo, helsinki) = (names.espoo.clone(), names.helsinki.clone());
        let notices = [
            (
                "legal-obligation",
                Some(&espoo),
                names.by_law.clone(),
                "reads that she can do nothing, and why",
            ),
            (
                "public-interest",
                None,
                names.planning.clone(),
                "reads that she can object, and where",
            ),
        ];
        for (name, source, purpose, what) in notices {
            let world = &self.opening.world;
            let told = (Language::SV, world.now);
            let sealed = self
                .desk
                .notice(&world.operator, (source, &helsinki), &purpose, told)?;
            let proven = self.verify(&sealed)?;
            let remedy = proven.remedy.kind.label().sv.to_owned();
            let basis = serde_json::to_string(&proven.basis())?;
            let expected = if source.is_some() {
                "\"legalObligation\""
            } else {
                "\"publicInterest\""
            };
            self.check(&Who::Sofia, what, (expected, &basis))?;
            self.story.quote(Some(&[remedy]));
            self.keep(name, &proven)?;
        }
        Ok(())
    }

    /// A pause, and its end.
    fn paused(&mut self) -> Step {
        self.change(
            "pauses",
            ConsentState::Disabled,
            EventState::Paused,
            "has a receipt of the pause",
        )?;
        let proven = self.proven()?;
        self.keep("paused", &proven)?;
        self.change(
            "goes on",
            ConsentState::Active,
            EventState::Resumed,
            "has a receipt of its end",
        )
    }

    /// The end.
    fn withdrawn(&mut self) -> Step {
        self.change(
            "withdraws",
            ConsentState::Withdrawn,
            EventState::Withdrawn,
            "has a receipt of the withdrawal",
        )?;
        let proven = self.proven()?;
        let refused = kantara::Document::of(&proven, Language::SV).err();
        let code = refused.map_or("written", |refusal| refusal.code());
        let what = "writes no Kantara receipt of it: that form would say that it stands";
        self.check(&Who::Operator, what, ("kantara_not_in_force", code))?;
        // Three changes do not fit on one sheet: it is no ordinary one.
        self.keep("withdrawn.long", &proven)
    }

    fn change(&mut self, does: &str, to: ConsentState, state: EventState, what: &str) -> Step {
        self.opening.world.wait(Seconds::days(1));
        let happened = self.opening.world.sofia(|sofia| sofia.change(to));
        self.story
            .step(&happened, Who::Sofia, does, "change_signed")?;
        let proven = self.proven()?;
        let found = proven.given().and_then(|given| given.state());
        let (expected, found) = (format!("{:?}", Some(state)), format!("{found:?}"));
        self.check(&Who::Sofia, what, (&expected, &found))
    }

    /// What Sofia takes home, as files: the evidence, the forms of others, and a page in each language.
    fn keep(&self, name: &str, proven: &Proven) -> Step {
        let write = |ending: &str, text: &str| {
            std::fs::write(self.folder.join([name, ending].concat()), text)
        };
        write(".receipt.json", &proven.signed().seal().to_json())?;
        write(
            ".jsonld",
            &String::from_utf8(linked::Document::of(proven).to_json()?)?,
        )?;
        if let Ok(document) = kantara::Document::of(proven, Language::SV) {
            write(".kantara.json", &String::from_utf8(document.to_json()?)?)?;
        }
        for (reader, ending) in [
            (Reader::Fi, ".fi.html"),
            (Reader::Sv, ".sv.html"),
            (Reader::En, ".en.html"),
        ] {
            let page = Page::of(proven, reader, Zone::Helsinki);
            write(ending, &page.to_string())?;
        }
        Ok(())
    }
}

/// How many facts went where.
fn lost(losses: &[Loss]) -> String {
    let of = |kept| losses.iter().filter(|loss| loss.kept == kept).count();
    let (ours, nowhere) = (of(Kept::Extension), of(Kept::Nowhere));
    format!("{ours} facts stand in our extension only, {nowhere} nowhere")
}

/// The first of them.
fn first(losses: &[Loss], kept: Kept) -> String {
    let these = losses.iter().filter(|loss| loss.kept == kept);
    let pointers: Vec<&str> = these.map(|loss| loss.pointer.as_str()).take(4).collect();
    format!("{}, …", pointers.join(", "))
}

#[cfg(test)]
mod tests {
    use super::run;
    use mydata::core::id::SurrogateId;
    use mydata::core::lang::Language;
    use mydata::receipt::issue::{LackKind, NoticeFacts, of_notice};
    use mydata::receipt::receipt::ReceiptId;
    use mydata::record::description::{Basis, Purpose, ServiceDescription};
    use mydata_examples::file::{Town, directory};

    #[test]
    fn the_story_of_the_receipts_goes_as_it_should() {
        let folder = std::env::temp_dir().join(format!("mydata-receipts-{}", std::process::id()));
        assert!(run(&folder).unwrap() > 10);
        let files = std::fs::read_dir(&folder).unwrap().count();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(files >= 5, "{files} files");
    }

    /// Whether a source has data of every kind that a purpose requires.
    fn gives_all(
        source: &ServiceDescription,
        sink: &ServiceDescription,
        purpose: &Purpose,
    ) -> bool {
        purpose.required_datasets.iter().all(|id| {
            let wanted = sink.dataset(id).unwrap();
            let mut given = source.data_description.iter();
            given.any(|given| given.dataset_schema.id == wanted.dataset_schema.id)
        })
    }

    /// The register has all that the town's services need: nothing is missing for any purpose, from
    /// whichever source gives what it requires.
    #[test]
    fn the_register_of_the_town_is_complete() {
        let town = Town::read(&directory()).unwrap();
        let (city, operator) = (town.city().unwrap(), town.operator().unwrap());
        let services = town.services().unwrap();
        let surrogate = SurrogateId::from_random([1; 16]);
        let mut receipts = 0;
        for sink in &services {
            for (basis, purpose) in sink.purposes() {
                let others = services.iter().filter(|source| {
                    source.is_source()
                        && sink.allows_source(purpose, &source.service_id)
                        && gives_all(source, sink, purpose)
                });
                let sources: Vec<Option<&ServiceDescription>> =
                    others.map(Some).chain([None]).collect();
                for source in sources {
                    let made = of_notice(&NoticeFacts {
                        receipt_id: ReceiptId::from_random([2; 16]),
                        now: town.start,
                        operator: &operator,
                        city: &city,
                        sink: (sink, &surrogate),
                        source: source.map(|source| (source, &surrogate)),
                        purposes: std::slice::from_ref(&purpose.purpose_id),
                        told_at: town.start,
                        language: Language::FI,
                    });
                    let lacks = made.err().map(|lacks| lacks.0).unwrap_or_default();
                    let is_wanted = |kind| basis != Basis::Consent || kind != LackKind::IsConsent;
                    let missing: Vec<_> =
                        lacks.iter().filter(|lack| is_wanted(lack.kind)).collect();
                    assert!(missing.is_empty(), "{}: {missing:?}", purpose.purpose_id);
                    receipts += 1;
                }
            }
        }
        assert!(receipts > 20, "{receipts} were tried");
    }
}
