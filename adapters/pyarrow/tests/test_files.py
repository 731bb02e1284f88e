"""Reading and writing without the kit: sources, sinks, accesses, phases, facts."""

from __future__ import annotations

import unittest

import pyarrow as pa
import pyarrow.ipc
from conversation import FORMATS, SINKS, SOURCES, Conversation

ROWS = 1000
BATCHES = 3


def batches() -> list[pa.RecordBatch]:
    """Batches of a number, a text, a dictionary of dictionaries below a list, and a union."""
    words = pa.array([f"word {row % 7}" for row in range(ROWS)]).dictionary_encode()
    lists = pa.ListArray.from_arrays(list(range(ROWS + 1)), words)
    tags = pa.array([row % 2 for row in range(ROWS)], pa.int8())
    numbers = pa.array(range(ROWS), pa.int64())
    union = pa.UnionArray.from_sparse(tags, [numbers, numbers.cast(pa.string())])
    columns = {"n": numbers, "s": numbers.cast(pa.string()), "l": lists, "u": union}
    return [pa.record_batch(columns) for _ in range(BATCHES)]


class Files(Conversation):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        for form in FORMATS:
            cls.write(f"plain.{form}", form, batches())
            cls.write(f"zstd.{form}", form, batches(), compression="zstd")

    @classmethod
    def write(cls, name: str, form: str, content: list[pa.RecordBatch], **options: object) -> None:
        make = {"stream": pa.ipc.new_stream, "file": pa.ipc.new_file}[form]
        settings = pa.ipc.IpcWriteOptions(**options)
        with make(str(cls.workdir / name), content[0].schema, options=settings) as writer:
            for number, batch in enumerate(content):
                writer.write_batch(batch, custom_metadata={"number": str(number)})

    def test_every_source(self) -> None:
        for form in FORMATS:
            for source in SOURCES:
                if form == "file" and source in ("socket", "pipe"):
                    continue
                for name in ("plain", "zstd"):
                    with self.subTest(form=form, source=source, name=name):
                        answer = self.consume(f"{name}.{form}", form, source=source, validate="full")
                        self.assertEqual(answer["status"], "ok", answer)
                        self.assertEqual((answer["batches"], answer["rows"]), (BATCHES, BATCHES * ROWS))
                        self.assertEqual(answer["facts"]["num_batches"], BATCHES)

    def test_every_access(self) -> None:
        for form in FORMATS:
            for access in ("next", "all", "c_stream"):
                for validate in ("none", "full"):
                    with self.subTest(form=form, access=access, validate=validate):
                        answer = self.consume(f"plain.{form}", form, access=access, validate=validate)
                        self.assertEqual((answer["batches"], answer["rows"]), (BATCHES, BATCHES * ROWS))

    def test_random_access_goes_by_the_order(self) -> None:
        answer = self.consume("plain.file", "file", access="random", order=[2, 0, 2, 1])
        self.assertEqual(answer["batches"], 4)
        answer = self.consume("plain.file", "file", access="random", order=[1, 9])
        self.assertEqual((answer["status"], answer["phase"], answer["batches_before"]), ("rejected", "batch", 1))
        answer = self.consume("plain.stream", "stream", access="random", order=[0])
        self.assertEqual((answer["status"], answer["feature"]), ("unsupported", "access.random"))

    def test_a_file_cannot_come_from_a_source_without_positions(self) -> None:
        for source in ("socket", "pipe"):
            answer = self.consume("plain.file", "file", source=source)
            self.assertEqual((answer["status"], answer["phase"]), ("rejected", "open"), answer)

    def test_every_sink_gives_the_same_bytes(self) -> None:
        for form in FORMATS:
            results = set()
            for sink in SINKS:
                answer = self.ok("transcode", path="plain.stream", format="stream", to=form, sink=sink, out=sink)
                written = (self.workdir / sink).read_bytes()
                self.assertEqual(answer["size"], len(written))
                results.add(written)
            self.assertEqual(len(results), 1)

    def test_transcoding_keeps_schema_and_batch_metadata(self) -> None:
        self.ok("transcode", path="zstd.stream", format="stream", source="pipe", to="file", sink="socket", out="t")
        with pa.ipc.open_file(str(self.workdir / "t")) as reader:
            for number, batch in enumerate(batches()):
                got, metadata = reader.get_batch_with_custom_metadata(number)
                self.assertTrue(got.equals(batch, check_metadata=True))
                self.assertEqual(dict(metadata), {b"number": b"%d" % number})

    def test_footer_metadata_is_written_and_told(self) -> None:
        pairs = [["key", "value"], [{"hex": "ff"}, "ä"]]
        request = {"path": "plain.file", "format": "file", "to": "file", "out": "footer"}
        self.ok("transcode", options={"footer_metadata": pairs}, **request)
        self.assertEqual(self.consume("footer", "file")["facts"]["footer_metadata"], pairs)

    def test_writer_options(self) -> None:
        cases = (
            ({"compression": "lz4"}, "ok"),
            ({"compression": "zstd", "compression_level": 9}, "ok"),
            ({"compression": "snappy"}, "rejected"),
            ({"alignment": 8}, "ok"),
            ({"alignment": 64}, "unsupported"),
            ({"metadata_version": 3}, "unsupported"),
            ({"footer_metadata": [["a", "b"]]}, "unsupported"),
        )
        for options, status in cases:
            with self.subTest(options=options):
                request = {"cmd": "transcode", "path": "plain.stream", "format": "stream", "to": "stream", "out": "o"}
                self.assertEqual(self.ask(request | {"options": options})["status"], status)

    def test_metadata_version_and_legacy_framing(self) -> None:
        simple = [pa.record_batch({"n": [1, 2]})]  # version 4 has another union
        self.write("simple.stream", "stream", simple)
        request = {"path": "simple.stream", "format": "stream", "to": "stream", "out": "v"}
        self.ok("transcode", options={"metadata_version": 4}, **request)
        self.assertEqual(pa.ipc.read_message(str_reader(self.workdir / "v")).metadata_version.name, "V4")
        self.ok("transcode", options={"legacy": True}, **request)
        self.assertNotEqual((self.workdir / "v").read_bytes()[:4], b"\xff" * 4)
        self.assertEqual(self.consume("v", "stream")["rows"], 2)

    def test_dictionaries_replace_delta_unify(self) -> None:
        words = ["a", "b", "c"]
        growing = [pa.record_batch({"d": pa.array(words[:n], pa.string()).dictionary_encode()}) for n in (1, 2, 3)]
        self.write("growing", "stream", growing)
        expected = {
            ("replace", "stream"): (0, 2),
            ("delta", "stream"): (2, 0),
            ("unify", "stream"): (0, 0),
            ("delta", "file"): (2, 0),
            ("unify", "file"): (0, 0),
        }
        for (dictionaries, form), (deltas, replaced) in expected.items():
            with self.subTest(dictionaries=dictionaries, form=form):
                options = {"dictionaries": dictionaries}
                source = "plain-growing" if (dictionaries, form) == ("unify", "file") else "growing"
                if source == "plain-growing":
                    self.write_without_metadata(source, growing)
                self.ok("transcode", path=source, format="stream", to=form, options=options, out="d")
                opened = {"stream": pa.ipc.open_stream, "file": pa.ipc.open_file}[form](str_reader(self.workdir / "d"))
                self.assertEqual(opened.read_all()["d"].to_pylist(), ["a", "a", "b", "a", "b", "c"])
                stats = opened.stats
                self.assertEqual((stats.num_dictionary_deltas, stats.num_replaced_dictionaries), (deltas, replaced))
        request = {"cmd": "transcode", "path": "growing", "format": "stream", "to": "file", "out": "d"}
        answer = self.ask(request)
        self.assertEqual((answer["status"], answer["phase"]), ("rejected", "write"), answer)
        self.assertFalse((self.workdir / "d").exists(), "a write that fails leaves no file")

    def write_without_metadata(self, name: str, content: list[pa.RecordBatch]) -> None:
        with pa.ipc.new_stream(str(self.workdir / name), content[0].schema) as writer:
            for batch in content:
                writer.write_batch(batch)

    def test_projection(self) -> None:
        for form in FORMATS:
            for access in ("next", "all", "c_stream"):
                answer = self.consume(f"plain.{form}", form, access=access, projection=[0, 2], validate="full")
                self.assertEqual((answer["status"], answer["rows"]), ("ok", BATCHES * ROWS), answer)
        self.assertEqual(self.consume("plain.file", "file", projection=[])["status"], "unsupported")
        self.assertEqual(self.consume("plain.file", "file", projection=[9])["status"], "rejected")

    def test_a_truncated_stream_is_rejected_after_the_batches_before(self) -> None:
        whole = (self.workdir / "plain.stream").read_bytes()
        (self.workdir / "cut").write_bytes(whole[: len(whole) * 2 // 3])
        for source in SOURCES:
            for access in ("next", "c_stream"):
                with self.subTest(source=source, access=access):
                    answer = self.consume("cut", "stream", source=source, access=access)
                    found = (answer["status"], answer["phase"], answer["batches_before"])
                    self.assertEqual(found, ("rejected", "batch", 1), answer)

    def test_what_is_not_arrow_is_rejected_at_the_open(self) -> None:
        (self.workdir / "text").write_bytes(b"Arrow without arrows, in a text of some length")
        (self.workdir / "empty").write_bytes(b"")
        for name in ("text", "empty"):
            for form in FORMATS:
                for source in SOURCES:
                    with self.subTest(name=name, form=form, source=source):
                        answer = self.consume(name, form, source=source)
                        self.assertEqual((answer["status"], answer["phase"]), ("rejected", "open"), answer)

    def test_a_type_that_the_format_does_not_have_is_rejected(self) -> None:
        schema = pa.schema([("x", pa.int64())]).serialize().to_pybytes()
        width = (64).to_bytes(4, "little")
        self.assertEqual(schema.count(width), 1)
        (self.workdir / "width").write_bytes(schema.replace(width, (24).to_bytes(4, "little")))
        answer = self.consume("width", "stream")
        self.assertEqual((answer["status"], answer["phase"]), ("rejected", "open"), answer)
        self.assertEqual(answer["error"]["type"], "ArrowNotImplementedError")

    def test_full_validation_is_a_phase_of_its_own(self) -> None:
        good = pa.record_batch({"s": ["fine"]})
        bad = pa.StringArray.from_buffers(1, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff"))
        self.write("utf8", "stream", [good, pa.record_batch({"s": bad})])
        for access in ("next", "all", "c_stream"):
            answer = self.consume("utf8", "stream", access=access, validate="full")
            self.assertEqual((answer["status"], answer["phase"], answer["batches_before"]), ("rejected", "validate", 1))
            self.assertEqual(answer["error"]["type"], "ArrowInvalid")
            self.assertEqual(self.consume("utf8", "stream", access=access)["status"], "ok")

    def test_buffers_of_plain_batches_lie_in_the_map(self) -> None:
        for form in FORMATS:
            for access in ("next", "all"):
                facts = self.consume(f"plain.{form}", form, access=access, source="memory_map")["facts"]
                self.assertTrue(facts["in_map"])
                self.assertEqual(facts["allocated"], 0)
                facts = self.consume(f"zstd.{form}", form, access=access, source="memory_map")["facts"]
                self.assertFalse(facts["in_map"])
                self.assertGreater(facts["allocated"], 0)
            self.assertNotIn("in_map", self.consume(f"plain.{form}", form)["facts"])

    def test_a_projected_file_is_copied_out_of_the_map(self) -> None:
        facts = self.consume("plain.file", "file", source="memory_map", projection=[0])["facts"]
        self.assertFalse(facts["in_map"])
        self.assertGreater(facts["allocated"], 0, "taken past the reader's pool, and told all the same")
        facts = self.consume("plain.stream", "stream", source="memory_map", projection=[0])["facts"]
        self.assertTrue(facts["in_map"])

    def test_allocated_counts_all_batches_and_peak_one_at_a_time(self) -> None:
        self.write("many", "stream", [pa.record_batch({"n": [7] * 100_000})] * 10, compression="zstd")
        kept = 10 * 800_000
        for access, most in (("next", 2 * 800_000), ("all", kept + 800_000), ("c_stream", 2 * 800_000)):
            with self.subTest(access=access):
                facts = self.consume("many", "stream", source="memory_map", access=access)["facts"]
                self.assertTrue(kept <= facts["allocated"] <= kept + 10 * 1024, facts)  # c_stream: its structs too
                self.assertTrue(800_000 <= facts["peak"] <= most, facts)
        again = self.consume("plain.stream", "stream", source="memory_map")["facts"]
        self.assertEqual(again["peak"], 0, "the peak is the request's, not the process's")


def str_reader(path: object) -> pa.MemoryMappedFile:
    """A source for pyarrow's readers."""
    return pa.memory_map(str(path))


if __name__ == "__main__":
    unittest.main()
