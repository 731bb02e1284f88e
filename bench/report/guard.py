"""Instructions of libarrowipc a unit, held against those that are kept. Called by bench/instructions."""

import sys
import tomllib
from pathlib import Path

import counting

KEPT = Path(__file__).resolve().parents[1] / "instructions.toml"
TOLERANCE = 5  # percent
COUNTED = [
    ("tiny-write-null", "libarrowipc"),
    ("tiny-read-memory", "libarrowipc"),
    ("tiny-read-memory", "libarrowipc, trusted"),
    ("wide-write-null", "libarrowipc"),
    ("wide-map", "libarrowipc, trusted"),
    ("ints-get", "libarrowipc, trusted"),
]
HEADER = """\
# Instructions of libarrowipc a unit (a batch; a column of a batch in wide-*), counted by bench/instructions, which
# writes this file with --bless.
"""

# Instructions by workload and variant.
Counts = dict[str, dict[str, int]]


def count() -> Counts:
    found: Counts = {}
    for workload, label in COUNTED:
        instructions, units = counting.instructions(workload, label)
        found.setdefault(workload, {})[label] = round(instructions / units)
    return found


def compare(kept: Counts, found: Counts) -> tuple[list[str], bool]:
    """A line for each count, and whether none is more than before. What is not kept is more."""
    lines, fine = [], True
    for workload, labels in found.items():
        for label, now in labels.items():
            before = kept.get(workload, {}).get(label)
            if before is None:
                lines.append(f"{workload}, {label}: {now} instructions, none are kept: --bless keeps them")
                fine = False
                continue
            percent = 100 * (now - before) / before
            verdict = "too many" if percent > TOLERANCE else "fewer: --bless keeps it" if percent < -TOLERANCE else "ok"
            lines.append(f"{workload}, {label}: {now} instructions, {before} before ({percent:+.1f}%): {verdict}")
            fine &= percent <= TOLERANCE
    return lines, fine


def text(counts: Counts) -> str:
    """What the file holds."""
    tables = (
        f"\n[{workload}]\n" + "".join(f'"{label}" = {n}\n' for label, n in labels.items()) for workload, labels in counts.items()
    )
    return HEADER + "".join(tables)


def main() -> int:
    found = count()
    if sys.argv[1:] == ["--bless"]:
        KEPT.write_text(text(found), encoding="utf-8")
        return 0
    lines, fine = compare(tomllib.loads(KEPT.read_text(encoding="utf-8")), found)
    print("\n".join(lines))
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
