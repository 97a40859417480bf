"""Run the command line on its own: ``python -m commonhold_plugins``, or the script ``commonhold-plugins``."""

from __future__ import annotations

import sys

from commonhold_plugins.cli.group import plugins_group, run_group


def main() -> None:
    """Run this process's command line and exit."""
    sys.exit(run_group(plugins_group(name="commonhold-plugins"), name="commonhold-plugins"))


if __name__ == "__main__":
    main()
