//! Whether an answer is what the profile understands. Nothing of a person is repeated but keys.

use serde_json::Value;

/// What has come of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a report has a word for each")]
pub enum Verdict {
    /// As it should be; with what was seen.
    Passed(String),
    /// Not as it should be; with what was expected and what was seen.
    Failed(String),
    /// Not as it should be, and known of the city's own library.
    Deviates(String),
    /// What it takes was not given.
    NotExamined(String),
}

impl Verdict {
    pub(super) fn passed(what: impl ToString) -> Self {
        Self::Passed(what.to_string())
    }

    pub(super) fn failed(what: impl ToString) -> Self {
        Self::Failed(what.to_string())
    }

    /// By whether it is as it should be.
    pub(super) fn of(result: Result<String, String>) -> Self {
        match result {
            Ok(seen) => Self::Passed(seen),
            Err(why) => Self::Failed(why),
        }
    }
}

/// Nodes of a tree, and how many of them say why they show nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// All of them.
    pub(super) nodes: usize,
    /// With `error`.
    pub(super) withheld: usize,
}

/// Whether the octets are a tree as the profile reads it.
///
/// # Errors
/// What is wrong with it, and under which key.
pub(super) fn tree(octets: &[u8]) -> Result<Count, String> {
    let root: Value = serde_json::from_slice(octets).map_err(|_| "the body is no JSON")?;
    let mut count = Count::default();
    let mut left = vec![&root];
    while let Some(node) = left.pop() {
        count.nodes += 1;
        let members = node.as_object().ok_or("a node is no object")?;
        let key = members.get("key").and_then(Value::as_str);
        let key = key.ok_or("a node has no key that is a text")?;
        let begins = key.bytes().next().is_some_and(|b| b.is_ascii_uppercase());
        let of_key = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        if !begins || !key.bytes().all(of_key) {
            return Err("a key is not in SNAKE_CASE_CAPITALS".to_owned());
        }
        if members.contains_key("value") && members.contains_key("children") {
            return Err(format!("{key} has a value and children"));
        }
        for (name, value) in members {
            match (name.as_str(), value) {
                ("key", _) | ("value", Value::String(_)) => {}
                ("error", Value::String(text)) if !text.is_empty() => count.withheld += 1,
                ("children", Value::Array(children)) => left.extend(children),
                ("value", _) => return Err(format!("the value of {key} is no text")),
                ("children", _) => return Err(format!("the children of {key} are no list")),
                ("error", _) => return Err(format!("the error of {key} is no text")),
                _ => return Err(format!("{key} has a member that no node has")),
            }
        }
    }
    Ok(count)
}

/// Whether the octets are reasons that the profile shows, and their codes.
///
/// # Errors
/// What is wrong with them.
pub(super) fn reasons(octets: &[u8]) -> Result<Vec<String>, String> {
    let body: Value = serde_json::from_slice(octets).map_err(|_| "the body is no JSON")?;
    let errors = body.get("errors").and_then(Value::as_array);
    let errors = errors.ok_or("the body has no list `errors`")?;
    if errors.is_empty() {
        return Err("`errors` is empty".to_owned());
    }
    let code = |error: &Value| {
        let members = error.as_object().ok_or("an error is no object")?;
        let code = members.get("code").and_then(Value::as_str);
        let code = code.filter(|code| !code.is_empty());
        let code = code.ok_or("an error has no `code`")?;
        let message = members.get("message").and_then(Value::as_object);
        let message = message.ok_or("an error has no object `message`")?;
        if members.len() != 2 {
            return Err("an error has more than `code` and `message`, and is thrown away");
        }
        let is_text = |text: &Value| text.as_str().is_some_and(|text| !text.trim().is_empty());
        if !message.values().all(is_text) {
            return Err("a message is no text");
        }
        match ["fi", "sv", "en"]
            .iter()
            .all(|language| message.contains_key(*language))
        {
            true => Ok(code.to_owned()),
            false => Err("a message is not in Finnish, Swedish and English"),
        }
    };
    let codes: Result<Vec<String>, &str> = errors.iter().map(code).collect();
    codes.map_err(str::to_owned)
}
