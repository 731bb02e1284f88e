//! Programs that are started anew for each operation: what the hosts of filters and of archery's executables share.
//!
//! Neither knows protocol 1. A host process of the runner speaks it for them, starts a program for each request, and says what came of it.
//!
//! | module | holds |
//! |---|---|
//! | `words` | a command as one line |
//! | `whole` | which requests are about whole files |
//! | `template` | a command with placeholders |
//! | `child` | one process: files in, files out, bounded |
//! | `end` | what the end of a process means |
//! | `options` | options of a writer |
//! | `claims` | what the program is said to be able to do |
//! | `host` | the protocol: one line in, one line out |

pub mod child;
pub mod claims;
pub mod end;
pub mod host;
pub mod options;
pub mod template;
pub mod whole;
pub mod words;
