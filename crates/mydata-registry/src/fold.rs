//! When two texts are the same word to a person who searches.

use mydata_core::lang::Language;

/// How letters are compared. Upper and lower case are always the same; a letter and the same letter
/// with its mark written apart (Unicode's decomposed form) as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "own letters, or ornaments")]
pub enum Folding {
    /// å, ä and ö are letters of their own, as in Finnish and Swedish: `sää` is not `saa`, and
    /// `höra` is not `hora`. Norwegian and Danish `æ` and `ø` are read as `ä` and `ö`, as both
    /// languages sort them. Any other mark is an ornament: `idé` is `ide`.
    Own,
    /// Every mark is an ornament: in English, `Malmö` is found as `malmo`.
    Plain,
}

impl Folding {
    /// The folding of texts in `language` (D45).
    #[must_use]
    pub fn of(language: Language) -> Self {
        match language.as_str() {
            // Finnish, Swedish, Estonian, Northern Sámi, Danish, the Norwegians, Icelandic, Faroese,
            // German.
            "fi" | "sv" | "et" | "se" | "da" | "nb" | "nn" | "no" | "is" | "fo" | "de" => Self::Own,
            _ => Self::Plain,
        }
    }

    /// The text as it is compared.
    #[must_use]
    pub fn fold(self, text: &str) -> String {
        let mut folded = String::with_capacity(text.len());
        for letter in text.chars().flat_map(char::to_lowercase) {
            if is_mark(letter) {
                let base = folded.pop();
                folded.extend(base.map(|base| self.marked(base, letter)));
            } else {
                self.push(letter, &mut folded);
            }
        }
        folded
    }

    /// A letter whose mark is written apart.
    const fn marked(self, base: char, mark: char) -> char {
        match (self, base, mark) {
            (Self::Own, 'a', '\u{308}') => 'ä',
            (Self::Own, 'o', '\u{308}') => 'ö',
            (Self::Own, 'a', '\u{30a}') => 'å',
            (_, base, _) => base,
        }
    }

    fn push(self, letter: char, folded: &mut String) {
        let own = matches!(self, Self::Own);
        let plain = match letter {
            'å' if own => 'å',
            'ä' | 'æ' if own => 'ä',
            'ö' | 'ø' if own => 'ö',
            'æ' => return folded.push_str("ae"),
            'ß' => return folded.push_str("ss"),
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => 'a',
            'ç' | 'č' | 'ć' => 'c',
            'ð' | 'đ' => 'd',
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' => 'e',
            'ì' | 'í' | 'î' | 'ï' | 'ī' => 'i',
            'ñ' | 'ń' | 'ņ' => 'n',
            'ŋ' => 'n',
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' => 'o',
            'š' | 'ś' => 's',
            'ŧ' => 't',
            'ù' | 'ú' | 'û' | 'ü' | 'ū' => 'u',
            'ý' | 'ÿ' => 'y',
            'ž' | 'ź' | 'ż' => 'z',
            other => other,
        };
        folded.push(plain);
    }
}

/// A combining mark of the first block (U+0300 to U+036F).
const fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}')
}
