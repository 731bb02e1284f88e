"""A deliberately faulty protocol adapter: `adapter.py MODE`.

It reads and writes simple streams by itself (`ipc.py`), so that it needs no Arrow implementation. The mode `honest` is a healthy
partner; every other mode is wrong at one thing, and only on data whose first field is named `trap`.
"""

import hashlib
import json
import os
import random
import re
import signal
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import ipc

MODE = sys.argv[1]

# How modes are observed, unless by the C Data Interface alone.
ROUTES = {
    "tells-json": ["json"],
    "tells-wrong-json": ["json"],
    "exports-badly": ["cdata", "json"],
    "reads-badly": ["cdata", "transcode"],
    "rewrites-only": ["transcode"],
    "rewrites-only-badly": ["transcode"],
    "rewrites-nonsense": ["transcode"],
    "grades-itself": ["self"],
    "fails-itself": ["self"],
}

# Modes that take data as IPC only.
REWRITERS = ["rewrites-only", "rewrites-only-badly", "rewrites-nonsense"]


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def sha256(value):
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def without_layouts(document):
    for batch in document["batches"]:
        batch["columns"] = [c["values"] if isinstance(c, dict) else c for c in batch["columns"]]
    return document


def digest(document):
    batches = [
        {"rows": b["rows"], "metadata": b["metadata"], "columns": [sha256(c) for c in b["columns"]]}
        for b in document["batches"]
    ]
    return "sha256:" + sha256({"schema": sha256(document["schema"]), "batches": batches})


def rows(document):
    return sum(batch["rows"] for batch in document["batches"])


def is_trap(document):
    fields = document["schema"]["fields"]
    return bool(fields) and fields[0]["name"] == "trap"


class Rejected(Exception):
    """The implementation refuses its input."""


class Unsupported(Exception):
    """The implementation lacks a feature."""


class Crashed(Exception):
    """The process that the adapter started for one request has died."""


def version():
    file = os.environ.get("FAKE_VERSION")
    return Path(file).read_text(encoding="utf-8").strip() if file else "1.0"


def start(request):
    os.chdir(request["workdir"])
    if MODE == "dies-at-start":
        print("cannot load libfake.so", file=sys.stderr)
        sys.exit(1)
    if MODE == "old-protocol":
        return {"protocol": 0, "adapter": {"id": MODE, "version": "1"}, "implementation": {"name": MODE, "version": "1"}}
    if MODE == "mortal":
        # A moment later an alarm goes off that nobody handles, whatever is being done then.
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.001, 0.06))
    features = ["*"]
    if MODE == "modest":
        features = ["format.stream", "type.int32"]
    return {
        "protocol": 1,
        "adapter": {"id": MODE, "version": "1"},
        "implementation": {"name": MODE, "language": "python", "version": version(), "components": {}},
        "roles": (["consume"] if MODE in REWRITERS else ["produce", "consume"]) + (["echo"] if "echo" in MODE else [])
        + (["transcode"] if "rewrites" in MODE else []),
        "features": features,
        "observe": ROUTES.get(MODE, ["cdata", "none"]),
        "validate": ["none", "full"],
        "type_map": {"int32": "int64"} if MODE == "converts" else {},
        "loses": ["schema_metadata"] if MODE == "loses-metadata" else [],
    }


def misbehave():
    """What a mode does before it answers; the rest answer wrongly."""
    if MODE == "crash":
        print("about to crash", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGSEGV)
    if MODE == "crash-once" and not os.path.exists("crashed-once"):
        open("crashed-once", "w").close()
        os.kill(os.getpid(), signal.SIGSEGV)
    if MODE == "hang":
        time.sleep(3600)
    if MODE == "slow":
        time.sleep(0.3)
    if MODE == "silent-exit":
        sys.exit(0)
    if MODE == "mute":
        os.close(1)
        time.sleep(3600)
    if MODE == "garbage":
        print("Traceback (most recent call last):", flush=True)
    if MODE == "oversized":
        print("x" * (2 << 20), flush=True)
    if MODE == "greedy":
        hoard = [bytes([i % 251 + 1]) * (1 << 20) for i in range(1 << 9)]
        time.sleep(len(hoard))
    if MODE == "lies":
        raise Unsupported("type.int32")
    if MODE == "strict":
        raise Rejected("FakeInvalid", "this is not to my taste")


def produce(request):
    with open(request["in"], encoding="utf-8") as file:
        document = without_layouts(json.load(file))
    if is_trap(document):
        if MODE == "wrong-value":
            flip(document)
        else:
            misbehave()
    if "onto" in request:
        document = behind(document, read({"path": request["onto"]}))
    trap = is_trap(document)
    padding = 0xAA if trap and MODE == "dirty-padding" else 0
    alignment = 4 if trap and MODE == "pads-to-4" else 8
    Path(request["out"]).write_bytes(ipc.write(document, padding, alignment))
    size = os.path.getsize(request["out"])
    return {"size": size + 1 if MODE == "wrong-size" and is_trap(document) else size}


def behind(document, there):
    """The batches of a document behind those that are there."""
    if MODE == "overwrites":
        return document
    if MODE != "appends-anything" and document["schema"] != there["schema"]:
        raise Rejected("FakeInvalid", "another schema is there")
    return {**there, "batches": there["batches"] + document["batches"]}


def flip(document):
    """Changes one value of the second batch."""
    values = document["batches"][1]["columns"][0]
    values[1] = str(int(values[1]) ^ 1)


