"""What the adapter says of pyarrow when it starts."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

import pyarrow as pa


def _takes_descriptors() -> bool:
    """Whether `pa.OSFile` opens a descriptor; older versions know paths alone."""
    descriptor = os.open(os.devnull, os.O_RDONLY)
    try:
        pa.OSFile(descriptor).close()
    except TypeError:
        os.close(descriptor)
        return False
    return True


_WAYS = ("path", "memory", "callbacks", "socket", "pipe", *(["fd"] if _takes_descriptors() else []))

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
    *(f"source.{way}" for way in (*_WAYS, "memory_map")),
    *(f"sink.{way}" for way in _WAYS),
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
