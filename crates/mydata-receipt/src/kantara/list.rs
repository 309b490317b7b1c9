//! Categories as emitters write them: `N - Label`, and what becomes of that.

use crate::category::{PiiCategory, PurposeCategory};

/// One of the two lists of categories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// Why data is processed.
    Purpose,
    /// What data it is.
    Pii,
}

/// What a text says of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// `N - Label`, letter for letter.
    Right(u8),
    /// A category of the list, without its dash, or with other spaces.
    Loose(u8),
    /// A number of the list without a label: which category is meant depends on where the count begins,
    /// and nothing beside the number says that.
    Bare,
    /// A label of the list, without its number.
    Named(u8),
    /// A number with a label that somebody else's list has for it.
    Drifted(u8),
    /// The number before that of the label: counted from 0. The number of the label.
    Shifted(u8),
    /// A number with the label of another.
    Contradicted,
    /// A number with a label that is on no list, or that is itself on none.
    Numbered,
    /// Words that are on no list.
    Words,
}

/// Labels that have been seen for a number, and are not those of the list.
const DRIFT: [(List, u8, &str); 3] = [
    (List::Purpose, 5, "Personalize Experience"),
    (List::Purpose, 11, "3rd Party Sharing for"),
    (List::Pii, 4, "Communications/Social"),
];

impl List {
    /// The label of a number.
    pub(super) fn label(self, number: u8) -> Option<&'static str> {
        match self {
            Self::Purpose => PurposeCategory::of_number(number).map(PurposeCategory::list_label),
            Self::Pii => PiiCategory::of_number(number).map(PiiCategory::list_label),
        }
    }

    /// `N - Label` for a number of the list.
    pub(super) fn written(self, number: u8) -> Option<String> {
        let label = self.label(number)?;
        Some(format!("{number} - {label}"))
    }

    /// The number whose label is `label`, in capitals or not, or drifted.
    fn number(self, label: &str) -> Option<u8> {
        (1..=16).find(|number| self.is_label(*number, label))
    }

    fn is_label(self, number: u8, label: &str) -> bool {
        let has_drifted = |(list, of, other): &(Self, u8, &str)| {
            *list == self && *of == number && other.eq_ignore_ascii_case(label)
        };
        let own = self.label(number);
        own.is_some_and(|own| own.eq_ignore_ascii_case(label)) || DRIFT.iter().any(has_drifted)
    }

    /// What `text` says.
    pub(super) fn said(self, text: &str) -> Said {
        let Some((digits, label)) = split(text) else {
            return self.number(text.trim()).map_or(Said::Words, Said::Named);
        };
        let number = digits.parse().ok();
        let own = number.and_then(|number| Some((number, self.label(number)?)));
        match own {
            Some((number, own)) if own == label => {
                let rest = text
                    .strip_prefix(digits)
                    .and_then(|r| r.strip_prefix(" - "));
                // `01 - Label` is not how the list writes it either.
                if rest == Some(own) && !digits.starts_with('0') {
                    Said::Right(number)
                } else {
                    Said::Loose(number)
                }
            }
            Some(_) if label.is_empty() => Said::Bare,
            Some((number, _)) if self.is_label(number, label) => Said::Drifted(number),
            _ => match (number, self.number(label)) {
                (Some(number), Some(other)) if number.checked_add(1) == Some(other) => {
                    Said::Shifted(other)
                }
                (_, Some(_)) => Said::Contradicted,
                (_, None) => Said::Numbered,
            },
        }
    }
}

/// The digits and the label of `N - Label`, the dash and the spaces being optional; `None` when it does
/// not begin with a number. (`3rd Party …` does not: a number stands by itself.)
fn split(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let is_number = !digits.is_empty() && (rest.is_empty() || rest.starts_with([' ', '-', '\t']));
    let rest = rest.trim_start();
    let label = rest.strip_prefix('-').unwrap_or(rest).trim_start();
    is_number.then_some((digits, label))
}

/// The category of a purpose that stands there letter for letter.
pub(super) fn purpose(text: &str) -> Option<PurposeCategory> {
    PurposeCategory::of_number(List::Purpose.said(text).right()?)
}

/// The category of data that stands there letter for letter.
pub(super) fn pii(text: &str) -> Option<PiiCategory> {
    PiiCategory::of_number(List::Pii.said(text).right()?)
}

impl Said {
    /// The number of what stands there letter for letter.
    const fn right(self) -> Option<u8> {
        match self {
            Self::Right(number) => Some(number),
            Self::Loose(_)
            | Self::Bare
            | Self::Named(_)
            | Self::Drifted(_)
            | Self::Shifted(_)
            | Self::Contradicted
            | Self::Numbered
            | Self::Words => None,
        }
    }

    /// Whether it shows that the document does not number its categories from 0, or leaves it open
    /// which is meant: a number without a label would be another category then.
    pub(super) const fn is_settled(self) -> bool {
        match self {
            Self::Right(_)
            | Self::Loose(_)
            | Self::Bare
            | Self::Drifted(_)
            | Self::Contradicted
            | Self::Numbered => true,
            Self::Named(_) | Self::Shifted(_) | Self::Words => false,
        }
    }
}
