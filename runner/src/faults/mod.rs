//! Implementations that are wrong on purpose, and the cases that notice: a fault that nothing catches is a missing case.
//!
//! | module | does |
//! |---|---|
//! | [`file`] | `cases/faults.yaml`: what each does wrong |
//! | [`gives`] | faults that change what was read, as values |
//! | [`subject`] | the inputs on which they are tried: the bytes of the cases, each once |
//! | [`trial`] | a fault on an input: is it caught? |
//! | [`catches`] | all faults on all inputs |

pub mod catches;
pub mod file;
pub mod gives;
pub mod subject;
pub mod trial;
