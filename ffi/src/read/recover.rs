//! What recovery believes of a file: its footer, unless the stream inside the file says otherwise.

use super::file::Footer;
use super::walk::Walk;
use crate::error::{Code, Error, Result};
use crate::format::Format;
use crate::options::Limits;
use crate::source::Input;

/// Whether an error says that the input is damaged, which recovery takes for its end.
pub fn is_damage(error: &Error) -> bool {
    error.code == Code::InvalidData
}

/// Whether a footer that fails with this error can be done without: the stream inside the file needs none, and meets
/// every limit and unknown type by itself.
pub fn is_dispensable(error: &Error) -> bool {
    matches!(error.code, Code::InvalidData | Code::Unsupported | Code::LimitExceeded)
}

/// Checks that a footer has the schema of the stream inside the file and lists its messages. A stream that cannot be
/// walked to its end says nothing against the footer; only failures of the input are errors then.
pub fn check_footer(input: &Input, footer: &Footer, limits: &Limits) -> Result<()> {
    match Walk::of(input, Format::File, footer.offset, limits) {
        Ok(walk) => walk.compare(footer),
        Err(error) if is_dispensable(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

impl Walk {
    /// Checks that a footer has the schema of this stream, and lists its messages.
    pub fn compare(&self, footer: &Footer) -> Result<()> {
        let place = |clause, text: String| Err(Error::invalid(clause, text).at(footer.offset));
        if self.schema != footer.schema {
            return place("footer-schema-identical", "the footer's schema is not that of the file's stream".to_owned());
        }
        let batches = footer.batches.iter().collect::<Result<_>>()?;
        for (what, clause, found, mut listed) in [
            ("dictionary batches", "footer-dictionaries-listed", &self.dictionaries, footer.dictionaries.clone()),
            ("record batches", "footer-batches-listed", &self.batches, batches),
        ] {
            // The footer may list them in any order (clause footer-block-order-independent); the stream has them in one.
            listed.sort();
            if *found != listed {
                let text = format!(
                    "the footer lists {} {what}, which are not the {} of the file's stream",
                    listed.len(),
                    found.len()
                );
                return place(clause, text);
            }
        }
        Ok(())
    }
}
