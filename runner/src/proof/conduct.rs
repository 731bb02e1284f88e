//! Whether an adapter behaves as `docs/protocol.md` says: one finding a rule.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arrowipc_kit::value::Document;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{scene, simple};
use crate::adapter::message::{Answer, Hello, Observe, PROTOCOL, ReadRequest, Request, Via, parse_answer, parse_hello};
use crate::adapter::pool::Place;
use crate::adapter::process::{End, Farewell, Launch, Process};
use crate::adapter::setup::Adapter;
use crate::case::options::{Access, Format, Source, Validate};
use crate::case::suite::Suite;
use crate::case::variant::{Input, Variant};
use crate::judge::verdict::Verdict;
use crate::run::producer::Producer;
use crate::wire::assemble::assemble;
use crate::wire::lower::lower;

/// Time for a process to end when it is told to.
const END: Duration = Duration::from_secs(10);

/// Time in which a process that has answered everything has nothing more to say.
const SILENCE: Duration = Duration::from_millis(300);

/// What was found of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub rule: &'static str,
    /// Whether it is kept.
    pub outcome: Outcome,
    /// What was found.
    pub found: String,
}

/// Whether a rule is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is.
    Kept,
    /// It is not.
    Broken,
    /// The adapter does nothing that it is about.
    Open,
}

/// What was found, or how the rule is broken.
type Found = Result<String, String>;

/// Puts an adapter to the proof, rule by rule.
pub fn prove(adapter: &Adapter, suite: &Suite, kit: &Path) -> std::io::Result<Vec<Finding>> {
    let folder = tempfile::Builder::new().prefix("arrowipc-").tempdir()?;
    let place = Place { workdir: folder.path().canonicalize()?, kit: kit.to_owned() };
    let mut proof = Proof { launch: adapter.launch.clone().with_kit(kit), place, findings: Vec::new() };
    let began = Instant::now();
    let started = proof.start();
    let found = match &started {
        Ok((_, hello)) => {
            let known = &hello.implementation;
            Ok(format!("{} {} after {:.2} s", known.name, known.version, began.elapsed().as_secs_f64()))
        }
        Err(reason) => Err(reason.clone()),
    };
    proof.add("starts, whatever else the request says", found);
    let Ok((mut process, hello)) = started else { return Ok(proof.findings) };
    proof.add("introduces itself", introduction(&hello, suite));
    let on = &mut process;
    proof.add_of(on, "does not know an unknown command", |process, proof| unknown_command(process, proof, 7));
    proof.add_of(on, "answers in order what is sent ahead", sent_ahead);
    proof.add_of(on, "answers a line that is no request, and lives on", garbage);
    proof.add_of(on, "answers about a file that is not there", |process, proof| absent_file(process, proof, &hello));
    let plainest = simple::plainest(&suite.variants, &hello);
    let input = plainest.and_then(|variant| Plain::of(variant, &proof.place.workdir));
    match &input {
        Some(input) if hello.roles.iter().any(|role| role == "consume") => {
            let rule = "walks through data without observing them";
            proof.add_of(on, rule, |process, proof| walk(process, proof, input));
            let rule = "takes relative paths below the work directory";
            proof.add_of(on, rule, |process, proof| below(process, proof, input, &hello));
            let rule = "dumps what its digest is of, when asked to";
            if hello.observe.contains(&Via::Cdata) {
                proof.add_of(on, rule, |process, proof| dump(process, proof, input));
            } else {
                proof.open(rule, "it does not observe through cdata");
            }
            let rule = "outlives bytes that end too early";
            proof.add_of(on, rule, |process, proof| truncated(process, proof, input));
        }
        _ => proof.open("reads", "no small case of what it claims"),
    }
    proof.add_of(on, "forgets everything when told to", reset);
    proof.add_of(on, "says nothing but answers on standard output", |process, _| silent(process));
    proof.add("ends when told to stop", ends(process, Farewell::Stop));
    let second = proof.start();
    proof.add("ends with its input", second.and_then(|(process, _)| ends(process, Farewell::EndOfInput)));
    let found = proof.twice(input.as_ref());
    proof.add("works beside another process of its own", found);
    match plainest {
        Some(variant) => proof.findings.extend(simple_case(adapter, variant, suite, kit, &hello)?),
        None => proof.open("writes and reads a simple case", "no small case of what it claims"),
    }
    Ok(proof.findings)
}

