"""What a request can end with besides success, and how exceptions of pyarrow become it."""

from __future__ import annotations

import re
from types import TracebackType

import pyarrow as pa


class AdapterFailure(Exception):
    """The adapter itself, its input or the kit failed; the implementation is not to blame."""


class Malformed(Exception):
    """pyarrow did what it was asked to, and what it exported is not as the C Data Interface says."""

    def answer(self) -> dict:
        """The fields of the answer, behind `id`; the faults that the kit noticed say the rest."""
        return {"status": "ok"}


class Rejected(Exception):
    """pyarrow refused the input, with an exception, in one phase."""

    def __init__(self, phase: str, kind: str, message: str, batches_before: int | None = None) -> None:
        super().__init__(message)
        self.phase = phase
        self.kind = kind
        self.message = message
        self.batches_before = batches_before

    def answer(self) -> dict:
        """The fields of the answer, behind `id`."""
        error = {"type": self.kind, "message": self.message}
        answer: dict = {"status": "rejected", "phase": self.phase, "error": error}
        if self.batches_before is not None:
            answer["batches_before"] = self.batches_before
        return answer


class Unsupported(Exception):
    """pyarrow says that it does not implement a feature, or has no way to ask for it."""

    def __init__(self, feature: str, message: str) -> None:
        super().__init__(message)
        self.feature = feature
        self.message = message

    @classmethod
    def of_message(cls, message: str) -> Unsupported | None:
        """Of the feature that pyarrow's message speaks of; None where it names none."""
        features = (feature for pattern, feature in _FEATURE_OF_MESSAGE if re.search(pattern, message))
        feature = next(features, None)
        return None if feature is None else cls(feature, message)

    def answer(self) -> dict:
        """The fields of the answer, behind `id`."""
        return {"status": "unsupported", "feature": self.feature, "message": self.message}


class blame:
    """Context manager around calls of pyarrow: whatever they raise is `Rejected` or `Unsupported` in `phase`."""

    def __init__(self, phase: str, batches_before: int | None = None) -> None:
        self.phase = phase
        self.batches_before = batches_before

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or not isinstance(error, Exception):
            return
        if isinstance(error, (AdapterFailure, Malformed, Rejected, Unsupported)):
            return
        # What is not implemented need not be a feature: that is also how pyarrow refuses what the format does not have.
        if isinstance(error, (pa.ArrowNotImplementedError, NotImplementedError)):
            unsupported = Unsupported.of_message(str(error))
            if unsupported is not None:
                raise unsupported from error
        raise Rejected(self.phase, type(error).__name__, str(error), self.batches_before) from error


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
