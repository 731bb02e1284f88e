//! Lines of an adapter's output, read on a thread of their own with bounded memory.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Longest line that is read from an adapter's standard output.
pub const MAX_LINE: usize = 1 << 20;

/// How much of standard error is remembered.
const MAX_STDERR: usize = 16 << 10;

/// What arrived on standard output.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// A line, without its end.
    Text(String),
    /// More than [`MAX_LINE`] bytes without a line end; nothing is read afterwards.
    TooLong,
    /// Bytes that are not UTF-8.
    NotText,
}

/// Reads lines until the end of `output`; the end closes the channel.
pub fn read_lines(output: impl Read + Send + 'static) -> Receiver<Line> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        loop {
            let mut bytes = Vec::new();
            match (&mut output).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            } else if bytes.len() > MAX_LINE {
                let _ = sender.send(Line::TooLong);
                return;
            }
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            let line = String::from_utf8(bytes).map_or(Line::NotText, Line::Text);
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// The last part of a process's standard error.
#[derive(Debug, Clone, Default)]
pub struct StderrTail(Arc<Ring>);

#[derive(Debug, Default)]
struct Ring {
    bytes: Mutex<VecDeque<u8>>,
    ended: AtomicBool,
}

impl StderrTail {
    /// Remembers the end of what `stderr` says until it ends.
    pub fn follow(mut stderr: impl Read + Send + 'static) -> Self {
        let tail = Self::default();
        let ring = tail.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n) = stderr.read(&mut buffer) {
                if n == 0 {
                    break;
                }
                ring.push(&buffer[..n]);
            }
            ring.0.ended.store(true, Ordering::Release);
        });
        tail
    }

    fn push(&self, bytes: &[u8]) {
        let mut ring = self.bytes();
        ring.extend(bytes);
        let surplus = ring.len().saturating_sub(MAX_STDERR);
        ring.drain(..surplus);
    }

    /// Forgets what was said, so that the next failure shows only its own.
    pub fn clear(&self) {
        self.bytes().clear();
    }

    /// The text, bytes that are not UTF-8 replaced.
    pub fn text(&self) -> String {
        let bytes: Vec<u8> = self.bytes().iter().copied().collect();
        String::from_utf8_lossy(&bytes).trim_end().to_owned()
    }

    /// The text of a process that has ended: what is still on its way is awaited for a moment.
    pub fn last_words(&self) -> String {
        let deadline = Instant::now() + Duration::from_millis(200);
        while !self.0.ended.load(Ordering::Acquire) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(1));
        }
        self.text()
    }

    fn bytes(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.0.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one_and_the_last_needs_no_end() {
        let lines: Vec<_> = read_lines(&b"a\r\n\xff\nb"[..]).iter().collect();
        assert_eq!(lines, [Line::Text("a".into()), Line::NotText, Line::Text("b".into())]);
    }

    #[test]
    fn a_line_without_end_is_cut_off() {
        let lines: Vec<_> = read_lines(std::io::repeat(b'x')).iter().collect();
        assert_eq!(lines, [Line::TooLong]);
    }

    #[test]
    fn only_the_end_of_stderr_is_kept() {
        let tail = StderrTail::default();
        tail.push(&[b'a'; MAX_STDERR]);
        tail.push(b"end");
        assert_eq!(tail.text().len(), MAX_STDERR);
        assert!(tail.text().ends_with("aend"));
    }
}
