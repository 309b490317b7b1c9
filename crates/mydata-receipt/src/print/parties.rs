//! Whom to write to, ring or complain to.

use super::html::Html;
use super::page::Scene;
use super::places;
use crate::receipt::{Party, Phone};

/// An organisation with everything that it takes to reach it.
pub(super) struct Card {
    /// What it does here; several things when it is the same organisation.
    pub(super) role: Html,
    pub(super) name: Html,
    pub(super) address: Html,
    pub(super) lines: Vec<Html>,
    /// Its pages: for the screen, since a letter needs the rest and no pages.
    pub(super) site: Html,
}

pub(super) fn cards(scene: &Scene<'_>) -> Vec<Card> {
    let (receipt, w) = (scene.receipt, &scene.words);
    let user = if receipt.source.is_some() {
        w.role_controller
    } else {
        w.role_user
    };
    let source = receipt.source.as_ref();
    let source = source.map(|source| (w.role_source, &source.party));
    let all = [(user, &receipt.controller.party)]
        .into_iter()
        .chain(source);
    let all = all.chain([
        (w.role_operator, &receipt.operator),
        (w.role_authority, &receipt.authority),
    ]);
    let mut parties: Vec<(Vec<Html>, &Party)> = Vec::new();
    for (role, party) in all {
        let role = Html::text(role);
        match parties.iter_mut().find(|(_, known)| *known == party) {
            Some((roles, _)) => roles.push(role),
            None => parties.push((vec![role], party)),
        }
    }
    let card = |(roles, party): &(Vec<Html>, &Party)| card(scene, roles, party);
    parties.iter().map(card).collect()
}

fn card(scene: &Scene<'_>, roles: &[Html], party: &Party) -> Card {
    let w = &scene.words;
    let address = &party.address;
    let place = format!("{} {}", address.postal_code, address.city);
    let mut post = vec![Html::text(&address.street), Html::text(&place)];
    if !scene.receipt.jurisdiction.contains(&address.country) {
        post.push(places::country(address.country, scene.reader, w));
    }
    let labelled = |label: &str, said: &Html| Html::text(label).then(": ", said);
    let mail = |email: &str| Html::text(email).reach(&format!("mailto:{email}"));
    let (phone, url) = (&party.phone, party.url.as_str());
    let contact = scene.said_first(&party.contact.role);
    let phone = Html::text(&in_groups(phone)).reach(&phone.to_uri());
    let number = if address.country.as_str() == "FI" {
        w.business_id
    } else {
        w.register_number
    };
    let lines = vec![
        labelled(w.phone, &phone),
        labelled(w.email, &mail(party.email.as_str())),
        contact.then(": ", &mail(party.contact.email.as_str())),
        labelled(number, &Html::text(&party.business_id)),
    ];
    Card {
        role: Html::joined(roles, ", "),
        name: scene.said(&party.name),
        address: Html::joined(&post, ", "),
        lines,
        site: Html::text(w.site).reach(url),
    }
}

/// A number of Finland as Finns write it, `+358 9 310 1691`; one of another country as it is, since its
/// groups are not known here. No line ends within it.
pub(super) fn in_groups(phone: &Phone) -> String {
    let number = phone.as_str();
    let Some(national) = number.strip_prefix("+358") else {
        return number.to_owned();
    };
    // Areas of one digit; the numbers of mobile telephones and of the whole country have two or more.
    let is_area = ["20", "29", "30", "50"]
        .iter()
        .all(|wide| !national.starts_with(wide))
        && national.starts_with(['2', '3', '5', '6', '8', '9']);
    let (area, rest) = national
        .split_at_checked(if is_area { 1 } else { 2 })
        .unwrap_or((national, ""));
    let (first, last) = rest.split_at_checked(3).unwrap_or((rest, ""));
    let groups = ["+358", area, first, last].into_iter();
    groups
        .filter(|group| !group.is_empty())
        .collect::<Vec<_>>()
        .join("\u{a0}")
}
