//! From a grant to its end: asked behind, passed on while it comes, and written down, whoever hangs up.

use crate::answer::{Behind, GatewayRefusal, Head, judge};
use crate::config::RouteConfig;
use crate::gateway::Log;
use crate::pass::Passed;
use crate::subject::UpstreamSubject;
use crate::upstream::{Along, Upstream};
use axum::body::{Body, HttpBody};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use hyper::body::Frame;
use mydata_http::ops::Behind as Counted;
use mydata_http::{AccessEntry, AccessLog as _, Problem, Stage};
use mydata_store::Clock;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

/// So many octets are read before the head is sent: what is broken earlier is an answer, and no torn one.
const HELD: usize = 16 * 1024;

/// One request that is granted.
pub(crate) struct Release {
    pub(crate) route: Arc<RouteConfig>,
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) subject: UpstreamSubject,
    pub(crate) passed: Passed,
    pub(crate) language: Option<HeaderValue>,
    pub(crate) entry: AccessEntry,
    pub(crate) log: Arc<Log>,
    pub(crate) clock: Arc<dyn Clock>,
}

type Told = oneshot::Sender<Result<Response, Problem>>;

/// Answers, and writes down what came of it.
pub(crate) async fn release(asked: Release, head: Told) {
    let (log, clock, entry) = (
        Arc::clone(&asked.log),
        Arc::clone(&asked.clock),
        asked.entry.clone(),
    );
    let (stage, refusal) = carry(asked, head).await;
    let Some(stage) = stage else { return };
    let mut row = entry.then(stage, clock.now());
    if let Some(refusal) = refusal {
        tracing::warn!(
            code = refusal.code(),
            "a request that was granted has come to nothing, or was torn"
        );
        row.codes = vec![refusal.code().into()];
    }
    if log.append(row).await.is_err() {
        tracing::error!("what came of a grant cannot be written to the access log");
    }
}

/// How it has ended; no stage where not even the grant could be written down.
async fn carry(asked: Release, head: Told) -> (Option<Stage>, Option<GatewayRefusal>) {
    let not_released = Some(Stage::NotReleased);
    let refuse = |head: Told, refusal: GatewayRefusal, mut counted: Counted| {
        counted.failed(refusal.code());
        let answer = counted.with(Problem::from(refusal).into_response());
        // Nobody may be waiting any more.
        let _ = head.send(Ok(answer));
        (not_released, Some(refusal))
    };
    let Release {
        route,
        upstream,
        subject,
        passed,
        language,
        entry,
        log,
        clock: _,
    } = asked;
    let request = route.template.fill(subject, &passed);
    let until = Instant::now() + upstream.times.total;
    let along = Along {
        types: &route.types,
        language,
        request_id: entry.request.as_str(),
    };
    let behind = Counted::ask(
        &route.upstream,
        async {
            match request {
                Ok(request) => upstream.send(request, along).await,
                Err(refusal) => Err(refusal),
            }
        },
        |refusal| refusal.code(),
    );
    // Nothing of an answer is read before the grant is written down; the disk and the system behind are waited
    // for at the same time.
    let (written, (answered, counted)) = tokio::join!(log.append(entry.clone()), behind);
    if let Err(fault) = written {
        let _ = head.send(Err(Problem::new(fault.code(), fault)));
        return (None, None);
    }
    let answered = match answered {
        Ok(answered) => answered,
        Err(refusal) => return refuse(head, refusal, counted),
    };
    let (parts, body) = answered.response.into_parts();
    let begun = judge(parts.status, &parts.headers, &route);
    let begun =
        begun.and_then(|head| Ok((head, Behind::new(body, &route, upstream.times.idle, until)?)));
    let (told, mut behind) = match begun {
        Ok(begun) => begun,
        Err(refusal) => return refuse(head, refusal, counted),
    };
    if told.status == StatusCode::NO_CONTENT {
        let is_sent = head
            .send(Ok(counted.with(told.with(Body::empty()))))
            .is_ok();
        let released = Some(Stage::Released { octets: 0 });
        return (if is_sent { released } else { not_released }, None);
    }
    // Small answers are whole before anything is said.
    let mut held = Vec::new();
    let is_whole = loop {
        match behind.next().await {
            Ok(Some(octets)) => held.extend_from_slice(&octets),
            Ok(None) => break true,
            Err(refusal) => return refuse(head, refusal, counted),
        }
        if held.len() >= HELD {
            break false;
        }
    };
    let octets = octets_of(held.len());
    if is_whole {
        let is_sent = head
            .send(Ok(counted.with(told.with(Body::from(held)))))
            .is_ok();
        return (
            if is_sent {
                Some(Stage::Released { octets })
            } else {
                not_released
            },
            None,
        );
    }
    let (out, coming) = mpsc::channel(1);
    if head
        .send(Ok(counted.with(told.with(Body::new(Coming(coming))))))
        .is_err()
    {
        return (not_released, None);
    }
    let (octets, refusal) = pass(behind, held.into(), (out, until)).await;
    let stage = match refusal {
        Ok(()) => Stage::Released { octets },
        Err(_) => Stage::Interrupted { octets },
    };
    (Some(stage), refusal.err().flatten())
}

/// Passes on what comes as it is taken; how much was, and whether it was all. The refusal is none where it was
/// the sink that has gone, or that takes longer than the system behind may: its place is for others.
async fn pass(
    mut behind: Behind,
    held: Bytes,
    (out, until): (mpsc::Sender<Piece>, Instant),
) -> (u64, Result<(), Option<GatewayRefusal>>) {
    let (mut octets, mut next) = (0, held);
    loop {
        let length = octets_of(next.len());
        let sent = timeout_at(until, out.send(Piece::Octets(next))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return (octets, Err(None));
        }
        octets += length;
        let read = tokio::select! {
            biased;
            () = out.closed() => return (octets, Err(None)),
            read = behind.next() => read,
        };
        match read {
            Ok(Some(octets)) => next = octets,
            Ok(None) => {
                let end = timeout_at(until, out.send(Piece::End)).await;
                let is_whole = matches!(end, Ok(Ok(())));
                return (octets, if is_whole { Ok(()) } else { Err(None) });
            }
            Err(refusal) => return (octets, Err(Some(refusal))),
        }
    }
}

fn octets_of(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl Head {
    fn with(self, body: Body) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// What is passed on. That nothing comes any more is no end: an end is said.
enum Piece {
    Octets(Bytes),
    End,
}

/// The body of an answer while it comes.
struct Coming(mpsc::Receiver<Piece>);

/// The answer is torn: the connection is closed, and nobody takes it for whole.
#[derive(Debug, thiserror::Error)]
#[error("the answer is torn")]
struct Torn;

impl HttpBody for Coming {
    type Data = Bytes;
    type Error = Torn;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Torn>>> {
        self.0.poll_recv(cx).map(|piece| match piece {
            Some(Piece::Octets(octets)) => Some(Ok(Frame::data(octets))),
            Some(Piece::End) => None,
            None => Some(Err(Torn)),
        })
    }
}
