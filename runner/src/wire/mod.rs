//! Bytes of the format, taken apart and put together. Shares no code with libarrowipc and none with the kit's C Data side.
//!
//! | module | does |
//! |---|---|
//! | [`mod@format`] | the tables of the `.fbs` files as data |
//! | [`tree`], [`flatbuffer`] | metadata as a tree, from bytes and to bytes |
//! | [`parse`] | bytes → messages, footer, and where they lie |
//! | [`raw`] | an input before it is bytes |
//! | [`lower`], [`lift`] | data → parts, bytes → parts |
//! | [`assemble`] | parts → bytes |
//! | [`container`] | messages as they are → a stream or file |
//! | [`frame`] | compressed frames, made in a certain way and read strictly |
//! | [`walk`] | which field, node and buffers are a column |
//! | [`check`] | what a writer must do, seen in its bytes |
//! | [`mod@map`] | what every byte is |
//! | [`decode`] | bytes → values, and the rules that they break |
//! | [`edit`], [`changes`] | changes of parts, and what they did to the bytes |
//! | [`section`], [`mod@value`] | parts and values as cases write them |
//! | [`columns`] | the nodes and buffers that a schema gives a batch |
//! | [`violation`] | a rule that bytes break, and where |

pub mod assemble;
pub mod changes;
pub mod check;
pub mod columns;
pub mod container;
pub mod decode;
pub mod edit;
pub mod flatbuffer;
pub mod format;
pub mod frame;
pub mod lift;
pub mod lower;
pub mod map;
pub mod parse;
pub mod raw;
pub mod section;
pub mod tree;
pub mod value;
pub mod violation;
pub mod walk;
