"""What the adapter says of pyarrow when it starts."""

from __future__ import annotations

import platform
from importlib.metadata import version

import pyarrow as pa

FEATURES = (
    "format.*",
    "type.*",
    "dict.basic",
    "dict.nested",
    "dict.shared:r",
    "dict.delta",
    "dict.replacement",
    "dict.unify",
    "dict.ordered",
    "endian.big",
    "compress.*",
    "source.*",
    "sink.*",
    "access.*",
    "projection",
    "meta.*",
    "version.v4",
    "legacy",
    "frame.pandas",
    "validate.full",
    "tensor.dense",
    "fact.num_batches",
    "fact.allocated",
    "fact.peak",
    "fact.left",
    "fact.in_map",
    "fact.footer_metadata",
)
"""Every entry was tried. pyarrow has no writer option `alignment`, never gives two fields one dictionary id, and does
not tell the peak of one write, so `alignment`, `dict.shared:w` and `fact.write_peak` are absent. Its tensors are dense,
of integers and floats, and have no metadata."""

OBSERVE = ("cdata", "transcode", "frame", "tensors")


def implementation() -> dict:
    """Versions of pyarrow and of what does its work."""
    return {
        "name": "pyarrow",
        "language": "python",
        "version": pa.__version__,
        "components": {
            "arrow-cpp": pa.cpp_version,
            "python": platform.python_version(),
            "numpy": version("numpy"),
            "pandas": version("pandas"),
        },
    }
