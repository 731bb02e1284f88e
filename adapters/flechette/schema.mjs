// Schemas of Flechette as canonical ones.

import { DateUnit, IntervalUnit, Precision, TimeUnit, Type, UnionMode } from "@uwdata/flechette";
import { pairsOf } from "./arrowipc-adapter.mjs";

const UNITS = { [TimeUnit.SECOND]: "s", [TimeUnit.MILLISECOND]: "ms", [TimeUnit.MICROSECOND]: "us", [TimeUnit.NANOSECOND]: "ns" };
const PRECISIONS = { [Precision.HALF]: "float16", [Precision.SINGLE]: "float32", [Precision.DOUBLE]: "float64" };
const DATES = { [DateUnit.DAY]: "date32", [DateUnit.MILLISECOND]: "date64" };
const INTERVALS = {
  [IntervalUnit.YEAR_MONTH]: "interval_year_month",
  [IntervalUnit.DAY_TIME]: "interval_day_time",
  [IntervalUnit.MONTH_DAY_NANO]: "interval_month_day_nano",
};

const NAMES = {
  [Type.Null]: () => "null",
  [Type.Bool]: () => "bool",
  [Type.Int]: (type) => `${type.signed ? "" : "u"}int${type.bitWidth}`,
  [Type.Float]: (type) => PRECISIONS[type.precision],
  [Type.Decimal]: (type) => `decimal${type.bitWidth}(${type.precision}, ${type.scale})`,
  [Type.Date]: (type) => DATES[type.unit],
  [Type.Time]: (type) => `time${type.bitWidth}[${UNITS[type.unit]}]`,
  [Type.Timestamp]: (type) => `timestamp[${UNITS[type.unit]}${type.timezone ? `, ${type.timezone}` : ""}]`,
  [Type.Duration]: (type) => `duration[${UNITS[type.unit]}]`,
  [Type.Interval]: (type) => INTERVALS[type.unit],
  [Type.Binary]: () => "binary",
  [Type.LargeBinary]: () => "large_binary",
  [Type.BinaryView]: () => "binary_view",
  [Type.Utf8]: () => "utf8",
  [Type.LargeUtf8]: () => "large_utf8",
  [Type.Utf8View]: () => "utf8_view",
  [Type.FixedSizeBinary]: (type) => `fixed_size_binary(${type.stride})`,
  [Type.List]: () => "list",
  [Type.LargeList]: () => "large_list",
  [Type.ListView]: () => "list_view",
  [Type.LargeListView]: () => "large_list_view",
  [Type.FixedSizeList]: (type) => `fixed_size_list(${type.stride})`,
  [Type.Struct]: () => "struct",
  [Type.Map]: (type) => (type.keysSorted ? "map(keys_sorted)" : "map"),
  [Type.Union]: (type) => `${type.mode === UnionMode.Dense ? "dense" : "sparse"}_union(${type.typeIds.join(", ")})`,
  [Type.RunEndEncoded]: () => "run_end_encoded",
};

/** The canonical schema. */
export function schemaOf(schema) {
  return { fields: schema.fields.map(fieldOf), metadata: pairsOf(schema.metadata) };
}

function fieldOf(field) {
  const encoded = field.type.typeId === Type.Dictionary;
  const type = encoded ? field.type.dictionary : field.type;
  return {
    name: field.name ?? "",
    type: NAMES[type.typeId](type),
    nullable: field.nullable,
    metadata: pairsOf(field.metadata),
    ...(encoded && { dictionary: { index: NAMES[Type.Int](field.type.indices), ordered: field.type.ordered } }),
    children: (type.children ?? []).map(fieldOf),
  };
}
