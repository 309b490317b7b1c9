//! Whose word is taken for who a resident is.

use super::check::Check;
use super::{ConfigRefusal, file, units};
use crate::residents::{CONFIRM, ResidentsConfig};
use mydata::core::time::Seconds;
use mydata::identity::{Assurance, Audience, Issuer, Levels, Provider};

/// The provider, and what is demanded; nothing where there are faults.
pub(super) fn residents(check: &mut Check<'_, '_>, file: &file::File) -> Option<ResidentsConfig> {
    let table = file.residents.as_ref()?;
    let told =
        "this is not the `https` address of a provider, without a user, a query and a fragment";
    let rule = (ConfigRefusal::Address, told);
    let issuer = check.read(&table.issuer, |text| Issuer::parse(text).ok(), rule);
    let rule = (
        ConfigRefusal::Value,
        "this is not 1 to 255 visible ASCII characters",
    );
    let audience = check.read(&table.audience, |text| Audience::parse(text).ok(), rule);
    if table.clients.is_empty() {
        let told =
            "`clients` is empty: whatever page has a token of a resident's could link for them";
        check
            .faults
            .add(table.issuer.span(), ConfigRefusal::Missing, told);
    }
    let rule = (
        ConfigRefusal::Value,
        "this is not `low`, `substantial` or `high`",
    );
    let read = |text: &str| Assurance::parse(text).filter(|level| *level > Assurance::Unknown);
    let least = match &table.least {
        None => Some(Assurance::Substantial),
        Some(text) => check.read(text, read, rule),
    };
    let told = "this is not a whole number greater than nothing with `s`, `m`, `h` or `d`, and 49710 days at the most";
    let read = |text: &str| {
        let time = units::duration(text).filter(|_| !text.ends_with("ms"))?;
        u32::try_from(time.as_secs()).ok().map(Seconds::new)
    };
    let freshest = match &table.freshest {
        None => Some(None),
        Some(text) => check
            .read(text, read, (ConfigRefusal::Value, told))
            .map(Some),
    };
    for route in &file.routes {
        if route.path.get_ref() == CONFIRM {
            let told = "at this path residents confirm linkings";
            check
                .faults
                .add(route.path.span(), ConfigRefusal::Twice, told);
        }
    }
    let clients = table.clients.iter().map(|text| text.get_ref().as_str());
    let provider = Provider::new(issuer?, audience?).with_clients(clients);
    let provider = match &table.levels {
        None => provider,
        Some(levels) => provider.with_levels(levels_of(levels)),
    };
    Some(ResidentsConfig {
        provider,
        least: least?,
        freshest: freshest?,
    })
}

fn levels_of(table: &file::Levels) -> Levels {
    let all = [
        (&table.low, Assurance::Low),
        (&table.substantial, Assurance::Substantial),
        (&table.high, Assurance::High),
    ];
    let words = all.into_iter().flat_map(|(words, level)| {
        let words = words.iter();
        words.map(move |word| (word.get_ref().as_str(), level))
    });
    Levels::new(table.claim.get_ref(), words)
}
