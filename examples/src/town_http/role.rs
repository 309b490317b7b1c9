//! A process of the town. It says where it listens, opens when it is told who is where, does what is wished,
//! and ends when its line ends: with the town, however that ends.

use super::line::{Asked, Opening, Ready, Told, Wish};
use crate::durable::house::Fault;
use serde::Serialize;
use serde_json::Value;
use std::future::Future;
use std::io::Write as _;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};

/// One that does what is wished.
pub trait Serves: Send + Sync + 'static {
    /// Does it: what comes of it, or the code of the refusal.
    fn wish(&self, wish: Wish) -> impl Future<Output = Result<Value, String>> + Send;

    /// The town ends.
    fn close(&self) -> impl Future<Output = ()> + Send;
}

/// The line from the town.
#[derive(Debug)]
pub struct FromTown(Lines<BufReader<Stdin>>);

impl Default for FromTown {
    fn default() -> Self {
        Self(BufReader::new(tokio::io::stdin()).lines())
    }
}

impl FromTown {
    /// Says that this process listens, and waits until it may open: with the number under which that is
    /// answered.
    ///
    /// # Errors
    /// When it is told something else, or nothing.
    pub async fn ready(&mut self, ready: Ready) -> Result<(u64, Opening), Fault> {
        say(&Told::Ready(ready));
        let text = self.0.next_line().await?;
        let text = text.ok_or("the town has ended before it began")?;
        match serde_json::from_str(&text)? {
            Asked {
                number,
                wish: Wish::Open(opening),
            } => Ok((number, opening)),
            Asked { .. } => Err("not open yet".into()),
        }
    }

    /// Is open, and does what is wished until the line ends.
    ///
    /// # Errors
    /// When a line cannot be read.
    pub async fn serve<S: Serves>(mut self, number: u64, served: Arc<S>) -> Result<(), Fault> {
        say(&Told::Answer(number, Ok(Value::Null)));
        while let Some(text) = self.0.next_line().await? {
            let Asked { number, wish } = serde_json::from_str(&text)?;
            let served = Arc::clone(&served);
            tokio::spawn(async move {
                say(&Told::Answer(number, served.wish(wish).await));
            });
        }
        served.close().await;
        Ok(())
    }
}

/// Says something to the town. Where nobody listens any more, nobody need be told.
pub fn say(told: &Told) {
    if let Ok(text) = serde_json::to_string(told) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }
}

/// An answer.
///
/// # Errors
/// Never, for what the town's processes answer.
pub fn answer(with: &impl Serialize) -> Result<Value, String> {
    serde_json::to_value(with).map_err(|error| error.to_string())
}

/// What cannot be wished of this process.
///
/// # Errors
/// Always.
pub fn not_mine() -> Result<Value, String> {
    Err("not_mine".to_owned())
}
