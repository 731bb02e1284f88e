"""Writes orders.arrow, the file that docs/tools.md looks at, with pyarrow 21 or newer: python orders.py"""

import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

SCHEMA = pa.schema(
    [
        pa.field("id", pa.int32(), nullable=False),
        pa.field("customer", pa.string()),
        pa.field("country", pa.dictionary(pa.int8(), pa.string())),
        pa.field("total", pa.decimal128(9, 2)),
        pa.field("placed", pa.timestamp("ms", tz="UTC")),
        pa.field("items", pa.list_(pa.string())),
    ],
    metadata={"source": "an example"},
)
COUNTRIES = pa.array(["NL", "FR", "JP"])


def batch(rows):
    """A record batch; the country of a row is an index into COUNTRIES."""
    ids, customers, countries, totals, minutes, items = zip(*rows)
    start = datetime.datetime(2024, 2, 29, 23, 58, tzinfo=datetime.timezone.utc)
    columns = [
        pa.array(ids, pa.int32()),
        pa.array(customers, pa.string()),
        pa.DictionaryArray.from_arrays(pa.array(countries, pa.int8()), COUNTRIES),
        pa.array([Decimal(total) for total in totals], pa.decimal128(9, 2)),
        pa.array([start + datetime.timedelta(minutes=minute) for minute in minutes], pa.timestamp("ms", tz="UTC")),
        pa.array(items, pa.list_(pa.string())),
    ]
    return pa.record_batch(columns, schema=SCHEMA)


BATCHES = [
    [(1, "Ada", 0, "19.99", 0, ["pen", "ink"]), (2, "Blaise", 1, "250.00", 1, []), (3, None, None, "0.50", 2, None)],
    [(4, "Grace", 2, "7.25", 60, ["map"]), (5, "Sōseki", 2, "-19.99", 61, ["pen", None])],
]

with pa.ipc.new_file(Path(__file__).with_name("orders.arrow"), SCHEMA) as writer:
    for rows in BATCHES:
        writer.write_batch(batch(rows))
