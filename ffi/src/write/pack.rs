//! The buffers of a body, compressed one by one, by several threads where that is asked for and pays.

use super::body::Body;
use super::codec::Compressor;
use crate::error::{Error, Result};
use crate::format::{Compression, NOT_COMPRESSED};
use crate::options::Options;
use crate::sys::Workers;
use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};

/// Memory for compressed bytes above this is given back after each body.
const KEPT: usize = 4 << 20;
/// A smaller body is compressed before other threads have come: it takes LZ4 about 200 µs.
const WORTH_THREADS: usize = 128 << 10;

/// Stands before a buffer that is stored as it is.
static PLAIN: [u8; 8] = NOT_COMPRESSED.to_le_bytes();

/// How a buffer is written.
pub enum Stored<'p> {
    /// A buffer without bytes has no prefix either.
    Empty,
    /// Length prefix and compressed bytes.
    Packed(&'p [u8]),
    /// As it is, behind this prefix: compression does not pay.
    Plain {
        /// Says so in place of the length.
        prefix: &'static [u8],
    },
}

/// Compresses the buffers of bodies.
pub struct Packer {
    rules: Rules,
    workers: Workers,
    /// What each thread works with.
    benches: Vec<Mutex<Bench>>,
    /// What each thread has compressed of the last body.
    outputs: Vec<Vec<u8>>,
    /// How each buffer of the last body is written.
    places: Vec<Place>,
    /// The buffers that have bytes, in the order in which they are compressed.
    order: Vec<usize>,
}

struct Rules {
    codec: Compression,
    level: i32,
    /// Least part, in percent, that compression saves of a buffer.
    minimum_saving: u8,
}

#[derive(Default)]
struct Bench {
    compressor: Option<Compressor>,
    output: Vec<u8>,
    done: Vec<(usize, Place)>,
    failure: Option<Error>,
}

#[derive(Clone, Copy)]
enum Place {
    Empty,
    Packed { thread: usize, start: usize, length: usize },
    Plain,
}

impl Packer {
    /// A packer, if bodies are to be compressed.
    pub fn new(options: &Options) -> Option<Self> {
        let minimum_saving = options.minimum_saving.min(100);
        let workers = Workers::new(options.threads);
        options.compression.map(|codec| Packer {
            rules: Rules { codec, level: options.compression_level, minimum_saving },
            benches: (0..workers.threads()).map(|_| Mutex::default()).collect(),
            outputs: vec![Vec::new(); workers.threads()],
            workers,
            places: Vec::new(),
            order: Vec::new(),
        })
    }

    /// Compresses the buffers of a body.
    pub fn pack(&mut self, body: &Body<'_>) -> Result<()> {
        let length = |index: &usize| body.bytes(&body.buffers[*index]).len();
        self.order.clear();
        self.order.extend((0..body.buffers.len()).filter(|index| length(index) > 0));
        self.places.clear();
        self.places.resize(body.buffers.len(), Place::Empty);
        for (bench, output) in self.benches.iter_mut().zip(&mut self.outputs) {
            let bench = bench.get_mut().unwrap_or_else(PoisonError::into_inner);
            output.clear();
            output.shrink_to(KEPT);
            std::mem::swap(&mut bench.output, output);
        }

        let Packer { rules, benches, order, workers, .. } = self;
        let work = |order: &[usize], thread: usize, piece: usize| {
            let mut bench = benches[thread].lock().unwrap_or_else(PoisonError::into_inner);
            let index = order[piece];
            if bench.failure.is_none() {
                bench.failure = rules.pack(&mut bench, thread, index, body.bytes(&body.buffers[index])).err();
            }
        };
        if workers.threads() > 1 && order.iter().map(length).sum::<usize>() >= WORTH_THREADS {
            // The largest first, so that nobody is left with one of them in the end.
            order.sort_unstable_by_key(|index| Reverse(length(index)));
            workers.run(order.len(), &|thread, piece| work(order, thread, piece));
        } else {
            (0..order.len()).for_each(|piece| work(order, 0, piece));
        }

        for (bench, output) in self.benches.iter_mut().zip(&mut self.outputs) {
            let bench = bench.get_mut().unwrap_or_else(PoisonError::into_inner);
            if let Some(failure) = bench.failure.take() {
                return Err(failure);
            }
            std::mem::swap(&mut bench.output, output);
            bench.done.drain(..).for_each(|(index, place)| self.places[index] = place);
        }
        Ok(())
    }

    /// How each buffer of the last body is written, in order.
    pub fn buffers(&self) -> impl Iterator<Item = Stored<'_>> {
        self.places.iter().map(|place| match place {
            Place::Empty => Stored::Empty,
            Place::Packed { thread, start, length } => Stored::Packed(&self.outputs[*thread][*start..*start + *length]),
            Place::Plain => Stored::Plain { prefix: &PLAIN },
        })
    }
}

impl Rules {
    /// Compresses a buffer that has bytes, and takes back what was written of it when it does not shrink.
    fn pack(&self, bench: &mut Bench, thread: usize, index: usize, bytes: &[u8]) -> Result<()> {
        let Bench { compressor, output, done, .. } = bench;
        let compressor = match compressor {
            Some(compressor) => compressor,
            None => compressor.insert(Compressor::new(self.codec, self.level)?),
        };
        let start = output.len();
        output.extend_from_slice(&(bytes.len() as i64).to_le_bytes());
        compressor.compress(bytes, output)?;
        // There was room for the worst case of a buffer, which the next one may not need.
        output.shrink_to(output.len() + KEPT);
        let length = output.len() - start;
        let compressed = length - PLAIN.len();
        let allowed = bytes.len() as u128 * u128::from(100 - self.minimum_saving) / 100;
        if compressed < bytes.len() && compressed as u128 <= allowed {
            done.push((index, Place::Packed { thread, start, length }));
        } else {
            output.truncate(start);
            done.push((index, Place::Plain));
        }
        Ok(())
    }
}
