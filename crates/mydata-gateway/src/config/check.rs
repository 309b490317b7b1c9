//! What the texts mean, and every rule that they break.

use super::file::{self, Bound, File, Text};
use super::place::Faults;
use super::{
    Config, ConfigRefusal, Fixed, Secret, Times, UpstreamConfig, residents, routes, units, usage,
};
use crate::template::Base;
use mydata::core::id::{OperatorId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::resource::Origin;
use mydata::core::time::Seconds;
use mydata::keys::PrivateKey;
use mydata::record::description::{Policy, ServiceDescription};
use mydata::service::KnownOperator;
use mydata_http::Limits;
use mydata_http::ops::Rate;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use toml::Spanned;

/// Idle and waiting connections to one system behind.
const CONNECTIONS: usize = 64;

/// Octets of a file that is named.
const FILE: u64 = 1024 * 1024;

/// What is read: the file, where it is, and what is wrong.
pub(super) struct Check<'c, 't> {
    beside: &'c Path,
    pub(super) faults: &'c mut Faults<'t>,
}

/// The configuration, or nothing: then there are faults.
pub(super) fn check(file: &File, path: &Path, faults: &mut Faults<'_>) -> Option<Config> {
    let beside = path.parent().unwrap_or_else(|| Path::new(""));
    let mut check = Check { beside, faults };
    let mut fixed = check.fixed(file);
    let upstreams = check.upstreams(file);
    let description = check.description(&file.source);
    let origin = fixed.as_ref().map(|fixed| fixed.origin.clone());
    let service = (origin.as_ref(), description.as_ref());
    let routes = routes::routes(&mut check, file, service);
    let retention = fixed.as_ref().and_then(|fixed| fixed.retention);
    let told = (description.as_ref(), retention);
    let usage = file.usage.as_ref();
    let usage = usage.and_then(|table| usage::usage(&mut check, table, told));
    let (listener, usage) = usage.unzip();
    if let Some(fixed) = &mut fixed {
        fixed.usage = listener;
    }
    let mut limits = check.limits(&file.limits);
    // Whoever is waited for behind is not given up before by the listener.
    let totals = upstreams.values().map(|upstream| upstream.times.total);
    let longest = totals.max().unwrap_or_default();
    limits.handler = limits
        .handler
        .max(longest.saturating_add(Duration::from_secs(1)));
    if file.limits.drain.is_none() {
        limits.drain = limits.drain.max(limits.handler);
    }
    if let Some(fixed) = &mut fixed {
        fixed.handler = limits.handler;
    }
    check.behind_proxy(file);
    let log = check.log(&file.telemetry);
    Some(Config {
        fixed: fixed?,
        upstreams,
        routes,
        usage,
        limits,
        log,
    })
}

impl Check<'_, '_> {
    /// What a text is read as; otherwise the rule that it breaks.
    pub(super) fn read<T>(
        &mut self,
        text: &Text,
        read: impl FnOnce(&str) -> Option<T>,
        (refusal, told): (ConfigRefusal, &str),
    ) -> Option<T> {
        let value = read(text.get_ref());
        if value.is_none() {
            self.faults.add(text.span(), refusal, told);
        }
        value
    }

    fn path(&self, text: &Text) -> PathBuf {
        self.beside.join(text.get_ref())
    }

    /// The octets of a file that is named.
    pub(super) fn octets(&mut self, text: &Text) -> Option<Vec<u8>> {
        let path = self.path(text);
        let is_small = std::fs::metadata(&path).is_ok_and(|file| file.len() <= FILE);
        let octets = std::fs::read(&path).ok().filter(|_| is_small);
        if octets.is_none() {
            let told = "the file cannot be read, or has more than 1 MiB";
            self.faults.add(text.span(), ConfigRefusal::File, told);
        }
        octets
    }

    /// What a file is read as.
    pub(super) fn of_file<T>(
        &mut self,
        text: &Text,
        read: impl FnOnce(&[u8]) -> Option<T>,
        told: &str,
    ) -> Option<T> {
        let octets = self.octets(text)?;
        let value = read(&octets);
        if value.is_none() {
            self.faults.add(text.span(), ConfigRefusal::File, told);
        }
        value
    }

    /// A secret is one line of visible characters.
    fn secret(&mut self, text: &Text) -> Option<Secret> {
        let told = "the file is not one line of 1 to 4096 visible ASCII characters";
        let read = |octets: &[u8]| {
            let line = std::str::from_utf8(octets).ok()?.trim_end();
            let fits =
                (1..=4096).contains(&line.len()) && line.bytes().all(|b| b.is_ascii_graphic());
            fits.then(|| Secret(line.into()))
        };
        self.of_file(text, read, told)
    }

    fn fixed(&mut self, file: &File) -> Option<Fixed> {
        let source = &file.source;
        let rule = (ConfigRefusal::Value, "this is not the id of a service");
        let id = self.read(&source.id, |text| ServiceId::parse(text).ok(), rule);
        let origin = self.origin(&source.origin);
        let told = "the file is not a private key as a JWK with a `kid`";
        let key = self.of_file(
            &source.signing_key,
            |jwk| PrivateKey::from_jwk(jwk).ok(),
            told,
        );
        let public = self.listener(&file.listen.public);
        let application = self.application(file);
        let ops = self.ops(&file.listen);
        let tls = file.listen.tls.as_ref().map(|files| self.shown(files));
        let operators = self.operators(&file.operators);
        let certificates = self.certificates(file);
        let retention = self.retention(&file.state);
        let residents = residents::residents(self, file);
        Some(Fixed {
            id: id?,
            origin: origin?,
            key: Arc::new(key?),
            public: public?,
            application: application?,
            directory: self.path(&file.state.directory),
            retention: retention?,
            operators,
            certificates,
            residents,
            ops,
            usage: None,
            handler: Duration::ZERO,
            tls: tls.map_or(Some(None), |tls| tls.map(Some))?,
            settings: (
                file.listen.clone(),
                file.limits.clone(),
                file.telemetry.clone(),
                file.residents.clone(),
            ),
        })
    }

    fn origin(&mut self, text: &Text) -> Option<Origin> {
        let told = "this is not the canonical `https://` address of a host, without a path";
        let rule = (ConfigRefusal::Address, told);
        self.read(text, |text| Origin::parse(text).ok(), rule)
    }

    pub(super) fn listener(&mut self, text: &Text) -> Option<SocketAddr> {
        let rule = (
            ConfigRefusal::Value,
            "this is not an IP address with a port",
        );
        self.read(text, |text| text.parse().ok(), rule)
    }

    /// Health and numbers are for whoever runs the machine.
    fn ops(&mut self, listen: &file::Listen) -> Option<SocketAddr> {
        let text = listen.ops.as_ref()?;
        let address = self.listener(text)?;
        if !address.ip().is_loopback() && !listen.ops_anywhere {
            let told =
                "health and numbers are told on a loopback address, or with `ops_anywhere = true`";
            self.faults.add(text.span(), ConfigRefusal::Address, told);
        }
        Some(address)
    }

    /// The application's listener and its secret belong together, and stay on this machine.
    fn application(&mut self, file: &File) -> Option<Option<(SocketAddr, Secret)>> {
        match (&file.listen.application, &file.linking) {
            (None, None) => Some(None),
            (Some(text), Some(linking)) => {
                let address = self.listener(text);
                if address.is_some_and(|address| !address.ip().is_loopback()) {
                    let told = "this listener is for the application on the same machine: a loopback address";
                    self.faults.add(text.span(), ConfigRefusal::Address, told);
                }
                let secret = self.secret(&linking.secret);
                Some(Some((address?, secret?)))
            }
            (Some(text), None) => {
                let told = "`listen.application` needs the table `linking` with a secret";
                self.faults.add(text.span(), ConfigRefusal::Missing, told);
                None
            }
            (None, Some(linking)) => {
                let told = "`linking` needs `listen.application`";
                let at = linking.secret.span();
                self.faults.add(at, ConfigRefusal::Missing, told);
                None
            }
        }
    }

    /// How long rows of the access log are kept; `Some(None)`: for ever.
    fn retention(&mut self, state: &file::State) -> Option<Option<Seconds>> {
        let Some(text) = &state.retention else {
            return Some(None);
        };
        let told = "this is not a whole number of days, `d`, and 49710 at the most: rows are forgotten by the day";
        let read = |text: &str| {
            let time = units::duration(text).filter(|_| text.ends_with('d'))?;
            u32::try_from(time.as_secs()).ok().map(Seconds::new)
        };
        self.read(text, read, (ConfigRefusal::Value, told))
            .map(Some)
    }

    fn operators(&mut self, tables: &[file::Operator]) -> Vec<(KnownOperator, Origin)> {
        let mut all: Vec<(KnownOperator, Origin)> = Vec::new();
        for table in tables {
            let rule = (ConfigRefusal::Value, "this is not the id of an operator");
            let id = self.read(&table.id, |text| OperatorId::parse(text).ok(), rule);
            let told = "the file is not a set of public keys as a JWK set";
            let read = |jwks: &[u8]| KeySet::from_jwks(jwks).ok();
            let status = self.of_file(&table.status_keys, read, told);
            let tokens = self.of_file(&table.token_keys, read, told);
            let origin = self.origin(&table.origin);
            let (Some(id), Some(status), Some(tokens), Some(origin)) = (id, status, tokens, origin)
            else {
                continue;
            };
            if all.iter().any(|(known, _)| known.id() == &id) {
                let told = "this operator stands here twice";
                self.faults.add(table.id.span(), ConfigRefusal::Twice, told);
            }
            match KnownOperator::new(id, status, tokens) {
                Ok(known) => all.push((known, origin)),
                Err(_) => {
                    let told = "a key is in both roles: keys of status records sign no tokens";
                    self.faults
                        .add(table.token_keys.span(), ConfigRefusal::File, told);
                }
            }
        }
        if tables.is_empty() {
            let told = "there is no operator: nobody could send a consent";
            self.faults.add(0..0, ConfigRefusal::Missing, told);
        }
        all
    }

    fn description(&mut self, source: &file::Source) -> Option<ServiceDescription> {
        let told =
            "the file is not a service description that keeps every rule: `mydata check` says why";
        let read = |octets: &[u8]| ServiceDescription::from_json(octets, &Policy::default()).ok();
        let description = self.of_file(&source.description, read, told)?;
        let id = ServiceId::parse(source.id.get_ref());
        if id.is_ok_and(|id| id != description.service_id) {
            let told = "the description is of another service";
            self.faults
                .add(source.id.span(), ConfigRefusal::Value, told);
        }
        Some(description)
    }

    fn upstreams(&mut self, file: &File) -> BTreeMap<String, UpstreamConfig> {
        let mut all = BTreeMap::new();
        for (name, table) in &file.upstreams {
            if let Some(upstream) = self.upstream(table) {
                all.insert(name.get_ref().clone(), upstream);
            }
        }
        all
    }

    fn upstream(&mut self, table: &file::Upstream) -> Option<UpstreamConfig> {
        let told = "this is not `http` or `https`, a host, a port if need be, and a path of letters, digits and `-._~` that ends with `/`";
        let rule = (ConfigRefusal::Address, told);
        let base = self.read(&table.base, Base::parse, rule);
        if base
            .as_ref()
            .is_some_and(|base| !base.is_tls() && !base.is_loopback())
            && !table.plain_http
        {
            let told = "in plain text only on this machine; elsewhere with `https`, or `plain_http = true`";
            self.faults
                .add(table.base.span(), ConfigRefusal::Address, told);
        }
        let bearer = table.bearer.as_ref().map(|text| self.secret(text));
        let basic = table.basic.as_ref().map(|text| self.secret(text));
        let credential = match (bearer, basic) {
            (None, None) => None,
            (Some(token), None) => Some(Secret(["Bearer ", token?.expose()].concat().into())),
            (None, Some(user)) => Some(basic_of(&user?)),
            (Some(_), Some(_)) => {
                let told = "an upstream has `bearer` or `basic`, not both";
                self.faults
                    .add(table.base.span(), ConfigRefusal::Twice, told);
                None
            }
        };
        let standard = Times::default();
        let times = Times {
            connect: self.duration(table.connect.as_ref(), standard.connect),
            headers: self.duration(table.headers.as_ref(), standard.headers),
            idle: self.duration(table.idle.as_ref(), standard.idle),
            total: self.duration(table.total.as_ref(), standard.total),
        };
        if times.total < times.headers || times.headers < times.connect {
            let told = "`connect` is part of `headers`, and `headers` of `total`";
            self.faults
                .add(table.base.span(), ConfigRefusal::Value, told);
        }
        let connections = self.count(table.connections.as_ref(), CONNECTIONS);
        let base = base?;
        let tls = self.client(table, &base)?;
        Some(UpstreamConfig {
            base,
            credential,
            tls,
            times,
            connections,
        })
    }

    pub(super) fn duration(&mut self, text: Option<&Text>, standard: Duration) -> Duration {
        let told =
            "this is not a whole number greater than nothing with `ms`, `s`, `m`, `h` or `d`";
        let rule = (ConfigRefusal::Value, told);
        let read = text.and_then(|text| self.read(text, units::duration, rule));
        read.unwrap_or(standard)
    }

    pub(super) fn size(&mut self, text: Option<&Text>, standard: u64) -> u64 {
        let told =
            "this is not a whole number greater than nothing with `B`, `KiB`, `MiB` or `GiB`";
        let rule = (ConfigRefusal::Value, told);
        let read = text.and_then(|text| self.read(text, units::size, rule));
        read.unwrap_or(standard)
    }

    fn count(&mut self, number: Option<&Spanned<usize>>, standard: usize) -> usize {
        number.map_or(standard, |number| {
            self.counted(*number.get_ref(), number.span())
        })
    }

    fn counted(&mut self, number: usize, at: Range<usize>) -> usize {
        if !(1..=1_000_000).contains(&number) {
            let told = "this is not a number from 1 to 1000000";
            self.faults.add(at, ConfigRefusal::Value, told);
        }
        number
    }

    fn per_address(&mut self, bound: Option<&Spanned<Bound<usize>>>, standard: usize) -> usize {
        bound.map_or(standard, |bound| match bound.get_ref() {
            Bound::None => usize::MAX,
            Bound::Is(number) => self.counted(*number, bound.span()),
        })
    }

    fn refusals(
        &mut self,
        bound: Option<&Bound<file::Rate>>,
        standard: Option<Rate>,
    ) -> Option<Rate> {
        match bound {
            None => standard,
            Some(Bound::None) => None,
            Some(Bound::Is(rate)) => self.rate(Some(rate)),
        }
    }

    /// Who listens on this machine alone, without TLS, has something in front: everybody comes from its address,
    /// and the defaults would let any stranger shut out all others.
    fn behind_proxy(&mut self, file: &File) {
        let File { listen, limits, .. } = file;
        let public: Option<SocketAddr> = listen.public.get_ref().parse().ok();
        let is_behind = public.is_some_and(|at| at.ip().is_loopback()) && listen.tls.is_none();
        let is_said = limits.refusals.is_some() && limits.connections_per_address.is_some();
        if is_behind && !is_said {
            let told = "on a loopback address without `tls`, `limits.refusals` and `limits.connections_per_address` say what the one address of the proxy may do, or `none`";
            self.faults
                .add(listen.public.span(), ConfigRefusal::Proxy, told);
        }
    }

    pub(super) fn rate(&mut self, table: Option<&file::Rate>) -> Option<Rate> {
        let table = table?;
        let [per_second, burst] = [&table.per_second, &table.burst].map(|number| {
            let number = self.count(Some(number), 1);
            u32::try_from(number).unwrap_or(u32::MAX)
        });
        Some(Rate::new(per_second, burst))
    }

    fn limits(&mut self, table: &file::Limits) -> Limits {
        let standard = Limits::default();
        let mut bounds = standard.bounds;
        bounds.time = self.duration(table.body_time.as_ref(), bounds.time);
        let body = u64::try_from(bounds.body).unwrap_or(u64::MAX);
        let body = self.size(table.body.as_ref(), body);
        bounds.body = usize::try_from(body).unwrap_or(usize::MAX);
        bounds.rate = self.rate(table.rate.as_ref()).or(bounds.rate);
        let head = u64::try_from(standard.head).unwrap_or(u64::MAX);
        let head = self.size(table.head.as_ref(), head);
        Limits {
            connections: self.count(table.connections.as_ref(), standard.connections),
            per_address: self
                .per_address(table.connections_per_address.as_ref(), standard.per_address),
            requests: self.count(table.requests.as_ref(), standard.requests),
            head: usize::try_from(head).unwrap_or(usize::MAX),
            head_time: self.duration(table.head_time.as_ref(), standard.head_time),
            idle: self.duration(table.idle.as_ref(), standard.idle),
            refusals: self.refusals(table.refusals.as_ref(), standard.refusals),
            stall: self.duration(table.stall.as_ref(), standard.stall),
            drain_delay: self.duration(table.drain_delay.as_ref(), standard.drain_delay),
            drain: self.duration(table.drain.as_ref(), standard.drain),
            bounds,
            ..standard
        }
    }

    fn log(&mut self, table: &file::Telemetry) -> String {
        const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
        let rule = (
            ConfigRefusal::Value,
            "this is not `error`, `warn`, `info`, `debug` or `trace`",
        );
        let read = |text: &str| LEVELS.contains(&text).then(|| text.to_owned());
        let read = table.log.as_ref().map(|text| self.read(text, read, rule));
        read.flatten().unwrap_or_else(|| "info".to_owned())
    }
}

/// `user:password` as RFC 7617 §2 writes it.
fn basic_of(user: &Secret) -> Secret {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = "Basic ".to_owned();
    for three in user.expose().as_bytes().chunks(3) {
        let at = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = (at(0) << 16) | (at(1) << 8) | at(2);
        for place in 0..4_usize {
            let letter = usize::try_from((bits >> (18 - 6 * place)) & 63).unwrap_or(0);
            let letter = LETTERS.get(letter).filter(|_| place <= three.len());
            text.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    Secret(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_that_of_the_rfc() {
        // RFC 7617 §2, and RFC 4648 §10.
        for (user, text) in [
            ("Aladdin:open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("foob", "Basic Zm9vYg=="),
            ("fooba", "Basic Zm9vYmE="),
            ("foobar", "Basic Zm9vYmFy"),
        ] {
            assert_eq!(basic_of(&Secret(user.into())).expose(), text);
        }
    }
}
