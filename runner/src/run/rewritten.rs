//! What a consumer wrote again: the judge reader and another consumer must see the same in it.

use super::reading::{Given, Reader, Reading};
use crate::adapter::message::{ReadRequest, Via};
use crate::case::options::{Access, Source, Validate};
use crate::case::variant::ExpectedDocument;
use crate::hash::Sha;
use crate::judge::verdict::Verdict;
use crate::judge::{self, Judgement};
use crate::wire::decode;

impl Reader<'_> {
    /// What was written again is read by the judge reader, and by another consumer: both must see the same.
    pub(super) fn judge_transcoded(&self, expected: &ExpectedDocument, reading: &Reading) -> Judgement {
        let bytes = match reading.bytes() {
            Ok(bytes) => bytes,
            Err(reason) => return Judgement::new(Verdict::AdapterError, reason),
        };
        let seen = decode::read(bytes, self.variant.format);
        let Some(observed) = seen.document else {
            let why = seen.violations.first().map_or_else(|| "it holds no data".to_owned(), ToString::to_string);
            let message = format!("what it wrote again cannot be read by the judge reader: {why}");
            return Judgement::new(Verdict::WrongBytes, message);
        };
        let judgement = self.compare(expected, &observed);
        match self.second_reader(bytes) {
            Some((who, Ok(digest))) if digest != observed.digest().to_string() => {
                let message = format!(
                    "what it wrote again is read as {} by the judge reader, and otherwise by {who}: {digest}",
                    observed.digest()
                );
                Judgement::new(Verdict::WrongBytes, message)
            }
            Some((who, Err(reason))) => {
                Judgement::new(Verdict::WrongBytes, format!("what it wrote again is refused by {who}: {reason}"))
            }
            Some((_, Ok(_))) | None => judgement,
        }
    }

    /// What another consumer of the run reads in bytes: its id, and the digest or why there is none.
    fn second_reader(&self, bytes: &[u8]) -> Option<(String, Result<String, String>)> {
        let reads = |index: &usize| {
            let hello = self.engine.participants[*index].hello.as_ref();
            *index != self.consumer && hello.is_ok_and(|hello| hello.observe.contains(&Via::Cdata))
        };
        // The project's own library reads everything that the format has; without it, whoever comes first.
        let own = |index: &usize| self.engine.participants[*index].adapter.id == "libarrowipc";
        let all = 0..self.engine.participants.len();
        let second = all.clone().find(|index| reads(index) && own(index)).or_else(|| all.clone().find(reads))?;
        let id = self.engine.participants[second].adapter.id.clone();
        let name = format!("{}.again.{}", self.engine.next_request(), self.variant.format.extension());
        let file = self.engine.workdir().join(&name);
        if let Err(error) = std::fs::write(&file, bytes) {
            return Some((id, Err(format!("the bytes could not be written: {error}"))));
        }
        let mut hash = Sha::new();
        hash.bytes(bytes);
        let read = ReadRequest {
            format: self.variant.format,
            access: Access::Next,
            source: Source::Path,
            validate: Validate::None,
            projection: None,
            order: None,
        };
        let given = Given::Bytes { sha256: hash.hex(), read };
        let reader = Reader { engine: self.engine, consumer: second, given, file: file.clone(), ..*self };
        let reading = reader.ask(Via::Cdata, false);
        // Nobody else needs it.
        let _ = std::fs::remove_file(file);
        let read = match judge::answer(&reading.exchange) {
            Ok(Ok(done)) => done.digest.clone().ok_or_else(|| "it answers without a digest".to_owned()),
            Ok(Err(rejection)) => Err(rejection.message.clone()),
            Err(judgement) if judgement.verdict == Verdict::NotRun => return None,
            Err(judgement) => Err(judgement.message),
        };
        Some((id, read))
    }
}
