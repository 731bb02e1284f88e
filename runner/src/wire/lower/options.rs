//! What the raw writer can be told beyond a writer's options: the key `raw` of a case.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Options of the raw writer, by the keys of `docs/wire.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawOptions {
    /// The byte order of the bodies.
    pub endianness: Endianness,
    /// The leading magic is padded to a multiple of this.
    pub magic_padding: usize,
    /// Whether there is an end-of-stream marker.
    pub end_of_stream: bool,
    /// Whether a file's stream starts with a schema message.
    pub embedded_schema: bool,
    /// Where dictionary batches lie.
    pub dictionary_order: DictionaryOrder,
    /// The ids of the dictionary-encoded fields, depth first; equal ones share a dictionary.
    pub dictionary_ids: Option<Vec<i64>>,
    /// What becomes of scalars that are equal to their default.
    pub defaults: Defaults,
    /// How the buffers of a compressed body are stored.
    pub store: StoreRule,
}

impl Default for RawOptions {
    fn default() -> Self {
        RawOptions {
            endianness: Endianness::default(),
            magic_padding: 8,
            end_of_stream: true,
            embedded_schema: true,
            dictionary_order: DictionaryOrder::default(),
            dictionary_ids: None,
            defaults: Defaults::default(),
            store: StoreRule::default(),
        }
    }
}

/// The byte order of the bodies, which the schema declares.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endianness {
    /// Least significant byte first.
    #[default]
    Little,
    /// Most significant byte first.
    Big,
}

/// Where dictionary batches lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DictionaryOrder {
    /// Before the batch that needs them, inner ones before those that refer to them.
    #[default]
    InnerFirst,
    /// Before the batch that needs them, outer ones before those that they refer to.
    OuterFirst,
    /// Behind all record batches.
    Last,
}

/// What becomes of scalars that are equal to their default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Defaults {
    /// They are left out, as flatbuffers writers do.
    #[default]
    Absent,
    /// They are stored.
    Present,
}

/// How the buffers of a compressed body are stored. One of no bytes is stored as none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum StoreRule {
    /// One of the rules with a name.
    Named(NamedStore),
    /// In a FRAME or several.
    Frames(Json),
}

impl Default for StoreRule {
    fn default() -> Self {
        StoreRule::Named(NamedStore::Compressed)
    }
}

/// A rule for storing with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NamedStore {
    /// Every buffer in a frame of the codec.
    Compressed,
    /// Every buffer as it is, behind the prefix -1.
    Uncompressed,
    /// Every second one as it is.
    Mixed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_those_of_the_documentation() {
        let text = r#"{"endianness":"big","magic_padding":64,"end_of_stream":false,"embedded_schema":false,
            "dictionary_order":"outer_first","dictionary_ids":[3,3],"defaults":"present","store":{"stored":true}}"#;
        let options: RawOptions = serde_json::from_str(text).unwrap();
        let expected = RawOptions {
            endianness: Endianness::Big,
            magic_padding: 64,
            end_of_stream: false,
            embedded_schema: false,
            dictionary_order: DictionaryOrder::OuterFirst,
            dictionary_ids: Some(vec![3, 3]),
            defaults: Defaults::Present,
            store: StoreRule::Frames(serde_json::json!({"stored": true})),
        };
        assert_eq!(options, expected);
        assert_eq!(serde_json::from_str::<RawOptions>("{}").unwrap(), RawOptions::default());
        let mixed: RawOptions = serde_json::from_str(r#"{"store":"mixed"}"#).unwrap();
        assert_eq!(mixed.store, StoreRule::Named(NamedStore::Mixed));
        assert!(serde_json::from_str::<RawOptions>(r#"{"endian":"big"}"#).is_err());
    }
}
