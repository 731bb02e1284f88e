//! Standard input and output.

use std::fs::File;
use std::io::{self, BufRead, Write};

use serde_json::Value as Json;

use super::host::Host;
use super::{Adapter, Failure};

/// Answers the requests on standard input until `stop` or the end of the input. Standard output is the protocol's alone: whatever else
/// the process prints there goes to standard error.
///
/// # Errors
///
/// Standard input or output fails.
pub fn serve(adapter: &mut dyn Adapter) -> io::Result<()> {
    let mut answers = take_standard_output()?;
    let mut host = Host::new(adapter);
    let mut requests = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        if requests.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let Some(answer) = answer(&mut host, &line) else { return Ok(()) };
        // One write a line, so that a reader never sees half of one.
        answers.write_all(format!("{answer}\n").as_bytes())?;
    }
}

/// The answer to a line; `None` for `stop`.
fn answer(host: &mut Host<'_>, line: &[u8]) -> Option<Json> {
    match serde_json::from_slice(line) {
        Ok(request @ Json::Object(_)) => host.answer(&request),
        Ok(_) => Some(refused(line, "a request is an object")),
        Err(error) => Some(refused(line, &error.to_string())),
    }
}

fn refused(line: &[u8], why: &str) -> Json {
    let start = String::from_utf8_lossy(&line[..line.len().min(SHOWN)]);
    let message = format!("the line is no request ({why}): {}", start.trim_end().escape_debug());
    Failure::Error(message).answer(None).into()
}

/// Bytes of a line that is not understood which are shown.
const SHOWN: usize = 80;

/// A descriptor for the protocol; descriptor 1, to which C prints too, becomes standard error.
fn take_standard_output() -> io::Result<File> {
    io::stdout().flush()?;
    let protocol = rustix::io::dup(io::stdout())?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(protocol.into())
}
