//! What stands in a query: names and values, percent-decoded.

/// Names with their values, in order; `None` for what is no query. A `+` is itself.
pub(crate) fn pairs(query: Option<&str>) -> Option<Vec<(String, String)>> {
    let pairs = query.filter(|query| !query.is_empty()).into_iter();
    let pairs = pairs.flat_map(|query| query.split('&'));
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((decoded(name)?, decoded(value)?))
    };
    pairs.map(pair).collect()
}

/// The values of these names, in their order; `None` for another name, and for one that stands twice.
pub(crate) fn values<const N: usize>(
    query: Option<&str>,
    names: [&str; N],
) -> Option<[Option<String>; N]> {
    let mut values = [const { None }; N];
    for (name, value) in pairs(query)? {
        let place = names.iter().position(|known| *known == name)?;
        let place: &mut Option<String> = values.get_mut(place)?;
        if place.replace(value).is_some() {
            return None;
        }
    }
    Some(values)
}

/// Percent-decoded (RFC 3986 §2.1); `None` for what is not.
pub(crate) fn decoded(text: &str) -> Option<String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let fits = digits.iter().all(u8::is_ascii_hexdigit);
                let digits = std::str::from_utf8(&digits).ok().filter(|_| fits)?;
                u8::from_str_radix(digits, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(octets).ok()
}

/// A whole number, in digits and nothing else.
pub(crate) fn number(text: &str) -> Option<usize> {
    let fits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}

/// Which part of a list is asked for: `offset` to leave out, and `limit` at the most. More than there may be is not
/// cut down: whoever pages until a short answer would miss what was cut.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    offset: usize,
    limit: usize,
}

impl Page {
    /// Of `most` at the most, and unless it is said. `None` for what is no number, and for a greater limit.
    pub(crate) fn read([offset, limit]: [Option<String>; 2], most: usize) -> Option<Self> {
        let read = |text: Option<String>, otherwise| match text {
            Some(text) => number(&text),
            None => Some(otherwise),
        };
        let (offset, limit) = (read(offset, 0)?, read(limit, most)?);
        (limit <= most).then_some(Self { offset, limit })
    }

    /// What is on it, and how many there are in all. What is not on it is not made.
    pub(crate) fn of<A, T>(
        self,
        all: impl Iterator<Item = A>,
        make: impl Fn(A) -> T,
    ) -> (Vec<T>, usize) {
        let (mut on, mut total) = (Vec::new(), 0);
        for one in all {
            if total >= self.offset && on.len() < self.limit {
                on.push(make(one));
            }
            total += 1;
        }
        (on, total)
    }
}
