"""Adapter of pyarrow for the conformance suite: protocol 1 on standard input and output (docs/protocol.md)."""

from __future__ import annotations

import gc
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import claims
from consume import consume
from failure import AdapterFailure, Malformed, Rejected, Unsupported
from kit import Kit
from memory import Pools, left
from produce import echo, produce, transcode


class Adapter:
    """The state between requests: work directory, kit, and the memory that requests left in use."""

    def __init__(self) -> None:
        self._workdir = Path()
        self._kit: Kit | None = None
        self._pools = Pools()
        self._commands: dict[str, Callable[[dict], dict]] = {
            "start": self._start,
            "reset": self._reset,
            "produce": self._produce,
            "transcode": self._transcode,
            "consume": self._consume,
            "echo": self._echo,
        }

    def answer(self, line: str) -> dict | None:
        """The answer to one line, whatever it holds; None for `stop`."""
        identity: dict = {}
        answer: dict
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise AdapterFailure(f"a request is an object, not {line.strip()[:80]}")
            identity = {"id": request["id"]} if "id" in request else {}
            if request.get("cmd") == "stop":
                return None
            answer = self._perform(request)
        except (Malformed, Rejected, Unsupported) as outcome:
            answer = outcome.answer()
        except KeyError as error:
            answer = {"status": "error", "message": f"no key {error}"}
        except Exception as error:
            answer = {"status": "error", "message": f"{type(error).__name__}: {error}"}
        # Here nothing of the request is held any more, not even by a traceback.
        return identity | self._with_faults(answer)

    def _with_faults(self, answer: dict) -> dict:
        """The answer with what the kit noticed, where it is the implementation's."""
        if self._kit is None or "status" not in answer:
            return answer
        if answer["status"] != "ok":
            gc.collect()
        faults = self._kit.faults()
        if answer["status"] not in ("ok", "rejected"):
            return answer
        return answer | {"facts": answer.get("facts", {}) | {"cdata_faults": faults}}

    def _perform(self, request: dict) -> dict:
        command = self._commands.get(str(request.get("cmd")))
        if command is None:
            raise Unsupported(f"cmd.{request.get('cmd')}", "unknown command")
        return command(request)

    def _start(self, request: dict) -> dict:
        if claims.PROTOCOL not in request["protocols"]:
            raise AdapterFailure(f"only protocol {claims.PROTOCOL} is spoken here, not {request['protocols']}")
        self._workdir = Path(request["workdir"])
        self._kit = Kit(request["kit"]) if request.get("kit") else None
        return claims.introduction()

    def _reset(self, _: dict) -> dict:
        return {"allocated": self._pools.release()}

    def _produce(self, request: dict) -> dict:
        return {"status": "ok"} | produce(self._kit, request, self._workdir)

    def _transcode(self, request: dict) -> dict:
        return {"status": "ok"} | transcode(request, self._workdir, self._pools.fresh())

    def _consume(self, request: dict) -> dict:
        pool = self._pools.fresh()
        answer = {"status": "ok"} | consume(self._kit, request, self._workdir, pool)
        return answer | {"facts": answer.get("facts", {}) | {"left": left(pool)}}

    def _echo(self, request: dict) -> dict:
        return {"status": "ok"} | echo(self._kit, request, self._workdir)


def serve(requests: TextIO, answers: TextIO) -> None:
    """Answers line by line, in order, until `stop` or the end of the requests."""
    adapter = Adapter()
    for line in requests:
        answer = adapter.answer(line)
        if answer is None:
            return
        answers.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")) + "\n")
        answers.flush()


def private_output() -> TextIO:
    """Standard output for the protocol alone: descriptor 1, to which C++ prints too, becomes standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="backslashreplace", newline="\n")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return answers


def main() -> None:
    """Serves standard input."""
    answers = private_output()
    serve(io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace", newline="\n"), answers)


if __name__ == "__main__":
    main()
