//! What stands before every story but that of the town: Sofia has signed up and linked both services,
//! and has given her consent for the wishes.

use crate::file::{self, Town};
use crate::names::Names;
use crate::post::Who;
use crate::world::{Happened, World};
use mydata::core::time::Seconds;
use std::error::Error;

/// Everybody, two days on.
#[derive(Debug)]
pub struct Opening {
    /// Everybody.
    pub world: World,
    /// Their names.
    pub names: Names,
    /// Their town.
    pub town: Town,
}

impl Opening {
    /// # Errors
    /// When anything of it is refused.
    pub fn play() -> Result<Self, Box<dyn Error>> {
        let (names, town) = (Names::new()?, Town::read(&file::directory())?);
        let mut world = World::new(&town, &names.account, &names.espoo, &names.helsinki)?;
        let sofia = town.person("p-sofia")?;
        let (first, last) = sofia.name.split_once(' ').ok_or("one name only")?;
        let form = serde_json::json!({ "data": { "type": "Account", "attributes": {
            "username": "sofia.lind", "password": "tre hästar och en båt", "firstname": first,
            "lastname": last, "email": "sofia@post.example", "x_mydata": { "natural_person": true },
        } } });
        well(&world.sofia(|sofia| sofia.sign_up(&form)))?;
        well(&world.sofia(|sofia| sofia.use_code()))?;
        let description = town.description(&names.helsinki)?;
        well(&world.helsinki(|sink, _| sink.side.describe(&description)))?;
        let description = town.description(&names.espoo)?;
        well(&world.espoo(|source| source.side.describe(&description)))?;
        world.wait(Seconds::days(1));
        let services = [
            (Who::Espoo, &names.espoo, "E-4711"),
            (Who::Helsinki, &names.helsinki, "H-20250"),
        ];
        for (who, id, customer) in services {
            well(&world.sofia(|sofia| sofia.link(id)))?;
            well(&world.sofia(|sofia| sofia.confirm(who, id, customer)))?;
        }
        world.wait(Seconds::days(1));
        let question = names.question(&names.purpose, sofia.lang);
        well(&world.sofia(|sofia| sofia.ask(&question)))?;
        world.wait(Seconds::minutes(1));
        let until = world.now.plus(Seconds::days(120));
        let wishes = [names.wishes.clone()];
        well(&world.sofia(|sofia| sofia.choose(&wishes, until)))?;
        Ok(Self { world, names, town })
    }
}

/// Nobody has refused anything.
fn well(happened: &Happened) -> Result<(), String> {
    let refused = happened
        .outcomes
        .iter()
        .find(|(.., is_refusal)| *is_refusal);
    refused.map_or(Ok(()), |(who, code, _)| Err(format!("{who}: {code}")))
}
