"""Adapter of pyarrow for the conformance suite: protocol 1 on standard input and output (docs/protocol.md)."""

from __future__ import annotations

import claims
import consume
import produce
from arrowipc_adapter import Adapter, main
from memory import Pools, left


class PyArrow(Adapter):
    """pyarrow reads and writes batch by batch, with their metadata, and tells what memory it took."""

    id = "pyarrow"
    features = claims.FEATURES
    observe = claims.OBSERVE

    def __init__(self) -> None:
        super().__init__()
        self.pools = Pools()

    def implementation(self) -> dict:
        return claims.implementation()

    def introduction(self) -> dict:
        return super().introduction() | {"validate": ["none", "full"]}

    def roles(self) -> list[str]:
        return ["produce", "consume", "transcode", "echo"]

    def allocated(self) -> int:
        return self.pools.release()

    def do_produce(self, request: dict) -> dict:
        return produce.produce(self, request)

    def do_transcode(self, request: dict) -> dict:
        return produce.transcode(self, request, self.pools.fresh())

    def do_consume(self, request: dict) -> dict:
        pool = self.pools.fresh()
        answer = consume.consume(self, request, pool)
        return answer | {"facts": answer.get("facts", {}) | {"left": left(pool)}}

    def do_echo(self, request: dict) -> dict:
        return produce.echo(self, request)


if __name__ == "__main__":
    main(PyArrow())
