//! Patterns over names such as `types/utf8/short[nullable,file]`.
//!
//! `*` stands for any characters but `/`, `**` for any characters, `?` for one but `/`; brackets are plain characters.

/// Whether the pattern matches the whole name.
pub fn matches(pattern: &str, name: &str) -> bool {
    // Positions in the pattern that are reached after the characters read so far.
    let pattern: Vec<Token> = tokens(pattern);
    let mut reached = vec![false; pattern.len() + 1];
    reached[0] = true;
    skip_stars(&pattern, &mut reached);
    for c in name.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (position, token) in pattern.iter().enumerate().filter(|(position, _)| reached[*position]) {
            match token {
                Token::Char(expected) if *expected == c => next[position + 1] = true,
                Token::One if c != '/' => next[position + 1] = true,
                Token::Star if c != '/' => next[position] = true,
                Token::DoubleStar => next[position] = true,
                _ => {}
            }
        }
        skip_stars(&pattern, &mut next);
        reached = next;
    }
    reached[pattern.len()]
}

/// Whether a pattern selects a case's variant: by its full name, by the case's name, or by a folder of topics.
pub fn selects(pattern: &str, variant: &str) -> bool {
    // What is not a pattern is all that most names are asked about, and every pattern begins with a text.
    let literal = pattern.split(['*', '?']).next().unwrap_or_default();
    let Some(rest) = variant.strip_prefix(literal) else { return false };
    if literal.len() == pattern.len() {
        return rest.is_empty() || (!pattern.contains('[') && rest.starts_with(['[', '/']));
    }
    let case = variant.split_once('[').map_or(variant, |(case, _)| case);
    let mut prefix = case;
    matches(pattern, variant)
        || matches(pattern, case)
        || std::iter::from_fn(|| {
            prefix = prefix.rsplit_once('/')?.0;
            Some(prefix)
        })
        .any(|prefix| matches(pattern, prefix))
}

/// Whether the text is a pattern rather than a name.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    One,
    Star,
    DoubleStar,
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(c) = characters.next() {
        tokens.push(match c {
            '?' => Token::One,
            '*' if characters.next_if_eq(&'*').is_some() => Token::DoubleStar,
            '*' => Token::Star,
            c => Token::Char(c),
        });
    }
    tokens
}

fn skip_stars(pattern: &[Token], reached: &mut [bool]) {
    for (position, token) in pattern.iter().enumerate() {
        if reached[position] && matches!(token, Token::Star | Token::DoubleStar) {
            reached[position + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stop_at_slashes_unless_doubled() {
        for (pattern, name, expected) in [
            ("types/*/short", "types/utf8/short", true),
            ("types/*", "types/utf8/short", false),
            ("types/**", "types/utf8/short[a,b]", true),
            ("**/short*", "types/utf8/short[a,b]", true),
            ("types/utf8/short[a,?]", "types/utf8/short[a,b]", true),
            ("types/utf8/short[ab]", "types/utf8/shorta", false),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn cases_and_topics_select_their_variants() {
        let variant = "types/utf8/short[nullable,file]";
        for pattern in ["types/utf8/short", "types/utf8", "types", variant, "types/*/short", "*"] {
            assert!(selects(pattern, variant), "{pattern}");
        }
        for pattern in ["types/utf", "types/utf8/short[nullable", "types/utf8/short[nullable,file]x", "type?/utf", ""] {
            assert!(!selects(pattern, variant), "{pattern}");
        }
    }
}
