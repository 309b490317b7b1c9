//! The file as it is written: tables, keys and texts, each with its place. What a text means is read
//! afterwards, so that everything that is wrong is told at once.
//!
//! Nothing here is flattened or untagged: serde would then forget where it stood.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer as _, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use toml::Spanned;

/// A text with its place.
pub(super) type Text = Spanned<String>;

/// Names with texts.
pub(super) type Texts = BTreeMap<Text, Text>;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) source: Source,
    pub(super) listen: Listen,
    pub(super) linking: Option<Linking>,
    pub(super) state: State,
    pub(super) operators: Vec<Operator>,
    pub(super) upstreams: BTreeMap<Text, Upstream>,
    pub(super) routes: Vec<Route>,
    pub(super) usage: Option<Usage>,
    pub(super) residents: Option<Residents>,
    #[serde(default)]
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) telemetry: Telemetry,
}

impl File {
    /// The files that it names.
    pub(super) fn named(&self) -> Vec<&Text> {
        let mut all = vec![&self.source.description, &self.source.signing_key];
        let mut shown = Vec::new();
        all.extend(self.linking.iter().map(|linking| &linking.secret));
        let asking = self.usage.iter().flat_map(|usage| &usage.tls);
        for files in asking.chain(&self.listen.tls) {
            all.extend([&files.certificate, &files.key]);
            all.extend(&files.clients);
        }
        all.extend(self.usage.iter().flat_map(|usage| &usage.security_servers));
        for operator in &self.operators {
            all.extend([&operator.status_keys, &operator.token_keys]);
            all.extend(&operator.certificate);
        }
        for upstream in self.upstreams.values() {
            all.extend(upstream.bearer.iter().chain(&upstream.basic));
            all.extend(&upstream.roots);
            shown.extend(&upstream.shows);
        }
        for files in shown {
            all.extend([&files.certificate, &files.key]);
        }
        all
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) id: Text,
    pub(super) origin: Text,
    pub(super) description: Text,
    pub(super) signing_key: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listen {
    pub(super) public: Text,
    pub(super) application: Option<Text>,
    pub(super) ops: Option<Text>,
    #[serde(default)]
    pub(super) ops_anywhere: bool,
    pub(super) tls: Option<Shown>,
}

/// What a listener shows, and the roots of what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shown {
    pub(super) certificate: Text,
    pub(super) key: Text,
    pub(super) clients: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Certificate {
    pub(super) certificate: Text,
    pub(super) key: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Linking {
    pub(super) secret: Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) directory: Text,
    pub(super) retention: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operator {
    pub(super) id: Text,
    pub(super) status_keys: Text,
    pub(super) token_keys: Text,
    pub(super) certificate: Option<Text>,
    pub(super) origin: Text,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Upstream {
    pub(super) base: Text,
    #[serde(default)]
    pub(super) plain_http: bool,
    pub(super) bearer: Option<Text>,
    pub(super) basic: Option<Text>,
    pub(super) roots: Option<Text>,
    pub(super) shows: Option<Certificate>,
    pub(super) connect: Option<Text>,
    pub(super) headers: Option<Text>,
    pub(super) idle: Option<Text>,
    pub(super) total: Option<Text>,
    pub(super) connections: Option<Spanned<usize>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) path: Text,
    pub(super) dataset: Text,
    pub(super) upstream: Text,
    pub(super) request: Request,
    #[serde(default)]
    pub(super) pass: Pass,
    pub(super) fields: Fields,
    #[serde(default)]
    pub(super) types: Vec<Text>,
    pub(super) body_limit: Option<Text>,
    pub(super) rate: Option<Rate>,
    #[serde(default)]
    pub(super) without_subject: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    pub(super) path: Text,
    #[serde(default)]
    pub(super) query: Texts,
    #[serde(default)]
    pub(super) headers: Texts,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pass {
    #[serde(default)]
    pub(super) query: Texts,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Residents {
    pub(super) issuer: Text,
    pub(super) audience: Text,
    pub(super) clients: Vec<Text>,
    pub(super) least: Option<Text>,
    pub(super) freshest: Option<Text>,
    pub(super) levels: Option<Levels>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Levels {
    pub(super) claim: Text,
    #[serde(default)]
    pub(super) low: Vec<Text>,
    #[serde(default)]
    pub(super) substantial: Vec<Text>,
    #[serde(default)]
    pub(super) high: Vec<Text>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Usage {
    pub(super) listen: Text,
    pub(super) tls: Option<Shown>,
    #[serde(default)]
    pub(super) security_servers: Vec<Text>,
    pub(super) clients: Vec<Text>,
    pub(super) language: Text,
    pub(super) own: Receiver,
    #[serde(default)]
    pub(super) receivers: Vec<Known>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Receiver {
    pub(super) code: Text,
    pub(super) name: Option<Text>,
    pub(super) system: Text,
}

/// The same of a sink, by its key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    pub(super) thumbprint: Text,
    pub(super) code: Text,
    pub(super) name: Option<Text>,
    pub(super) system: Text,
}

/// Paths; `["*"]` is all of an answer, octet for octet.
pub(super) type Fields = Spanned<Vec<Text>>;

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    pub(super) connections: Option<Spanned<usize>>,
    pub(super) connections_per_address: Option<Spanned<Bound<usize>>>,
    pub(super) requests: Option<Spanned<usize>>,
    pub(super) head: Option<Text>,
    pub(super) head_time: Option<Text>,
    pub(super) idle: Option<Text>,
    pub(super) body: Option<Text>,
    pub(super) body_time: Option<Text>,
    pub(super) stall: Option<Text>,
    pub(super) drain_delay: Option<Text>,
    pub(super) drain: Option<Text>,
    pub(super) rate: Option<Rate>,
    pub(super) refusals: Option<Bound<Rate>>,
}

/// A bound of what one address may do, or the word `none`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bound<T> {
    None,
    Is(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Bound<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(BoundVisitor(PhantomData))
    }
}

/// Reads on where it stands, so that every place is kept.
struct BoundVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for BoundVisitor<T> {
    type Value = Bound<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bound, or \"none\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Bound<T>, E> {
        match text {
            "none" => Ok(Bound::None),
            _ => Err(E::invalid_value(Unexpected::Other("a text"), &self)),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Bound<T>, E> {
        T::deserialize(number.into_deserializer()).map(Bound::Is)
    }

    fn visit_map<M: MapAccess<'de>>(self, table: M) -> Result<Bound<T>, M::Error> {
        T::deserialize(MapAccessDeserializer::new(table)).map(Bound::Is)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    pub(super) per_second: Spanned<usize>,
    pub(super) burst: Spanned<usize>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Telemetry {
    pub(super) log: Option<Text>,
}
