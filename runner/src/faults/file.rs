//! `cases/faults.yaml`.

use std::path::Path as FilePath;

use serde::Deserialize;

use super::gives::Gives;
use crate::case::error::{CaseError, Origin};
use crate::case::place::Path;
use crate::case::registry::Registry;
use crate::wire::edit::Edit;

/// An implementation that does one thing wrong and everything else right.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Its name.
    pub id: String,
    /// What it does wrong.
    pub does: String,
    /// How.
    pub how: How,
}

/// What is done to a good reader or writer.
#[derive(Debug, Clone)]
pub enum How {
    /// A writer: the parts are changed before they become bytes.
    Writes(Vec<Edit>),
    /// A reader: the parts are changed before they are decoded.
    Reads(Vec<Edit>),
    /// A reader: it does not notice when these rules are broken.
    Accepts(Vec<String>),
    /// A reader: what it read changes on its way out.
    Gives(Gives),
}

impl How {
    /// `writer` or `reader`.
    pub fn side(&self) -> &'static str {
        match self {
            How::Writes(_) => "writer",
            How::Reads(_) | How::Accepts(_) | How::Gives(_) => "reader",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    does: String,
    writes: Option<Vec<Edit>>,
    reads: Option<Vec<Edit>>,
    accepts: Option<Vec<String>>,
    gives: Option<Gives>,
}

/// Reads the faults of a folder of cases.
pub fn load(folder: &FilePath, shown_as: &FilePath, registry: &Registry) -> Result<Vec<Fault>, CaseError> {
    let origin = Origin::read(&folder.join("faults.yaml"), &shown_as.join("faults.yaml"))?;
    let mut faults: Vec<Fault> = Vec::new();
    for (index, written) in origin.parse::<Vec<Written>>()?.into_iter().enumerate() {
        let path = Path::default().to(index);
        if faults.iter().any(|other| other.id == written.id) {
            return Err(origin.error(&path.to("id"), format!("'{}' is listed twice", written.id)));
        }
        let how = match (written.writes, written.reads, written.accepts, written.gives) {
            (Some(edits), None, None, None) => How::Writes(edits),
            (None, Some(edits), None, None) => How::Reads(edits),
            (None, None, Some(clauses), None) => {
                if let Some(at) = clauses.iter().position(|id| !registry.clauses.contains_key(id)) {
                    let message = format!("no clause '{}' in clauses.yaml", clauses[at]);
                    return Err(origin.error(&path.to("accepts").to(at), message));
                }
                How::Accepts(clauses)
            }
            (None, None, None, Some(gives)) => How::Gives(gives),
            _ => return Err(origin.error(&path, "one of writes, reads, accepts and gives is expected")),
        };
        faults.push(Fault { id: written.id, does: written.does, how });
    }
    Ok(faults)
}
