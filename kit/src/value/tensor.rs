//! Tensors, dense and sparse, as `docs/canonical-values.md` writes them.

use serde_json::Value as Json;

use super::parse::{Form, Object, Result, boolean, items, natural_integer, read_integer, read_value, string};
use super::print::{write_array, write_canonicals, write_quoted_integer, write_string};
use super::{Canonical, DataType, Field, Metadata, ParseError, Text, Value};

/// Tensor messages, one behind the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tensors(pub Vec<Tensor>);

/// A tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// The type of its values, of a fixed number of whole bytes.
    pub data_type: DataType,
    /// The length of each dimension.
    pub shape: Vec<i64>,
    /// The name of each dimension; empty for one without.
    pub names: Vec<Text>,
    /// Custom metadata of the message.
    pub metadata: Metadata,
    /// Which values are there.
    pub index: TensorIndex,
    /// Dense: every value, the last dimension varying fastest. Sparse: those that the index names, in its order.
    pub values: Vec<Value>,
    /// How it lies in memory; of a tensor to be written only.
    pub layout: TensorLayout,
}

/// Which values of a tensor are there; those that are not are zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TensorIndex {
    /// All of them.
    Dense,
    /// Those at these coordinates.
    Coo {
        /// Whether the message says that the coordinates are sorted and differ.
        canonical: bool,
        /// A list for each value, with one coordinate for each dimension.
        indices: Integers,
    },
    /// Those of a matrix, range by range along an axis.
    Csx {
        /// What the ranges are.
        axis: CompressedAxis,
        /// One list: where each range starts, and where the last one ends.
        indptr: Integers,
        /// One list: the coordinate of each value on the other axis.
        indices: Integers,
    },
    /// The leaves of trees, a level for each dimension.
    Csf {
        /// The dimension of each level.
        axis_order: Vec<i32>,
        /// For each level but the last: where the children of each node start, and where those of the last one end.
        indptr: Integers,
        /// For each level: the coordinates of its nodes.
        indices: Integers,
    },
}

/// An axis of a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompressedAxis {
    /// The first: compressed sparse rows, CSR.
    Row,
    /// The second: compressed sparse columns, CSC.
    Column,
}

/// Lists of integers of one type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integers {
    /// Their type.
    pub data_type: DataType,
    /// The lists.
    pub lists: Vec<Vec<i128>>,
}

/// How a tensor lies in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TensorLayout {
    /// Dense: bytes from one value to the next along each dimension; row-major where left open.
    pub strides: Option<Vec<i64>>,
    /// COO: bytes from one row, and from one column, of the coordinates to the next; row-major where left open.
    pub indices_strides: Option<[i64; 2]>,
}

impl Tensor {
    /// The number of values of a dense tensor of this shape; none where it is no number of 64 bits.
    pub fn count(shape: &[i64]) -> Option<usize> {
        if shape.contains(&0) {
            return Some(0);
        }
        shape.iter().try_fold(1_usize, |count, size| count.checked_mul(usize::try_from(*size).ok()?))
    }

    /// The word for its index.
    pub fn kind(&self) -> &'static str {
        match &self.index {
            TensorIndex::Dense => "dense",
            TensorIndex::Coo { .. } => "coo",
            TensorIndex::Csx { axis: CompressedAxis::Row, .. } => "csr",
            TensorIndex::Csx { axis: CompressedAxis::Column, .. } => "csc",
            TensorIndex::Csf { .. } => "csf",
        }
    }
}

impl Tensors {
    /// Reads canonical JSON.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let json: Json = serde_json::from_slice(text).map_err(|error| ParseError::new("JSON", error.to_string()))?;
        Object::new(&json, "tensors", &["tensors"])?.required("tensors", |json| read_list(Form::Canonical, json))
    }

    /// Reads the list of tensors of a case: `names` and `metadata` may be left out, index types are int64 by default, and
    /// values are written the natural way.
    pub fn from_natural(json: &Json) -> Result<Self> {
        read_list(Form::Natural, json)
    }

    /// The tensors as a reader hands them out, wherever they lay in memory.
    #[must_use]
    pub fn without_layouts(&self) -> Self {
        let plain = |tensor: &Tensor| Tensor { layout: TensorLayout::default(), ..tensor.clone() };
        Self(self.0.iter().map(plain).collect())
    }
}

fn read_list(form: Form, json: &Json) -> Result<Tensors> {
    items(json, "the list of tensors", |json| read_tensor(form, json)).map(Tensors)
}

/// The keys that every tensor may have; each kind has its own beside them.
const KEYS: &[&str] = &["kind", "type", "shape", "names", "metadata", "values", "layout"];

