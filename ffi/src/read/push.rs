//! The push decoder: a stream without IO.

use super::account::Account;
use super::dictionaries::Known;
use super::framing::{Framing, Step};
use super::message::Message;
use super::stream::{schema_of, take_in};
use super::{Shared, Statistics};
use crate::array::Batch;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::memory::Pool;
use crate::options::Options;
use crate::schema::Schema;
use crate::source::Gather;
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::Arc;

/// What a decoder found.
#[derive(Debug)]
pub enum Event {
    /// Nothing more in the bytes so far.
    NeedData,
    /// The schema, after projection.
    Schema(Arc<Schema>),
    /// A record batch.
    Batch(Box<Batch>),
    /// The end-of-stream marker.
    End,
}

/// Decodes a stream that is pushed to it piece by piece. Never blocks; copies what it is given.
pub struct PushDecoder {
    options: Options,
    framing: Framing,
    gather: Gather,
    pool: Arc<Pool>,
    events: VecDeque<Event>,
    /// Where the statistics stand.
    counted: u64,
    /// `None` before the schema.
    open: Option<(Shared, Known)>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    Failed,
}

impl PushDecoder {
    /// A decoder at the start of a stream.
    pub fn new(options: &Options) -> Result<Self> {
        if options.format == Some(Format::File) {
            return Err(Error::argument("the push decoder reads streams; a file needs a reader"));
        }
        let framing = Framing::new(0);
        let pool = Arc::default();
        let gather = Gather::new(framing.wanted() as usize, true, &pool)?;
        let (options, events) = (options.clone(), VecDeque::new());
        Ok(PushDecoder { options, framing, gather, pool, events, counted: 0, open: None, state: State::Open })
    }

    /// Bytes that are missing before anything can happen; 0 once the stream has ended.
    pub fn required(&self) -> usize {
        if self.state == State::Open { self.gather.missing() } else { 0 }
    }

    /// Takes `bytes`, in pieces of any size. Those behind the end of the stream are not taken: returns how many were.
    pub fn push(&mut self, bytes: &[u8]) -> Result<usize> {
        match self.state {
            State::Open => {}
            State::Ended => return Ok(0),
            State::Failed => return Err(Error::state("the decoder failed before")),
        }
        let mut taken = 0;
        while taken < bytes.len() && self.state == State::Open {
            let advanced = self.gather.push(&bytes[taken..]).and_then(|count| {
                taken += count;
                if self.gather.missing() == 0 { self.complete_part() } else { Ok(()) }
            });
            if let Err(error) = advanced {
                self.state = State::Failed;
                return Err(error);
            }
        }
        Ok(taken)
    }

    fn complete_part(&mut self) -> Result<()> {
        let part = std::mem::replace(&mut self.gather, Gather::new(0, true, &self.pool)?).into_bytes();
        let limits = &self.options.limits;
        match part.first_chunk().filter(|_| self.framing.wants_word()) {
            Some(word) if self.framing.accept_word(*word, limits)? => {
                if self.open.is_none() {
                    return Err(Error::invalid("framing-empty-input", "the stream ends before a schema").at(0));
                }
                self.events.push_back(Event::End);
                self.state = State::Ended;
            }
            Some(_) => {}
            None => {
                if let Step::Message(message, body, index) = self.framing.accept(part, limits)? {
                    self.message(&message, body, index)?;
                }
            }
        }
        let held = self.open.as_ref().map_or(0, |(_, dictionaries)| dictionaries.held());
        self.framing.afford(Account::new(held, &self.options.limits))?;
        let wanted = self.framing.wanted();
        let wanted = usize::try_from(wanted).map_err(|_| Error::out_of_memory(wanted))?;
        self.gather = Gather::new(wanted, false, &self.pool)?;
        Ok(())
    }

    fn message(&mut self, message: &Message, body: Bytes, index: u64) -> Result<()> {
        let length = self.framing.position() - self.counted;
        self.counted += length;
        let Some((shared, dictionaries)) = &mut self.open else {
            let schema = schema_of(message)?.decode(&self.options.limits)?;
            let shared = Shared::new(schema, &self.options)?;
            shared.count_message(length, 0);
            self.events.push_back(Event::Schema(Arc::clone(&shared.projected)));
            let known = shared.known();
            self.open = Some((shared, known));
            return Ok(());
        };
        shared.count_message(length, body.len() as u64);
        let mut batch = Box::<Batch>::default();
        if take_in(shared, dictionaries, (message, body, index), true, &mut batch)? {
            self.events.push_back(Event::Batch(batch));
            shared.report_progress()?;
        }
        Ok(())
    }

    /// Whether the stream has ended; events may still wait.
    pub fn has_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// Whether a call failed; events from before may still wait.
    pub fn has_failed(&self) -> bool {
        self.state == State::Failed
    }

    /// What was found next.
    pub fn next_event(&mut self) -> Event {
        self.events.pop_front().unwrap_or(Event::NeedData)
    }

    /// Says that the input ended: an error inside a message.
    pub fn finish(&mut self) -> Result<()> {
        match self.state {
            State::Ended => return Ok(()),
            State::Failed => return Err(Error::state("the decoder failed before")),
            State::Open => {}
        }
        let wanted = self.framing.wanted();
        let found = wanted - (self.gather.missing() as u64).min(wanted);
        self.framing.end_of_input(found).inspect_err(|_| self.state = State::Failed)?;
        if self.open.is_none() {
            self.state = State::Failed;
            return Err(Error::invalid("framing-empty-input", "the input ends before a schema").at(0));
        }
        self.events.push_back(Event::End);
        self.state = State::Ended;
        Ok(())
    }

    /// What was done so far.
    pub fn statistics(&self) -> Statistics {
        self.open.as_ref().map(|(shared, _)| shared.counters.statistics()).unwrap_or_default()
    }
}
