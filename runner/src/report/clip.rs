//! Texts cut to a size, for readers that take no more.

use std::borrow::Cow;

/// The beginning of a text, of at most `most` bytes; what was cut off is counted behind it.
pub fn beginning(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("{}… ({} more bytes)", &text[..end], text.len() - end).into()
}

/// The end of a text, of at most `most` bytes: what a process said last.
pub fn end(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let start = (text.len() - most..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    format!("({start} bytes before) …{}", &text[start..]).into()
}

/// A text in one line.
pub fn line(text: &str) -> String {
    text.split(['\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(beginning("abc", 3), "abc");
        assert_eq!(beginning("aäöü", 4), "aä… (4 more bytes)");
        assert_eq!(end("aäöü", 3), "(5 bytes before) …ü");
    }

    #[test]
    fn a_line_has_no_ends() {
        assert_eq!(line(" a\r\n\n  b\rc "), "a b c");
    }
}