fn read_tensor(form: Form, json: &Json) -> Result<Tensor> {
    let natural = form == Form::Natural;
    let kind = Object::any(json, "a tensor")?.required("kind", |json| string(json, "a kind of tensor"))?;
    let own: &[&str] = match kind {
        "dense" => &[],
        "coo" => &["canonical", "indices_type", "indices"],
        "csr" | "csc" => &["indptr_type", "indptr", "indices_type", "indices"],
        "csf" => &["axis_order", "indptr_type", "indptr", "indices_type", "indices"],
        _ => return Err(ParseError::new("dense, coo, csr, csc or csf", format!("`{kind}`")).at_key("kind")),
    };
    let known: Vec<&str> = KEYS.iter().chain(own).copied().collect();
    let object = Object::new(json, &format!("a tensor of kind {kind}"), &known)?;
    let data_type: DataType = object.required("type", |json| string(json, "a type string")?.parse())?;
    let shape = object.required("shape", |json| items(json, "the list of lengths", |json| long(form, json)))?;
    let names = object.required_unless(natural, "names", |json| {
        items(json, "the list of names", |name| match name {
            Json::Null if natural => Ok(Text::default()),
            name => Text::from_json(name),
        })
    })?;
    let integers = |list: &str, flat: bool| {
        let data_type = object.required_unless(natural, &format!("{list}_type"), integer_type)?;
        let data_type = data_type.unwrap_or(DataType::Int64);
        let one = |json: &Json| {
            items(json, "a list of integers", |json| {
                let value = read_integer(form, json, &data_type)?;
                let range = data_type.integer_range().filter(|(least, most)| (least..=most).contains(&&value));
                range.map(|_| value).ok_or_else(|| ParseError::new(data_type.to_string(), value.to_string()))
            })
        };
        let lists = object.required(list, |json| match flat {
            true => Ok(vec![one(json)?]),
            false => items(json, "a list of lists of integers", one),
        })?;
        Ok::<_, ParseError>(Integers { data_type, lists })
    };
    let index = match kind {
        "dense" => TensorIndex::Dense,
        "coo" => {
            TensorIndex::Coo { canonical: object.required("canonical", boolean)?, indices: integers("indices", false)? }
        }
        "csf" => TensorIndex::Csf {
            axis_order: object.required("axis_order", |json| {
                items(json, "the list of dimensions", |json| {
                    let axis = long(form, json)?;
                    i32::try_from(axis).map_err(|_| ParseError::new("a number of 32 bits", axis.to_string()))
                })
            })?,
            indptr: integers("indptr", false)?,
            indices: integers("indices", false)?,
        },
        csx => TensorIndex::Csx {
            axis: if csx == "csr" { CompressedAxis::Row } else { CompressedAxis::Column },
            indptr: integers("indptr", true)?,
            indices: integers("indices", true)?,
        },
    };
    let cell = Field::new("", data_type.clone());
    let tensor = Tensor {
        names: names.unwrap_or_else(|| vec![Text::default(); shape.len()]),
        metadata: object.required_unless(natural, "metadata", Metadata::from_json)?.unwrap_or_default(),
        values: object.required("values", |json| {
            items(json, "the list of values", |json| match read_value(form, &cell, json)? {
                Value::Null => Err(ParseError::new(format!("a value of {data_type}"), "null")),
                value => Ok(value),
            })
        })?,
        layout: object.optional("layout", |json| read_layout(kind, json))?.unwrap_or_default(),
        data_type,
        shape,
        index,
    };
    tensor.check()?;
    Ok(tensor)
}

fn integer_type(json: &Json) -> Result<DataType> {
    let data_type: DataType = string(json, "an integer type")?.parse()?;
    match data_type.is_integer() {
        true => Ok(data_type),
        false => Err(ParseError::new("an integer type", format!("`{data_type}`"))),
    }
}

fn long(form: Form, json: &Json) -> Result<i64> {
    let value = read_integer(form, json, "an integer of 64 bits")?;
    i64::try_from(value).map_err(|_| ParseError::new("an integer of 64 bits", value.to_string()))
}

