"""Counts what one run of a variant takes: allocations, system calls, instructions, on little data.

Counts do not depend on how busy the machine is. They are taken in processes of their own, one for each way of counting."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from results import Results

OUT = Path(__file__).resolve().parents[2] / "target" / "bench"
PROGRAM = OUT / "arrowipc-bench"

# Of which workloads what is counted. Instructions take seconds a variant: of the others where they explain a time.
COUNTED = [
    "ints-write-tmpfs", "ints-read", "ints-map", "ints-get", "wide-write-tmpfs", "wide-map", "wide-three-read",
    "tiny-write-null", "tiny-write-tmpfs", "tiny-read", "tiny-read-memory", "rows-read",
]
INSTRUCTIONS_OF_PEERS = ["wide-map", "tiny-write-null", "tiny-read-memory"]


def valgrind_is_there() -> bool:
    return shutil.which("valgrind") is not None


def _run(before: list[str], workload: str, label: str, environment: dict[str, str]) -> subprocess.CompletedProcess:
    with tempfile.TemporaryDirectory(prefix="arrowipc-bench-") as folder:
        arguments = [str(PROGRAM), "--quick", "--memory", folder, "--disk", folder, "--count", label, workload]
        done = subprocess.run(before + arguments, capture_output=True, text=True, env=os.environ | environment, check=False)
    if done.returncode != 0:
        sys.exit(f"{workload}, {label}: {' '.join(before + arguments)} failed:\n{done.stdout}{done.stderr}")
    return done


def allocations(workload: str, label: str) -> dict[str, int]:
    """Units of the run, allocations and the most that was allocated at a time. Arrow C++ allocates by malloc for once."""
    environment = {"LD_PRELOAD": str(OUT / "libbench_malloc.so"), "ARROW_DEFAULT_MEMORY_POOL": "system"}
    return json.loads(_run([], workload, label, environment).stdout)


def system_calls(workload: str, label: str) -> int:
    done = _run([str(OUT / "bench-syscalls")], workload, label, {})
    return json.loads(done.stderr.splitlines()[-1])["all"]


def instructions(workload: str, label: str) -> tuple[int, int]:
    """Instructions of a run, and its units."""
    with tempfile.TemporaryDirectory(prefix="arrowipc-bench-") as folder:
        file = Path(folder) / "callgrind"
        valgrind = ["valgrind", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=bench_counted"]
        done = _run([*valgrind, f"--callgrind-out-file={file}"], workload, label, {})
        lines = file.read_text(encoding="utf-8").splitlines()
    totals = next(line for line in lines if line.startswith("totals:"))
    return int(totals.split()[1]), json.loads(done.stdout)["units"]


def count(results: Results, path: Path) -> None:
    """Counts the variants of a run and writes a line of JSON for each to `path`."""
    with path.open("w", encoding="utf-8") as out:
        for workload in (results.workloads[w] for w in COUNTED if w in results.workloads):
            for variant in workload.of("own") + workload.of("peer"):
                found = allocations(workload.id, variant.label)
                found["syscalls"] = system_calls(workload.id, variant.label)
                if valgrind_is_there() and (variant.role == "own" or workload.id in INSTRUCTIONS_OF_PEERS):
                    found["instructions"], _ = instructions(workload.id, variant.label)
                json.dump({"workload": workload.id, "variant": variant.label, **found}, out)
                out.write("\n")
                out.flush()


def add(results: Results, path: Path) -> None:
    """Puts counts beside the times."""
    for line in path.read_text(encoding="utf-8").splitlines():
        found = json.loads(line)
        workload = results.workloads.get(found.pop("workload"))
        label = found.pop("variant")
        for variant in workload.variants if workload else []:
            if variant.label == label:
                variant.counts = found
