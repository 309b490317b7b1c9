//! Which fields of a dataset.

use crate::problem::{HttpRefusal, Problem};
use serde_json::Value;
use std::collections::BTreeSet;

/// Fields, and characters of one.
const MOST: (usize, usize) = (64, 128);

/// The fields that a sink has asked for: names within objects, joined by full stops, of whatever stands in an
/// array each. `fields=name,address.city` of the query, which the sink has signed; all without it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields(Option<BTreeSet<String>>);

impl Fields {
    /// All that there are.
    #[must_use]
    pub const fn all() -> Self {
        Self(None)
    }

    /// Of a query, which may say nothing else.
    ///
    /// # Errors
    /// [`HttpRefusal::Fields`].
    pub fn of_query(query: Option<&str>) -> Result<Self, Problem> {
        let Some(query) = query else {
            return Ok(Self::all());
        };
        let names = query.strip_prefix("fields=").ok_or(HttpRefusal::Fields)?;
        let names: Vec<&str> = names.split(',').collect();
        if names.len() > MOST.0 || !names.iter().all(|name| is_name(name)) {
            return Err(HttpRefusal::Fields.into());
        }
        Ok(Self(Some(
            names.into_iter().map(ToOwned::to_owned).collect(),
        )))
    }

    /// The query that asks for these; none for all.
    #[must_use]
    pub fn to_query(&self) -> Option<String> {
        let names = self.0.as_ref()?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Some(["fields=", &names.join(",")].concat())
    }

    /// Whether something of a field is asked for: itself, what it stands in, or something in it.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.any(|asked| is_within(name, asked) || is_within(asked, name))
    }

    fn any(&self, is_so: impl Fn(&str) -> bool) -> bool {
        let names = self.0.as_ref();
        names.is_none_or(|names| names.iter().any(|asked| is_so(asked)))
    }

    /// What was asked for of a value, and nothing else: `null` where that is nothing.
    #[must_use]
    pub fn cut(&self, value: Value) -> Value {
        match self.0 {
            None => value,
            Some(_) => self.cut_at("", value).unwrap_or_default(),
        }
    }

    fn cut_at(&self, at: &str, value: Value) -> Option<Value> {
        match value {
            Value::Array(items) => {
                let items = items.into_iter();
                let items = items.filter_map(|item| self.cut_at(at, item));
                Some(Value::Array(items.collect()))
            }
            Value::Object(members) => {
                let named = members.into_iter().filter_map(|(name, value)| {
                    let within = match at {
                        "" => name.clone(),
                        at => [at, ".", &name].concat(),
                    };
                    let is_asked = self.has(&within);
                    let value = is_asked.then(|| self.cut_at(&within, value));
                    Some((name, value??))
                });
                Some(Value::Object(named.collect()))
            }
            // What was to be within it is not there.
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.any(|asked| is_within(at, asked)).then_some(value)
            }
        }
    }
}

/// Whether `inner` is `outer`, or stands in it.
fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_name(name: &str) -> bool {
    let of_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(of_name);
    name.len() <= MOST.1 && name.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_asked_for_is_cut() {
        let value = json!({
            "name": "Ann", "names": ["x"], "address": {"city": "Espoo", "street": "1"},
            "wishes": [{"unit": 1, "diet": 2}, {"unit": 3}, 4], "none": null
        });
        let rows = [
            ("name", json!({"name": "Ann"})),
            (
                "address",
                json!({"address": {"city": "Espoo", "street": "1"}}),
            ),
            ("address.city", json!({"address": {"city": "Espoo"}})),
            ("wishes.unit", json!({"wishes": [{"unit": 1}, {"unit": 3}]})),
            // A name is no field of a text, and no field that has other letters after it.
            ("name.first", json!({})),
            ("nam", json!({})),
            ("none,name", json!({"name": "Ann", "none": null})),
        ];
        for (names, wanted) in rows {
            let query = format!("fields={names}");
            let fields = Fields::of_query(Some(&query)).unwrap();
            assert_eq!(fields.cut(value.clone()), wanted, "{names}");
        }
        assert_eq!(Fields::all().cut(value.clone()), value);
        let one = Fields::of_query(Some("fields=a")).unwrap();
        assert_eq!(one.cut(json!("text")), Value::Null);
    }

    #[test]
    fn a_query_that_says_anything_else_is_refused() {
        let many = format!("fields={}", vec!["a"; 65].join(","));
        let long = format!("fields={}", "a".repeat(129));
        for query in [
            "",
            "fields=",
            "fields=a,",
            "fields=a&b=c",
            "field=a",
            "fields=a..b",
            "fields=.a",
            "fields=%61",
            "a=b&fields=c",
            "fields=a b",
            &many,
            &long,
        ] {
            let refusal = Fields::of_query(Some(query)).unwrap_err();
            assert_eq!(refusal.code(), "http_fields", "{query}");
        }
        let query = "fields=a,b.c-d";
        let fields = Fields::of_query(Some(query)).unwrap();
        assert_eq!(fields.to_query().unwrap(), query);
        assert!(fields.has("b.c-d.e") && fields.has("b") && !fields.has("b.c"));
        assert_eq!(Fields::of_query(None).unwrap(), Fields::all());
    }
}
