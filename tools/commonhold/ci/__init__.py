"""Where it runs: jobs, shards, GitHub's formats, results, and the nox sessions that test plugins."""
