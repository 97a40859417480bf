"""Print facts about the interpreter that runs this file, as JSON on one line of stdout, after a mark.

The target's Python runs this file, in isolated mode. It uses only the standard library, works with Python 3.8, and
imports nothing from the client.
"""

import json
import os
import platform
import sys
import sysconfig
from importlib.metadata import distributions

MARK = "commonhold-plugins: "


def describe():  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Return the facts as values that JSON can contain."""
    info = sys.implementation.version
    implementation = f"{info.major}.{info.minor}.{info.micro}"
    if info.releaselevel != "final":
        implementation += info.releaselevel[0] + str(info.serial)
    return {
        "prefix": os.path.realpath(sys.prefix),
        "python": sys.executable,
        "virtual": sys.prefix != sys.base_prefix,
        "managed": os.path.exists(os.path.join(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")),
        "markers": {
            "implementation_name": sys.implementation.name,
            "implementation_version": implementation,
            "os_name": os.name,
            "platform_machine": platform.machine(),
            "platform_release": platform.release(),
            "platform_system": platform.system(),
            "platform_version": platform.version(),
            "platform_python_implementation": platform.python_implementation(),
            "python_full_version": platform.python_version(),
            "python_version": ".".join(platform.python_version_tuple()[:2]),
            "sys_platform": sys.platform,
        },
        "distributions": [found for found in map(describe_distribution, distributions()) if found is not None],
    }


def describe_distribution(distribution):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Return the facts about an installed distribution, or ``None`` if its metadata cannot be read."""
    try:
        return {
            "name": distribution.metadata["Name"],
            "version": distribution.version,
            "requires": list(distribution.requires or ()),
            "direct_url": distribution.read_text("direct_url.json"),
            "hosts": [
                {"name": each.name, "value": each.value}
                for each in distribution.entry_points
                if each.group == "commonhold_plugins.host"
            ],
            "location": str(getattr(distribution, "_path", "")),
        }
    except Exception:  # noqa: BLE001 - a broken distribution must not hide the others
        return None


if __name__ == "__main__":
    print(f"\n{MARK}{json.dumps(describe())}")  # type: ignore[no-untyped-call]  # noqa: T201
