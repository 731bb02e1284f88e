"""Tensors through every sink and source, and what pyarrow does not do with them."""

from __future__ import annotations

import json
import unittest

from conversation import SINKS, SOURCES, Conversation


def dense(kind: str, shape: list[int], values: list[str], **more: object) -> dict:
    names = [""] * len(shape)
    form = {"kind": "dense", "type": kind, "shape": [str(size) for size in shape], "names": names, "metadata": []}
    return form | {"values": values} | more


class Tensors(Conversation):
    def write(self, tensors: list[dict], sink: str = "path", options: dict | None = None) -> dict:
        request = {"cmd": "produce", "id": 1, "tensors": tensors, "format": "stream", "sink": sink}
        return self.ask(request | {"options": options or {}, "out": "t.arrows"})

    def read(self, source: str = "path") -> list[dict]:
        observe = {"via": "tensors", "dump": True, "out": "t.json"}
        request = {"cmd": "consume", "id": 2, "path": "t.arrows", "format": "stream", "source": source}
        answer = self.ask(request | {"access": "next", "observe": observe})
        self.assertEqual(answer["status"], "ok", answer)
        tensors = json.loads((self.workdir / "t.json").read_text())["tensors"]
        self.assertEqual(answer["batches"], len(tensors))
        return tensors

    def test_tensors_go_through_every_sink_and_source(self) -> None:
        tensors = [
            dense("int16", [2, 3], ["1", "-2", "3", "4", "5", "6"], names=["x", ""]),
            dense("float32", [1], ["7fc00001"]),
            dense("uint64", [], ["18446744073709551615"]),
            dense("int8", [0, 3], []),
        ]
        for sink in SINKS:
            for source in SOURCES:
                with self.subTest(sink=sink, source=source):
                    self.assertEqual(self.write(tensors, sink)["status"], "ok")
                    self.assertEqual(self.read(source), tensors)

    def test_layouts_change_no_value(self) -> None:
        for strides, values in (([4, 8], "123456"), ([0, 4], "123123"), ([16, 4], "123456"), ([12, 4], "123456")):
            form = dense("int32", [2, 3], list(values))
            with self.subTest(strides=strides):
                self.write([form | {"layout": {"strides": strides}}])
                self.assertEqual(self.read(), [form])

    def test_what_pyarrow_does_not_do_is_unsupported(self) -> None:
        cases = (
            (dense("int8", [1], ["1"]) | {"kind": "coo"}, "tensor.coo"),
            (dense("int8", [1], ["1"], metadata=[["k", "v"]]), "tensor.metadata"),
            (dense("date32", [1], ["1"]), "tensor.types"),
        )
        for form, feature in cases:
            with self.subTest(feature=feature):
                answer = self.write([form])
                self.assertEqual((answer["status"], answer["feature"]), ("unsupported", feature))
        self.assertEqual(self.write([], options={"metadata_version": 4})["feature"], "tensor.metadata_version")


if __name__ == "__main__":
    unittest.main()
