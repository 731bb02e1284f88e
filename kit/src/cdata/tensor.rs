//! Tensors as buffers, with types as format strings: how implementations with a C interface take and hand out tensors.

use std::borrow::Cow;

use super::{fixed_width, format};
use crate::value::{
    CompressedAxis, DataType, Integers, Metadata, ParseError, Tensor, TensorIndex, TensorLayout, Text, Value,
};

/// Most values of a tensor that are read; a dimension of stride zero makes any number of them.
const MOST_VALUES: usize = 1 << 24;
/// What lies between values that are not side by side: a byte that shows where it is read.
const BETWEEN: u8 = 0xA5;

/// A tensor as it lies in memory. Lists that its kind does not have are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorMemory<'a> {
    /// The kind of index.
    pub kind: TensorKind,
    /// Type of the values, as a format string.
    pub format: String,
    /// The length of each dimension.
    pub shape: Vec<i64>,
    /// The name of each dimension; empty for one without.
    pub names: Vec<Text>,
    /// Dense: bytes from one value to the next along each dimension; none is row-major.
    pub strides: Option<Vec<i64>>,
    /// The values.
    pub data: Cow<'a, [u8]>,
    /// Sparse: how many values there are.
    pub non_zero_length: i64,
    /// COO: whether the coordinates are said to be sorted and to differ.
    pub canonical: bool,
    /// Type of `indptr`, as a format string.
    pub indptr_format: String,
    /// CSR, CSC: one buffer; CSF: one a level but the last.
    pub indptr: Vec<Cow<'a, [u8]>>,
    /// Type of `indices`, as a format string.
    pub indices_format: String,
    /// COO, CSR, CSC: one buffer; CSF: one a level.
    pub indices: Vec<Cow<'a, [u8]>>,
    /// COO: bytes from one row, and from one column, of the coordinates to the next; none is row-major.
    pub indices_strides: Option<[i64; 2]>,
    /// CSF: the dimension of each level.
    pub axis_order: Vec<i32>,
    /// Custom metadata of the message.
    pub metadata: Metadata,
}

/// The kinds of tensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The format's own names.
pub enum TensorKind {
    Dense,
    Coo,
    Csr,
    Csc,
    Csf,
}

type Result<T> = std::result::Result<T, ParseError>;

impl TensorMemory<'static> {
    /// Lays out a tensor as it asks to be. Values in one place must be equal.
    pub fn build(tensor: &Tensor) -> Result<Self> {
        tensor.check()?;
        let width = width(&tensor.data_type)?;
        let mut memory = TensorMemory {
            kind: TensorKind::Dense,
            format: format::format(&tensor.data_type),
            shape: tensor.shape.clone(),
            names: tensor.names.clone(),
            strides: tensor.layout.strides.clone(),
            data: Cow::default(),
            non_zero_length: 0,
            canonical: false,
            indptr_format: String::new(),
            indptr: Vec::new(),
            indices_format: String::new(),
            indices: Vec::new(),
            indices_strides: tensor.layout.indices_strides,
            axis_order: Vec::new(),
            metadata: tensor.metadata.clone(),
        };
        let mut values = Vec::with_capacity(tensor.values.len() * width);
        for value in &tensor.values {
            fixed_width::encode(&tensor.data_type, value, &mut values)?;
        }
        let lists = |integers: &Integers| {
            let lists = integers.lists.iter().map(|list| encode(&integers.data_type, list));
            lists.collect::<Result<Vec<_>>>()
        };
        match &tensor.index {
            TensorIndex::Dense => {
                if let Some(strides) = &tensor.layout.strides {
                    values = spread(&values, width, &tensor.shape, strides)?;
                }
            }
            TensorIndex::Coo { canonical, indices } => {
                memory.kind = TensorKind::Coo;
                memory.canonical = *canonical;
                memory.indices_format = format::format(&indices.data_type);
                let mut matrix = encode(&indices.data_type, &indices.lists.concat())?;
                if let Some(strides) = &tensor.layout.indices_strides {
                    let shape = [tensor.values.len() as i64, tensor.shape.len() as i64];
                    matrix = spread(&matrix, self::width(&indices.data_type)?, &shape, strides)?.into();
                }
                memory.indices = vec![matrix];
            }
            TensorIndex::Csx { axis, indptr, indices } => {
                memory.kind = if *axis == CompressedAxis::Row { TensorKind::Csr } else { TensorKind::Csc };
                memory.indptr_format = format::format(&indptr.data_type);
                memory.indptr = lists(indptr)?;
                memory.indices_format = format::format(&indices.data_type);
                memory.indices = lists(indices)?;
            }
            TensorIndex::Csf { axis_order, indptr, indices } => {
                memory.kind = TensorKind::Csf;
                memory.axis_order.clone_from(axis_order);
                memory.indptr_format = format::format(&indptr.data_type);
                memory.indptr = lists(indptr)?;
                memory.indices_format = format::format(&indices.data_type);
                memory.indices = lists(indices)?;
            }
        }
        if memory.kind != TensorKind::Dense {
            memory.non_zero_length = tensor.values.len() as i64;
        }
        memory.data = values.into();
        Ok(memory)
    }
}

