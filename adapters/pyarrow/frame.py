"""pandas DataFrames ↔ the FRAME form of docs/protocol.md.

Values by dtype: integers, and ticks in the dtype's own unit, are decimal strings; floats are the hex digits of their
bits; strings and booleans stand for themselves; a missing value is null, whatever pandas marks it with. Values of
`object` columns go by their Python type. A category is built as a string: a FRAME does not tell the dtype of categories.
"""

from __future__ import annotations

import datetime
import decimal
import json

import numpy as np
import pandas as pd
import pyarrow as pa

from arrowipc_adapter import AdapterFailure

MICROSECOND = datetime.timedelta(microseconds=1)


def describe(data: pd.DataFrame) -> str:
    """The canonical text of a DataFrame: no spaces, UTF-8, the escapes that JSON requires."""
    form = {
        "index": _describe_index(data.index),
        "columns": [_describe_values(name, data.iloc[:, position]) for position, name in enumerate(data.columns)],
    }
    return json.dumps(form, ensure_ascii=False, separators=(",", ":"))


def build(form: dict) -> pd.DataFrame:
    """The DataFrame of a FRAME. Columns may share a name."""
    index = _build_index(form["index"])
    columns = [pd.Series(_parse_column(column), index=index) for column in form["columns"]]
    data = pd.concat(columns, axis="columns") if columns else pd.DataFrame(index=index)
    data.columns = pd.Index([column["name"] for column in form["columns"]])
    return data


def _describe_index(index: pd.Index) -> dict:
    if isinstance(index, pd.MultiIndex):
        raise AdapterFailure("a FRAME has no form for a MultiIndex")
    if isinstance(index, pd.RangeIndex):
        bounds = {"range": [index.start, index.stop, index.step]}
        return bounds if index.name is None else {"name": _name(index.name)} | bounds
    return _describe_values(index.name, pd.Series(index))


def _build_index(form: dict) -> pd.Index:
    if "range" in form:
        return pd.RangeIndex(*form["range"], name=form.get("name"))
    return pd.Index(_parse_column(form), name=form["name"])


def _describe_values(name: object, values: pd.Series) -> dict:
    form: dict = {"name": _name(name), "dtype": str(values.dtype), "values": _texts(values)}
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = pd.Series(values.dtype.categories)
        form |= {"categories": _texts(categories), "ordered": bool(values.dtype.ordered)}
    return form


def _name(name: object) -> str | None:
    if name is None or isinstance(name, str):
        return name
    raise AdapterFailure(f"a FRAME has no form for the name {name!r}")


def _texts(values: pd.Series) -> list:
    """The canonical values of a Series."""
    dtype = values.dtype
    missing = values.isna().to_numpy()
    if isinstance(dtype, pd.CategoricalDtype):
        categories = _texts(pd.Series(dtype.categories))
        return [None if code < 0 else categories[code] for code in values.cat.codes]
    if isinstance(dtype, pd.ArrowDtype):
        return _arrow_texts(_chunked(values), missing)
    if isinstance(dtype, (pd.DatetimeTZDtype, pd.PeriodDtype)):
        return _masked(values.array.asi8, missing)
    if dtype.kind in "mM":
        return _masked(values.to_numpy().view(np.int64), missing)
    if dtype.kind in "iufb" and not isinstance(dtype, np.dtype):
        return _masked(values.array._data, missing)
    if dtype.kind in "iufb":
        return _masked(values.to_numpy(), missing)
    return [None if gone is True else _text(value) for value, gone in zip(values, missing.tolist(), strict=True)]


def _masked(values: np.ndarray, missing: np.ndarray) -> list:
    """A NaN that does not count as missing keeps its bits."""
    text = _bits if values.dtype.kind == "f" else _text
    return [None if gone else text(value) for value, gone in zip(values, missing, strict=True)]


def _chunked(values: pd.Series) -> pa.ChunkedArray:
    array = pa.array(values.array)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _arrow_texts(values: pa.ChunkedArray, missing: np.ndarray) -> list:
    if pa.types.is_floating(values.type):
        return _masked(values.to_numpy(), missing)
    if _has_ticks(values.type):
        values = pa.chunked_array([chunk.view(_tick_type(values.type)) for chunk in values.chunks])
    return [_text(value) for value in values.to_pylist()]


def _has_ticks(kind: pa.DataType) -> bool:
    return pa.types.is_temporal(kind) and not pa.types.is_interval(kind)


def _tick_type(kind: pa.DataType) -> pa.DataType:
    return pa.int32() if kind.bit_width == 32 else pa.int64()