struct Proof {
    launch: Launch,
    place: Place,
    findings: Vec<Finding>,
}

impl Proof {
    fn add(&mut self, rule: &'static str, found: Found) {
        let (outcome, found) = match found {
            Ok(found) => (Outcome::Kept, found),
            Err(found) => (Outcome::Broken, found),
        };
        self.findings.push(Finding { rule, outcome, found });
    }

    /// Adds what a check of a process finds. Behind a broken rule the next one is checked of a fresh process.
    fn add_of(&mut self, process: &mut Process, rule: &'static str, check: impl FnOnce(&mut Process, &Self) -> Found) {
        let found = check(process, self);
        if found.is_err()
            && let Ok((fresh, _)) = self.start()
        {
            *process = fresh;
        }
        self.add(rule, found);
    }

    fn open(&mut self, rule: &'static str, found: &str) {
        self.findings.push(Finding { rule, outcome: Outcome::Open, found: found.into() });
    }

    fn limit(&self) -> Duration {
        self.launch.limits.operation()
    }

    /// Starts a process; the request has a field that nobody knows.
    fn start(&self) -> Result<(Process, Hello), String> {
        let mut process = Process::start(&self.launch, &self.place.workdir).map_err(|death| death.to_string())?;
        let request = Request::Start {
            protocols: vec![PROTOCOL],
            workdir: self.place.workdir.clone(),
            kit: self.place.kit.clone(),
        };
        let answer = process.ask(&with_more(&request)?, self.launch.limits.start());
        let told = |what: String, process: &Process| {
            let said = process.stderr();
            if said.is_empty() { what } else { format!("{what}; on standard error it said: {said}") }
        };
        match answer {
            Ok(line) => match parse_hello(&line) {
                Ok(hello) => Ok((process, hello)),
                Err(what) => Err(told(format!("'{line}' is {what}"), &process)),
            },
            Err(death) => Err(told(death.to_string(), &process)),
        }
    }

    /// Two processes at once in one folder read the same.
    fn twice(&self, input: Option<&Plain>) -> Found {
        let (first, hello) = self.start()?;
        let (second, _) = self.start()?;
        let mut processes = [first, second];
        let Some(input) = input.filter(|_| hello.roles.iter().any(|role| role == "consume")) else {
            return Ok("both start".into());
        };
        for (index, process) in processes.iter().enumerate() {
            process.send(&with_more(&input.consume(40 + index as u64, Via::None, false))?);
        }
        for (index, process) in processes.iter_mut().enumerate() {
            let line = process.receive(self.limit()).map_err(|death| death.to_string())?;
            is_read(parse_answer(&line, 40 + index as u64)?, input)?;
        }
        Ok("both read".into())
    }
}

/// A request as a line, with a field that is not in the protocol.
fn with_more(request: &Request) -> Result<String, String> {
    let mut request = serde_json::to_value(request).map_err(|error| error.to_string())?;
    request["unheard_of"] = json!({"a": [1, null]});
    Ok(request.to_string())
}

/// The bytes of a simple variant in the work directory.
struct Plain {
    path: PathBuf,
    format: Format,
    rows: u64,
    bytes: Vec<u8>,
}

impl Plain {
    fn of(variant: &Variant, workdir: &Path) -> Option<Self> {
        let Input::Document(document) = &variant.input else { return None };
        let raw = lower(document, &variant.options, &Default::default(), variant.format).ok()?;
        let bytes = assemble(&raw).bytes;
        let plain = Self { path: "simple.arrow".into(), format: variant.format, rows: document.row_count(), bytes };
        std::fs::write(workdir.join(&plain.path), &plain.bytes).ok()?;
        Some(plain)
    }

