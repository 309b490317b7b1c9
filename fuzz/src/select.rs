//! What of an answer passes a gateway: the selector against a slow model of it, in one piece and in many.

use crate::bound::bounded;
use crate::selector::{MAX_DEPTH, SelectRefusal, Selection, Selector};
use serde::de::IgnoredAny;
use serde_json::Value;

use std::sync::Arc;

/// A step of a path: a name, or each item.
type Step = Option<&'static str>;

/// Selections: as they are written, and as steps for the model.
pub const SELECTIONS: [(&[&str], &[&[Step]]); 6] = [
    (&["a"], &[&[Some("a")]]),
    (
        &["a[].b", "c"],
        &[&[Some("a"), None, Some("b")], &[Some("c")]],
    ),
    (
        &["[].a", "[].b.c"],
        &[&[None, Some("a")], &[None, Some("b"), Some("c")]],
    ),
    (&["[][].a"], &[&[None, None, Some("a")]]),
    (
        &["a.a.a", "a.a.b[]", "b[]"],
        &[
            &[Some("a"), Some("a"), Some("a")],
            &[Some("a"), Some("a"), Some("b"), None],
            &[Some("b"), None],
        ],
    ),
    (
        &["\"x.y\".\u{e5}", "diet[]"],
        &[&[Some("x.y"), Some("\u{e5}")], &[Some("diet"), None]],
    ),
];

/// What is passed on of `octets`, cut after every `piece` of them.
fn select(
    selection: &Arc<Selection>,
    octets: &[u8],
    piece: usize,
) -> Result<Vec<u8>, SelectRefusal> {
    let mut selector = Selector::new(Arc::clone(selection));
    let mut out = Vec::new();
    for piece in octets.chunks(piece) {
        selector.feed(piece, &mut out)?;
    }
    selector.finish()?;
    Ok(out)
}

/// The slow model: nothing where the value is none that the paths go through.
fn model(value: &Value, paths: &[&[Step]]) -> Option<Value> {
    if paths.iter().any(|path| path.is_empty()) {
        return Some(value.clone());
    }
    let under = |step: Step| -> Vec<&[Step]> {
        let fits = paths.iter().filter(|path| path[0] == step);
        fits.map(|path| &path[1..]).collect()
    };
    match value {
        Value::Array(items) => {
            let under = under(None);
            let items = items.iter().filter_map(|item| model(item, &under));
            (!under.is_empty()).then(|| Value::Array(items.collect()))
        }
        Value::Object(members) => {
            let names: Vec<&str> = paths.iter().filter_map(|path| path[0]).collect();
            let member = |(name, value): (&String, &Value)| {
                let name = *names.iter().find(|found| *found == name)?;
                Some((name.to_owned(), model(value, &under(Some(name)))?))
            };
            (!names.is_empty()).then(|| Value::Object(members.iter().filter_map(member).collect()))
        }
        _ => None,
    }
}

/// The first octet says which selection, the second how long the pieces are; the rest is an answer. Or, where the first
/// says none, the rest is the text of a selection. Laws: cut anywhere it is the same; what is passed on is what the
/// model keeps of what `serde_json` reads; what that cannot read is refused, and what it can is refused for one of the
/// reasons that are no reading.
pub fn run(data: &[u8]) {
    let (&[which, piece], octets) = data.split_first_chunk().unwrap_or((&[0, 0], &[]));
    let Some((texts, steps)) = SELECTIONS.get(usize::from(which)) else {
        let text = String::from_utf8_lossy(octets);
        let _ = bounded(data.len(), || Selection::parse(text.split(',')));
        return;
    };
    let selection = Arc::new(Selection::parse(texts.iter().copied()).unwrap());
    let whole = bounded(octets.len(), || {
        select(&selection, octets, octets.len().max(1))
    });
    for piece in [1, usize::from(piece).max(1)] {
        assert_eq!(
            select(&selection, octets, piece),
            whole,
            "cut it is another"
        );
    }
    if let Ok(found) = &whole {
        assert!(serde_json::from_slice::<IgnoredAny>(octets).is_ok());
        assert!(serde_json::from_slice::<IgnoredAny>(found).is_ok());
        assert!(found.len() <= octets.len());
    }
    // A number of any size is a number here; there it has a largest one.
    let Ok(read) = serde_json::from_slice::<Value>(octets) else {
        return;
    };
    match whole {
        Ok(found) => {
            let found: Value = serde_json::from_slice(&found).unwrap();
            assert_eq!(Some(found), model(&read, steps));
        }
        Err(SelectRefusal::Shape) => assert_eq!(model(&read, steps), None),
        Err(SelectRefusal::TooDeep) => assert!(octets.len() > 2 * MAX_DEPTH),
        Err(SelectRefusal::NameTooLong | SelectRefusal::NameTwice) => {}
        Err(SelectRefusal::Syntax | SelectRefusal::Unfinished) => panic!("it can be read"),
    }
}
