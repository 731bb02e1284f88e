//! What a person sees while something takes time: a bar or spinner on a terminal, plain lines otherwise.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Where progress is shown.
#[derive(Debug, Clone)]
pub struct Progress {
    bar: Option<ProgressBar>,
    silent: bool,
}

impl Progress {
    /// Progress on standard error.
    pub fn on_stderr() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, silent: false }
    }

    /// No progress.
    pub fn silent() -> Self {
        Self { bar: None, silent: true }
    }

    /// A spinner, where there is a terminal, while something is done that may take longer than a second.
    pub fn during<T>(text: &str, work: impl FnOnce() -> T) -> T {
        let progress = Self::on_stderr();
        progress.doing(text);
        let done = work();
        progress.finish();
        done
    }

    /// What is being done now; replaced by the next.
    pub fn doing(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(text.chars().take(100).collect::<String>());
        }
    }

    /// A step that deserves a line of its own.
    pub fn step(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{text}")),
            None if !self.silent => eprintln!("{text}"),
            None => {}
        }
    }

    /// Something that goes on; where there is a terminal, its bar tells so already.
    pub fn remind(&self, text: &str) {
        if self.bar.is_none() && !self.silent {
            eprintln!("{text}");
        }
    }

    /// From here on, `total` things are counted.
    pub fn count(&self, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_message("cells");
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}, {eta} left") {
                bar.set_style(style);
            }
        }
    }

    /// `n` more are done.
    pub fn advance(&self, n: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(n);
        }
    }

    /// Nothing more to show.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
