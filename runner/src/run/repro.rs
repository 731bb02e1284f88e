//! The command that runs one result again.

/// How this run was started, as far as it matters to run a part of it again.
#[derive(Debug, Clone)]
pub struct Repro {
    /// The words up to `run`.
    pub program: String,
    /// Words that belong to the adapters, such as `--adapter 'x=protocol:…'`.
    pub adapters: Vec<String>,
}

impl Default for Repro {
    fn default() -> Self {
        let release = if cfg!(debug_assertions) { "" } else { "--release " };
        Self { program: format!("cargo run {release}-- run"), adapters: Vec::new() }
    }
}

impl Repro {
    /// The command for a cell, or for a production when there is no consumer.
    pub fn command(&self, case: &str, producer: &str, consumer: Option<&str>) -> String {
        let mut words = vec![self.program.clone(), quoted(case)];
        words.extend(self.adapters.iter().cloned());
        words.extend(["-p".into(), producer.to_owned()]);
        if let Some(consumer) = consumer {
            words.extend(["-c".into(), consumer.to_owned()]);
        }
        words.extend(["--keep".into(), "out".into()]);
        words.join(" ")
    }
}

/// A word as a shell reads it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@".contains(c);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_pasted() {
        let repro = Repro { program: "cargo run --release -- run".into(), adapters: Vec::new() };
        assert_eq!(
            repro.command("types/utf8/short[nullable,file,zstd]", "libarrowipc", Some("pyarrow")),
            "cargo run --release -- run 'types/utf8/short[nullable,file,zstd]' -p libarrowipc -c pyarrow --keep out"
        );
    }
}
