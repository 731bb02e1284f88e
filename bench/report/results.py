"""Results of arrowipc-bench: medians, and ratios between variants of a workload."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

NOTHING, OFFSETS, ALL = range(3)  # BENCH_CHECK_*


@dataclass
class Variant:
    """One way in which a workload was done."""

    name: str
    detail: str
    role: str  # own, peer, limit
    checks: int
    times: list[int]  # ns a round, of the workload's clock; empty where the implementation cannot do it
    unsupported: str = ""
    copied: int | None = None
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.name}, {self.detail}" if self.detail else self.name

    @property
    def time(self) -> float:
        """Median of a run in ns."""
        return median(self.times)


@dataclass
class Workload:
    """A workload and its variants."""

    id: str
    title: str
    unit: str
    units: int
    bytes: int
    by_wall: bool
    variants: list[Variant]

    def of(self, role: str) -> list[Variant]:
        """The variants of a role that have results."""
        return [v for v in self.variants if v.role == role and v.times]

    def limit(self, name: str) -> Variant:
        return next(v for v in self.of("limit") if v.name == name)

    @property
    def own(self) -> Variant | None:
        """libarrowipc with its defaults, or none where it cannot do the workload."""
        return next((v for v in self.of("own") if not v.detail), None)

    def own_for(self, checks: int) -> Variant | None:
        """libarrowipc as it is compared with what checks so far: with its defaults where everything is checked, else trusted."""
        trusted = next((v for v in self.of("own") if v.detail == "trusted"), None)
        return self.own if checks == ALL else trusted or self.own

    def peers(self) -> list[Variant]:
        """The peers' variants, fastest first."""
        return sorted(self.of("peer"), key=lambda v: v.time)


def ratio(over: Variant, under: Variant) -> float:
    """How many times as long `over` takes as `under`: the median of the rounds' ratios."""
    return median(a / b for a, b in zip(over.times, under.times, strict=True))


@dataclass
class Results:
    """A whole run."""

    header: dict
    workloads: dict[str, Workload]


def load(path: Path) -> Results:
    """Reads what arrowipc-bench wrote, and what was counted beside it."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return Results(lines[0], {w["workload"]: _workload(w) for w in lines[1:]})


def _workload(w: dict) -> Workload:
    clock = "wall_ns" if w["by_wall"] else "cpu_ns"
    variants = [
        Variant(v["name"], v["detail"], v["role"], v["checks"], v[clock], v.get("unsupported", ""), v.get("copied"))
        for v in w["variants"]
    ]
    return Workload(w["workload"], w["title"], w["unit"], w["units"], w["bytes"], w["by_wall"], variants)
