"""What the guard of instructions says."""

import tomllib
import unittest

from guard import KEPT, compare, text


class Guard(unittest.TestCase):
    def test_five_percent_more_are_too_many(self):
        kept = {"tiny": {"read": 1000, "write": 1000}}
        self.assertEqual(
            compare(kept, {"tiny": {"read": 1050, "write": 1051}}),
            (
                [
                    "tiny, read: 1050 instructions, 1000 before (+5.0%): ok",
                    "tiny, write: 1051 instructions, 1000 before (+5.1%): too many",
                ],
                False,
            ),
        )

    def test_fewer_are_to_be_kept_and_are_fine(self):
        self.assertEqual(
            compare({"tiny": {"read": 1000}}, {"tiny": {"read": 900}}),
            (["tiny, read: 900 instructions, 1000 before (-10.0%): fewer: --bless keeps it"], True),
        )

    def test_what_is_not_kept_is_not_fine(self):
        self.assertEqual(
            compare({}, {"tiny": {"read": 900}}),
            (["tiny, read: 900 instructions, none are kept: --bless keeps them"], False),
        )

    def test_the_file_is_as_it_is_written(self):
        kept = KEPT.read_text(encoding="utf-8")
        self.assertEqual(text(tomllib.loads(kept)), kept)


if __name__ == "__main__":
    unittest.main()
