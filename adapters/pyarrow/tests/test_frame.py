"""DataFrames: written, read back, described in the same text."""

from __future__ import annotations

import hashlib
import json
import unittest
from datetime import date, time
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.ipc
from conversation import FORMATS, SOURCES, Conversation

RANGE = {"range": [0, 2, 1]}
COLUMNS = (
    {"name": "int8", "dtype": "int8", "values": ["-128", "127"]},
    {"name": "uint64", "dtype": "uint64", "values": ["18446744073709551615", "0"]},
    {"name": "Int64", "dtype": "Int64", "values": ["9223372036854775807", None]},
    {"name": "UInt8", "dtype": "UInt8", "values": [None, "255"]},
    {"name": "float16", "dtype": "float16", "values": ["3c00", None]},
    {"name": "float32", "dtype": "float32", "values": ["80000000", "7f800000"]},
    {"name": "float64", "dtype": "float64", "values": ["3ff8000000000000", None]},
    {"name": "Float64", "dtype": "Float64", "values": ["0000000000000001", None]},
    {"name": "bool", "dtype": "bool", "values": [True, False]},
    {"name": "boolean", "dtype": "boolean", "values": [True, None]},
    {"name": "str", "dtype": "str", "values": ['ä\n"\u0001\U0001f600', None]},
    {"name": "string", "dtype": "string", "values": ["", None]},
    {"name": "ns", "dtype": "datetime64[ns]", "values": ["-1", None]},
    {"name": "us", "dtype": "datetime64[us]", "values": ["9000000000000000", None]},
    {"name": "paris", "dtype": "datetime64[ns, Europe/Paris]", "values": ["1700000000000000001", None]},
    {"name": "utc", "dtype": "datetime64[s, UTC]", "values": ["1700000000", None]},
    {"name": "timedelta", "dtype": "timedelta64[ms]", "values": ["-5", None]},
    {"name": "period", "dtype": "period[M]", "values": ["650", None]},
    {"name": "category", "dtype": "category", "values": ["x", None], "categories": ["x", "y"], "ordered": False},
    {"name": "ordered", "dtype": "category", "values": ["b", "a"], "categories": ["b", "a"], "ordered": True},
    {"name": "int64[pyarrow]", "dtype": "int64[pyarrow]", "values": ["5", None]},
    {"name": "double[pyarrow]", "dtype": "double[pyarrow]", "values": ["7ff8000000000000", None]},
    {"name": "float[pyarrow]", "dtype": "float[pyarrow]", "values": ["3f800000", None]},
    {"name": "us[pyarrow]", "dtype": "timestamp[us][pyarrow]", "values": ["-7", None]},
    {"name": "date[pyarrow]", "dtype": "date32[day][pyarrow]", "values": ["3", None]},
)
INDEXES = (
    RANGE,
    {"range": [5, 1, -2]},
    {"name": "steps", "range": [0, 4, 2]},
    {"name": "key", "dtype": "int64", "values": ["10", "20"]},
    {"name": None, "dtype": "str", "values": ["a", "b"]},
    {"name": "when", "dtype": "datetime64[ns, UTC]", "values": ["0", "1"]},
    {"name": "kind", "dtype": "category", "values": ["x", None], "categories": ["x"], "ordered": False},
)


class Frames(Conversation):
    def round_trip(self, form: dict, file_format: str = "stream", source: str = "path", validate: str = "none") -> str:
        """The text of the frame that comes back."""
        self.ok("produce", frame=form, format=file_format, out="frame", options={"compression": "lz4"})
        answer = self.consume("frame", file_format, "frame", source=source, validate=validate)
        self.assertEqual(answer["status"], "ok", answer)
        text = (self.workdir / "dump.json").read_text(encoding="utf-8")
        self.assertEqual(answer["digest"], "sha256:" + hashlib.sha256(text.encode()).hexdigest())
        self.assertEqual(answer["rows"], 2)
        return text

    def check(self, form: dict, **how: str) -> None:
        """The frame comes back in the same text."""
        self.assertEqual(self.round_trip(form, **how), json.dumps(form, ensure_ascii=False, separators=(",", ":")))

    def test_every_dtype(self) -> None:
        for column in COLUMNS:
            for file_format in FORMATS:
                with self.subTest(column=column["name"], format=file_format):
                    self.check({"index": RANGE, "columns": [column]}, file_format=file_format)

    def test_every_index(self) -> None:
        for index in INDEXES:
            with self.subTest(index=index):
                self.check({"index": index, "columns": [COLUMNS[0]]})

    def test_all_columns_from_every_source(self) -> None:
        form = {"index": INDEXES[3], "columns": list(COLUMNS)}
        for file_format in FORMATS:
            for source in SOURCES[:5] if file_format == "file" else SOURCES:
                for validate in ("none", "full"):
                    self.check(form, file_format=file_format, source=source, validate=validate)

    def test_a_frame_without_columns(self) -> None:
        self.check({"index": INDEXES[3], "columns": []})
        self.check({"index": RANGE, "columns": []})

    def test_an_object_column_of_strings_comes_back_as_str(self) -> None:
        column = {"name": "o", "dtype": "object", "values": ["a", None]}
        got = json.loads(self.round_trip({"index": RANGE, "columns": [column]}))
        self.assertEqual(got["columns"][0]["dtype"], "str")

    def test_object_values_go_by_their_type(self) -> None:
        values = {
            "bytes": ([b"\x00\xff", None], ["00ff", None]),
            "decimal": ([Decimal("1.50"), None], ["150", None]),
            "date": ([date(1970, 1, 2), None], ["1", None]),
            "time": ([time(0, 0, 1), None], ["1000000", None]),
            "list": ([[1, None], None], [["1", None], None]),
            "struct": ([{"a": 1, "b": "x"}, None], [["1", "x"], None]),
        }
        table = pa.Table.from_pandas(pd.DataFrame({name: given for name, (given, _) in values.items()}))
        with pa.ipc.new_stream(str(self.workdir / "objects"), table.schema) as writer:
            writer.write_table(table)
        self.assertEqual(self.consume("objects", "stream", "frame")["status"], "ok")
        for column in self.dump()["columns"]:
            expected = values[column["name"]][1]
            if column["name"] == "list":
                expected = [["3ff0000000000000", None], None]  # pandas holds such integers as floats
            self.assertEqual((column["dtype"], column["values"]), ("object", expected))

    def test_a_type_that_pandas_cannot_hold_is_unsupported(self) -> None:
        table = pa.table({"x": pa.nulls(1, pa.dense_union([pa.field("a", pa.int8())]))})
        with pa.ipc.new_stream(str(self.workdir / "union"), table.schema) as writer:
            writer.write_table(table)
        answer = self.consume("union", "stream", "frame")
        self.assertEqual((answer["status"], answer["feature"]), ("unsupported", "frame.pandas"), answer)


if __name__ == "__main__":
    unittest.main()
