"""The adapter of a library whose files are canonical JSON: every command, refusal and fault, without any library."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(FOLDER))

from arrowipc_adapter import Adapter, Batches, CStream, Kit, Unsupported, blame, observe_stream, release  # noqa: E402

DATA = {
    "schema": {
        "fields": [{"name": "x", "type": "int32", "nullable": True, "metadata": [], "children": []}],
        "metadata": [],
    },
    "batches": [
        {"rows": 2, "metadata": [], "columns": [["1", None]]},
        {"rows": 1, "metadata": [], "columns": [["3"]]},
    ],
}
FAULT = 'column "x": null_count is 2, and the bitmap has 1 nulls (clause layout-null-count-exact)'


def kit_path() -> Path | None:
    """The kit of `ARROWIPC_KIT`, or the newest one that Cargo built."""
    if "ARROWIPC_KIT" in os.environ:
        return Path(os.environ["ARROWIPC_KIT"])
    built = [FOLDER.parents[1] / "target" / profile / "libarrowipc_kit.so" for profile in ("release", "debug")]
    return max((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime, default=None)


class Exported:
    """What a library gives out: an object with a stream, in a capsule."""

    def __init__(self, stream: CStream) -> None:
        self.stream = stream

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.stream.__arrow_c_stream__()


class Capsules:
    """A schema or a batch, in capsules."""

    def __init__(self, schema: object, array: object = None) -> None:
        self.schema = schema
        self.array = array

    def __arrow_c_schema__(self) -> object:
        return capsule(self.schema, b"arrow_schema")

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return capsule(self.schema, b"arrow_schema"), capsule(self.array, b"arrow_array")


def capsule(struct: ctypes.Structure, name: bytes) -> object:
    """A capsule without destructor."""
    make = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return make(("PyCapsule_New", ctypes.pythonapi))(ctypes.addressof(struct), name, None)


class Panic(BaseException):
    """As raised by libraries in Rust."""


class blame_panics(blame):
    def missing_feature(self, error: BaseException) -> str | None:
        return "type.null" if "no nulls" in str(error) else None


class JsonLibrary(Adapter):
    id = "json"
    features = ("format.stream", "type.*")
    observe = ("cdata", "json", "transcode")
    blame = blame_panics

    def implementation(self) -> dict:
        return {"name": "json", "language": "python", "version": "1"}

    def read(self, path: Path, form: str, request: dict) -> Exported:
        text = path.read_text()
        if "panic" in text:
            raise Panic("at the disk")
        if form != "stream":
            raise Unsupported("format.file", "no files")
        if "no nulls" in text:
            raise ValueError("no nulls")
        return Exported(self.kit.build(path))

    def write(self, data: object, path: Path, form: str, options: dict) -> None:
        with CStream.of(data) as stream:
            observe_stream(self.kit, stream, path)

    def import_data(self, data: object) -> Exported:
        return Exported(CStream.of(data))

    def validate(self, data: Exported) -> None:
        with CStream.of(data) as stream:
            schema = stream.schema()
            columns = schema.n_children
            release(schema)
            if columns > 1:
                raise ValueError("one column is enough")

    def document(self, data: Exported) -> dict:
        with CStream.of(data) as stream:
            observe_stream(self.kit, stream, self.workdir / "document.json")
        return json.loads((self.workdir / "document.json").read_text())


@unittest.skipIf(kit_path() is None, "no libarrowipc_kit.so: cargo build -p arrowipc-kit, or set ARROWIPC_KIT")
class Commands(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.workdir = Path(directory.name)
        self.adapter = JsonLibrary()
        start = {"cmd": "start", "protocols": [1], "workdir": directory.name, "kit": str(kit_path())}
        self.introduction = self.ask(start)
        self.give(DATA)

    def ask(self, request: dict) -> dict:
        return self.adapter.answer(json.dumps(request))

    def give(self, data: dict) -> None:
        (self.workdir / "in").write_text(json.dumps(data))

    def consume(self, via: str, **more: object) -> dict:
        observe = {"via": via, "dump": True, "out": "out"}
        return self.ask({"cmd": "consume", "id": 1, "path": "in", "format": "stream", "observe": observe} | more)

    def out(self) -> dict:
        return json.loads((self.workdir / "out").read_text())

    def test_the_introduction_tells_what_is_overridden(self) -> None:
        self.assertEqual(self.introduction["roles"], ["produce", "consume", "transcode", "echo"])
        self.assertEqual(self.introduction["validate"], ["none", "full"])
        self.assertEqual(self.introduction["observe"], ["cdata", "json", "transcode"])

        class Reader(Adapter):
            id = "reader"
            implementation = JsonLibrary.implementation
            read = JsonLibrary.read

        self.assertEqual(Reader().introduction()["roles"], ["consume"])
        self.assertEqual(Reader().introduction()["validate"], ["none"])

    def test_every_observation_shows_the_data(self) -> None:
        for via in ("cdata", "json", "transcode"):
            for validate in ("none", "full"):
                with self.subTest(via=via, validate=validate):
                    answer = self.consume(via, validate=validate)
                    self.assertEqual((answer["status"], answer["facts"]), ("ok", {"cdata_faults": []}))
                    self.assertEqual(self.out(), DATA)
                    if via != "transcode":
                        self.assertEqual((answer["batches"], answer["rows"]), (2, 3))
        self.assertRegex(self.consume("cdata")["digest"], "^sha256:[0-9a-f]{64}$")

    def test_batches_that_come_one_by_one_are_observed(self) -> None:
        def read(path: Path, form: str, request: dict) -> Batches:
            stream = self.adapter.kit.build(path)
            return Batches(Capsules(stream.schema()), batches(stream))

        def batches(stream: CStream) -> Iterator[Capsules]:
            with stream:
                while (array := stream.next()) is not None:
                    schema = stream.schema()
                    yield Capsules(schema, array)
                    release(schema)
                if panics:
                    raise Panic("at the end")

        panics = False
        self.adapter.read = read
        answer = self.consume("cdata")
        self.assertEqual((answer["status"], answer["facts"]), ("ok", {"cdata_faults": []}), answer)
        self.assertEqual(self.out(), DATA)
        self.assertEqual(self.consume("none")["rows"], 3)
        panics = True
        answer = self.consume("cdata")
        self.assertEqual((answer["status"], answer["phase"]), ("rejected", "batch"), answer)
        self.assertEqual((answer["error"]["type"], answer["batches_before"]), ("Panic", 2))

    def test_a_batch_of_a_negative_length_is_no_batch(self) -> None:
        self.give(DATA | {"cdata": [{"set": "array[0].length", "to": -3}]})
        self.assertNotIn("rows", self.consume("none"))

    def test_a_walk_counts_batches_and_rows(self) -> None:
        answer = self.consume("none")
        self.assertEqual(answer, {"id": 1, "status": "ok", "batches": 2, "rows": 3, "facts": {"cdata_faults": []}})

    def test_an_unknown_observation_is_an_error(self) -> None:
        self.assertEqual(self.consume("dreams")["status"], "error")

    def test_produce_and_transcode_write(self) -> None:
        for request in (
            {"cmd": "produce", "in": "in", "format": "stream", "out": "out"},
            {"cmd": "transcode", "path": "in", "format": "stream", "to": "stream", "out": "out"},
        ):
            answer = self.ask(request)
            self.assertEqual((answer["status"], answer["facts"]), ("ok", {"cdata_faults": []}))
            self.assertEqual(answer["size"], (self.workdir / "out").stat().st_size)
            self.assertEqual(self.out(), DATA)

    def test_nothing_is_written_where_there_is_no_folder(self) -> None:
        answer = self.ask({"cmd": "produce", "in": "in", "format": "stream", "out": "no/where"})
        self.assertEqual(answer["status"], "error")

    def test_echo_shows_what_was_imported(self) -> None:
        observe = {"via": "cdata", "dump": True, "out": "out"}
        for validate in ("none", "full"):
            answer = self.ask({"cmd": "echo", "in": "in", "validate": validate, "observe": observe})
            self.assertEqual((answer["status"], answer["facts"]), ("ok", {"cdata_faults": []}))
            self.assertEqual(self.out(), DATA)

    def test_exceptions_and_panics_are_refusals(self) -> None:
        (self.workdir / "in").write_text("panic")
        answer = self.consume("cdata")
        expected = {"type": "Panic", "message": "at the disk"}
        self.assertEqual((answer["status"], answer["phase"], answer["error"]), ("rejected", "open", expected))

    def test_what_is_not_valid_is_refused_before_it_is_observed(self) -> None:
        columns = DATA["schema"]["fields"] * 2
        self.give({"schema": {"fields": columns, "metadata": []}, "batches": []})
        answer = self.consume("cdata", validate="full")
        self.assertEqual((answer["status"], answer["phase"]), ("rejected", "validate"), answer)
        self.assertFalse((self.workdir / "out").exists())

    def test_errors_of_a_stream_are_refusals(self) -> None:
        for at, phase, before in (("schema", "schema", None), (0, "batch", 0), (1, "batch", 1)):
            self.give(DATA | {"cdata": [{"stream": {"fail": {"at": at, "code": 5, "message": "the disk"}}}]})
            for via in ("cdata", "none"):
                with self.subTest(at=at, via=via):
                    answer = self.consume(via)
                    self.assertEqual((answer["status"], answer["phase"]), ("rejected", phase), answer)
                    self.assertEqual(answer["error"], {"type": "EIO", "message": "the disk"})
                    self.assertEqual(answer.get("batches_before"), before)

    def test_what_the_library_does_not_have_is_unsupported(self) -> None:
        answer = self.consume("none", format="file")
        self.assertEqual((answer["status"], answer["feature"]), ("unsupported", "format.file"))
        (self.workdir / "in").write_text("no nulls")
        answer = self.consume("none")
        self.assertEqual((answer["status"], answer["feature"]), ("unsupported", "type.null"))

    def test_a_structure_that_is_wrong_is_a_fault_of_the_library(self) -> None:
        self.give(DATA | {"cdata": [{"set": "array[0].children[0].null_count", "to": 2}]})
        answer = self.consume("cdata")
        self.assertEqual(answer, {"id": 1, "status": "ok", "facts": {"cdata_faults": [FAULT]}})

    def test_what_is_not_released_is_a_fault_of_the_library(self) -> None:
        held = []
        self.adapter.write = lambda data, path, form, options: (held.append(CStream.of(data)), path.write_text(""))
        answer = self.ask({"cmd": "produce", "in": "in", "format": "stream", "out": "out"})
        self.assertEqual(len(answer["facts"]["cdata_faults"]), 1, answer)

    def test_a_stream_that_nobody_imports_is_released(self) -> None:
        self.adapter.write = lambda data, path, form, options: (data.__arrow_c_stream__(), path.write_text(""))
        answer = self.ask({"cmd": "produce", "in": "in", "format": "stream", "out": "out"})
        self.assertEqual(answer["facts"], {"cdata_faults": []})

    def test_the_kit_is_asked_for_only_where_it_is_needed(self) -> None:
        adapter = JsonLibrary()
        self.assertIn("protocol", adapter.answer('{"cmd":"start","protocols":[1],"workdir":"."}'))
        answer = adapter.answer('{"cmd":"produce","in":"in","format":"stream","out":"out"}')
        self.assertEqual(answer, {"status": "error", "message": "AdapterFailure: the start request named no kit"})
        self.assertEqual(adapter.answer('{"cmd":"reset"}'), {"allocated": 0})

    def test_a_library_that_is_no_kit_is_an_error(self) -> None:
        for path in (Path("/nowhere.so"), next(Path("/").glob("lib*/*/libc.so.6"))):
            answer = self.ask({"cmd": "start", "protocols": [1], "workdir": ".", "kit": str(path)})
            self.assertEqual(answer["status"], "error", answer)


class Moves(unittest.TestCase):
    @unittest.skipIf(kit_path() is None, "no libarrowipc_kit.so")
    def test_a_moved_stream_is_released_once(self) -> None:
        kit = Kit(str(kit_path()))
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "in"
            path.write_text(json.dumps(DATA))
            with kit.build(path) as stream:
                with CStream.of(stream) as moved:
                    self.assertFalse(stream.struct.release)
                    self.assertTrue(moved.struct.release)
                self.assertFalse(moved.struct.release)
        gc.collect()
        self.assertEqual(kit.faults(), [])


class Process(unittest.TestCase):
    def run_python(self, program: str, given: str = "") -> subprocess.CompletedProcess:
        command = [sys.executable, "-c", f"import os; from arrowipc_adapter import *; {program}"]
        environment = os.environ | {"PYTHONPATH": str(FOLDER)}
        return subprocess.run(command, input=given, env=environment, capture_output=True, text=True, check=True)

    def test_prints_of_python_and_of_c_go_to_standard_error(self) -> None:
        finished = self.run_python(
            "answers = private_output(); print('py'); os.write(1, b'c'); answers.write('answer\\n')"
        )
        self.assertEqual(finished.stdout, "answer\n")
        self.assertIn("c", finished.stderr)
        self.assertIn("py", finished.stderr)

    def test_ends_with_the_end_of_standard_input(self) -> None:
        finished = self.run_python("main(Adapter())", '{"cmd":"reset"}\n')
        self.assertEqual(finished.stdout, '{"allocated":0}\n')

    def test_nothing_is_answered_after_stop(self) -> None:
        finished = self.run_python("main(Adapter())", '{"cmd":"stop"}\n{"cmd":"reset"}\n')
        self.assertEqual(finished.stdout, "")

    def test_bad_lines_are_errors_and_the_adapter_lives(self) -> None:
        lines = ("no JSON", "[1]", "null", '"\\ud800"', "[" * 100_000, '{"cmd":"consume"}', '{"cmd":3}')
        finished = self.run_python("main(Adapter())", "".join(line + "\n" for line in lines))
        statuses = [json.loads(line)["status"] for line in finished.stdout.splitlines()]
        self.assertEqual(statuses, ["error"] * 6 + ["unsupported"])


if __name__ == "__main__":
    unittest.main()
