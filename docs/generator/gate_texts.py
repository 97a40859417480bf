"""Generate the output of ``approvals`` and ``owners`` that the pages of the roles show, by running these commands."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path

from commonhold.cli.__main__ import main
from commonhold.cli.approvals import ApprovalOptions, show_decisions

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.approvals import DOLT, OLD, Change, change, review  # noqa: E402 (needs the path above)

SHOWN = ApprovalOptions((7,), False, False, None, False, False, False, False, False, None, None)
CASES = {
    "opened": change(),
    "several": change(edit={"plugins/community/spark/x.py": "2", f"{DOLT}/x.py": "2"}),
    "own": change(author="ann"),
    "stale": change(reviews=[review("ann", sha=OLD)]),
    "approved": change(reviews=[review("ann")]),
    "early": change(reviews=[review("kim", hours=2), review("ann", hours=1)]),
    "orphan": change(edit={"plugins/community/bare/x.py": "2"}),
    "done": change(reviews=[review("ann", hours=2), review("kim", hours=1)]),
}


def make() -> dict[str, str]:
    """Return one file for each case, and one for `commonhold owners` in this repository."""
    texts = {f"assets/gate/{name}.txt": _shown(case) for name, case in CASES.items()}
    return {**texts, "assets/gate/owners.txt": _owners()}


def _shown(case: Change) -> str:
    output = io.StringIO()
    with redirect_stdout(output):
        show_decisions([case.decide()], "acme/acme", SHOWN)
    return output.getvalue()


def _owners() -> str:
    output = io.StringIO()
    with redirect_stdout(output):
        main(["-C", str(ROOT), "owners", "plugins/community/flytekit-pint", ".github/workflows/ci.yml"])
    return output.getvalue()
