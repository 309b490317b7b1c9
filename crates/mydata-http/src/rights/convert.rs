//! JSON that a service has, as a tree for the profile.

use crate::rights::tree::{DEPTH, Key, Node, Tree, TreeRefusal};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What one of several is called: `CHILDREN` → `CHILD`. Without an entry it is the key and `_ITEM`.
#[derive(Debug, Clone, Default)]
pub struct Naming(BTreeMap<String, Key>);

impl Naming {
    /// No entry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One item of the array under `many`, a member as it stands in the JSON, is called `one`.
    #[must_use]
    pub fn with(mut self, many: &str, one: Key) -> Self {
        self.0.insert(many.to_owned(), one);
        self
    }
}

impl Tree {
    /// An object becomes a node with children, an array one with a child an item, a number or a truth value
    /// its text; a null is left out. Members become keys: `firstName` and `first-name` are `FIRST_NAME`, å,
    /// ä and ö are A, A and O, any other character is `_`; two members of one object that become the same key
    /// are told apart by `_2`.
    ///
    /// # Errors
    /// The tree is too deep, too large, or has too many nodes.
    pub fn from_json(root: Key, value: &Value, naming: &Naming) -> Result<Self, TreeRefusal> {
        let place = Place {
            key: root,
            member: "",
            level: 1,
        };
        let node = node(place.clone(), value, naming)?;
        // A null at the root says that there is nothing, and there must be a root.
        node.map_or_else(|| Node::children(place.key, Vec::new()), Ok)
            .map(Self::new)
    }
}

#[derive(Clone)]
struct Place<'v> {
    key: Key,
    /// As it stood in the JSON.
    member: &'v str,
    level: u32,
}

fn node(place: Place<'_>, value: &Value, naming: &Naming) -> Result<Option<Node>, TreeRefusal> {
    let Place { key, member, level } = place;
    // Held while going down, and not first when coming up: the value may be deeper than the stack.
    if level > DEPTH {
        return Err(TreeRefusal::TooDeep);
    }
    let level = level + 1;
    let made = match value {
        Value::Null => return Ok(None),
        Value::Bool(value) => Node::value(key, if *value { "true" } else { "false" }),
        Value::Number(number) => Node::value(key, &number.to_string()),
        Value::String(text) => Node::value(key, text),
        Value::Array(items) => {
            let one = match naming.0.get(member) {
                Some(one) => one.clone(),
                None => key_of(&format!("{}_ITEM", key.as_str()), "")?,
            };
            let mut nodes = Vec::new();
            for item in items {
                let place = Place {
                    key: one.clone(),
                    member: "",
                    level,
                };
                nodes.extend(node(place, item, naming)?);
            }
            Node::children(key, nodes)
        }
        Value::Object(members) => {
            let (mut nodes, mut taken) = (Vec::new(), BTreeSet::new());
            for (member, item) in members {
                let place = Place {
                    key: free(&spelled(member), &taken)?,
                    member,
                    level,
                };
                let made = node(place, item, naming)?;
                taken.extend(made.iter().map(|made| made.key().as_str().to_owned()));
                nodes.extend(made);
            }
            Node::children(key, nodes)
        }
    };
    made.map(Some)
}

/// The key, or the first of `KEY_2`, `KEY_3`, … that no sibling has.
fn free(spelled: &str, taken: &BTreeSet<String>) -> Result<Key, TreeRefusal> {
    let key = key_of(spelled, "")?;
    if !taken.contains(key.as_str()) {
        return Ok(key);
    }
    for number in 2..=taken.len() + 2 {
        let key = key_of(spelled, &format!("_{number}"))?;
        if !taken.contains(key.as_str()) {
            return Ok(key);
        }
    }
    Err(TreeRefusal::TooMany)
}

/// `spelled`, cut so that `end` has room.
fn key_of(spelled: &str, end: &str) -> Result<Key, TreeRefusal> {
    let room = Key::LONGEST.saturating_sub(end.len());
    let begin: String = spelled.chars().take(room).collect();
    Key::parse(&format!("{begin}{end}"))
}

/// In capitals, and beginning with a letter.
fn spelled(member: &str) -> String {
    let mut text = String::with_capacity(member.len() + 8);
    let mut before = None::<char>;
    for character in member.chars() {
        // A hump of camel case.
        if character.is_ascii_uppercase() && before.is_some_and(|b| b.is_ascii_lowercase()) {
            text.push('_');
        }
        text.push(match character {
            'å' | 'Å' | 'ä' | 'Ä' => 'A',
            'ö' | 'Ö' => 'O',
            other if other.is_ascii_alphanumeric() => other.to_ascii_uppercase(),
            _ => '_',
        });
        before = Some(character);
    }
    if text.starts_with(|first: char| first.is_ascii_uppercase()) {
        text
    } else {
        format!("KEY_{text}")
    }
}
