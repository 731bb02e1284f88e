"""Ways in which the bytes of a file reach a pyarrow reader."""

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
from failure import blame


class CallbackFile:
    """A Python object with the methods that pyarrow calls on a readable, seekable file, and no more."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """`size` bytes, fewer only at the end."""
        return self._file.read(size)

    def seek(self, position: int, whence: int = os.SEEK_SET) -> int:
        """The new position."""
        return self._file.seek(position, whence)

    def tell(self) -> int:
        """The position."""
        return self._file.tell()

    def seekable(self) -> bool:
        """True."""
        return True

    def readable(self) -> bool:
        """True."""
        return True

    def close(self) -> None:
        """Closes the file below."""
        self._file.close()
        self.closed = True


@contextmanager
def from_path(path: Path, pool: pa.MemoryPool) -> Iterator[pa.NativeFile]:
    """`pa.OSFile` on a path: read(2) into memory of `pool`."""
    with blame("open"):
        file = pa.OSFile(str(path), "rb", memory_pool=pool)
    with file:
        yield file


@contextmanager
def from_fd(path: Path, pool: pa.MemoryPool) -> Iterator[pa.NativeFile]:
    """`pa.OSFile` on a descriptor, which it owns and closes."""
    descriptor = os.open(path, os.O_RDONLY)
    with blame("open"):
        file = pa.OSFile(descriptor, "rb", memory_pool=pool)
    with file:
        yield file


@contextmanager
def from_memory_map(path: Path, _: pa.MemoryPool) -> Iterator[pa.MemoryMappedFile]:
    """`pa.memory_map`. The map stays for as long as a buffer refers to it."""
    with blame("open"):
        file = pa.memory_map(str(path), "r")
    with file:
        yield file


@contextmanager
def from_memory(path: Path, _: pa.MemoryPool) -> Iterator[pa.Buffer]:
    """`pa.py_buffer` over a bytes object."""
    with blame("open"):
        buffer = pa.py_buffer(path.read_bytes())
    yield buffer


@contextmanager
def from_callbacks(path: Path, _: pa.MemoryPool) -> Iterator[CallbackFile]:
    """A Python file object; what `read` returns lies in memory of Python, not of a pool."""
    file = CallbackFile(path)
    try:
        yield file
    finally:
        file.close()


@contextmanager
def from_socket(path: Path, _: pa.MemoryPool) -> Iterator[BinaryIO]:
    """The file object of one end of a connected pair; a thread sends from the other end."""
    ours, theirs = socket.socketpair()
    feeder = _feed(path, theirs.sendall, theirs.close)
    try:
        with ours, ours.makefile("rb") as file:
            yield file
    finally:
        feeder.join()


@contextmanager
def from_pipe(path: Path, _: pa.MemoryPool) -> Iterator[BinaryIO]:
    """The file object of the reading end of a pipe (`pa.OSFile` asks for a size, which a pipe has not)."""
    reading, writing = os.pipe()
    pipe = os.fdopen(writing, "wb", buffering=0)
    feeder = _feed(path, lambda block: _write_all(pipe.fileno(), block), pipe.close)
    try:
        with os.fdopen(reading, "rb") as file:
            yield file
    finally:
        feeder.join()


def _feed(path: Path, send: Callable[[bytes], object], close: Callable[[], None]) -> threading.Thread:
    """Starts a thread that sends a file and closes; a reader that stops early ends it too."""

    def run() -> None:
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 16):
                    send(block)
        except (BrokenPipeError, ConnectionResetError):
            pass
        finally:
            close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def _write_all(descriptor: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(descriptor, view) :]


Source = pa.NativeFile | pa.Buffer | BinaryIO | CallbackFile

_SOURCES = {
    "path": from_path,
    "memory_map": from_memory_map,
    "memory": from_memory,
    "fd": from_fd,
    "callbacks": from_callbacks,
    "socket": from_socket,
    "pipe": from_pipe,
}


@contextmanager
def open_source(kind: str, path: Path, pool: pa.MemoryPool) -> Iterator[Source]:
    """What a pyarrow reader is opened on. Buffers that a native file allocates come from `pool`."""
    if kind not in _SOURCES:
        raise Unsupported(f"source.{kind}", f"unknown source {kind}")
    if not path.is_file():
        raise AdapterFailure(f"{path} is no file")
    with _SOURCES[kind](path, pool) as source:
        yield source
