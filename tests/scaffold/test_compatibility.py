"""The package with the old names: old imports work, warn once, and give the same objects."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import tomli

from commonhold.scaffold.transfer.compatibility import compatibility_files

if TYPE_CHECKING:
    from pathlib import Path

NEW = {
    "acme/contrib/spark/__init__.py": "from acme.contrib.spark.core import Session\n_private = 1\n",
    "acme/contrib/spark/core.py": "class Session: ...\n",
    "acme/contrib/spark/sub/__init__.py": "X = 1\n",
    "acme/contrib/spark/sub/deep.py": "Y = []\n",
}
PROGRAM = """
import warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    import sparktools
    import sparktools.core, sparktools.sub.deep
    from sparktools import Session
    from sparktools.sub.deep import Y
import acme.contrib.spark, acme.contrib.spark.core, acme.contrib.spark.sub.deep
assert Session is acme.contrib.spark.core.Session is sparktools.core.Session
assert sparktools.core is acme.contrib.spark.core
assert Y is acme.contrib.spark.sub.deep.Y
assert sparktools._private == 1 and sparktools.sub.X == 1
print([str(each.message) for each in seen if each.category is DeprecationWarning])
"""


def test_old_imports_give_the_same_objects(tmp_path: Path) -> None:
    modules = ("sparktools.__init__", "sparktools.core", "sparktools.sub.__init__", "sparktools.sub.deep")
    old = compatibility_files(
        ("spark-tools", "acme-contrib-spark"), ("sparktools", "acme.contrib.spark"), modules, "1.2.3"
    )
    for path, data in {**old, **{path: text.encode() for path, text in NEW.items()}}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert finished.stderr == ""
    assert finished.stdout == "['sparktools is now acme.contrib.spark: install acme-contrib-spark']\n"
    document = tomli.loads(old["pyproject.toml"].decode())
    assert document["project"]["name"] == "spark-tools"
    assert document["project"]["version"] == "1.3.0"
    assert document["project"]["dependencies"] == ["acme-contrib-spark"]
    assert document["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["sparktools"]}
