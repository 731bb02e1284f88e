//! The vocabulary of formats, accesses and writer options, shared by cases and protocol.

use serde::{Deserialize, Serialize};

macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for it in cases, protocol and report.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value with this name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

vocabulary! {
    /// The two IPC formats.
    #[derive(Default)]
    Format {
        /// Messages one after the other.
        #[default]
        Stream = "stream",
        /// Magic, messages, footer.
        File = "file",
    }
}

impl Format {
    /// The usual ending of file names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Stream => "arrows",
            Self::File => "arrow",
        }
    }
}

vocabulary! {
    /// Where a reader's bytes come from.
    #[derive(Default)]
    Source {
        /// A path, read.
        #[default]
        Path = "path",
        /// A path, mapped.
        MemoryMap = "memory_map",
        /// A buffer.
        Memory = "memory",
        /// A file descriptor.
        Fd = "fd",
        /// The caller's read functions.
        Callbacks = "callbacks",
        /// A connected socket.
        Socket = "socket",
        /// A pipe.
        Pipe = "pipe",
    }
}

vocabulary! {
    /// Where a writer's bytes go.
    #[derive(Default)]
    Sink {
        /// A path.
        #[default]
        Path = "path",
        /// A buffer, then saved.
        Memory = "memory",
        /// A file descriptor.
        Fd = "fd",
        /// The caller's write functions.
        Callbacks = "callbacks",
        /// A connected socket.
        Socket = "socket",
        /// A pipe.
        Pipe = "pipe",
    }
}

vocabulary! {
    /// How a reader goes through the batches.
    #[derive(Default)]
    Access {
        /// In order, one by one.
        #[default]
        Next = "next",
        /// One call that reads everything.
        All = "all",
        /// Named batches, in any order.
        Random = "random",
        /// Through the implementation's exported stream.
        CStream = "c_stream",
    }
}

vocabulary! {
    /// How much a reader checks.
    Validate {
        /// As little as it can.
        None = "none",
        /// Everything it can.
        Full = "full",
    }
}

vocabulary! {
    /// Body compression.
    Compression {
        /// None.
        None = "none",
        /// LZ4 frames.
        Lz4 = "lz4",
        /// Zstandard.
        Zstd = "zstd",
    }
}

vocabulary! {
    /// What a writer does when a dictionary changes between batches.
    Dictionaries {
        /// Writes the new one in full.
        Replace = "replace",
        /// Writes what is new.
        Delta = "delta",
        /// Makes one dictionary of all.
        Unify = "unify",
    }
}

vocabulary! {
    /// Where a reader or writer refuses; in the order in which they come.
    Phase {
        /// Opening the input.
        Open = "open",
        /// Reading the schema.
        Schema = "schema",
        /// Reading a dictionary.
        Dictionary = "dictionary",
        /// Reading a batch.
        Batch = "batch",
        /// Validating what was read.
        Validate = "validate",
        /// The end of the input.
        Finish = "finish",
        /// Writing.
        Write = "write",
    }
}

/// Writer options of the protocol.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteOptions {
    /// Body compression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<Compression>,
    /// Level of the codec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression_level: Option<i32>,
    /// Alignment of buffers in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<u32>,
    /// 4 or 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_version: Option<u8>,
    /// Framing from before format 1.0, without continuation markers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legacy: Option<bool>,
    /// What happens when a dictionary changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dictionaries: Option<Dictionaries>,
    /// Custom metadata of the footer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer_metadata: Option<Vec<(String, String)>>,
}