impl TensorMemory<'_> {
    /// The values and the index, in order.
    pub fn read(&self) -> Result<Tensor> {
        let data_type = parse(&self.format)?;
        let width = width(&data_type)?;
        let shape = match self.kind {
            TensorKind::Dense => &self.shape[..],
            _ => &[self.non_zero_length],
        };
        let cells = gather(&self.data, width, shape, self.strides.as_deref(), "data")?;
        let value =
            |cell| fixed_width::decode(&data_type, cell).ok_or_else(|| ParseError::new("a value", "other bytes"));
        let values = cells.into_iter().map(value).collect::<Result<Vec<Value>>>()?;
        let index = match self.kind {
            TensorKind::Dense => TensorIndex::Dense,
            TensorKind::Coo => TensorIndex::Coo { canonical: self.canonical, indices: self.coordinates()? },
            TensorKind::Csr | TensorKind::Csc => TensorIndex::Csx {
                axis: if self.kind == TensorKind::Csr { CompressedAxis::Row } else { CompressedAxis::Column },
                indptr: integers(&self.indptr_format, &self.indptr)?,
                indices: integers(&self.indices_format, &self.indices)?,
            },
            TensorKind::Csf => TensorIndex::Csf {
                axis_order: self.axis_order.clone(),
                indptr: integers(&self.indptr_format, &self.indptr)?,
                indices: integers(&self.indices_format, &self.indices)?,
            },
        };
        let tensor = Tensor {
            data_type,
            shape: self.shape.clone(),
            names: self.names.clone(),
            metadata: self.metadata.clone(),
            index,
            values,
            layout: TensorLayout::default(),
        };
        tensor.check()?;
        Ok(tensor)
    }

    fn coordinates(&self) -> Result<Integers> {
        let data_type = parse(&self.indices_format)?;
        let [matrix] = self.indices.as_slice() else {
            return Err(ParseError::new("1 buffer of coordinates", self.indices.len().to_string()));
        };
        let dimensions = self.shape.len();
        let shape = [self.non_zero_length, dimensions as i64];
        let strides = self.indices_strides.as_ref().map(|strides| &strides[..]);
        let cells = gather(matrix, width(&data_type)?, &shape, strides, "indices")?;
        let flat = cells.into_iter().map(|cell| integer(&data_type, cell)).collect::<Result<Vec<i128>>>()?;
        let lists = match dimensions {
            // Without dimensions there is nothing to cut into lists.
            0 => vec![Vec::new(); usize::try_from(self.non_zero_length).unwrap_or(0).min(MOST_VALUES)],
            _ => flat.chunks(dimensions).map(<[i128]>::to_vec).collect(),
        };
        Ok(Integers { data_type, lists })
    }
}

