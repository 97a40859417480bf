import unittest

import house_quiet


class Quiet(unittest.TestCase):
    def test_it_says_nothing(self):
        self.assertEqual(house_quiet.GREETING, "")