fn read_layout(kind: &str, json: &Json) -> Result<TensorLayout> {
    let known: &[&str] = match kind {
        "dense" => &["strides"],
        "coo" => &["indices_strides"],
        _ => &[],
    };
    let object = Object::new(json, &format!("a layout of kind {kind}"), known)?;
    let strides = |key| {
        object.optional(key, |json| {
            items(json, "the list of strides", |json| {
                let stride = natural_integer(json)?;
                let fits = i64::try_from(stride).ok().filter(|stride| *stride >= 0);
                fits.ok_or_else(|| ParseError::new("a number of bytes from 0", stride.to_string()))
            })
        })
    };
    let pair = |strides: Vec<i64>| {
        <[i64; 2]>::try_from(strides).map_err(|strides| ParseError::new("2 strides", strides.len().to_string()))
    };
    let indices_strides = strides("indices_strides")?.map(pair).transpose();
    let indices_strides = indices_strides.map_err(|error| error.at_key("indices_strides"))?;
    Ok(TensorLayout { strides: strides("strides")?, indices_strides })
}

impl Tensor {
    /// Checks that the lists have the lengths that they must have for each other, not that the index is a right one.
    pub fn check(&self) -> Result<()> {
        let dimensions = self.shape.len();
        let agree = |key: &str, what: &str, expected: usize, found: usize| match expected == found {
            true => Ok(()),
            false => Err(ParseError::new(format!("{expected} {what}"), found.to_string()).at_key(key)),
        };
        agree("names", "names, one a dimension", dimensions, self.names.len())?;
        if let Some(strides) = &self.layout.strides {
            agree("layout", "strides, one a dimension", dimensions, strides.len())?;
        }
        let values = self.values.len();
        match &self.index {
            TensorIndex::Dense => {
                let count = Self::count(&self.shape);
                let count = count.ok_or_else(|| ParseError::new("lengths of a tensor", format!("{:?}", self.shape)));
                agree("values", "values of this shape", count.map_err(|error| error.at_key("shape"))?, values)
            }
            TensorIndex::Coo { indices, .. } => {
                agree("indices", "lists of coordinates, one a value", values, indices.lists.len())?;
                let rows = indices.lists.iter();
                rows.into_iter()
                    .try_for_each(|row| agree("indices", "coordinates of each value", dimensions, row.len()))
            }
            TensorIndex::Csx { indices, .. } => {
                agree("shape", "dimensions of a matrix", 2, dimensions)?;
                let found = indices.lists.iter().map(Vec::len).sum();
                agree("indices", "indices, one a value", values, found)
            }
            TensorIndex::Csf { axis_order, indptr, indices } => {
                agree("axis_order", "dimensions", dimensions, axis_order.len())?;
                agree("indptr", "lists, one a level but the last", dimensions.saturating_sub(1), indptr.lists.len())?;
                agree("indices", "lists, one a level", dimensions, indices.lists.len())
            }
        }
    }
}

impl Canonical for Tensors {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"tensors\":");
        write_canonicals(&self.0, out);
        out.push(b'}');
    }
}

impl Canonical for Tensor {
    fn write_canonical(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"kind\":");
        write_string(self.kind(), out);
        out.extend_from_slice(b",\"type\":");
        write_string(&self.data_type.to_string(), out);
        out.extend_from_slice(b",\"shape\":");
        write_longs(&self.shape, out);
        out.extend_from_slice(b",\"names\":");
        write_canonicals(&self.names, out);
        out.extend_from_slice(b",\"metadata\":");
        self.metadata.write_canonical(out);
        match &self.index {
            TensorIndex::Dense => {}
            TensorIndex::Coo { canonical, indices } => {
                out.extend_from_slice(if *canonical { b",\"canonical\":true" } else { b",\"canonical\":false" });
                write_integers("indices", indices, false, out);
            }
            TensorIndex::Csx { indptr, indices, .. } => {
                write_integers("indptr", indptr, true, out);
                write_integers("indices", indices, true, out);
            }
            TensorIndex::Csf { axis_order, indptr, indices } => {
                out.extend_from_slice(b",\"axis_order\":");
                write_array(axis_order, out, |axis, out| write_quoted_integer(i128::from(*axis), out));
                write_integers("indptr", indptr, false, out);
                write_integers("indices", indices, false, out);
            }
        }
        out.extend_from_slice(b",\"values\":");
        write_canonicals(&self.values, out);
        if self.layout != TensorLayout::default() {
            out.extend_from_slice(b",\"layout\":{");
            let strides = self.layout.strides.as_ref().map(|strides| ("strides", strides.as_slice()));
            let indices_strides = self.layout.indices_strides.as_ref().map(|strides| ("indices_strides", &strides[..]));
            for (number, (key, strides)) in strides.into_iter().chain(indices_strides).enumerate() {
                if number > 0 {
                    out.push(b',');
                }
                write_string(key, out);
                out.push(b':');
                write_array(strides, out, |stride, out| out.extend_from_slice(stride.to_string().as_bytes()));
            }
            out.push(b'}');
        }
        out.push(b'}');
    }
}

