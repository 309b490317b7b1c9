//! Who may ask how a person's data was used, and in which words they are told.

use super::check::Check;
use super::file::{self, Text};
use super::{ConfigRefusal, UsageListener};
use mydata::core::crypto::Sha256;
use mydata::core::lang::Language;
use mydata::core::time::Seconds;
use mydata::record::description::ServiceDescription;
use mydata_http::usage::{Channel, Receiver, UsageOptions, UsageWords};
use std::collections::{BTreeMap, BTreeSet};

/// The listener, and what is told there; nothing where there are faults.
pub(super) fn usage(
    check: &mut Check<'_, '_>,
    table: &file::Usage,
    (description, retention): (Option<&ServiceDescription>, Option<Seconds>),
) -> Option<(UsageListener, UsageOptions)> {
    let address = check.listener(&table.listen);
    let tls = table.tls.as_ref().map(|files| check.shown(files));
    let mut certificates = BTreeSet::new();
    if let Some(files) = &table.tls {
        let servers = table.security_servers.iter();
        certificates = servers.filter_map(|file| check.thumbprint(file)).collect();
        if files.clients.is_none() || table.security_servers.is_empty() {
            let told = "over TLS a security server is known by its certificate: `tls.clients` has the roots, `security_servers` the certificates";
            check
                .faults
                .add(table.listen.span(), ConfigRefusal::Missing, told);
        }
    } else {
        if address.is_some_and(|address| !address.ip().is_loopback()) {
            let told = "without `tls` a security server is believed on this machine alone: a loopback address";
            check
                .faults
                .add(table.listen.span(), ConfigRefusal::Address, told);
        }
        if let Some(first) = table.security_servers.first() {
            let told = "without `tls` nobody shows a certificate";
            check.faults.add(first.span(), ConfigRefusal::Value, told);
        }
    }
    let clients = clients(check, table);
    let rule = (ConfigRefusal::Value, "this is not `fi`, `sv` or `en`");
    let read = |text: &str| {
        Language::parse(text)
            .filter(|read| [Language::FI, Language::SV, Language::EN].contains(read))
    };
    let language = check.read(&table.language, read, rule);
    let own = receiver(
        check,
        (&table.own.code, table.own.name.as_ref(), &table.own.system),
    );
    let receivers = receivers(check, &table.receivers);
    let listener = UsageListener {
        address: address?,
        tls: tls.map_or(Some(None), |tls| tls.map(Some))?,
    };
    let options = UsageOptions {
        channel: Channel {
            loopback: listener.tls.is_none(),
            certificates,
            clients,
        },
        receivers,
        own: own?,
        words: UsageWords::new(description?, language?),
        retention: retention.unwrap_or(Seconds::days(u32::MAX)),
    };
    Some((listener, options))
}

/// `instance/class/member`, and `/subsystem` where it has one.
fn clients(check: &mut Check<'_, '_>, table: &file::Usage) -> BTreeSet<String> {
    if table.clients.is_empty() {
        let told = "`clients` is empty: nobody could ask";
        check
            .faults
            .add(table.listen.span(), ConfigRefusal::Missing, told);
    }
    let rule = (
        ConfigRefusal::Value,
        "this is not `instance/class/member/subsystem` of X-Road",
    );
    let read = |text: &str| {
        let fits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic());
        let is_client = matches!(text.split('/').count(), 3 | 4) && text.split('/').all(fits);
        is_client.then(|| text.to_owned())
    };
    let all = table
        .clients
        .iter()
        .filter_map(|text| check.read(text, read, rule));
    all.collect()
}

fn receivers(check: &mut Check<'_, '_>, tables: &[file::Known]) -> BTreeMap<Sha256, Receiver> {
    let mut all = BTreeMap::new();
    for table in tables {
        let told = "this is not the thumbprint of a key: 43 characters of base64url, or 64 hexadecimal digits";
        let key = check.read(
            &table.thumbprint,
            Sha256::parse,
            (ConfigRefusal::Value, told),
        );
        let found = receiver(check, (&table.code, table.name.as_ref(), &table.system));
        if let (Some(key), Some(found)) = (key, found)
            && all.insert(key, found).is_some()
        {
            let told = "this key stands here twice";
            check
                .faults
                .add(table.thumbprint.span(), ConfigRefusal::Twice, told);
        }
    }
    all
}

fn receiver(
    check: &mut Check<'_, '_>,
    (code, name, system): (&Text, Option<&Text>, &Text),
) -> Option<Receiver> {
    let rule = (
        ConfigRefusal::Value,
        "this is not a text of 1 to 256 characters",
    );
    let mut read = |text: &Text| {
        let read = |text: &str| {
            let fits =
                (1..=256).contains(&text.chars().count()) && !text.chars().any(char::is_control);
            fits.then(|| text.to_owned())
        };
        check.read(text, read, rule)
    };
    let (code, name, system) = (read(code), name.map(&mut read), read(system));
    Some(Receiver {
        code: code?,
        name: name.map_or(Some(None), |name| name.map(Some))?,
        system: system?,
    })
}
