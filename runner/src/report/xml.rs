//! Text as XML 1.0 carries it.

use std::fmt::{Display, Formatter, Result, Write};

/// A text as the content of an element or of an attribute in double quotes.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a>(pub &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                // As characters they would be spaces in an attribute.
                '\n' => f.write_str("&#10;")?,
                '\r' => f.write_str("&#13;")?,
                '\t' => f.write_str("&#9;")?,
                // XML 1.0 § 2.2 has no way to write these.
                '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_reads_back_what_was_escaped() {
        let hostile = "<a b=\"c\">&amp;]]>\n\t\r'\u{85}é\u{1f600}";
        let text = format!("<x y=\"{0}\">{0}</x>", Escaped(hostile));
        let document = roxmltree::Document::parse(&text).unwrap();
        assert_eq!(document.root_element().attribute("y"), Some(hostile));
        assert_eq!(document.root_element().text(), Some(hostile));
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(Escaped("a\0b\x1b[31m\u{ffff}").to_string(), "a\u{fffd}b\u{fffd}[31m\u{fffd}");
    }
}
