"""Copy a plugin index with its files, for machines that cannot reach other hosts."""