def read(request):
    try:
        document = ipc.read(Path(request["path"]).read_bytes(), check=MODE != "careless")
    except (ValueError, IndexError, struct.error) as error:
        raise Rejected("FakeInvalid", str(error)) from error
    if document["schema"] is None:
        raise Rejected("FakeInvalid", "there is no schema")
    return document


def consume(request):
    document = read(request)
    trap = is_trap(document)
    if trap:
        misbehave()
    if trap and MODE in ("drops-row", "echoes-well", "echoes-badly"):
        for column in document["batches"][0]["columns"]:
            column.pop()
        document["batches"][0]["rows"] -= 1
    if trap and MODE == "restless":
        document["batches"][0]["columns"][0][0] = str(time.monotonic_ns() % 2**31)
    if trap and MODE == "restless-once" and not os.path.exists("rested"):
        open("rested", "w").close()
        document["batches"][0]["columns"][0][0] = "9"
    if trap and MODE == "drops-metadata":
        document["schema"]["metadata"] = []
    if trap and MODE == "converts":
        document["schema"]["fields"][0]["type"] = "int64"
    if trap and MODE == "merges-batches":
        merged = [sum(columns, []) for columns in zip(*(b["columns"] for b in document["batches"]))]
        document["batches"] = [{"rows": rows(document), "metadata": [], "columns": merged}]
    via = request["observe"]["via"]
    answer = {"batches": len(document["batches"]), "rows": rows(document)}
    if trap and (MODE in ("tells-wrong-json", "reads-badly") or MODE == "exports-badly" and via == "cdata"):
        flip(document)
    if via == "json":
        Path(request["observe"]["out"]).write_text(canonical(document), encoding="utf-8")
        return answer
    if via == "transcode":
        rewrite(document, request["observe"]["out"])
        return answer
    if via == "self":
        with open(request["observe"]["expected"], encoding="utf-8") as file:
            names = [field["name"] for field in json.load(file)["schema"]["fields"]]
        equal = names == [field["name"] for field in document["schema"]["fields"]] and not (trap and MODE == "fails-itself")
        return answer | {"facts": {"equal": equal} | ({} if equal else {"difference": "row 2"})}
    if trap and MODE == "loses-metadata":
        document["schema"]["metadata"] = []
    if trap and MODE == "dies-apart":
        raise Crashed("SIGABRT", "terminate called")
    answer["digest"] = digest(document)
    if trap and MODE == "wrong-digest":
        answer["digest"] = "sha256:" + "0" * 64
    if request["observe"]["dump"]:
        with open(request["observe"]["out"], "w", encoding="utf-8") as file:
            file.write(canonical(document))
    answer["facts"] = {"num_batches": answer["batches"] + (1 if trap and MODE == "miscounts" else 0)}
    return answer


def echo(request):
    with open(request["in"], encoding="utf-8") as file:
        document = without_layouts(json.load(file))
    if document.pop("cdata", None) is not None and MODE == "echoes-strictly":
        raise Rejected("Unsound", "the structures are not as they should be")
    if MODE == "echoes-badly":
        document["schema"]["metadata"] = []
    told = {"digest": digest(document), "batches": len(document["batches"]), "rows": rows(document)}
    if MODE == "echoes-and-keeps":
        told["facts"] = {"cdata_faults": ["the consumer has not released 1 array (clause a)", "another (clause b)"]}
    if MODE == "echoes-nothing":
        told = {"facts": {"cdata_faults": ["n_buffers is 1, expected 2 (clause a)"]}}
    return told


def transcode(request):
    rewrite(read(request), request["out"])
    return {}


def rewrite(document, out):
    if MODE in ("rewrites-badly", "rewrites-only-badly"):
        document["schema"]["metadata"] = []
    nonsense = MODE == "rewrites-nonsense" and is_trap(document)
    Path(out).write_bytes(b"nonsense" if nonsense else ipc.write(document))


def answer(request):
    if request["cmd"] == "start":
        return start(request)
    if request["cmd"] == "reset":
        return {"allocated": 0}
    handler = {"produce": produce, "consume": consume, "echo": echo, "transcode": transcode}.get(request["cmd"])
    try:
        if handler is None:
            raise Unsupported(request["cmd"])
        told = {"id": request["id"], "status": "ok", **handler(request)}
        if MODE == "wrong-id" and request["cmd"] == "consume" and is_trap(read(request)):
            told["id"] += 1000
        return told
    except Rejected as error:
        kind, message = error.args
        phase = "batch" if request["cmd"] in ("consume", "echo") else "write"
        return {"id": request["id"], "status": "rejected", "phase": phase, "error": {"type": kind, "message": message}}
    except Crashed as error:
        end, said = error.args
        return {"id": request["id"], "status": "crashed", "signal": end, "stderr": said}
    except Unsupported as error:
        return {"id": request["id"], "status": "unsupported", "feature": str(error)}
    except Exception as error:
        return {"id": request["id"], "status": "error", "message": f"{type(error).__name__}: {error}"}


def converse():
    for line in sys.stdin:
        try:
            request = json.loads(line)
            command = request["cmd"]
        except (ValueError, KeyError, TypeError) as error:
            if MODE == "dies-of-garbage":
                raise
            print(canonical({"status": "error", "message": str(error)}), flush=True)
            continue
        if command == "stop":
            return
        told = answer(request)
        if MODE == "forgets-ids":
            told.pop("id", None)
        print(re.sub("\n", " ", canonical(told)), flush=True)
        if MODE == "chatters" and command == "reset":
            print("and now?", flush=True)


converse()
if MODE == "never-ends":
    time.sleep(3600)
if MODE == "ends-badly":
    sys.exit(3)