fn width(data_type: &DataType) -> Result<usize> {
    let width = fixed_width::width(data_type).filter(|width| *width > 0);
    width.ok_or_else(|| ParseError::new("a type of a fixed number of bytes", data_type.to_string()))
}

fn parse(format: &str) -> Result<DataType> {
    format::parse(format, false).map_err(|error| ParseError::new("a type", error.to_string()))
}

fn encode(data_type: &DataType, list: &[i128]) -> Result<Cow<'static, [u8]>> {
    let mut bytes = Vec::new();
    list.iter().try_for_each(|value| fixed_width::encode(data_type, &Value::Int(*value), &mut bytes))?;
    Ok(bytes.into())
}

fn integers(format: &str, buffers: &[Cow<[u8]>]) -> Result<Integers> {
    let data_type = parse(format)?;
    let width = width(&data_type)?;
    let list = |buffer: &Cow<[u8]>| buffer.chunks_exact(width).map(|cell| integer(&data_type, cell)).collect();
    let lists = buffers.iter().map(list).collect::<Result<Vec<Vec<i128>>>>()?;
    Ok(Integers { data_type, lists })
}

fn integer(data_type: &DataType, cell: &[u8]) -> Result<i128> {
    match fixed_width::decode(data_type, cell) {
        Some(Value::Int(value)) if data_type.is_integer() => Ok(value),
        _ => Err(ParseError::new("an integer type", data_type.to_string())),
    }
}

/// Where each cell starts, the last dimension varying fastest.
fn places(width: usize, shape: &[i64], strides: Option<&[i64]>) -> Result<Vec<usize>> {
    let too_large = || ParseError::new(format!("at most {MOST_VALUES} values"), format!("a shape of {shape:?}"));
    let count = Tensor::count(shape).filter(|count| *count <= MOST_VALUES).ok_or_else(too_large)?;
    let mut places: Vec<usize> = Vec::with_capacity(count);
    if count == 0 {
        return Ok(places);
    }
    let Some(strides) = strides else { return Ok((0..count).map(|cell| cell * width).collect()) };
    places.push(0);
    for (size, stride) in shape.iter().zip(strides) {
        let (size, stride) = (usize::try_from(*size), usize::try_from(*stride));
        let (Ok(size), Ok(stride)) = (size, stride) else { return Err(too_large()) };
        let steps = |place: usize| (0..size).map(move |step| place.saturating_add(step.saturating_mul(stride)));
        places = places.into_iter().flat_map(steps).collect();
    }
    Ok(places)
}

/// The cells of a buffer in row-major order.
fn gather<'b>(
    bytes: &'b [u8],
    width: usize,
    shape: &[i64],
    strides: Option<&[i64]>,
    what: &str,
) -> Result<Vec<&'b [u8]>> {
    let cell = |place: usize| {
        let cell = bytes.get(place..place.saturating_add(width));
        cell.ok_or_else(|| {
            ParseError::new(format!("{width} bytes of {what} at {place}"), format!("{} bytes", bytes.len()))
        })
    };
    places(width, shape, strides)?.into_iter().map(cell).collect()
}

