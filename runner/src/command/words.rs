//! A command as one line: words between spaces, with quotes and backslashes as a shell has them, and nothing else of a shell.

/// The words of a line; the error says what is wrong with it.
pub fn split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(next) = rest.next() {
        match next {
            '\'' => word.get_or_insert_default().push_str(&quoted(&mut rest, '\'')?),
            '"' => word.get_or_insert_default().push_str(&quoted(&mut rest, '"')?),
            '\\' => word.get_or_insert_default().push(rest.next().ok_or("a backslash at the end escapes nothing")?),
            space if space.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// The text up to the closing quote. A backslash means something between double quotes only, and there before `"` and itself.
fn quoted(rest: &mut std::str::Chars<'_>, quote: char) -> Result<String, &'static str> {
    let mut text = String::new();
    while let Some(next) = rest.next() {
        match next {
            end if end == quote => return Ok(text),
            '\\' if quote == '"' => match rest.next() {
                Some(escaped @ ('"' | '\\')) => text.push(escaped),
                Some(other) => text.extend(['\\', other]),
                None => break,
            },
            other => text.push(other),
        }
    }
    Err("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        let table: &[(&str, &[&str])] = &[
            ("  ./mycat  {format} ", &["./mycat", "{format}"]),
            (r#"sh -c 'tee "$1" | cat' x"#, &["sh", "-c", r#"tee "$1" | cat"#, "x"]),
            (r#"a\ b "c \"d\" \n" '' e'f'"g""#, &["a b", r#"c "d" \n"#, "", "efg"]),
            ("", &[]),
        ];
        for (line, words) in table {
            assert_eq!(split(line).unwrap(), *words, "{line}");
        }
    }

    #[test]
    fn a_line_that_does_not_end_is_refused() {
        assert_eq!(split("sh -c 'cat").unwrap_err(), "a quote is not closed");
        assert_eq!(split("cat \\").unwrap_err(), "a backslash at the end escapes nothing");
    }
}
