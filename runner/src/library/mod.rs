//! The host of a shared library with libarrowipc's ABI: the adapter behind `arrowipc serve-library PATH`.
//!
//! The runner never links libarrowipc: it reaches it, and any other library with that ABI, as it reaches every implementation,
//! through a child process that speaks protocol 1 (`docs/protocol.md`). This is that process.
//!
//! | module | holds |
//! |---|---|
//! | `abi` | the library behind safe types |
//! | `host` | the protocol: one line in, one line out |
//! | `claims` | the answer to `start` |
//! | `request` `answer` | what is asked and answered |
//! | `produce` `consume` `transcode` `echo` | one request each |
//! | `tensors` | `produce` and `consume` of tensors |
//! | `supply` `delivery` `pieces` | how bytes reach the library and leave it |
//! | `observation` | digest and dump through the kit, or a walk |
//! | `account` `region` | the facts about memory |
//!
//! Unsafe code is in `abi`, and in `observation`, where the kit reads what the library exported.

mod abi;
mod account;
mod answer;
mod claims;
mod consume;
mod delivery;
mod echo;
mod host;
mod observation;
mod pieces;
mod produce;
mod region;
pub(crate) mod request;
mod supply;
mod tensors;
mod transcode;

use std::path::Path;
use std::process::ExitCode;

/// Exit code when the library cannot be hosted.
const CONFIGURATION: u8 = 2;
/// Exit code when standard input or output fails.
const INFRASTRUCTURE: u8 = 3;

/// Serves protocol 1 on standard input and output for the library at `path`, until `stop` or the end of the input.
pub fn serve(path: &Path) -> ExitCode {
    let library = match abi::Library::load(path) {
        Ok(library) => library,
        Err(error) => {
            eprintln!("arrowipc serve-library: {error}");
            return CONFIGURATION.into();
        }
    };
    match host::Host::new(library, path).serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("arrowipc serve-library: standard input or output fails: {error}");
            INFRASTRUCTURE.into()
        }
    }
}
