//! Numbers of many results, column by column: what is alike stands together and packs well.

/// Columns of equal length. In the bytes the wide ones come first, so that each begins at a multiple of its width.
#[derive(Debug, Default)]
pub(super) struct Columns {
    wide: Vec<Vec<u32>>,
    narrow: Vec<Vec<u16>>,
    bytes: Vec<Vec<u8>>,
    rows: usize,
}

impl Columns {
    /// Adds a row; all rows have the same numbers of values.
    pub(super) fn push(&mut self, wide: &[u32], narrow: &[u16], bytes: &[u8]) {
        put(&mut self.wide, wide);
        put(&mut self.narrow, narrow);
        put(&mut self.bytes, bytes);
        self.rows += 1;
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The columns one after another, little-endian.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let wide = self.wide.iter().flatten().flat_map(|value| value.to_le_bytes());
        let narrow = self.narrow.iter().flatten().flat_map(|value| value.to_le_bytes());
        wide.chain(narrow).chain(self.bytes.iter().flatten().copied()).collect()
    }
}

fn put<T: Copy>(columns: &mut Vec<Vec<T>>, row: &[T]) {
    columns.resize(row.len(), Vec::new());
    for (column, &value) in columns.iter_mut().zip(row) {
        column.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_one_after_another_the_wide_ones_first() {
        let mut columns = Columns::default();
        columns.push(&[1, 2], &[3], &[4, 5]);
        columns.push(&[6, 7], &[0x0908], &[10, 11]);
        assert_eq!(columns.rows(), 2);
        let bytes = [1, 0, 0, 0, 6, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 3, 0, 8, 9, 4, 10, 5, 11];
        assert_eq!(columns.to_bytes(), bytes);
    }
}
