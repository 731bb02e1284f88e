//! The processes of one adapter in one run: started when needed, reused, replaced when they die.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::message::{Answer, Hello, PROTOCOL, Request, parse_answer, parse_hello};
use super::process::{Death, Launch, Process, shorten};

/// How many failed starts in a row put an adapter down.
const FAILED_STARTS: u32 = 3;

/// Time for what is known to hang: what was mended answers within it.
const KNOWN_HANG: Duration = Duration::from_secs(2);

/// How an answer is waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patience {
    /// As long as the adapter's limits say, and again after a death.
    #[default]
    Full,
    /// As long as the limits say: a death is known, and need not be seen twice.
    Once,
    /// Two seconds: a hang is known.
    Short,
}

/// Where the processes of a run work.
#[derive(Debug, Clone)]
pub struct Place {
    /// Folder of the payload files.
    pub workdir: PathBuf,
    /// The kit's shared library.
    pub kit: PathBuf,
}

/// The processes of one adapter.
#[derive(Debug)]
pub struct Pool {
    launch: Launch,
    place: Place,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Process>,
    deaths: u32,
    failed_starts: u32,
    down: Option<String>,
}

/// What became of one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The answer, or why there is none.
    pub outcome: Outcome,
    /// How often the request was sent.
    pub attempts: u32,
    /// How the first attempt ended when a later one was answered.
    pub unstable: Option<String>,
    /// What a dead process said last on standard error.
    pub stderr: String,
    /// Time of the last attempt.
    pub time: Duration,
}

/// The answer to a request, or why there is none.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// An answer.
    Answered(Answer),
    /// The process died of the request.
    Died(Death),
    /// The adapter is down; the request was not sent.
    Down(String),
}

impl Pool {
    /// A pool without a process.
    pub fn new(launch: Launch, place: Place) -> Self {
        Self { launch: launch.with_kit(&place.kit), place, state: Mutex::default() }
    }

    /// Starts a process, unless one waits already, and tells what the adapter says of itself.
    pub fn hello(&self) -> Result<Hello, String> {
        loop {
            match self.start() {
                Ok((process, hello)) => {
                    self.give_back(process);
                    return Ok(hello);
                }
                Err(StartError::Again) => {}
                Err(StartError::Down(reason)) => return Err(reason),
            }
        }
    }

    /// Sends request `id` and awaits its answer. A request that kills its process is sent again, alone in a fresh process.
    pub fn ask(&self, id: u64, request: &Request) -> Exchange {
        self.ask_with(Patience::Full, id, request)
    }

    /// As [`Self::ask`], for what may be known to kill it.
    pub fn ask_with(&self, patience: Patience, id: u64, request: &Request) -> Exchange {
        let line = match serde_json::to_string(request) {
            Ok(line) => line,
            Err(error) => {
                return Exchange::of(Outcome::Died(Death::Garbage(format!("the request cannot be written: {error}"))));
            }
        };
        let mut first: Option<(Death, String)> = None;
        loop {
            let fresh = first.is_some();
            let mut process = match self.take(fresh) {
                Ok(process) => process,
                Err(reason) => {
                    // The first death stands when no second process could be started.
                    let outcome =
                        first.as_ref().map_or(Outcome::Down(reason), |(death, _)| Outcome::Died(death.clone()));
                    let stderr = first.map(|(_, stderr)| stderr).unwrap_or_default();
                    return Exchange { stderr, ..Exchange::of(outcome) };
                }
            };
            let began = Instant::now();
            let answer = process
                .ask(&line, self.limit(patience, request))
                .and_then(|line| parse_answer(&line, id).map_err(|what| process.garbage(&quote(&line, &what))));
            let time = began.elapsed();
            let attempts = if fresh { 2 } else { 1 };
            match answer {
                Ok(answer) => {
                    self.give_back(process);
                    let unstable = first.map(|(death, _)| death.to_string());
                    let outcome = Outcome::Answered(answer);
                    return Exchange { outcome, attempts, unstable, stderr: String::new(), time };
                }
                Err(death) => {
                    let stderr = process.stderr();
                    drop(process);
                    self.count_death();
                    let again = patience == Patience::Full && matches!(death, Death::Ended(_) | Death::TimedOut(_));
                    if again && !fresh {
                        first = Some((death, stderr));
                        continue;
                    }
                    return Exchange { outcome: Outcome::Died(death), attempts, unstable: None, stderr, time };
                }
            }
        }
    }

