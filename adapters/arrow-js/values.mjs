// Values of Arrow JS as canonical ones: from the buffers of `Data`, since `get()` gives numbers that are not exact for many
// types (milliseconds for timestamps, floats without the payload of a NaN). Strings are what `get()` makes of them.

import { DataType, IntervalUnit, Type, UnionMode, Vector } from "apache-arrow";
import { bitsOf, bytesOf, elementOf, hexOf, integerOf, itemsOf, rangeOf, textOf } from "./arrowipc-adapter.mjs";

/** The canonical values of a column of a batch. */
export function valuesOf(data) {
  return itemsOf(reader(data), 0, data.length);
}

/** A function of the row. */
function reader(data) {
  const value = READERS[data.typeId](data);
  // A union has no validity of its own; `getValid` would tell that of its member. Without nulls it is true, slowly.
  return DataType.isUnion(data.type) || data.nullCount <= 0 ? value : (i) => (data.getValid(i) ? value(i) : null);
}

const READERS = {
  [Type.Null]: () => () => null,
  [Type.Bool]: ({ values, offset }) => (i) => (elementOf(values, (offset + i) >> 3) >> ((offset + i) & 7) & 1) === 1,
  [Type.Int]: number,
  [Type.Float]: ({ values }) => (i) => bitsOf(values, i, values.BYTES_PER_ELEMENT),
  [Type.Decimal]: ({ values, type }) => (i) => integerOf(values, i, type.bitWidth / 8),
  [Type.Date]: number,
  [Type.Time]: number,
  [Type.Timestamp]: number,
  [Type.Duration]: number,
  [Type.Interval]: interval,
  [Type.Binary]: binary,
  [Type.LargeBinary]: binary,
  [Type.BinaryView]: (data) => {
    const view = viewer(data);
    return (i) => hexOf(view(i));
  },
  [Type.Utf8]: (data) => text(data, slicer(data)),
  [Type.LargeUtf8]: (data) => text(data, slicer(data)),
  [Type.Utf8View]: (data) => text(data, viewer(data)),
  [Type.FixedSizeBinary]: ({ values, type }) => (i) => hexOf(bytesOf(values, i, type.byteWidth)),
  [Type.List]: list,
  [Type.LargeList]: list,
  [Type.Map]: map,
  [Type.FixedSizeList]: ({ type, children: [child] }) => {
    const item = reader(child);
    return (i) => itemsOf(item, i * type.listSize, (i + 1) * type.listSize);
  },
  [Type.Struct]: ({ children }) => {
    const members = children.map(reader);
    return (i) => members.map((member) => member(i));
  },
  [Type.Union]: union,
  [Type.Dictionary]: dictionary,
};

function number({ values }) {
  return (i) => String(elementOf(values, i));
}

function interval({ values, type }) {
  const ticks = (i) => String(elementOf(values, i));
  switch (type.unit) {
    case IntervalUnit.YEAR_MONTH:
      return ticks;
    case IntervalUnit.DAY_TIME:
      return (i) => [ticks(2 * i), ticks(2 * i + 1)];
    default:
      // Two int32 and one int64, in an Int32Array of four elements a value.
      return (i) => [ticks(4 * i), ticks(4 * i + 1), integerOf(values, 2 * i + 1, 8)];
  }
}

function slicer({ values, valueOffsets }) {
  return (i) => values.subarray(...rangeOf(valueOffsets, i));
}

function viewer({ values, variadicBuffers }) {
  return (i) => {
    const view = bytesOf(values, i, 16);
    const length = view.readInt32LE(0);
    if (length <= 12) return view.subarray(4, 4 + length);
    const start = view.readInt32LE(12);
    return elementOf(variadicBuffers, view.readInt32LE(8)).subarray(start, start + length);
  };
}

function binary(data) {
  const slice = slicer(data);
  return (i) => hexOf(slice(i));
}

function text(data, bytes) {
  const vector = new Vector([data]);
  return (i) => textOf(vector.get(i), () => bytes(i));
}

function list({ valueOffsets, children: [child] }) {
  const item = reader(child);
  return (i) => itemsOf(item, ...rangeOf(valueOffsets, i));
}

function map({ valueOffsets, children: [entries] }) {
  const [key, value] = entries.children.map(reader);
  return (i) => itemsOf((j) => [key(j), value(j)], ...rangeOf(valueOffsets, i));
}

function union({ type, typeIds, valueOffsets, children }) {
  const members = children.map(reader);
  const dense = type.mode === UnionMode.Dense;
  return (i) => {
    const id = elementOf(typeIds, i);
    const member = elementOf(members, type.typeIdToChildIndex[id]);
    return { [id]: member(dense ? elementOf(valueOffsets, i) : i) };
  };
}

function dictionary({ values, dictionary }) {
  // A delta is one more chunk of the dictionary.
  const chunks = dictionary.data.map((data) => ({ length: data.length, value: reader(data) }));
  return (i) => {
    let index = Number(elementOf(values, i));
    for (const { length, value } of chunks) {
      if (index < length) return value(index);
      index -= length;
    }
    throw new RangeError(`index ${values[i]} lies beyond a dictionary of ${dictionary.length}`);
  };
}
