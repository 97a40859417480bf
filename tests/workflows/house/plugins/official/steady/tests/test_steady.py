import unittest

import house_steady


class Steady(unittest.TestCase):
    def test_it_greets(self):
        self.assertTrue(house_steady.GREETING)