    fn consume(&self, id: u64, via: Via, dump: bool) -> Request {
        let read = ReadRequest {
            format: self.format,
            access: Access::Next,
            source: Source::Path,
            validate: Validate::None,
            projection: None,
            order: None,
        };
        let observe = Observe { via, dump, out: format!("{id}.json").into(), expected: None };
        Request::Consume { id, path: self.path.clone(), read, observe }
    }
}

fn ask(process: &mut Process, proof: &Proof, id: u64, line: &str) -> Result<Answer, String> {
    let line = process.ask(line, proof.limit()).map_err(|death| death.to_string())?;
    parse_answer(&line, id).map_err(|what| format!("'{line}': {what}"))
}

fn introduction(hello: &Hello, suite: &Suite) -> Found {
    let named = |claim: &String| {
        let claim = claim.strip_suffix(":r").or(claim.strip_suffix(":w")).unwrap_or(claim);
        match claim.strip_suffix('*') {
            Some(area) => suite.registry.features.keys().any(|feature| feature.starts_with(area)),
            None => suite.registry.features.contains_key(claim),
        }
    };
    let unknown: Vec<&str> = hello.features.iter().filter(|claim| !named(claim)).map(String::as_str).collect();
    let roles = ["produce", "consume", "transcode", "echo"];
    let wrong: Vec<&str> = hello.roles.iter().map(String::as_str).filter(|role| !roles.contains(role)).collect();
    if !unknown.is_empty() {
        return Err(format!("claims features that cases/features.yaml does not have: {}", unknown.join(" ")));
    }
    if !wrong.is_empty() {
        return Err(format!("has roles that are none: {}; there are {}", wrong.join(" "), roles.join(" ")));
    }
    if hello.implementation.name.is_empty() || hello.implementation.version.is_empty() {
        return Err("says neither name nor version of the implementation".into());
    }
    if hello.roles.iter().any(|role| role == "consume") && hello.observe.is_empty() {
        return Err("has the role consume and no way to observe".into());
    }
    let observe: Vec<&str> = hello.observe.iter().map(|via| via.name()).collect();
    Ok(format!(
        "roles {}; observed through {}; {} claims",
        hello.roles.join(" "),
        observe.join(" "),
        hello.features.len()
    ))
}

fn unknown_command(process: &mut Process, proof: &Proof, id: u64) -> Found {
    match ask(process, proof, id, &json!({"cmd": "unheard_of", "id": id}).to_string())? {
        Answer::Unsupported { .. } => Ok("unsupported, with the id".into()),
        other => Err(format!("answers {other:?}; unsupported is expected")),
    }
}

fn sent_ahead(process: &mut Process, proof: &Proof) -> Found {
    let ids = [11, 12, 13, 14, 15];
    for id in ids {
        process.send(&json!({"cmd": "unheard_of", "id": id}).to_string());
    }
    for id in ids {
        let line = process.receive(proof.limit()).map_err(|death| format!("request {id}: {death}"))?;
        parse_answer(&line, id).map_err(|what| format!("'{line}': {what}"))?;
    }
    Ok(format!("{} answers", ids.len()))
}

fn garbage(process: &mut Process, proof: &Proof) -> Found {
    let lines =
        ["this is no request", "[1, 2]", "{\"id\":21}", "{\"cmd\":\"consume\",\"id\":22}", "{\"cmd\":3,\"id\":23}"];
    for line in lines {
        let answer = process.ask(line, proof.limit()).map_err(|death| format!("at '{line}' it {death}"))?;
        let status = serde_json::from_str::<Json>(&answer).ok().and_then(|answer| Some(answer.get("status")?.clone()));
        if !matches!(status.as_ref().and_then(Json::as_str), Some("error" | "unsupported")) {
            return Err(format!("answers '{answer}' to '{line}'; status error or unsupported is expected"));
        }
    }
    unknown_command(process, proof, 24).map(|_| format!("{} such lines", lines.len()))
}

