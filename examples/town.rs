//! A move from Espoo to Helsinki: one resident, one operator, one source, one sink.
//!
//! `cargo run --example town`
//!
//! Sofia Lind moves, and her child's wishes for day care can come along. She links both registers to
//! her account, gives her consent for the wishes and not for the diet, and changes her mind later. In
//! the end she takes a copy of everything along, and has the account deleted.
//! Read it from top to bottom: every step says who did it, and what it came to.

use mydata::core::crypto::{Crypto as _, Sha256};
use mydata::core::jwk::Algorithm;
use mydata::core::lang::Language;
use mydata::core::time::Seconds;
use mydata::keys::Ring;
use mydata::operator::Lifecycle;
use mydata::record::consent::ConsentState;
use mydata::record::notification::Selection;
use mydata::record::objection::Verdict;
use mydata_examples::careless::with_a_stolen_token;
use mydata_examples::file::{self, Person, Town};
use mydata_examples::look_back;
use mydata_examples::names::Names;
use mydata_examples::post::Who;
use mydata_examples::story::Story;
use mydata_examples::talk::Matter;
use mydata_examples::world::{World, key};
use std::error::Error;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(steps) => {
            println!("town ok: {steps} steps");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("town failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The whole story; how many steps it had.
///
/// # Errors
/// The first step that did not come to what it should.
pub fn run() -> Result<usize, Box<dyn Error>> {
    let (names, town) = (Names::new()?, Town::read(&file::directory())?);
    let sofia = town.person("p-sofia")?;
    let mut world = World::new(&town, &names.account, &names.espoo, &names.helsinki)?;
    let mut story = Story::default();

    sign_up(&mut story, &mut world, sofia)?;
    describe(&mut story, &mut world, &town, &names)?;
    link(&mut story, &mut world, &names)?;
    give(&mut story, &mut world, &names, sofia)?;
    transfer(&mut story, &mut world, &names)?;
    attack(&mut story, &mut world, &names)?;
    modify(&mut story, &mut world, &names, sofia)?;
    pause(&mut story, &mut world, &names)?;
    withdraw(&mut story, &mut world, &names)?;
    notify(&mut story, &mut world, &names, sofia)?;
    object(&mut story, &mut world, &names, &town)?;
    reopen(&mut story, &mut world, (&names, &town), sofia)?;
    unlink(&mut story, &mut world, &names)?;
    deregister(&mut story, &mut world, &names)?;
    look_back::check(&mut story, &world, &names, sofia)?;
    leave(&mut story, &mut world, &names, &town)?;
    Ok(story.steps())
}

/// Day 0: Sofia signs up. The account is hers when the code has reached her.
fn sign_up(story: &mut Story, world: &mut World, sofia: &Person) -> Step {
    let (first, last) = sofia.name.split_once(' ').ok_or("one name only")?;
    let form = |password: &str| {
        serde_json::json!({ "data": { "type": "Account", "attributes": {
            "username": "sofia.lind", "password": password, "firstname": first, "lastname": last,
            "email": "sofia@post.example", "x_mydata": { "natural_person": true },
        } } })
    };
    let happened = world.sofia(|sofia| sofia.sign_up(&form("Lind1988")));
    let what = "refuses a short password";
    story.step(
        &happened,
        Who::Operator,
        what,
        "registration_password_short",
    )?;
    let happened = world.sofia(|sofia| sofia.sign_up(&form("tre hästar och en båt")));
    let what = "makes the account, and sends a code by e-mail";
    story.step(&happened, Who::Operator, what, "account_created")?;
    story.quote(world.sofia.notice().map(std::slice::from_ref));
    let happened = world.sofia(|sofia| sofia.ask_code(Matter::Export));
    let what = "does nothing for an account that nobody has activated";
    story.step(&happened, Who::Operator, what, "account_not_activated")?;
    let happened = world.sofia(|sofia| sofia.use_code());
    story.step(
        &happened,
        Who::Operator,
        "knows that it is hers",
        "account_activated",
    )?;
    Ok(())
}

/// Day 0: the services publish what they do, in three languages or not at all.
fn describe(story: &mut Story, world: &mut World, town: &Town, names: &Names) -> Step {
    let count = town.check()?;
    let what = format!("{count} descriptions are read, in Finnish, Swedish and English");
    story.check(world.now, &"town", &what, (&15, &count))?;

    let faulty = town.description_without(Language::SV, &names.helsinki)?;
    let happened = world.helsinki(|sink, _| sink.side.describe(&faulty));
    let what = "refuses a description without Swedish, and lists all faults";
    story.step(
        &happened,
        Who::Operator,
        what,
        "description_missing_language",
    )?;
    story.quote(world.helsinki.told().map(|told| told.lines.as_slice()));

    let description = town.description(&names.helsinki)?;
    let happened = world.helsinki(|sink, _| sink.side.describe(&description));
    story.step(&happened, Who::Operator, "registers the sink", "registered")?;
    let description = town.description(&names.espoo)?;
    let happened = world.espoo(|source| source.side.describe(&description));
    story.step(
        &happened,
        Who::Operator,
        "registers the source",
        "registered",
    )?;
    renew(story, world, town, names)
}

/// The same day: Helsinki mends its description, and Sofia looks for what there is.
fn renew(story: &mut Story, world: &mut World, town: &Town, names: &Names) -> Step {
    let mended = town.description_mended(&names.helsinki, None)?;
    let happened = world.helsinki(|sink, _| sink.side.describe(&mended));
    let what = "takes no other description under the same version";
    story.step(&happened, Who::Operator, what, "registry_version_reused")?;
    let mended = town.description_mended(&names.helsinki, Some("1.1.0"))?;
    let happened = world.helsinki(|sink, _| sink.side.describe(&mended));
    let what = "registers a new version, and keeps the old one";
    story.step(&happened, Who::Operator, what, "registered")?;
    let versions = world.operator.services().audit(&names.helsinki);
    let what = "has both versions, and can rebuild the registry from its log";
    story.check(world.now, &Who::Operator, what, (&Some(2), &versions))?;

    let found = world.operator.services().find("SMÅBARN", Language::SV);
    let what = "looks for day care in Swedish, and finds both";
    story.check(world.now, &Who::Sofia, what, (&2, &found.len()))?;
    story.quote(Some(&found));
    let found = world.operator.services().find("smabarn", Language::SV);
    let what = "misspells it: å is not a in Swedish";
    story.check(world.now, &Who::Sofia, what, (&0, &found.len()))?;
    Ok(())
}

/// Day 1: Sofia links both services. Each knows her by a name of its own.
fn link(story: &mut Story, world: &mut World, names: &Names) -> Step {
    world.wait(Seconds::days(1));
    let services = [
        (Who::Espoo, &names.espoo, "E-4711"),
        (Who::Helsinki, &names.helsinki, "H-20250"),
    ];
    for (who, id, customer) in services {
        let happened = world.sofia(|sofia| sofia.link(id));
        story.step(&happened, who, "asks Sofia to sign in", "person_asked")?;
        let happened = world.sofia(|sofia| sofia.confirm(who, id, customer));
        story.step(&happened, Who::Sofia, "signs the link", "link_signed")?;
        story.step(&happened, who, "signs it too", "countersigned")?;
        story.step(&happened, who, "keeps the link", "linked")?;
    }
    Ok(())
}

/// Day 2: Helsinki asks for two things: one of them by law, the other Sofia decides.
fn give(story: &mut Story, world: &mut World, names: &Names, sofia: &Person) -> Step {
    world.wait(Seconds::days(1));
    let until = world.now.plus(Seconds::days(120));

    let by_law = names.question(&names.by_law, sofia.lang);
    let happened = world.sofia(|sofia| sofia.ask(&by_law));
    let what = "reads what moves by law, and says yes to it";
    story.step(&happened, Who::Sofia, what, "form_read")?;
    let both = [names.placement.clone(), names.plan.clone()];
    let happened = world.sofia(|sofia| sofia.choose(&both, until));
    let what = "takes no consent for what the law demands";
    story.step(&happened, Who::Operator, what, "purpose_not_consent")?;
    story.quote(world.sofia.told().map(|told| told.lines.as_slice()));

    let question = names.question(&names.purpose, sofia.lang);
    let happened = world.sofia(|sofia| sofia.ask(&question));
    story.step(
        &happened,
        Who::Sofia,
        "reads the form, in Swedish",
        "form_read",
    )?;
    story.quote(world.sofia.form().map(|form| form.lines()).as_deref());

    let needs = [names.needs.clone()];
    let happened = world.sofia(|sofia| sofia.choose(&needs, until));
    let what = "needs the wishes, or the purpose cannot work";
    story.step(&happened, Who::Operator, what, "dataset_required")?;

    let wishes = [names.wishes.clone()];
    let happened = world.sofia(|sofia| sofia.choose(&wishes, until));
    let what = "gives the wishes until May, and leaves out the diet";
    story.step(&happened, Who::Sofia, what, "consent_signed")?;
    story.step(
        &happened,
        Who::Espoo,
        "keeps the source's half",
        "consented",
    )?;
    story.step(
        &happened,
        Who::Helsinki,
        "keeps the sink's half",
        "consented",
    )?;
    Ok(())
}

/// Day 3: the wishes move, from the source to the sink and past the operator.
fn transfer(story: &mut Story, world: &mut World, names: &Names) -> Step {
    world.wait(Seconds::days(1));
    let happened = world.helsinki(|sink, now| sink.fetch(&names.purpose, &names.wishes, now));
    story.step(&happened, Who::Operator, "issues a token", "token_issued")?;
    story.step(&happened, Who::Espoo, "gives the wishes", "granted")?;
    story.step(&happened, Who::Helsinki, "has the wishes", "data_received")?;
    let on_file = look_back::on_file("E-4711", "wishes")?;
    let (dataset, body) = world.helsinki.received().ok_or("nothing was received")?;
    let expected = (&names.wishes, digest(&on_file));
    let what = "compares: exactly what Espoo has on file, and nothing else";
    story.check(
        world.now,
        &Who::Helsinki,
        what,
        (&expected, &(dataset, digest(body))),
    )?;

    let happened = world.helsinki(|sink, now| sink.fetch(&names.purpose, &names.needs, now));
    let what = "does not even ask for the diet";
    story.step(&happened, Who::Helsinki, what, "dataset_not_consented")?;
    Ok(())
}

/// The same day: nobody relies on anybody's good will.
fn attack(story: &mut Story, world: &mut World, names: &Names) -> Step {
    let happened = world.helsinki(|sink, now| sink.demand_data(&names.needs_url, now));
    let lines = [
        (
            Who::Espoo,
            "is asked for the diet all the same, and refuses",
            "token_audience, access_resource",
        ),
        (
            Who::Helsinki,
            "is told why, since it has proven who it is",
            "told 403 token_audience",
        ),
    ];
    story.each(&happened, &lines)?;

    world.wait(Seconds::new(10));
    let letter = world.newest(Who::Operator, Who::Helsinki)?;
    // The thief even gives his key the name of Helsinki's.
    let thief = key("hki-vaka.sink-pop-1", Algorithm::Ed25519)?;
    let stolen = with_a_stolen_token(&letter.octets, &thief, &names.wishes_url, world.now);
    let happened = world.follow(Who::Stranger, stolen);
    let what = "is shown a stolen token, and refuses the thief";
    story.step(&happened, Who::Espoo, what, "proof_not_verified")?;

    let happened = world.helsinki(|sink, now| sink.fetch(&names.purpose, &names.wishes, now));
    story.step(&happened, Who::Espoo, "gives them again", "granted")?;
    let again = world.newest(Who::Helsinki, Who::Espoo)?.clone();
    let happened = world.follow(Who::Stranger, Ok(vec![again]));
    let what = "is sent the very same request a second time, and refuses";
    story.step(&happened, Who::Espoo, what, "request_replayed")?;
    Ok(())
}

/// A minute later: Sofia would rather have it over in March. The old consent ends as the new one
/// begins, and the token for the old one is worth nothing.
fn modify(story: &mut Story, world: &mut World, names: &Names, sofia: &Person) -> Step {
    world.wait(Seconds::minutes(1));
    let until = world.now.plus(Seconds::days(60));
    let question = names.question(&names.purpose, sofia.lang);
    let happened = world.sofia(|sofia| sofia.ask(&question));
    story.step(&happened, Who::Sofia, "reads the form again", "form_read")?;
    let wishes = [names.wishes.clone()];
    let happened = world.sofia(|sofia| sofia.choose_anew(&wishes, until));
    let lines = [
        (
            Who::Sofia,
            "gives the wishes until March only, in the place of until May",
            "modification_signed",
        ),
        (Who::Operator, "changes both at once", "consent_modified"),
        (Who::Espoo, "gives nothing on the old one", "stopped"),
        (Who::Espoo, "keeps its half of the new one", "consented"),
        (Who::Helsinki, "uses nothing on the old one", "stopped"),
        (Who::Helsinki, "keeps its half of the new one", "consented"),
    ];
    story.each(&happened, &lines)?;
    let happened = world.helsinki(|sink, now| sink.demand_data(&names.wishes_url, now));
    let what = "refuses the token of the old consent";
    story.step(&happened, Who::Espoo, what, "consent_withdrawn")?;
    let happened = world.helsinki(|sink, now| sink.fetch(&names.purpose, &names.wishes, now));
    story.step(
        &happened,
        Who::Espoo,
        "gives them on the new one",
        "granted",
    )?;
    Ok(())
}

/// A minute later: Sofia pauses, and resumes.
fn pause(story: &mut Story, world: &mut World, names: &Names) -> Step {
    world.wait(Seconds::minutes(1));
    let happened = world.sofia(|sofia| sofia.change(ConsentState::Disabled));
    story.step(&happened, Who::Sofia, "pauses", "change_signed")?;
    story.quote(Some(&in_three_languages(ConsentState::Disabled)));
    story.step(
        &happened,
        Who::Espoo,
        "gives nothing from now on",
        "stopped",
    )?;
    story.step(
        &happened,
        Who::Helsinki,
        "uses nothing from now on",
        "stopped",
    )?;

    let happened = world.helsinki(|sink, now| sink.fetch(&names.purpose, &names.wishes, now));
    story.step(&happened, Who::Helsinki, "does not ask", "consent_disabled")?;
    let happened = world.helsinki(|sink, _| sink.demand_token());
    story.step(
        &happened,
        Who::Operator,
        "issues no token",
        "consent_disabled",
    )?;
    let happened = world.helsinki(|sink, now| sink.demand_data(&names.wishes_url, now));
    story.step(
        &happened,
        Who::Espoo,
        "refuses the old token",
        "consent_disabled",
    )?;

    world.wait(Seconds::days(1));
    let happened = world.sofia(|sofia| sofia.change(ConsentState::Active));
    story.step(&happened, Who::Sofia, "resumes", "change_signed")?;
    story.quote(Some(&in_three_languages(ConsentState::Active)));
    let happened = world.helsinki(|sink, now| sink.fetch(&names.purpose, &names.wishes, now));
    story.step(&happened, Who::Espoo, "gives them again", "granted")?;

    // She pauses once more, and Helsinki's letter about it gets lost on the way.
    world.lose_a_letter(Who::Helsinki);
    let happened = world.sofia(|sofia| sofia.change(ConsentState::Disabled));
    story.step(
        &happened,
        Who::Espoo,
        "is told, and Helsinki is not",
        "stopped",
    )?;
    let happened = world.sofia(|sofia| sofia.change(ConsentState::Active));
    let what = "sees from the next letter that one is missing, stops and asks";
    story.step(&happened, Who::Helsinki, what, "status_asked")?;
    story.step(
        &happened,
        Who::Operator,
        "tells what was missed",
        "status_told",
    )?;
    story.step(&happened, Who::Helsinki, "knows it all again", "caught_up")?;
    Ok(())
}

/// A minute later: Sofia withdraws, for good. The token that Helsinki has would last for minutes.
fn withdraw(story: &mut Story, world: &mut World, names: &Names) -> Step {
    world.wait(Seconds::minutes(1));
    let happened = world.sofia(|sofia| sofia.change(ConsentState::Withdrawn));
    story.step(&happened, Who::Sofia, "withdraws", "change_signed")?;
    story.quote(Some(&in_three_languages(ConsentState::Withdrawn)));

    let happened = world.helsinki(|sink, now| sink.fetch(&names.purpose, &names.wishes, now));
    story.step(
        &happened,
        Who::Helsinki,
        "does not ask",
        "consent_withdrawn",
    )?;
    let happened = world.helsinki(|sink, _| sink.demand_token());
    story.step(
        &happened,
        Who::Operator,
        "issues no new token",
        "consent_withdrawn",
    )?;
    let happened = world.helsinki(|sink, now| sink.demand_data(&names.wishes_url, now));
    let what = "refuses the old token, four minutes before it expires";
    story.step(&happened, Who::Espoo, what, "consent_withdrawn")?;
    let happened = world.sofia(|sofia| sofia.change(ConsentState::Active));
    let what = "cannot resume what is over: that takes a new consent";
    story.step(&happened, Who::Operator, what, "chain_terminal")?;
    Ok(())
}

/// A minute later: Sofia says what she wishes to be told, and what not.
fn notify(story: &mut Story, world: &mut World, names: &Names, sofia: &Person) -> Step {
    world.wait(Seconds::minutes(1));
    let wish = [Selection::Subscribe(names.offered.clone())];
    let happened = world.sofia(|sofia| sofia.subscribe(&names.helsinki, &wish));
    let lines = [
        (
            Who::Sofia,
            "wishes to be told when a place is offered",
            "subscription_signed",
        ),
        (Who::Helsinki, "will tell her", "subscribed"),
        (
            Who::Operator,
            "knows that it will",
            "subscription_confirmed",
        ),
    ];
    story.each(&happened, &lines)?;

    let written = world.helsinki(|sink, now| sink.write(&names.closed, sofia.lang, now));
    let what = "does not write of closed days, which she has not asked for";
    story.step(&written, Who::Helsinki, what, "not_subscribed")?;
    let written = world.helsinki(|sink, now| sink.write(&names.offered, sofia.lang, now));
    story.each(&written, &[])?;
    let happened = world.helsinki(|sink, _| sink.send());
    story.step(&happened, Who::Operator, "keeps it for her", "notified")?;
    story.step(&happened, Who::Sofia, "reads it", "notification_read")?;
    story.quote(Some(world.sofia.read()));

    let written = world.helsinki(|sink, now| sink.write(&names.offered, sofia.lang, now));
    story.each(&written, &[])?;
    let wish = [Selection::Cancel(names.offered.clone())];
    let happened = world.sofia(|sofia| sofia.subscribe(&names.helsinki, &wish));
    let what = "has an answer, and wishes to hear no more of it";
    story.step(&happened, Who::Sofia, what, "subscription_signed")?;
    let happened = world.helsinki(|sink, _| sink.send());
    let what = "does not take what was written before she said so";
    let code = "notification_not_subscribed";
    story.step(&happened, Who::Operator, what, code)?;
    Ok(())
}

/// A minute later: Sofia objects to what the law permits.
fn object(story: &mut Story, world: &mut World, names: &Names, town: &Town) -> Step {
    world.wait(Seconds::minutes(1));
    let description = town.description_mended(&names.helsinki, Some("1.1.0"))?;
    let may = |world: &World| {
        let (purpose, dataset) = (&names.planning, &names.own_wishes);
        let (helsinki, now) = (&world.helsinki, world.now);
        helsinki.ground(&description, purpose, dataset, now)
    };
    let what = "counts her wishes when it plans places: the law permits it";
    story.check(
        world.now,
        &Who::Helsinki,
        what,
        (&"public interest", &may(world)?),
    )?;
    let happened = world.sofia(|sofia| sofia.object(&names.helsinki, &names.purpose));
    let what = "takes no objection to what she has agreed to herself";
    story.step(&happened, Who::Operator, what, "objection_basis")?;
    let happened = world.sofia(|sofia| sofia.object(&names.helsinki, &names.planning));
    let lines = [
        (Who::Sofia, "objects to it", "objection_signed"),
        (
            Who::Helsinki,
            "answers at once that somebody will decide",
            "objection_pending",
        ),
        (Who::Sofia, "reads that", "decision_read"),
    ];
    story.each(&happened, &lines)?;
    story.quote(Some(world.sofia.read()));
    let what = "knows meanwhile that it is contested";
    story.check(
        world.now,
        &Who::Helsinki,
        what,
        (&"contested", &may(world)?),
    )?;

    world.wait(Seconds::days(1));
    let happened = world.helsinki(|sink, now| sink.decide(Verdict::Accepted, None, now));
    story.step(&happened, Who::Sofia, "reads the decision", "decision_read")?;
    story.quote(Some(world.sofia.read()));
    let what = "counts them no longer";
    story.check(world.now, &Who::Helsinki, what, (&"objected", &may(world)?))?;

    let happened = world.sofia(|sofia| sofia.object(&names.helsinki, &names.statistics));
    let what = "objects to the statistics too";
    story.step(&happened, Who::Sofia, what, "objection_signed")?;
    let why = Some("https://hki-vaka.town.example/decisions/1");
    let happened = world.helsinki(|sink, now| sink.decide(Verdict::Rejected, why, now));
    let what = "reads that the city must make them, and where that stands";
    story.step(&happened, Who::Sofia, what, "decision_read")?;
    story.quote(Some(world.sofia.read()));
    let again = world.helsinki(|sink, now| sink.decide(Verdict::Accepted, None, now));
    let what = "holds to what it has decided";
    story.step(&again, Who::Helsinki, what, "verdict_final")?;
    Ok(())
}

/// A minute later: what she has objected to she may allow, and she alone.
fn reopen(
    story: &mut Story,
    world: &mut World,
    (names, town): (&Names, &Town),
    sofia: &Person,
) -> Step {
    world.wait(Seconds::minutes(1));
    let until = world.now.plus(Seconds::days(120));
    let question = names.question(&names.planning_consented, sofia.lang);
    let happened = world.sofia(|sofia| sofia.ask(&question));
    let what = "is asked for her consent, and reads the form";
    story.step(&happened, Who::Sofia, what, "form_read")?;
    let wishes = [names.wishes.clone()];
    let happened = world.sofia(|sofia| sofia.choose(&wishes, until));
    story.step(&happened, Who::Sofia, "gives it", "consent_signed")?;
    let description = town.description_mended(&names.helsinki, Some("1.1.0"))?;
    let (purpose, dataset) = (&names.planning_consented, &names.wishes);
    let (helsinki, now) = (&world.helsinki, world.now);
    let ground = helsinki.ground(&description, purpose, dataset, now)?;
    let what = "may count her wishes again, on her consent";
    story.check(world.now, &Who::Helsinki, what, (&"consent", &ground))?;
    let happened = world.helsinki(|sink, now| sink.fetch(purpose, &names.wishes, now));
    story.step(&happened, Who::Espoo, "gives them for that", "granted")?;
    Ok(())
}

/// A minute later: Sofia ends both links.
fn unlink(story: &mut Story, world: &mut World, names: &Names) -> Step {
    world.wait(Seconds::minutes(1));
    let happened = world.sofia(|sofia| sofia.unlink(&names.espoo));
    let what = "forgets who the surrogate was";
    story.step(&happened, Who::Espoo, what, "unlinked")?;
    let happened = world.sofia(|sofia| sofia.unlink(&names.helsinki));
    let what = "lets go of the link, and keeps that she has objected";
    let code = "unlinked, objection_kept";
    story.step(&happened, Who::Helsinki, what, code)?;
    let happened = world.helsinki(|sink, now| sink.fetch(&names.purpose, &names.wishes, now));
    story.step(&happened, Who::Helsinki, "does not ask", "link_removed")?;
    let happened = world.helsinki(|sink, _| sink.demand_token());
    story.step(&happened, Who::Operator, "issues no token", "link_removed")?;
    let happened = world.helsinki(|sink, now| sink.demand_data(&names.wishes_url, now));
    story.step(&happened, Who::Espoo, "gives nothing", "link_removed")?;
    let until = world.now.plus(Seconds::days(30));
    let wishes = [names.wishes.clone()];
    let happened = world.sofia(|sofia| sofia.choose(&wishes, until));
    story.step(
        &happened,
        Who::Operator,
        "takes no consent now",
        "link_removed",
    )?;
    Ok(())
}

/// A minute later: Sofia links Espoo once more, and then Espoo's register closes. Nobody has to ask
/// her, and nobody is left linked to it.
fn deregister(story: &mut Story, world: &mut World, names: &Names) -> Step {
    world.wait(Seconds::minutes(1));
    let _ = world.sofia(|sofia| sofia.link(&names.espoo));
    let happened = world.sofia(|sofia| sofia.confirm(Who::Espoo, &names.espoo, "E-4711"));
    story.step(&happened, Who::Espoo, "is linked once more", "linked")?;
    let now = world.now;
    let mails = world.operator.deregister(&names.espoo, now);
    let happened = world.follow(Who::Operator, mails);
    let what = "leaves the registry, and is told that no link is left";
    story.step(&happened, Who::Espoo, what, "unlinked")?;
    let happened = world.sofia(|sofia| sofia.link(&names.espoo));
    let what = "links nobody to a service that has left";
    story.step(&happened, Who::Operator, what, "service_suspended")?;
    Ok(())
}

/// Two months later: Sofia takes a copy of everything along, and leaves.
fn leave(story: &mut Story, world: &mut World, names: &Names, town: &Town) -> Step {
    world.wait(Seconds::days(60));
    let happened = world.sofia(|sofia| sofia.link(&names.helsinki));
    story.step(
        &happened,
        Who::Helsinki,
        "asks Sofia to sign in",
        "person_asked",
    )?;
    let happened = world.sofia(|sofia| sofia.confirm(Who::Helsinki, &names.helsinki, "H-20250"));
    story.step(&happened, Who::Helsinki, "is linked once more", "linked")?;
    let description = town.description_mended(&names.helsinki, Some("1.1.0"))?;
    let (purpose, dataset) = (&names.planning, &names.own_wishes);
    let (helsinki, now) = (&world.helsinki, world.now);
    let ground = helsinki.ground(&description, purpose, dataset, now)?;
    let what = "leaves her wishes alone: what she objected to outlives the link";
    story.check(now, &Who::Helsinki, what, (&"objected", &ground))?;

    let happened = world.sofia(|sofia| sofia.fetch_copy());
    let what = "gives no copy before the request is confirmed";
    story.step(&happened, Who::Operator, what, "export_not_verified")?;
    let happened = world.sofia(|sofia| sofia.ask_code(Matter::Export));
    story.step(
        &happened,
        Who::Sofia,
        "has a code by e-mail",
        "code_received",
    )?;
    let happened = world.sofia(|sofia| sofia.use_code());
    story.step(
        &happened,
        Who::Operator,
        "makes the copy ready",
        "export_opened",
    )?;
    let happened = world.sofia(|sofia| sofia.fetch_copy());
    story.step(&happened, Who::Sofia, "has the copy", "copy_received")?;
    let copy = world.sofia.copy().ok_or("no copy")?;
    let links = &copy.attributes.service_links;
    let consents: usize = links.iter().map(|link| link.consent_records.len()).sum();
    let what = "finds in it four links, three consents and what she was shown";
    let shown = copy.attributes.x_mydata.proposals.len();
    story.check(
        world.now,
        &Who::Sofia,
        what,
        (&(4, 6, 4), &(links.len(), consents, shown)),
    )?;

    let happened = world.sofia(|sofia| sofia.ask_code(Matter::Deletion));
    story.step(
        &happened,
        Who::Sofia,
        "asks for the deletion",
        "code_received",
    )?;
    let happened = world.sofia(|sofia| sofia.use_code());
    let what = "waits for two weeks, and tells nobody yet";
    story.step(&happened, Who::Operator, what, "deletion_begun")?;
    story.quote(world.sofia.notice().map(std::slice::from_ref));
    world.wait(Seconds::days(7));
    let happened = world.sofia(|sofia| sofia.link(&names.helsinki));
    story.step(
        &happened,
        Who::Operator,
        "makes nothing new meanwhile",
        "account_closing",
    )?;
    let happened = world.sofia(|sofia| sofia.keep());
    story.step(
        &happened,
        Who::Operator,
        "undoes it: all is as it was",
        "deletion_undone",
    )?;

    world.wait(Seconds::days(1));
    let happened = world.sofia(|sofia| sofia.ask_code(Matter::Deletion));
    story.step(&happened, Who::Sofia, "asks for it again", "code_received")?;
    let happened = world.sofia(|sofia| sofia.use_code());
    story.step(&happened, Who::Operator, "waits again", "deletion_begun")?;
    world.wait(Seconds::days(14));
    let happened = world.operator(|operator, now| operator.timers(now));
    let lines = [
        (
            Who::Helsinki,
            "is told that the link is over, and forgets the surrogate",
            "unlinked",
        ),
        (Who::Sofia, "is told that it is done", "notice_read"),
    ];
    story.each(&happened, &lines)?;
    let happened = world.operator(|operator, now| operator.erase(now));
    story.each(&happened, &[])?;
    let what = "has nothing left of Sofia";
    let kept = world.operator.kept();
    story.check(
        world.now,
        &Who::Operator,
        what,
        (&(Lifecycle::Erased, 0), &kept),
    )?;
    let happened = world.sofia(|sofia| sofia.link(&names.helsinki));
    story.step(
        &happened,
        Who::Operator,
        "knows her no more",
        "account_ended",
    )?;
    Ok(())
}

type Step = Result<(), Box<dyn Error>>;

fn in_three_languages(state: ConsentState) -> [String; 1] {
    let label = state.label();
    [format!("{} / {} / {}", label.fi, label.sv, label.en)]
}

fn digest(text: &str) -> Sha256 {
    Ring.sha256(text.as_bytes())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_story_comes_to_its_end() {
        let steps = super::run().expect("every step comes to what it should");
        assert!(steps >= 20, "{steps} steps");
    }

    /// What the README shows is what the story prints: the test runs itself, to hear it.
    #[test]
    fn the_readme_shows_what_is_printed() {
        let this = std::env::current_exe().expect("the test has a file");
        let mut story = std::process::Command::new(this);
        story.args(["--exact", "tests::the_story_comes_to_its_end"]);
        let output = story.arg("--nocapture").output().expect("it runs");
        let printed = String::from_utf8(output.stdout).expect("it prints text");
        let sample = include_str!("README.md").split("```text\n").nth(1);
        let sample = sample.and_then(|rest| rest.split("```").next());
        let steps = sample.into_iter().flat_map(str::lines);
        let steps = steps.filter(|line| *line != "…" && !line.starts_with("town ok"));
        let mut shown = 0;
        for line in steps {
            shown += 1;
            assert!(printed.lines().any(|known| known == line), "{line}");
        }
        assert!(shown > 20, "{shown} lines");
    }
}
