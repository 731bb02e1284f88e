//! Messages on their way to an output: laid out, framed, written and counted.

use super::Statistics;
use super::body::Body;
use super::message::{self, BodyBytes, Header, Parts};
use super::pack::Packer;
use super::template::Template;
use crate::error::Result;
use crate::options::Options;
use crate::schema::{Metadata, Schema};
use crate::sink::Output;
use arrow_ipc::Block;

/// An output that messages go to.
pub struct Messages {
    /// Where bytes go; what is written to it beside messages is the caller's affair.
    pub output: Output,
    /// How messages are written.
    pub options: Options,
    /// What was written; the bytes are counted by the output.
    pub statistics: Statistics,
    /// Whether the schema message is written.
    pub begun: bool,
    /// Present when bodies are compressed.
    packer: Option<Packer>,
    /// The message of the last batch without metadata of its own.
    template: Option<Template>,
    /// Memory that serves message after message.
    room: BodyBytes<'static>,
}

impl Messages {
    /// No message is written yet.
    pub fn new(output: Output, options: Options) -> Self {
        let packer = Packer::new(&options);
        let (statistics, room) = (Statistics::default(), BodyBytes::default());
        Messages { output, options, statistics, begun: false, packer, template: None, room }
    }

    /// Writes the schema message unless it is written.
    pub fn begin(&mut self, schema: &Schema, metadata: &Metadata) -> Result<()> {
        if self.begun {
            return Ok(());
        }
        let metadata = message::schema(schema, metadata, &self.options);
        let framed = message::frame(&metadata, self.output.position(), &self.options)?;
        self.output.write(&framed, &[])?;
        self.output.end_message()?;
        self.statistics.messages += 1;
        self.begun = true;
        Ok(())
    }

    /// Writes a batch message and says where it lies.
    pub fn send(&mut self, header: &Header<'_>, rows: usize, body: &Body<'_>) -> Result<Block> {
        let Messages { output, options, statistics, packer, template, .. } = self;
        let mut bytes = std::mem::take(&mut self.room).recycled();
        match packer {
            None => bytes.lay_out(body, options.alignment),
            Some(packer) => {
                packer.pack(body)?;
                bytes.lay_out_packed(body, packer, options.alignment);
            }
        }
        let (start, parts) = (output.position(), Parts::of(body, &bytes));
        let built;
        let framed: &[u8] = match header {
            Header::RecordBatch(metadata) if metadata.0.is_empty() => {
                let fitting = match template.take() {
                    Some(template) if template.fits(&parts) => template,
                    _ => Template::new(&parts, options)?,
                };
                template.insert(fitting).fill(rows, &parts, start, options.alignment)
            }
            header => {
                built = message::frame(&message::batch(header, rows, &parts, options), start, options)?;
                &built
            }
        };
        output.write(framed, &bytes.pieces)?;
        output.end_message()?;
        statistics.messages += 1;
        statistics.body_bytes_raw += bytes.raw_length;
        statistics.body_bytes_written += bytes.length;
        let block = Block::new(start as i64, framed.len() as i32, bytes.length as i64);
        self.room = bytes.recycled();
        Ok(block)
    }
}