/// The buffer in which the cells, given in row-major order, lie as the strides say.
fn spread(cells: &[u8], width: usize, shape: &[i64], strides: &[i64]) -> Result<Vec<u8>> {
    let places = places(width, shape, Some(strides))?;
    let size = places.iter().map(|place| place.saturating_add(width)).max().unwrap_or(0);
    if size > MOST_VALUES * width {
        return Err(ParseError::new("strides of a small buffer", format!("{size} bytes")));
    }
    let mut bytes = vec![BETWEEN; size];
    let mut taken: Vec<Option<usize>> = vec![None; size];
    for (cell, place) in places.iter().enumerate() {
        let content = &cells[cell * width..][..width];
        let free = taken[*place..*place + width].iter().all(Option::is_none);
        if !free && bytes[*place..*place + width] != *content {
            let found = format!("value {cell} differs from one in its place");
            return Err(ParseError::new("equal values in one place", found).at_key("values"));
        }
        bytes[*place..*place + width].copy_from_slice(content);
        taken[*place..*place + width].fill(Some(cell));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Canonical, Tensors};
    use serde_json::json;

    fn tensors(json: serde_json::Value) -> Vec<Tensor> {
        Tensors::from_natural(&json).unwrap().0
    }

    #[test]
    fn what_is_laid_out_is_read_again() {
        let all = tensors(json!([
            {"kind": "dense", "type": "decimal256(5, 2)", "shape": [2, 2], "names": ["x", null], "values": ["1", "-2", "3", "4"]},
            {"kind": "dense", "type": "int16", "shape": [2, 3], "values": [1, 2, 3, 4, 5, 6], "layout": {"strides": [2, 4]}},
            {"kind": "dense", "type": "interval_month_day_nano", "shape": [], "values": [[1, 2, 3]], "metadata": [["k", "v"]]},
            {"kind": "dense", "type": "int8", "shape": [3, 0], "values": []},
            {"kind": "coo", "type": "float16", "shape": [4, 4], "canonical": false, "indices_type": "uint16",
             "indices": [[3, 0], [0, 3]], "values": [1, 2], "layout": {"indices_strides": [2, 8]}},
            {"kind": "coo", "type": "int8", "shape": [], "canonical": true, "indices": [[]], "values": [1]},
            {"kind": "csr", "type": "int8", "shape": [2, 3], "indptr_type": "int8", "indptr": [0, 1, 2], "indices": [2, 0],
             "values": [1, 2]},
            {"kind": "csc", "type": "int8", "shape": [2, 1], "indptr": [0, 1], "indices": [1], "values": [1]},
            {"kind": "csf", "type": "int8", "shape": [2, 2], "axis_order": [1, 0], "indptr": [[0, 1]], "indices_type": "int32",
             "indices": [[0], [1]], "values": [1]},
        ]));
        for tensor in all {
            let plain = Tensor { layout: TensorLayout::default(), ..tensor.clone() };
            assert_eq!(TensorMemory::build(&tensor).unwrap().read().unwrap().canonical(), plain.canonical());
        }
    }

    #[test]
    fn strides_say_where_values_lie() {
        let of = |strides: serde_json::Value, values: serde_json::Value| {
            let tensor = json!([{"kind": "dense", "type": "int8", "shape": [2, 2], "values": values,
                "layout": {"strides": strides}}]);
            TensorMemory::build(&tensors(tensor)[0]).map(|memory| memory.data.into_owned())
        };
        assert_eq!(of(json!([1, 2]), json!([1, 2, 3, 4])).unwrap(), [1, 3, 2, 4]);
        assert_eq!(of(json!([4, 2]), json!([1, 2, 3, 4])).unwrap(), [1, BETWEEN, 2, BETWEEN, 3, BETWEEN, 4]);
        assert_eq!(of(json!([0, 1]), json!([1, 2, 1, 2])).unwrap(), [1, 2]);
        assert_eq!(
            of(json!([0, 1]), json!([1, 2, 3, 4])).unwrap_err().to_string(),
            "$.values: expected equal values in one place, found value 2 differs from one in its place"
        );
    }

    #[test]
    fn memory_that_is_too_short_is_told() {
        let tensor = &tensors(json!([{"kind": "dense", "type": "int32", "shape": [2], "values": [1, 2]}]))[0];
        let mut memory = TensorMemory::build(tensor).unwrap();
        memory.data = memory.data[..7].to_vec().into();
        assert_eq!(memory.read().unwrap_err().to_string(), "$: expected 4 bytes of data at 4, found 7 bytes");
        memory.shape = vec![1 << 40];
        assert_eq!(
            memory.read().unwrap_err().to_string(),
            "$: expected at most 16777216 values, found a shape of [1099511627776]"
        );
    }
}
