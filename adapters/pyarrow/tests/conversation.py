"""The adapter as a process, and a work directory, for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
SOURCES = ("path", "memory_map", "memory", "fd", "callbacks", "socket", "pipe")
SINKS = ("path", "memory", "fd", "callbacks", "socket", "pipe")
FORMATS = ("stream", "file")


def kit_path() -> Path | None:
    """The kit of `ARROWIPC_KIT`, or the newest one that Cargo built."""
    if "ARROWIPC_KIT" in os.environ:
        return Path(os.environ["ARROWIPC_KIT"])
    built = [FOLDER.parents[1] / "target" / profile / "libarrowipc_kit.so" for profile in ("release", "debug")]
    return max((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime, default=None)


class Conversation(unittest.TestCase):
    """Starts one adapter for a class of tests; every test has its own files in one work directory."""

    needs_kit = False

    @classmethod
    def setUpClass(cls) -> None:
        kit = kit_path() if cls.needs_kit else None
        if cls.needs_kit and kit is None:
            raise unittest.SkipTest("no libarrowipc_kit.so: cargo build -p arrowipc-kit, or set ARROWIPC_KIT")
        cls._directory = tempfile.TemporaryDirectory()
        cls.workdir = Path(cls._directory.name)
        cls.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", str(FOLDER / "adapter.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=cls.workdir,
            env=os.environ | {"PYTHONPATH": str(FOLDER.parents[1] / "kit" / "python")},
            encoding="utf-8",
        )
        start = {"cmd": "start", "protocols": [1], "workdir": str(cls.workdir)}
        cls.introduction = cls.ask(start | ({"kit": str(kit)} if kit else {}))
        assert "protocol" in cls.introduction, cls.introduction

    @classmethod
    def tearDownClass(cls) -> None:
        cls.process.communicate('{"cmd":"stop"}\n')
        cls._directory.cleanup()
        assert cls.process.returncode == 0, cls.process.returncode

    @classmethod
    def send(cls, line: str) -> None:
        cls.process.stdin.write(line + "\n")
        cls.process.stdin.flush()

    @classmethod
    def receive(cls) -> dict:
        line = cls.process.stdout.readline()
        assert line, "the adapter is gone"
        return json.loads(line)

    @classmethod
    def ask(cls, request: dict) -> dict:
        cls.send(json.dumps(request))
        return cls.receive()

    def ok(self, cmd: str, **fields: object) -> dict:
        """The answer, which must be `ok`."""
        answer = self.ask({"cmd": cmd, "id": 1} | fields)
        self.assertEqual(answer.get("status"), "ok", answer)
        return answer

    def consume(self, path: str, form: str, via: str = "none", **fields: object) -> dict:
        """The answer to a `consume`; a dump goes to `dump.json`."""
        observe = {"via": via, "dump": True, "out": "dump.json"}
        return self.ask({"cmd": "consume", "id": 1, "path": path, "format": form, "observe": observe} | fields)

    def dump(self) -> dict:
        """What the last request dumped."""
        return json.loads((self.workdir / "dump.json").read_text(encoding="utf-8"))