fn absent_file(process: &mut Process, proof: &Proof, hello: &Hello) -> Found {
    if !hello.roles.iter().any(|role| role == "consume") {
        return Ok("it reads nothing".into());
    }
    let absent = Plain { path: "not-there.arrows".into(), format: Format::Stream, rows: 0, bytes: Vec::new() };
    match ask(process, proof, 30, &with_more(&absent.consume(30, Via::None, false))?)? {
        Answer::Ok(_) => Err("reads it".into()),
        Answer::Error { message } => Ok(format!("error: {message}")),
        Answer::Rejected(rejection) => Ok(format!("rejected: {}", rejection.message)),
        Answer::Unsupported { feature, .. } => Ok(format!("unsupported: {feature}")),
        Answer::Crashed { end, .. } => Err(format!("crashes: {end}")),
    }
}

fn is_read(answer: Answer, input: &Plain) -> Result<(), String> {
    match answer {
        Answer::Ok(done) if done.rows.is_none_or(|rows| rows == input.rows) => Ok(()),
        Answer::Ok(done) => Err(format!("tells {} rows; there are {}", done.rows.unwrap_or_default(), input.rows)),
        other => Err(format!("answers {other:?}")),
    }
}

fn walk(process: &mut Process, proof: &Proof, input: &Plain) -> Found {
    let answer = ask(process, proof, 31, &with_more(&input.consume(31, Via::None, false))?)?;
    is_read(answer, input)?;
    if proof.place.workdir.join("31.json").exists() {
        return Err("writes a dump that nobody asked for".into());
    }
    Ok(format!("{} rows", input.rows))
}

fn below(process: &mut Process, proof: &Proof, input: &Plain, hello: &Hello) -> Found {
    let folder = proof.place.workdir.join("below");
    let failed = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(&folder).map_err(failed)?;
    std::fs::write(folder.join("simple.arrow"), &input.bytes).map_err(failed)?;
    let deeper = Plain { path: "below/simple.arrow".into(), bytes: Vec::new(), ..*input };
    let file = PathBuf::from("below/32.json");
    let via = hello.observe.iter().copied().find(|via| matches!(via, Via::Cdata | Via::Json | Via::Transcode));
    let Request::Consume { id, path, read, .. } = deeper.consume(32, Via::None, false) else {
        return Err("no request".into());
    };
    let observe = Observe { via: via.unwrap_or(Via::None), dump: true, out: file.clone(), expected: None };
    let answer = ask(process, proof, 32, &with_more(&Request::Consume { id, path, read, observe })?)?;
    is_read(answer, &deeper)?;
    match via {
        Some(via) if !proof.place.workdir.join(&file).is_file() => {
            Err(format!("{} is not there after a consume through {}", file.display(), via.name()))
        }
        _ => Ok("reads and writes there".into()),
    }
}

fn dump(process: &mut Process, proof: &Proof, input: &Plain) -> Found {
    let quiet = ask(process, proof, 33, &with_more(&input.consume(33, Via::Cdata, false))?)?;
    let loud = ask(process, proof, 34, &with_more(&input.consume(34, Via::Cdata, true))?)?;
    let digest = |answer: Answer| match answer {
        Answer::Ok(done) => done.digest.ok_or_else(|| "answers ok without a digest".to_owned()),
        other => Err(format!("answers {other:?}")),
    };
    let (quiet, loud) = (digest(quiet)?, digest(loud)?);
    let text = std::fs::read(proof.place.workdir.join("34.json")).map_err(|error| format!("no dump: {error}"))?;
    let document = Document::from_json(&text).map_err(|error| format!("the dump is not canonical JSON: {error}"))?;
    let truth = document.digest().to_string();
    match [&quiet, &loud].into_iter().find(|told| **told != truth) {
        Some(told) => Err(format!("answers {told}, and the dump has {truth}")),
        None => Ok(truth.chars().take(15).collect::<String>() + "…"),
    }
}

