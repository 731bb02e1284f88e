"""How exceptions of pyarrow become refusals and missing features."""

from __future__ import annotations

import errno
import re

import pyarrow as pa

import arrowipc_adapter
from arrowipc_adapter import StreamError


class blame(arrowipc_adapter.blame):
    """Context manager around calls of pyarrow: whatever they raise is `Rejected` or `Unsupported` in `phase`."""

    def missing_feature(self, error: BaseException) -> str | None:
        """What is not implemented need not be a feature: that is also how pyarrow refuses what the format lacks."""
        if isinstance(error, StreamError):
            missing = error.code in (errno.ENOSYS, errno.ENOTSUP)
        else:
            missing = isinstance(error, (pa.ArrowNotImplementedError, NotImplementedError))
        features = (feature for pattern, feature in _FEATURE_OF_MESSAGE if re.search(pattern, str(error)))
        return next(features, None) if missing else None


_FEATURE_OF_MESSAGE = (
    (r"replacement.*dictionar|dictionar.*replace", "dict.replacement"),
    (r"delta", "dict.delta"),
    (r"nested dictionar", "dict.nested"),
    (r"[Uu]nif", "dict.unify"),
    (r"endian", "endian.big"),
    (r"[Cc]ompress|codec", "compress"),
    (r"[Pp]andas", "frame.pandas"),
    (r"run[-_ ]?end", "type.run_end_encoded"),
    (r"dense_union|DENSE_UNION", "type.dense_union"),
    (r"sparse_union|SPARSE_UNION", "type.sparse_union"),
    (r"string_view|STRING_VIEW|Utf8View", "type.utf8_view"),
    (r"binary_view|BINARY_VIEW|BinaryView", "type.binary_view"),
    (r"large_list_view", "type.large_list_view"),
    (r"list_view", "type.list_view"),
)
