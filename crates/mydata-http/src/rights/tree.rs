//! A person's data as the profile reads it: a tree of texts.
//!
//! No node can hold a null or a number, and none can be made that is too large to be written: each knows
//! its size when it is made.

use crate::rights::refusal::Text3;
use mydata::core::refusals;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use std::fmt;

refusals! {
    /// Why something is no tree for the profile.
    pub enum TreeRefusal {
        Key = "rights_tree_key": "a key is not a capital letter and up to 99 capital letters, digits or `_`",
        TooDeep = "rights_tree_too_deep": "the tree has more than 32 levels",
        TooMany = "rights_tree_too_many": "the tree has more than 100,000 nodes",
        TooLarge = "rights_tree_too_large": "the tree has more than 16 MiB",
    }
}

/// Levels of a tree.
pub(crate) const DEPTH: u32 = 32;
const NODES: u32 = 100_000;
const OCTETS: usize = 16 * 1024 * 1024;

/// The key of a node: `[A-Z][A-Z0-9_]{0,99}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(Box<str>);

impl Key {
    /// The longest.
    pub(crate) const LONGEST: usize = 100;

    /// A key in `SNAKE_CASE_CAPITALS`.
    ///
    /// # Errors
    /// [`TreeRefusal::Key`].
    pub fn parse(text: &str) -> Result<Self, TreeRefusal> {
        let of_key = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
        let begins = text.bytes().next().is_some_and(|b| b.is_ascii_uppercase());
        let fits = begins && text.len() <= Self::LONGEST && text.bytes().all(of_key);
        let key = fits.then(|| Self(text.into()));
        key.ok_or(TreeRefusal::Key)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, PartialEq, Eq)]
enum Body {
    Value(Box<str>),
    Children(Vec<Node>),
    Withheld(Box<str>),
}

/// What is below a node and itself, as it will be written.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Size {
    levels: u32,
    nodes: u32,
    octets: usize,
}

/// A key with a text, with nodes below it, or with a reason why neither is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Node {
    key: Key,
    body: Body,
    size: Size,
}

impl Node {
    /// A text.
    ///
    /// # Errors
    /// [`TreeRefusal::TooLarge`].
    pub fn value(key: Key, text: &str) -> Result<Self, TreeRefusal> {
        let octets = framed(&key, "value", written(text));
        Self::of(key, Body::Value(text.into()), (0, 0, octets))
    }

    /// Nodes below a key, in their order; siblings of one kind have one key.
    ///
    /// # Errors
    /// The tree gets too deep, too large, or has too many nodes.
    pub fn children(key: Key, nodes: Vec<Self>) -> Result<Self, TreeRefusal> {
        let mut below = (0, 0, 2 + nodes.len().saturating_sub(1));
        for Size {
            levels,
            nodes,
            octets,
        } in nodes.iter().map(|node| node.size)
        {
            below.0 = below.0.max(levels);
            below.1 += nodes;
            below.2 += octets;
            // Before the next one is added, so that no sum grows beyond its type.
            if below.1 >= NODES {
                return Err(TreeRefusal::TooMany);
            }
            if below.2 > OCTETS {
                return Err(TreeRefusal::TooLarge);
            }
        }
        below.2 = framed(&key, "children", below.2);
        Self::of(key, Body::Children(nodes), below)
    }

    /// Data that is there, and that this sign-in is too weak to see: the text says what to do.
    ///
    /// The profile asks in no language, so the person is shown all three.
    ///
    /// # Errors
    /// [`TreeRefusal::TooLarge`].
    pub fn withheld(key: Key, text: &Text3) -> Result<Self, TreeRefusal> {
        let text = text.in_one();
        let octets = framed(&key, "error", written(&text));
        Self::of(key, Body::Withheld(text.into()), (0, 0, octets))
    }

    fn of(
        key: Key,
        body: Body,
        (below, nodes, octets): (u32, u32, usize),
    ) -> Result<Self, TreeRefusal> {
        let size = Size {
            levels: below + 1,
            nodes: nodes + 1,
            octets,
        };
        if size.levels > DEPTH {
            Err(TreeRefusal::TooDeep)
        } else if size.octets > OCTETS {
            Err(TreeRefusal::TooLarge)
        } else {
            Ok(Self { key, body, size })
        }
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }
}

/// Octets of a text between its quotation marks, with what must be escaped.
fn written(text: &str) -> usize {
    let octets = text.bytes().map(|octet| match octet {
        b'"' | b'\\' | 0x08 | 0x09 | 0x0a | 0x0c | 0x0d => 2,
        0x00..=0x1f => 6,
        _ => 1,
    });
    2 + octets.sum::<usize>()
}

/// Octets of `{"key":"KEY","member":…}`.
fn framed(key: &Key, member: &str, octets: usize) -> usize {
    r#"{"key":"","":}"#.len() + key.0.len() + member.len() + octets
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("key", &*self.key.0)?;
        match &self.body {
            Body::Value(text) => map.serialize_entry("value", text)?,
            Body::Children(nodes) => map.serialize_entry("children", nodes)?,
            Body::Withheld(text) => map.serialize_entry("error", text)?,
        }
        map.end()
    }
}

/// Personal data: only its size.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({} nodes, redacted)", self.size.nodes)
    }
}

/// Everything that a service has about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree(Node);

impl Tree {
    /// By its root, whose key is the name of the service.
    #[must_use]
    pub const fn new(root: Node) -> Self {
        Self(root)
    }

    /// The root.
    #[must_use]
    pub const fn root(&self) -> &Node {
        &self.0
    }

    /// How many octets it is when it is written.
    #[must_use]
    pub const fn octets(&self) -> usize {
        self.0.size.octets
    }

    /// The JSON that the profile reads.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.octets());
        // Texts under texts: nothing of it can fail to be written.
        match serde_json::to_writer(&mut octets, &self.0) {
            Ok(()) => octets,
            Err(_) => Vec::new(),
        }
    }
}
