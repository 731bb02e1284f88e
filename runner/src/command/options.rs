//! Writer options of the protocol, as placeholders of a command.

use crate::case::options::WriteOptions;

/// A writer option that a command may name.
pub struct WriterOption {
    /// Its placeholder, without braces.
    pub placeholder: &'static str,
    /// What stands there when nothing is asked for.
    pub default: &'static str,
    /// What a command that names it can do.
    pub features: &'static [&'static str],
    /// What is asked for.
    pub value: fn(&WriteOptions) -> Option<String>,
}

/// Every option that can be named so.
pub const OPTIONS: &[WriterOption] = &[
    WriterOption {
        placeholder: "compression",
        default: "none",
        features: &["compress.lz4:w", "compress.zstd:w"],
        value: |options| options.compression.filter(|it| it.name() != "none").map(|it| it.to_string()),
    },
    WriterOption {
        placeholder: "metadata_version",
        default: "5",
        features: &["version.v4:w"],
        value: |options| options.metadata_version.filter(|version| *version != 5).map(|version| version.to_string()),
    },
    WriterOption {
        placeholder: "alignment",
        default: "8",
        features: &["alignment"],
        value: |options| options.alignment.filter(|bytes| *bytes != 8).map(|bytes| bytes.to_string()),
    },
    WriterOption {
        placeholder: "legacy",
        default: "false",
        features: &["legacy:w"],
        value: |options| options.legacy.filter(|legacy| *legacy).map(|legacy| legacy.to_string()),
    },
    WriterOption {
        placeholder: "dictionaries",
        default: "replace",
        features: &["dict.delta:w", "dict.unify"],
        value: |options| options.dictionaries.filter(|it| it.name() != "replace").map(|it| it.to_string()),
    },
];

/// The first option that asks for something that is not done anyway, for a message.
pub fn first_asked(options: &WriteOptions) -> Option<String> {
    let named = OPTIONS.iter().find_map(|option| Some(format!("{} {}", option.placeholder, (option.value)(options)?)));
    let level = options.compression_level.map(|level| format!("compression_level {level}"));
    named.or(level).or_else(|| options.footer_metadata.is_some().then(|| "footer_metadata".to_owned()))
}

impl WriterOption {
    /// A value of this option, for a message.
    pub fn asked(&self, value: &Option<String>) -> String {
        format!(
            "{} {}; the command has no {{{}}}",
            self.placeholder,
            value.as_deref().unwrap_or(self.default),
            self.placeholder
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_asks_for_what_is_done_anyway_asks_for_nothing() {
        let asked = |json: &str| {
            let options: WriteOptions = serde_json::from_str(json).unwrap();
            OPTIONS.iter().filter_map(|option| (option.value)(&options)).collect::<Vec<_>>()
        };
        let plain =
            r#"{"compression":"none","metadata_version":5,"alignment":8,"legacy":false,"dictionaries":"replace"}"#;
        assert!(asked(plain).is_empty());
        assert_eq!(first_asked(&serde_json::from_str(plain).unwrap()), None);
        let all = r#"{"compression":"zstd","metadata_version":4,"alignment":64,"legacy":true,"dictionaries":"delta"}"#;
        assert_eq!(asked(all), ["zstd", "4", "64", "true", "delta"]);
    }
}
