"""What libarrowipc is meant to reach, as ratios that hold on any machine, and whether a run shows it."""

from collections.abc import Callable
from dataclasses import dataclass

from results import ALL, NOTHING, Results, Variant, Workload, ratio

# A measurement in words, and whether it is good enough; None where it was not measured.
Verdict = tuple[str, bool] | None
Check = Callable[[Workload], Verdict]


@dataclass(frozen=True)
class Goal:
    """What a workload must show."""

    workload: str
    text: str
    check: Check


def _beside_default(workload: Workload, own: Variant, text: str) -> str:
    default = workload.own
    if default is None or default is own:
        return text
    return f"{text} (trusted; fully checked {ratio(default, own):.2f} × that)"


def at_most(limit: str, factor: float) -> Check:
    """No longer than `factor` times what the machine allows, which checks nothing either."""

    def check(workload: Workload) -> Verdict:
        own = workload.own_for(NOTHING)
        if own is None:
            return None
        value = ratio(own, workload.limit(limit))
        return _beside_default(workload, own, f"{value:.2f} × {limit}"), value <= factor

    return check


def at_most_with_all_checks(limit: str, factor: float) -> Check:
    """As `at_most`, with everything checked."""

    def check(workload: Workload) -> Verdict:
        if workload.own is None:
            return None
        value = ratio(workload.own, workload.limit(limit))
        return f"{value:.2f} × {limit}", value <= factor

    return check


def at_most_nanoseconds(most: float) -> Check:
    """No more than this for each unit."""

    def check(workload: Workload) -> Verdict:
        own = workload.own_for(NOTHING)
        if own is None:
            return None
        value = own.time / workload.units
        return f"{value:,.0f} ns a {workload.unit}", value <= most

    return check


def faster(factor: float, only: Callable[[Variant], bool] = lambda peer: True) -> Check:
    """At least so many times faster than each peer, which is compared with `Workload.own_for` its checks."""

    def check(workload: Workload) -> Verdict:
        best: tuple[float, Variant, Variant] | None = None
        for peer in filter(only, workload.peers()):
            own = workload.own_for(peer.checks)
            if own is None:
                return None
            value = ratio(peer, own)
            if best is None or value < best[0]:
                best = value, peer, own
        if best is None:
            return None
        value, peer, own = best
        return _beside_default(workload, own, f"{value:.2f} × as fast as {peer.label}"), value >= factor

    return check


def counted(what: str, most: Callable[[Workload], float], text: str) -> Check:
    """No more than this of what is counted in one run."""

    def check(workload: Workload) -> Verdict:
        own = workload.own_for(NOTHING)
        if own is None or what not in own.counts:
            return None
        value = own.counts[what]
        return text.format(value=value, unit=value / workload.units), value <= most(workload)

    return check


def is_arrow_cpp(peer: Variant) -> bool:
    return peer.name == "Arrow C++"


def checks_all(peer: Variant) -> bool:
    return peer.checks == ALL


MEBIBYTE = 1 << 20

GOALS = [
    Goal("ints-write-tmpfs", "at most 1.3 × write(2) of the same bytes", at_most("write(2)", 1.3)),
    Goal("ints-write-disk", "at most 1.5 × write(2) of 256 KiB", at_most("write(2)", 1.5)),
    Goal("ints-write-disk", "1.6 × as fast as every peer", faster(1.6)),
    Goal("ints-write-null", "at most 1 µs a batch", at_most_nanoseconds(1000)),
    Goal("ints-read", "at most 1.2 × read(2) into a warm buffer", at_most("read(2)", 1.2)),
    Goal("ints-hold", "at most 1.2 × Arrow C++", faster(1 / 1.2, is_arrow_cpp)),
    Goal("ints-get", "3 × as fast as every peer", faster(3)),
    Goal("many-open-map", "2 × as fast as every peer", faster(2)),
    Goal(
        "ints-map",
        "at most 1 MiB and 200 bytes an array allocated",
        counted("peak_bytes", lambda w: MEBIBYTE + 200 * 2 * w.units, "{value:,} bytes"),
    ),
    Goal("wide-write-tmpfs", "at most 1.15 × write(2)", at_most("write(2)", 1.15)),
    Goal("wide-map", "3 × as fast as every peer", faster(3)),
    Goal(
        "wide-map",
        "at most 500 instructions a column",
        counted("instructions", lambda w: 500 * w.units, "{unit:.0f} a column"),
    ),
    Goal("tiny-write-null", "1.8 × as fast as every peer", faster(1.8)),
    Goal("tiny-read-memory", "6 × as fast as every peer", faster(6)),
    Goal("rows-write", "at most 1.2 × write(2)", at_most("write(2)", 1.2)),
    Goal("rows-write", "no slower than any peer", faster(1)),
    Goal("rows-read", "at most 1.2 × read(2)", at_most("read(2)", 1.2)),
    Goal("rows-read", "no slower than any peer", faster(1)),
    *(
        goal
        for codec in ("lz4", "zstd")
        for verb in ("write", "read")
        for goal in (
            Goal(f"rows-{codec}-{verb}-1", "at most 1.25 × the codec alone", at_most("codec", 1.25)),
            Goal(f"rows-{codec}-{verb}-2", "at most 0.75 × the codec on one thread", at_most("codec", 0.75)),
            Goal(f"rows-{codec}-{verb}-2", "no slower than Arrow C++ with threads", faster(1, is_arrow_cpp)),
        )
    ),
    Goal("wide-three-map", "no slower than any peer", faster(1)),
    Goal("wide-three-read", "1.5 × as fast as every peer", faster(1.5)),
    Goal("rows-validate", "at most 2.7 × one pass over the bytes", at_most_with_all_checks("reading each byte", 2.7)),
    Goal("rows-validate", "1.7 × as fast as every peer that checks as much", faster(1.7, checks_all)),
]

SIZE = Goal("libarrowipc.so", "at most 1.5 MB, stripped, with both codecs", lambda workload: None)


def judged(results: Results) -> list[tuple[Goal, Verdict]]:
    """The goals of the workloads that were run, and of the library's size."""
    run = [goal for goal in GOALS if goal.workload in results.workloads]
    size = results.header["library_bytes"] / 1e6
    return [
        *((goal, goal.check(results.workloads[goal.workload])) for goal in run),
        (SIZE, (f"{size:.2f} MB", size <= 1.5)),
    ]