fn write_longs(longs: &[i64], out: &mut Vec<u8>) {
    write_array(longs, out, |long, out| write_quoted_integer(i128::from(*long), out));
}

/// The type of integers and their lists; `flat` is one list without a list around it.
fn write_integers(key: &str, integers: &Integers, flat: bool, out: &mut Vec<u8>) {
    let list =
        |list: &Vec<i128>, out: &mut Vec<u8>| write_array(list, out, |value, out| write_quoted_integer(*value, out));
    out.extend_from_slice(format!(",\"{key}_type\":\"{}\",\"{key}\":", integers.data_type).as_bytes());
    match integers.lists.first().filter(|_| flat) {
        Some(only) => list(only, out),
        None => write_array(&integers.lists, out, list),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn natural(json: Json) -> Result<Tensors> {
        Tensors::from_natural(&json)
    }

    #[test]
    fn what_a_case_leaves_out_has_its_default() {
        let dense = json!([{"kind": "dense", "type": "int8", "shape": [1, 2], "values": [1, -2]}]);
        assert_eq!(
            natural(dense).unwrap().canonical(),
            r#"{"tensors":[{"kind":"dense","type":"int8","shape":["1","2"],"names":["",""],"metadata":[],"values":["1","-2"]}]}"#
        );
    }

    #[test]
    fn canonical_text_is_read_as_it_is_written() {
        let tensors = natural(json!([
            {"kind": "dense", "type": "float32", "shape": [2], "names": ["x"], "metadata": [["k", "v"]], "values": [1.5, "nan"],
             "layout": {"strides": [8]}},
            {"kind": "dense", "type": "int64", "shape": [], "values": ["-9223372036854775808"]},
            {"kind": "coo", "type": "uint8", "shape": [2, 2], "names": [null, "y"], "canonical": true, "indices_type": "uint64",
             "indices": [[0, 1], [1, "18446744073709551615"]], "values": [1, 2], "layout": {"indices_strides": [8, 16]}},
            {"kind": "csc", "type": "int8", "shape": [1, 1], "indptr": [0, 1], "indices": [0], "values": [7]},
            {"kind": "csf", "type": "int8", "shape": [1, 1], "axis_order": [1, 0], "indptr": [[0, 1]], "indices": [[0], [0]],
             "values": [7]},
        ]))
        .unwrap();
        let text = tensors.canonical();
        assert_eq!(Tensors::from_json(text.as_bytes()).unwrap(), tensors);
        assert!(
            text.contains(r#""indices_type":"uint64","indices":[["0","1"],["1","18446744073709551615"]]"#),
            "{text}"
        );
        assert!(text.contains(r#""kind":"csc""#) && text.contains(r#""indptr":["0","1"]"#), "{text}");
        assert!(!tensors.without_layouts().canonical().contains("layout"));
    }

    #[test]
    fn lists_that_do_not_fit_each_other_are_errors() {
        let refused = |json: Json| natural(json!([json])).unwrap_err().to_string();
        let table = [
            (
                json!({"kind": "dense", "type": "int8", "shape": [2, 3], "values": [1]}),
                "$[0].values: expected 6 values of this shape, found 1",
            ),
            (
                json!({"kind": "dense", "type": "int8", "shape": [-1], "values": []}),
                "$[0].shape: expected lengths of a tensor, found [-1]",
            ),
            (
                json!({"kind": "dense", "type": "int8", "shape": [1], "values": [null]}),
                "$[0].values[0]: expected a value of int8, found null",
            ),
            (
                json!({"kind": "dense", "type": "int8", "shape": [1], "values": [1], "indices": []}),
                "$[0]: expected a tensor of kind dense with keys of `kind`, `type`, `shape`, `names`, `metadata`, `values`, `layout`, found `indices`",
            ),
            (
                json!({"kind": "coo", "type": "int8", "shape": [4], "canonical": true, "indices": [[1, 2]], "values": [1]}),
                "$[0].indices: expected 1 coordinates of each value, found 2",
            ),
            (
                json!({"kind": "csr", "type": "int8", "shape": [1], "indptr": [0], "indices": [], "values": []}),
                "$[0].shape: expected 2 dimensions of a matrix, found 1",
            ),
            (
                json!({"kind": "csr", "type": "int8", "shape": [1, 1], "indptr_type": "int8", "indptr": [0, 128], "indices": [],
                       "values": []}),
                "$[0].indptr[1]: expected int8, found 128",
            ),
            (json!({"kind": "bsr"}), "$[0].kind: expected dense, coo, csr, csc or csf, found `bsr`"),
        ];
        for (json, message) in table {
            assert_eq!(refused(json), message);
        }
    }
}
