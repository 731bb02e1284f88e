"""Results as an SVG of bars, which is legible on a light and on a dark page."""

from xml.sax.saxutils import escape

from results import Results, Workload
from words import duration

WIDTH, NAMES, BAR, GAP, TITLE = 760, 190, 18, 4, 26

# Fill and text of both themes: the same hues, lighter in the dark.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.own { fill: #1a7f37 } .peer { fill: #6e7781 } .limit { fill: #b8860b }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .own { fill: #3fb950 } .peer { fill: #8b949e } .limit { fill: #d29922 }
}
"""


def plot(results: Results, workloads: list[str]) -> str:
    """One group of bars a workload: libarrowipc, the fastest variant of each peer, and the machine."""
    parts: list[str] = []
    y = 0
    for workload in (results.workloads[w] for w in workloads if w in results.workloads):
        y = _group(workload, parts, y) + 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" width="{WIDTH}" height="{y}" role="img" '
        f'aria-label="Times of libarrowipc, of other implementations and of the machine">\n<style>{STYLE}</style>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _group(workload: Workload, parts: list[str], y: int) -> int:
    fastest = {v.name: v for v in reversed(workload.peers())}
    shown = [*workload.of("own"), *sorted(fastest.values(), key=lambda v: v.time), *workload.of("limit")[:1]]
    if not shown:
        return y
    longest = max(v.time for v in shown)
    parts.append(f'<text class="title" x="0" y="{y + 15}">{escape(workload.title)}, a {escape(workload.unit)}</text>')
    y += TITLE
    for variant in shown:
        width = max(1, round((WIDTH - NAMES - 90) * variant.time / longest))
        parts.append(
            f'<text x="{NAMES - 8}" y="{y + 13}" text-anchor="end">{escape(variant.label)}</text>'
            f'<rect class="{variant.role}" x="{NAMES}" y="{y}" width="{width}" height="{BAR}" rx="2"/>'
            f'<text x="{NAMES + width + 6}" y="{y + 13}">{duration(variant.time / workload.units)}</text>'
        )
        y += BAR + GAP
    return y
