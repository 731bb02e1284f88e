"""Numbers and tables for people."""

from goals import judged
from results import Results, Variant, Workload


def duration(ns: float) -> str:
    """A time with three digits: "580 ns", "1.54 µs", "26.3 ms"."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size:
            value = ns / size
            return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f} {unit}"
    return f"{ns:.0f} ns"


def cell(workload: Workload, variant: Variant | None) -> str:
    """The time of a unit, and whose it is unless that is libarrowipc."""
    if variant is None:
        return "–"
    time = duration(variant.time / workload.units)
    return time if variant.role == "own" and not variant.detail else f"{time} ({variant.label})"


# What the README shows: workloads that speak for the others.
SHOWN = [
    "ints-write-tmpfs", "ints-read", "ints-get", "many-open-map", "wide-write-tmpfs", "wide-map", "wide-three-read",
    "tiny-write-null", "tiny-read-memory", "rows-write", "rows-read", "rows-validate", "rows-lz4-read-1", "rows-zstd-write-1",
]


def table(results: Results, workloads: list[str]) -> str:
    """Workloads beside the fastest peer and what the machine allows, in Markdown."""
    lines = [
        "| work | time of a | libarrowipc | without checks | fastest other | fastest that checks | the machine |",
        "|---|---|---|---|---|---|---|",
    ]
    for workload in (results.workloads[w] for w in workloads if w in results.workloads):
        trusted = next((v for v in workload.of("own") if v.detail == "trusted"), None)
        peers = workload.peers()
        checking = next((p for p in peers if p.checks), None) if trusted else None
        limits = workload.of("limit")
        cells = [
            workload.title,
            workload.unit,
            cell(workload, workload.own),
            duration(trusted.time / workload.units) if trusted else "–",
            cell(workload, peers[0] if peers else None),
            cell(workload, checking),
            cell(workload, limits[0] if limits else None),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine(results: Results) -> str:
    """What it was measured on and with, in one sentence."""
    header = results.header
    versions = ", ".join(f"{name} {version}" for name, version in header["versions"].items())
    return (
        f"Medians of {header['rounds']} rounds on {header['processor']}, {header['cores']} cores, {header['system']}; "
        f"{versions}."
    )


def goals(results: Results) -> str:
    """What must be shown, and whether it is."""
    lines = ["| work | must show | shows | |", "|---|---|---|---|"]
    for goal, verdict in judged(results):
        shown, mark = ("not measured", "?") if verdict is None else (verdict[0], "met" if verdict[1] else "**missed**")
        lines.append(f"| {goal.workload} | {goal.text} | {shown} | {mark} |")
    return "\n".join(lines)


def counts(results: Results) -> str:
    """What one run takes, a unit, of what was counted."""
    names = {"instructions": "instructions", "allocations": "allocations", "syscalls": "system calls", "copied": "bytes copied"}
    lines = ["| work | implementation | " + " | ".join(names.values()) + " | peak bytes |", "|---" * (len(names) + 3) + "|"]
    for workload in results.workloads.values():
        for variant in workload.of("own") + workload.of("peer"):
            found = dict(variant.counts)
            units = found.pop("units", workload.units)
            if not found:
                continue
            cells = [f"{found[name] / units:,.2f}" if name in found else "–" for name in names]
            peak = f"{found['peak_bytes']:,}" if "peak_bytes" in found else "–"
            lines.append(f"| {workload.id} | {variant.label} | " + " | ".join(cells) + f" | {peak} |")
    return "\n".join(lines)


def for_readme(results: Results) -> str:
    """What stands in the README."""
    told = (
        "Beside other implementations, all of them through the C Data Interface, and beside what the machine allows "
        "([how, and all of it](docs/performance.md)):"
    )
    return "\n\n".join([told, table(results, SHOWN), machine(results)])


def for_performance(results: Results) -> str:
    """What stands in docs/performance.md."""
    picture = "![Times of libarrowipc, of other implementations and of the machine](performance.svg)"
    everything = table(results, list(results.workloads))
    reached = "### What must be shown\n\n" + goals(results)
    taken = "### What a unit takes\n\n" + counts(results)
    return "\n\n".join([machine(results), picture, everything, reached, taken])
