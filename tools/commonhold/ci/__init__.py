"""Plan and run the tests of a selection: jobs, shards, GitHub's formats, results and nox sessions."""
