//! What can be changed while the gateway runs, and the watch over the file that it comes from.

use crate::config::{Config, ConfigRefusal, Fault, RouteConfig};
use crate::gateway::Gateway;
use crate::upstream::Upstream;
use axum::Router;
use mydata::core::crypto::Sha256;
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Timestamp;
use mydata_http::Problem;
use mydata_http::ops::Limiter;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// The routes of one configuration. A request keeps those that it began with.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) routes: BTreeMap<ResourceUrl, Route>,
    /// Who is told how data was used.
    pub(crate) usage: Option<Router>,
}

#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) config: Arc<RouteConfig>,
    pub(crate) upstream: Arc<Upstream>,
    /// Counts sinks by the keys that they sign with.
    rate: Option<Arc<Limiter<Sha256>>>,
}

impl Route {
    /// Whether a sink may have something here once more now.
    pub(crate) fn in_rate(&self, sink: &Sha256, now: Timestamp) -> Result<(), Problem> {
        let now = Duration::from_secs(now.seconds());
        let rate = self.rate.as_ref();
        let may = rate.map_or(Ok(()), |rate| rate.peek(sink, now));
        may.map_err(Problem::too_often)
    }

    /// A sink has something: what is refused, or sent again by anybody, counts for nobody.
    pub(crate) fn count(&self, sink: &Sha256, now: Timestamp) {
        if let Some(rate) = &self.rate {
            // Others may have had something meanwhile.
            let _ = rate.take(sink, Duration::from_secs(now.seconds()));
        }
    }
}

impl Live {
    /// By this configuration; whoever was counted before is counted on where the rate is the same.
    pub(crate) fn new(config: Config, usage: Option<Router>, before: Option<&Self>) -> Self {
        let mut upstreams = BTreeMap::new();
        for (name, upstream) in &config.upstreams {
            upstreams.insert(name.clone(), Arc::new(Upstream::new(upstream)));
        }
        let mut routes = BTreeMap::new();
        for (url, config) in config.routes {
            // The check of the configuration has found each.
            let Some(upstream) = upstreams.get(&config.upstream) else {
                continue;
            };
            let counted = before.and_then(|before| before.routes.get(&url));
            let counted = counted.filter(|counted| counted.config.rate == config.rate);
            let rate = match counted {
                Some(counted) => counted.rate.clone(),
                None => config.rate.map(|rate| Arc::new(Limiter::new(rate))),
            };
            let route = Route {
                rate,
                upstream: Arc::clone(upstream),
                config: Arc::new(config),
            };
            routes.insert(url, route);
        }
        Self { routes, usage }
    }
}

/// The one configuration that is in force.
#[derive(Debug)]
pub(crate) struct InForce(RwLock<Arc<Live>>);

impl InForce {
    pub(crate) fn new(live: Live) -> Self {
        Self(RwLock::new(Arc::new(live)))
    }

    pub(crate) fn now(&self) -> Arc<Live> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn put(&self, live: Live) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
    }
}

/// Takes over the file whenever it or a file that it names has changed, or `asked` says so; a wrong one changes
/// nothing, and each of its faults is logged. It looks at the times and the sizes of the files, so that one which
/// an editor has put in the place of another is seen too. It never ends: drop it.
pub async fn watch<C>(
    gateway: &Gateway<C>,
    path: &Path,
    every: Duration,
    asked: &tokio::sync::Notify,
) where
    C: Send + Sync + 'static,
{
    let mut seen = Seen::of(path);
    loop {
        let is_asked = tokio::select! {
            () = asked.notified() => true,
            () = tokio::time::sleep(every) => false,
        };
        if !is_asked && !seen.has_changed(path) {
            continue;
        }
        // What changes while it is read is seen the next time.
        seen = Seen::of(path);
        match gateway.reload(path) {
            Ok(()) => tracing::info!("the configuration was taken over"),
            Err(faults) => {
                for fault in &faults {
                    tracing::error!(code = fault.refusal.code(), "{fault}");
                }
                tracing::error!(
                    faults = faults.len(),
                    "the configuration was not taken over: the old one stays in force"
                );
            }
        }
    }
}

/// Time and size of a file.
type Look = Option<(SystemTime, u64)>;

fn look(path: &Path) -> Look {
    let found = std::fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// The configuration and the files that it names, as they were looked at.
struct Seen {
    file: Look,
    named: Vec<(PathBuf, Look)>,
}

impl Seen {
    fn of(path: &Path) -> Self {
        let file = look(path);
        let named = Config::named(path).into_iter();
        let named = named.map(|path| (look(&path), path));
        Self {
            file,
            named: named.map(|(look, path)| (path, look)).collect(),
        }
    }

    /// Whether there is anything to take over. A file that is not there is being replaced.
    fn has_changed(&self, path: &Path) -> bool {
        let now = look(path);
        if now != self.file {
            return now.is_some();
        }
        let looks: Vec<_> = self.named.iter().map(|(path, _)| look(path)).collect();
        let mut both = self.named.iter().zip(&looks);
        looks.iter().all(Option::is_some) && both.any(|((_, seen), now)| seen != now)
    }
}

/// A fault of a file that is not there, or of this machine.
pub(crate) fn fault_of(path: &Path, text: &str) -> Vec<Fault> {
    vec![Fault {
        file: path.to_owned(),
        line: 1,
        column: 1,
        refusal: ConfigRefusal::File,
        text: text.to_owned(),
    }]
}
