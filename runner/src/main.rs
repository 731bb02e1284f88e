//! The command `arrowipc`.

use std::process::ExitCode;

fn main() -> ExitCode {
    arrowipc_runner::cli::main()
}