    /// Time for a request: reading few bytes may have a bound of its own.
    fn limit(&self, patience: Patience, request: &Request) -> Duration {
        let limit = match request {
            Request::Consume { path, .. } | Request::Transcode { path, .. } => {
                let size = std::fs::metadata(self.place.workdir.join(path)).map_or(u64::MAX, |file| file.len());
                self.launch.limits.reading(size)
            }
            _ => self.launch.limits.operation(),
        };
        if patience == Patience::Short { limit.min(KNOWN_HANG) } else { limit }
    }

    /// Why the adapter is down, if it is.
    pub fn down(&self) -> Option<String> {
        self.state().down.clone()
    }

    /// Ends the waiting processes.
    pub fn stop(&self) {
        let idle = std::mem::take(&mut self.state().idle);
        for process in idle {
            process.stop();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn give_back(&self, process: Process) {
        self.state().idle.push(process);
    }

    fn count_death(&self) {
        let mut state = self.state();
        state.deaths += 1;
        let budget = self.launch.limits.restarts;
        if state.deaths > budget && state.down.is_none() {
            state.down = Some(format!("died {} times in this run; its budget is {budget} restarts", state.deaths));
        }
    }

    fn take(&self, fresh: bool) -> Result<Process, String> {
        {
            let mut state = self.state();
            if let Some(reason) = &state.down {
                return Err(reason.clone());
            }
            if let Some(process) = if fresh { None } else { state.idle.pop() } {
                return Ok(process);
            }
        }
        loop {
            match self.start() {
                Ok((process, _)) => return Ok(process),
                Err(StartError::Again) => {}
                Err(StartError::Down(reason)) => return Err(reason),
            }
        }
    }

    fn start(&self) -> Result<(Process, Hello), StartError> {
        if let Some(reason) = self.down() {
            return Err(StartError::Down(reason));
        }
        let started = Process::start(&self.launch, &self.place.workdir)
            .map_err(|death| (death, String::new()))
            .and_then(|process| self.greet(process));
        let mut state = self.state();
        match started {
            Ok(pair) => {
                state.failed_starts = 0;
                Ok(pair)
            }
            Err((death, stderr)) => {
                state.failed_starts += 1;
                if state.failed_starts < FAILED_STARTS && !matches!(death, Death::NotStarted { .. }) {
                    return Err(StartError::Again);
                }
                let mut reason = format!("does not start: {death}");
                if !stderr.is_empty() {
                    reason.push_str("; on standard error it said:\n");
                    reason.push_str(&stderr);
                }
                state.down = Some(reason.clone());
                Err(StartError::Down(reason))
            }
        }
    }

    fn greet(&self, mut process: Process) -> Result<(Process, Hello), (Death, String)> {
        let start = Request::Start {
            protocols: vec![PROTOCOL],
            workdir: self.place.workdir.clone(),
            kit: self.place.kit.clone(),
        };
        let answer = serde_json::to_string(&start)
            .map_err(|error| Death::Garbage(error.to_string()))
            .and_then(|line| process.ask(&line, self.launch.limits.start()))
            .and_then(|line| parse_hello(&line).map_err(|what| process.garbage(&quote(&line, &what))));
        match answer {
            Ok(hello) => Ok((process, hello)),
            Err(death) => {
                let stderr = process.stderr();
                Err((death, stderr))
            }
        }
    }
}

impl Exchange {
    fn of(outcome: Outcome) -> Self {
        Self { outcome, attempts: 1, unstable: None, stderr: String::new(), time: Duration::ZERO }
    }
}

enum StartError {
    Again,
    Down(String),
}

fn quote(line: &str, what: &str) -> String {
    format!("its line '{}' {what}", shorten(line))
}
