"""C streams that pyarrow exports, pulled callback by callback, so that pyarrow's faults are told from the kit's."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from failure import Rejected, Unsupported
from kit import ArrowArray, ArrowSchema, CStream, Kit, Observer, Pairs, StreamError, release
from observe import dump_path, require


def observe_stream(
    kit: Kit | None,
    stream: CStream,
    observe: dict,
    workdir: Path,
    account: AbstractContextManager | None = None,
    metadata: Sequence[Pairs] = (),
) -> dict:
    """Digest and counts of a stream, which is released; only counts where `observe` asks for no more.

    Every call for a batch is made within `account`. A stream carries no `metadata` of its batches.
    """
    account = nullcontext() if account is None else account
    if observe.get("via", "none") == "none":
        return _drain(stream, account)
    kit = require(kit)
    with kit.checked(stream) as checked:
        with Observer(kit, _pull_schema(checked), dump_path(observe, workdir)) as observer:
            count = 0
            while (array := _pull(checked, count, account)) is not None:
                observer.batch(array, metadata[count] if count < len(metadata) else [])
                count += 1
            return observer.finish()


def _drain(stream: CStream, account: AbstractContextManager) -> dict:
    batches = rows = 0
    while (array := _pull(stream, batches, account)) is not None:
        batches, rows = batches + 1, rows + array.length
        release(array)
    return {"batches": batches, "rows": rows}


def _pull_schema(stream: CStream) -> ArrowSchema:
    try:
        return stream.schema()
    except StreamError as error:
        raise _failure(error, "schema", None) from error


def _pull(stream: CStream, count: int, account: AbstractContextManager) -> ArrowArray | None:
    try:
        with account:
            return stream.next()
    except StreamError as error:
        raise _failure(error, "batch", count) from error


def _failure(error: StreamError, phase: str, count: int | None) -> Exception:
    unsupported = Unsupported.of_message(str(error)) if error.code in (errno.ENOSYS, errno.ENOTSUP) else None
    return unsupported or Rejected(phase, errno.errorcode.get(error.code, str(error.code)), str(error), count)