fn truncated(process: &mut Process, proof: &Proof, input: &Plain) -> Found {
    let length = input.bytes.len();
    let mut refused = 0;
    let cuts = [0, 1, 4, 9, length / 4, length / 2, length * 3 / 4];
    for (index, cut) in cuts.into_iter().enumerate() {
        let id = 50 + index as u64;
        let cut = cut.min(length);
        let short = Plain { path: format!("short-{id}.arrow").into(), bytes: Vec::new(), ..*input };
        std::fs::write(proof.place.workdir.join(&short.path), &input.bytes[..cut])
            .map_err(|error| error.to_string())?;
        let line = with_more(&short.consume(id, Via::None, false))?;
        match ask(process, proof, id, &line).map_err(|what| format!("cut to {cut} of {length} bytes: {what}"))? {
            Answer::Rejected(_) | Answer::Unsupported { .. } => refused += 1,
            Answer::Ok(_) => {}
            Answer::Error { message } => {
                return Err(format!("cut to {cut} of {length} bytes: error of the adapter: {message}"));
            }
            Answer::Crashed { end, .. } => return Err(format!("cut to {cut} of {length} bytes: crashes: {end}")),
        }
    }
    Ok(format!("{refused} of {} refused", cuts.len()))
}

fn reset(process: &mut Process, proof: &Proof) -> Found {
    let line = process.ask(r#"{"cmd":"reset"}"#, proof.limit()).map_err(|death| death.to_string())?;
    let allocated = serde_json::from_str::<Json>(&line).ok().and_then(|answer| answer.get("allocated")?.as_i64());
    allocated
        .map(|bytes| format!("{bytes} bytes are still counted"))
        .ok_or_else(|| format!("answers '{line}'; {{\"allocated\":N}} is expected"))
}

fn silent(process: &mut Process) -> Found {
    std::thread::sleep(SILENCE);
    process.silent().map(|()| "nothing else so far".into()).map_err(|death| death.to_string())
}

fn ends(process: Process, farewell: Farewell) -> Found {
    let began = Instant::now();
    match process.end(farewell, END) {
        Ok(End::Code(0)) => Ok(format!("after {:.2} s", began.elapsed().as_secs_f64())),
        Ok(end) => Err(format!("ends with {end}; exit code 0 is expected")),
        Err(death) => Err(death.to_string()),
    }
}

/// What the engine finds of a simple case: of the adapter's bytes, and of what it reads.
fn simple_case(
    adapter: &Adapter,
    variant: &Variant,
    suite: &Suite,
    kit: &Path,
    hello: &Hello,
) -> std::io::Result<Vec<Finding>> {
    let engine = scene::set(adapter, vec![variant.clone()], suite, kit)?;
    let has = |role: &str| hello.roles.iter().any(|known| known == role);
    let mut findings = Vec::new();
    let mut add = |rule, verdict: Verdict, message: &str| {
        let outcome = match verdict {
            Verdict::Unsupported | Verdict::NotRun | Verdict::Blocked => Outcome::Open,
            verdict if verdict.is_success() => Outcome::Kept,
            _ => Outcome::Broken,
        };
        let found = if message.is_empty() { String::new() } else { format!(": {message}") };
        findings.push(Finding { rule, outcome, found: format!("{verdict} on {}{found}", variant.name) });
    };
    if has("consume") {
        let cell = engine.cell(0, Producer::Suite, 0);
        add("reads a simple case", cell.verdict, &cell.trace.message);
    }
    if has("produce") || has("transcode") {
        let cell = engine.cell(0, Producer::Adapter(0), 0);
        if let Some(artifact) = engine.production(0, Producer::Adapter(0)) {
            add("writes a simple case", artifact.verdict, &artifact.trace.message);
        }
        if has("consume") {
            add("reads what it writes", cell.verdict, &cell.trace.message);
        }
    }
    engine.stop();
    Ok(findings)
}
