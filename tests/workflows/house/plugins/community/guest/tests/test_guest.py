import unittest

import house_contrib_guest


class Guest(unittest.TestCase):
    def test_it_relies_on_the_exact_words(self):
        self.assertEqual(house_contrib_guest.GREETED, "welcome")
