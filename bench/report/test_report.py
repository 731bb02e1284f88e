"""What is compared with what, on times that are made up."""

import tempfile
import unittest
from pathlib import Path

from report import between_markers
from goals import at_most, faster
from results import ALL, NOTHING, OFFSETS, Variant, Workload, ratio
from words import duration


def workload(*variants: Variant) -> Workload:
    return Workload("tiny-read", "read tiny batches", "batch", 10, 0, False, list(variants))


OWN = Variant("libarrowipc", "", "own", ALL, [400, 800])
TRUSTED = Variant("libarrowipc", "trusted", "own", NOTHING, [200, 400])
UNCHECKED = Variant("Arrow C++", "", "peer", NOTHING, [600, 1200])
CHECKED = Variant("arrow-rs", "buffered", "peer", ALL, [800, 1600])
LIMIT = Variant("read(2)", "", "limit", NOTHING, [100, 200])


class Comparison(unittest.TestCase):
    def test_a_ratio_is_the_median_of_those_of_the_rounds(self):
        slow = Variant("slow", "", "peer", ALL, [100, 30_000, 300])
        fast = Variant("fast", "", "peer", ALL, [50, 100, 100])
        self.assertEqual(ratio(slow, fast), 3)

    def test_only_who_checks_everything_is_compared_with_the_defaults(self):
        self.assertEqual(
            faster(2)(workload(OWN, TRUSTED, UNCHECKED, CHECKED)), ("2.00 × as fast as arrow-rs, buffered", True)
        )
        self.assertEqual(
            faster(3.5)(workload(OWN, TRUSTED, UNCHECKED)),
            ("3.00 × as fast as Arrow C++ (trusted; fully checked 2.00 × that)", False),
        )
        partly = Variant("nanoarrow", "", "peer", OFFSETS, [500, 1000])
        self.assertEqual(
            faster(2.5)(workload(OWN, TRUSTED, partly)),
            ("2.50 × as fast as nanoarrow (trusted; fully checked 2.00 × that)", True),
        )

    def test_a_limit_checks_nothing(self):
        self.assertEqual(
            at_most("read(2)", 2)(workload(OWN, TRUSTED, LIMIT)), ("2.00 × read(2) (trusted; fully checked 2.00 × that)", True)
        )

    def test_what_libarrowipc_cannot_do_is_not_measured(self):
        missing = Variant("libarrowipc", "", "own", ALL, [], "no threads")
        self.assertIsNone(faster(1)(workload(missing, CHECKED)))
        self.assertIsNone(at_most("read(2)", 1)(workload(missing, LIMIT)))


class Words(unittest.TestCase):
    def test_a_time_has_three_digits(self):
        self.assertEqual([duration(t) for t in (107, 1540, 26_300_000, 2.5e9)], ["107 ns", "1.54 µs", "26.3 ms", "2.50 s"])

    def test_a_page_keeps_what_is_outside_of_the_markers(self):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.md"
            page.write_text("before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n", encoding="utf-8")
            between_markers(page, "new")
            self.assertEqual(page.read_text(encoding="utf-8"), "before\n<!-- bench -->\nnew\n<!-- /bench -->\nafter\n")
            with self.assertRaises(SystemExit) as refused:
                between_markers(Path(__file__), "new")
            self.assertEqual(
                str(refused.exception), f"{__file__}: expected <!-- bench --> and <!-- /bench --> once each"
            )


if __name__ == "__main__":
    unittest.main()
