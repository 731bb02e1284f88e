//! Fields with the dictionary that each dictionary-encoded one has.

use arrowipc_kit::value::{Field, Layout, Schema};

use super::{DEFAULT_LAYOUT, LowerError};

/// A field, and its dictionary if it has one.
#[derive(Debug)]
pub(super) struct Encoded<'a> {
    pub(super) field: &'a Field,
    /// The id of the dictionary.
    pub(super) id: Option<i64>,
    pub(super) children: Vec<Encoded<'a>>,
}

/// The fields of a schema. Dictionaries have the ids that are given, depth first, or count from 0.
pub(super) fn fields<'a>(schema: &'a Schema, given: Option<&[i64]>) -> Result<Vec<Encoded<'a>>, LowerError> {
    let mut count = 0;
    let mut next = || {
        let id = match given {
            Some(ids) => ids.get(count).copied().unwrap_or(0),
            None => count as i64,
        };
        count += 1;
        id
    };
    let fields: Vec<Encoded> = schema.fields.iter().map(|field| Encoded::of(field, &mut next)).collect();
    match given {
        Some(ids) if ids.len() != count => {
            Err(LowerError::expected(format!("{count} ids, one a dictionary-encoded field"), ids.len())
                .within("dictionary_ids"))
        }
        _ => Ok(fields),
    }
}

impl<'a> Encoded<'a> {
    fn of(field: &'a Field, next: &mut dyn FnMut() -> i64) -> Self {
        let id = field.dictionary.is_some().then(&mut *next);
        Encoded { field, id, children: field.children.iter().map(|child| Encoded::of(child, next)).collect() }
    }

    /// The ids of the dictionaries that its children refer to.
    pub(super) fn inner(&self) -> Vec<i64> {
        let children = self.children.iter();
        children.flat_map(|child| child.id.into_iter().chain(child.inner())).collect()
    }

    /// Visits the dictionary-encoded fields in it with their layouts: each before those in it, or behind them.
    pub(super) fn visit<'f>(
        &'f self,
        layout: &'f Layout,
        outer_first: bool,
        visitor: &mut dyn FnMut(&'f Encoded<'a>, &'f Layout) -> Result<(), LowerError>,
    ) -> Result<(), LowerError> {
        if self.id.is_some() && outer_first {
            visitor(self, layout)?;
        }
        let layouts = self.child_layouts(layout);
        for (index, child) in self.children.iter().enumerate() {
            let layout = layouts.get(index).and_then(Option::as_ref).unwrap_or(&DEFAULT_LAYOUT);
            child.visit(layout, outer_first, visitor)?;
        }
        if self.id.is_some() && !outer_first {
            visitor(self, layout)?;
        }
        Ok(())
    }

    /// The layouts of the children, which for a dictionary-encoded field may be those of its dictionary array.
    fn child_layouts<'f>(&self, layout: &'f Layout) -> &'f [Option<Layout>] {
        match &layout.values {
            Some(values) if self.id.is_some() && !values.children.is_empty() => &values.children,
            _ => &layout.children,
        }
    }

    /// The layout of the dictionary array.
    pub(super) fn values_layout(&self, layout: &Layout) -> Layout {
        let mut values = layout.values.as_deref().unwrap_or(&DEFAULT_LAYOUT).clone();
        values.children = self.child_layouts(layout).to_vec();
        values
    }
}
