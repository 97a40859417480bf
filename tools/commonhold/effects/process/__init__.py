"""Run other programs: the only package that starts them."""
