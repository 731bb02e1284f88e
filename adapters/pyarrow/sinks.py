"""Ways in which the bytes of a pyarrow writer reach a file."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from arrowipc_adapter import AdapterFailure, Unsupported


class CallbackSink:
    """A Python object with the methods that pyarrow calls on a writable file, and no more."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.closed = False

    def write(self, block: bytes | memoryview | pa.Buffer) -> int:
        """Takes a bytes-like object; the number of bytes written."""
        return self._file.write(block)

    def flush(self) -> None:
        """Flushes the file below."""
        self._file.flush()

    def close(self) -> None:
        """Closes the file below."""
        self._file.close()
        self.closed = True


@contextmanager
def to_path(out: Path) -> Iterator[pa.NativeFile]:
    """`pa.OSFile` on a path."""
    with pa.OSFile(str(out), "wb") as file:
        yield file


@contextmanager
def to_memory(out: Path) -> Iterator[pa.BufferOutputStream]:
    """A growing buffer, saved at the end."""
    sink = pa.BufferOutputStream()
    yield sink
    out.write_bytes(sink.getvalue())


@contextmanager
def to_fd(out: Path) -> Iterator[pa.NativeFile]:
    """`pa.OSFile` on a descriptor, which it owns and closes."""
    with pa.OSFile(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), "wb") as file:
        yield file


@contextmanager
def to_callbacks(out: Path) -> Iterator[CallbackSink]:
    """A Python file object."""
    sink = CallbackSink(out)
    try:
        yield sink
    finally:
        sink.close()


@contextmanager
def to_socket(out: Path) -> Iterator[BinaryIO]:
    """The file object of one end of a connected pair; a thread saves what arrives at the other end."""
    ours, theirs = socket.socketpair()
    with theirs, _saved(out, lambda: theirs.recv(1 << 16)), ours, ours.makefile("wb") as file:
        yield file


@contextmanager
def to_pipe(out: Path) -> Iterator[BinaryIO]:
    """The file object of the writing end of a pipe; a thread saves what arrives at the other end."""
    reading, writing = os.pipe()
    try:
        with _saved(out, lambda: os.read(reading, 1 << 16)), os.fdopen(writing, "wb") as file:
            yield file
    finally:
        os.close(reading)


@contextmanager
def _saved(out: Path, receive: Callable[[], bytes]) -> Iterator[None]:
    """Saves blocks in a thread until an empty one comes, and waits for it."""
    failures: list[OSError] = []

    def run() -> None:
        try:
            with out.open("wb") as file:
                while block := receive():
                    file.write(block)
        except OSError as error:
            failures.append(error)
            while receive():  # a writer must not wait for ever
                pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failures:
        raise AdapterFailure(f"{out.name} cannot be saved: {failures[0]}")


Sink = pa.NativeFile | BinaryIO | CallbackSink

_SINKS = {
    "path": to_path,
    "memory": to_memory,
    "fd": to_fd,
    "callbacks": to_callbacks,
    "socket": to_socket,
    "pipe": to_pipe,
}


@contextmanager
def open_sink(kind: str, out: Path) -> Iterator[Sink]:
    """What a pyarrow writer is opened on. A write that fails leaves no file."""
    if kind not in _SINKS:
        raise Unsupported(f"sink.{kind}", f"unknown sink {kind}")
    try:
        with _SINKS[kind](out) as sink:
            yield sink
    except BaseException:
        out.unlink(missing_ok=True)
        raise
