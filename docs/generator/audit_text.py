"""Generate the output of ``commonhold audit`` for its guide, from the tutorial's repository with more commits."""

from __future__ import annotations

from generator.example import commit, example_repository, output

PATH = "assets/audit.txt"
COMMITS = {
    "Makefile": 5,
    "scripts/release.sh": 2,
    "plugins/official/acme-report/acme_report.py": 3,
    "plugins/community/acme-maps/tests/test_maps.py": 2,
}


def make() -> dict[str, str]:
    """Run the audit, and return its output."""
    with example_repository() as folder:
        for path, times in COMMITS.items():
            for number in range(times):
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("a", encoding="utf-8") as opened:
                    opened.write(f"# {number}\n")
                commit(folder, f"Change {path}")
        lines = output(folder, "audit", "--last", "12").splitlines()
    return {PATH: "\n".join(line for line in lines if not line.startswith("replaying")) + "\n"}
