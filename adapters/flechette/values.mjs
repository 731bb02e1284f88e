// Values of Flechette as canonical ones: from the buffers of `Batch`, since `at()` gives numbers that are not exact for some
// types (the nanoseconds of intervals, floats without the payload of a NaN), objects for structs, whose members of equal names
// are one, and a union's value without its type. Strings are what `at()` makes of them.

import { IntervalUnit, Type, UnionMode } from "@uwdata/flechette";
import { bitsOf, bytesOf, elementOf, hexOf, integerOf, itemsOf, rangeOf, textOf } from "./arrowipc-adapter.mjs";

/** The canonical values of a batch of a column. */
export function valuesOf(batch) {
  return itemsOf(reader(batch), 0, batch.length);
}

/** A function of the row. */
function reader(batch) {
  const value = READERS[batch.type.typeId](batch);
  // When `at()` looks at the validity bitmap, and when it does not.
  return batch.nullCount && batch.validity ? (i) => (batch.isValid(i) ? value(i) : null) : value;
}

const READERS = {
  [Type.Null]: () => () => null,
  [Type.Bool]: (batch) => (i) => batch.value(i),
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
  [Type.BinaryView]: binary,
  [Type.Utf8]: (batch) => (i) => textOf(batch.value(i), () => batch.values.subarray(...rangeOf(batch.offsets, i))),
  [Type.LargeUtf8]: (batch) => (i) => textOf(batch.value(i), () => batch.values.subarray(...rangeOf(batch.offsets, i))),
  [Type.Utf8View]: (batch) => (i) => textOf(batch.value(i), () => batch.view(i)),
  [Type.FixedSizeBinary]: ({ values, stride }) => (i) => hexOf(bytesOf(values, i, stride)),
  [Type.List]: list,
  [Type.LargeList]: list,
  [Type.ListView]: listView,
  [Type.LargeListView]: listView,
  [Type.Map]: map,
  [Type.FixedSizeList]: ({ stride, children: [child] }) => {
    const item = reader(child);
    return (i) => itemsOf(item, i * stride, (i + 1) * stride);
  },
  [Type.Struct]: ({ children }) => {
    const members = children.map(reader);
    return (i) => members.map((member) => member(i));
  },
  [Type.Union]: union,
  [Type.RunEndEncoded]: runs,
  [Type.Dictionary]: dictionary,
};

function number({ values }) {
  return (i) => String(elementOf(values, i));
}

function interval({ values, type }) {
  switch (type.unit) {
    case IntervalUnit.YEAR_MONTH:
      return (i) => String(elementOf(values, i));
    case IntervalUnit.DAY_TIME:
      return (i) => [String(elementOf(values, 2 * i)), String(elementOf(values, 2 * i + 1))];
    default:
      return (i) => [integerOf(values, 4 * i, 4), integerOf(values, 4 * i + 1, 4), integerOf(values, 2 * i + 1, 8)];
  }
}

function binary(batch) {
  return (i) => hexOf(batch.value(i));
}

function list({ offsets, children: [child] }) {
  const item = reader(child);
  return (i) => itemsOf(item, ...rangeOf(offsets, i));
}

function listView({ offsets, sizes, children: [child] }) {
  const item = reader(child);
  return (i) => {
    const from = Number(elementOf(offsets, i));
    return itemsOf(item, from, from + Number(elementOf(sizes, i)));
  };
}

function map({ offsets, children: [entries] }) {
  const [key, value] = entries.children.map(reader);
  return (i) => itemsOf((j) => [key(j), value(j)], ...rangeOf(offsets, i));
}

function union({ type, typeIds, typeMap, offsets, children }) {
  const members = children.map(reader);
  const dense = type.mode === UnionMode.Dense;
  return (i) => {
    const id = elementOf(typeIds, i);
    return { [id]: elementOf(members, typeMap[id])(dense ? elementOf(offsets, i) : i) };
  };
}

function runs({ children: [{ values: ends }, values] }) {
  const value = reader(values);
  return (i) => value(ends.findIndex((end) => end > i));
}

function dictionary({ values, dictionary }) {
  // A delta is one more batch of the dictionary.
  const parts = dictionary.data.map((batch) => ({ length: batch.length, value: reader(batch) }));
  return (i) => {
    let index = Number(elementOf(values, i));
    for (const { length, value } of parts) {
      if (index < length) return value(index);
      index -= length;
    }
    throw new RangeError(`index ${values[i]} lies beyond a dictionary of ${dictionary.length}`);
  };
}