def _text(value: object) -> object:
    """The canonical value of one Python or numpy object."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    for kinds, convert in _CONVERSIONS:
        if isinstance(value, kinds):
            return convert(value)
    raise AdapterFailure(f"a FRAME has no form for a value of {type(value).__module__}.{type(value).__name__}")


def _bits(value: np.floating) -> str:
    return f"{int.from_bytes(value.tobytes(), 'little'):0{2 * value.itemsize}x}"


def _unscaled(value: decimal.Decimal) -> str:
    return str(int(value.scaleb(-value.as_tuple().exponent)))


def _microseconds_of_day(value: datetime.time) -> str:
    return str(((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond)


def _microseconds(value: datetime.datetime) -> str:
    return str((value - datetime.datetime(1970, 1, 1, tzinfo=value.tzinfo and datetime.UTC)) // MICROSECOND)


_CONVERSIONS = (
    ((bool, np.bool_), bool),
    (str, str),
    ((int, np.integer), lambda value: str(int(value))),
    (np.floating, lambda value: None if np.isnan(value) else _bits(value)),
    (float, lambda value: None if value != value else _bits(np.float64(value))),
    ((bytes, bytearray), lambda value: value.hex()),
    (decimal.Decimal, _unscaled),
    ((pd.Timestamp, pd.Timedelta), lambda value: str(value.as_unit("ns").value)),
    ((np.datetime64, np.timedelta64), lambda value: None if np.isnat(value) else str(value.astype(np.int64))),
    (datetime.datetime, _microseconds),
    (datetime.date, lambda value: str((value - datetime.date(1970, 1, 1)).days)),
    (datetime.time, _microseconds_of_day),
    (datetime.timedelta, lambda value: str(value // MICROSECOND)),
    (dict, lambda value: [_text(member) for member in value.values()]),
    ((list, tuple, np.ndarray), lambda value: [_text(item) for item in value]),
)
"""First match wins: bool is an int, np.float64 a float, pd.Timestamp a datetime, and a datetime a date."""


def _parse_column(form: dict) -> object:
    """The array of a column or of an index."""
    if form["dtype"] != "category":
        return _parse(form["values"], form["dtype"])
    categories = _parse(form["categories"], "str")
    code = {json.dumps(text): position for position, text in enumerate(form["categories"])}
    codes = [-1 if text is None else code[json.dumps(text)] for text in form["values"]]
    return pd.Categorical.from_codes(codes, categories=categories, ordered=form["ordered"])


def _parse(texts: list, name: str) -> object:
    """The array of dtype `name` with canonical values."""
    dtype = pd.api.types.pandas_dtype(name)
    if isinstance(dtype, pd.ArrowDtype):
        return pd.array(_parse_arrow(texts, dtype.pyarrow_dtype), dtype=dtype)
    if isinstance(dtype, pd.DatetimeTZDtype):
        ticks = _ticks(texts).view(f"datetime64[{dtype.unit}]")
        return pd.DatetimeIndex(ticks).tz_localize("UTC").tz_convert(dtype.tz)
    if isinstance(dtype, pd.PeriodDtype):
        return pd.PeriodIndex.from_ordinals(_ticks(texts), freq=dtype.freq)
    if dtype.kind in "mM":
        return _ticks(texts).view(dtype)
    if dtype.kind == "f" and isinstance(dtype, np.dtype):
        return np.array([np.nan if text is None else _float(text, dtype) for text in texts], dtype=dtype)
    if dtype.kind == "f":
        return pd.array([pd.NA if text is None else _float(text, dtype.numpy_dtype) for text in texts], dtype=dtype)
    if dtype.kind in "iu" and isinstance(dtype, np.dtype):
        return np.array([int(text) for text in texts], dtype=dtype)
    if dtype.kind in "iu":
        return pd.array([pd.NA if text is None else int(text) for text in texts], dtype=dtype)
    if dtype.kind == "O" and isinstance(dtype, np.dtype):
        return np.fromiter(texts, dtype=object, count=len(texts))
    return pd.array(texts, dtype=dtype)


def _ticks(texts: list) -> np.ndarray:
    """int64 ticks, with the tick of NaT (the smallest one) for null."""
    return np.array([np.iinfo(np.int64).min if text is None else int(text) for text in texts], dtype=np.int64)


def _float(bits: str, dtype: np.dtype) -> np.floating:
    return np.frombuffer(bytes.fromhex(bits)[::-1], dtype=dtype)[0]


def _parse_arrow(texts: list, kind: pa.DataType) -> pa.Array:
    if pa.types.is_integer(kind):
        return pa.array([None if text is None else int(text) for text in texts], type=kind)
    if pa.types.is_floating(kind):
        dtype = np.dtype(kind.to_pandas_dtype())
        return pa.array([None if text is None else _float(text, dtype) for text in texts], type=kind)
    if _has_ticks(kind):
        return pa.array([None if text is None else int(text) for text in texts], type=_tick_type(kind)).view(kind)
    return pa.array(texts, type=kind)
