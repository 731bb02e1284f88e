//! Bytes of the format, taken apart and put together. Shares no code with libarrowipc and none with the kit's C Data side.
//!
//! | module | does |
//! |---|---|
//! | [`mod@format`] | the tables of the `.fbs` files as data |
//! | [`tree`], [`flatbuffer`] | metadata as a tree, from bytes and to bytes |
//! | [`parse`] | bytes → messages, footer, and where they lie |
//! | [`raw`] | an input before it is bytes |
//! | [`violation`] | a rule that bytes break, and where |

pub mod flatbuffer;
pub mod format;
pub mod parse;
pub mod raw;
pub mod tree;
pub mod violation;
