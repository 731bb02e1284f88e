"""Start, order, bad requests, and reset."""

from __future__ import annotations

import json
import unittest

import pyarrow as pa
from conversation import Conversation


class Protocol(Conversation):
    def test_introduction_names_pyarrow_and_what_it_can(self) -> None:
        self.assertEqual(self.introduction["protocol"], 1)
        self.assertEqual(self.introduction["implementation"]["version"], pa.__version__)
        self.assertEqual(self.introduction["roles"], ["produce", "consume", "transcode", "echo"])
        self.assertEqual(self.introduction["observe"], ["cdata", "transcode", "frame", "tensors"])

    def test_another_protocol_is_an_error(self) -> None:
        answer = self.ask({"cmd": "start", "protocols": [2], "workdir": "."})
        self.assertEqual(answer["status"], "error")
        self.assertIn("not [2]", answer["message"])

    def test_unknown_commands_are_unsupported(self) -> None:
        answer = self.ask({"cmd": "dance", "id": 4})
        self.assertEqual((answer["id"], answer["status"]), (4, "unsupported"))

    def test_requests_sent_ahead_are_answered_in_order(self) -> None:
        for number in range(200):
            self.send(json.dumps({"cmd": "consume", "id": number, "path": "absent", "format": "stream"}))
        self.assertEqual([self.receive()["id"] for _ in range(200)], list(range(200)))

    def test_bad_requests_are_errors_and_the_adapter_lives(self) -> None:
        lines = (
            "no JSON",
            "[1]",
            "null",
            '"\\ud800"',
            "\udc80".encode("utf-8", "surrogatepass").decode("latin-1"),
            "[" * 100_000,
            '{"cmd":"consume"}',
            '{"cmd":"consume","path":"/","format":"stream"}',
            '{"cmd":"consume","path":3,"format":"stream"}',
            '{"cmd":"produce","in":"absent","format":"stream","out":"x"}',
            '{"cmd":"produce","frame":{"index":{"range":[0,1,1]},"columns":[]},"format":"stream","out":"no/where"}',
            '{"cmd":"transcode","path":"absent","format":"stream","to":"file","out":"x"}',
        )
        for line in lines:
            with self.subTest(line=line[:80]):
                self.send(line)
                answer = self.receive()
                self.assertEqual(answer["status"], "error", answer)
                self.assertTrue(answer["message"])

    def test_an_error_names_the_missing_key(self) -> None:
        self.assertEqual(self.ask({"cmd": "consume", "id": 7})["message"], "no key 'path'")

    def test_reset_counts_nothing_after_requests(self) -> None:
        form = {"index": {"range": [0, 1, 1]}, "columns": [{"name": "s", "dtype": "str", "values": ["x" * 10_000]}]}
        self.ok("produce", frame=form, format="stream", out="x.arrows", options={"compression": "zstd"})
        self.assertEqual(self.consume("x.arrows", "stream")["status"], "ok")
        self.assertEqual(self.ask({"cmd": "reset"}), {"allocated": 0})


if __name__ == "__main__":
    unittest.main()
