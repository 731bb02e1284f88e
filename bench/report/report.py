"""Makes tables and pictures of the results of bench/run. See bench/run for how it is called."""

import argparse
import sys
from pathlib import Path

import counting
import words
from plot import plot
from results import load

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


def between_markers(page: Path, text: str) -> None:
    """Puts `text` where the page has the markers."""
    old = page.read_text(encoding="utf-8")
    if old.count(BEGIN) != 1 or old.count(END) != 1:
        sys.exit(f"{page}: expected {BEGIN} and {END} once each")
    head, rest = old.split(BEGIN)
    page.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/report/report.py")
    parser.add_argument("results", type=Path, help="what arrowipc-bench wrote")
    parser.add_argument("--count", type=Path, help="count what the variants take, and keep it in this file")
    parser.add_argument("--counted", type=Path, help="what --count kept earlier")
    parser.add_argument("--readme", type=Path, help="page that gets the table, between its markers")
    parser.add_argument("--performance", type=Path, help="page that gets all tables, between its markers")
    parser.add_argument("--svg", type=Path, help="picture to be written")
    arguments = parser.parse_args()
    results = load(arguments.results)
    if arguments.count:
        counting.count(results, arguments.count)
    if counts := arguments.count or arguments.counted:
        counting.add(results, counts)
        print(words.counts(results), end="\n\n")
    print(words.goals(results))
    if arguments.svg:
        arguments.svg.write_text(plot(results, words.SHOWN), encoding="utf-8")
    if arguments.readme:
        between_markers(arguments.readme, words.for_readme(results))
    if arguments.performance:
        between_markers(arguments.performance, words.for_performance(results))


if __name__ == "__main__":
    main()
