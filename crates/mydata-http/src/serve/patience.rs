//! How long a peer may take with the octets of a connection.

use std::future::Future as _;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How often a request has begun or ceased to be answered on a connection. While the count is odd its head
/// has come and its answer has not gone.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<AtomicUsize>);

impl Phase {
    pub(super) fn turn(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

/// A stream whose peer is waited for: for the rest of a head from its first octet on, and for somebody to
/// read what is written. What passes before the first octet is the server's to bound.
pub(super) struct Patient<S> {
    stream: S,
    phase: Phase,
    head: Duration,
    stall: Duration,
    /// In which phase the head has begun to come.
    reading: Option<(usize, Pin<Box<Sleep>>)>,
    writing: Option<Pin<Box<Sleep>>>,
}

impl<S> Patient<S> {
    pub(super) const fn new(stream: S, phase: Phase, head: Duration, stall: Duration) -> Self {
        Self {
            stream,
            phase,
            head,
            stall,
            reading: None,
            writing: None,
        }
    }

    /// What is pending is pending no longer than this.
    fn wait<T>(&mut self, polled: Poll<Result<T>>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        if polled.is_ready() {
            self.writing = None;
            return polled;
        }
        let stall = self.stall;
        let timer = self.writing.get_or_insert_with(|| Box::pin(sleep(stall)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(late()))
    }
}

fn late() -> Error {
    Error::from(ErrorKind::TimedOut)
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buf);
        let now = this.phase.count();
        this.reading.take_if(|(of, _)| *of != now);
        if now % 2 == 1 {
            return polled;
        }
        if buf.filled().len() > before && this.reading.is_none() {
            this.reading = Some((now, Box::pin(sleep(this.head))));
        }
        let timer = this.reading.as_mut();
        let is_late = timer.is_some_and(|(_, timer)| timer.as_mut().poll(cx).is_ready());
        if is_late {
            return Poll::Ready(Err(late()));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.wait(polled, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.wait(polled, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_flush(cx);
        this.wait(polled, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_shutdown(cx);
        this.wait(polled, cx)
    }
}
