"""Generate the reference page of the client for users of plugins from its click commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonhold_plugins.cli import plugins_group
from commonhold_plugins.cli.group import COMMANDS
from generator import NOTE
from generator.cli_page import describe_command, describe_options

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = "reference/plugins-cli.md"
NAME = "commonhold-plugins"

HEAD = """\
# Command line for users of plugins

```text
commonhold-plugins [OPTIONS] COMMAND [ARGS]...
```

The same commands are `commonhold plugins` where `commonhold` is installed, and a core's own command line may contain
them as well, such as `pyflyte plugins`. Data is written to stdout, messages to stderr. On a terminal, tables fit its
width; elsewhere, nothing is shortened. `NO_COLOR` turns colours off. JSON documents have a `schema` number.

The [how-to](../how-to/use-plugins.md) shows the commands at work. The options of this table may precede or follow the
name of any command:
"""

PLACES = """\

## Which plugins, and for which environment

**The core.** A command line that belongs to a core sets the core and the plugin index. Otherwise, an installed core can
have an entry point `commonhold_plugins.host`, which refers to a `commonhold_plugins.Host`; or `use URL` selects a
plugin index, and `--root URL` does so for one command. If there are several cores, `--host` selects one.

**The environment** is that of `--python`, else the active virtual environment, else the one in which the client runs.
Inside a core's own command line, it is always the one in which that runs.

**The series.** A plugin index has documents for each series of the core, such as 1.16. A development or local version
of the core uses the series `nightly`, and a pre-release that of the coming release. `--series` selects another one.

**Names.** A bare name, such as `spark`, always means an official plugin: its short name or the name of its
distribution. Other plugins have their tier or plugin index in front: `community/vaex`, `acme/vaex`. A plugin index of
somebody else that contains the distribution name of an official plugin is refused.

**Files.** `COMMONHOLD_PLUGINS_HOME` replaces these folders by its own subfolders `config`, `cache` and `state`:

| folder | contents |
|:--|:--|
| `$XDG_CONFIG_HOME/commonhold-plugins/` | `config.json`: the selected host, enabled tiers and trusted plugin indexes, `mirrors` of file hosts, and `redirects` to allowed hosts |
| `$XDG_CACHE_HOME/commonhold-plugins/` | the last good copy of each plugin index and series, and the search cache; you can delete it at any time |
| `$XDG_STATE_HOME/commonhold-plugins/` | the installed plugins of each environment |

Passwords are never in these files: they come from `~/.netrc` or, if the distribution `keyring` is installed, from the
keyring.

**Completion.** `eval "$(_COMMONHOLD_PLUGINS_COMPLETE=bash_source commonhold-plugins)"` completes commands, options and
names of plugins in bash; `zsh_source` and `fish_source` do so in other shells. It reads only the search cache.
"""  # noqa: E501 - a row of a table is one line

JSON = """
## JSON

`--json` prints one document with the key `schema`, which is 1. New keys may be added without a new number.

| command | keys |
|:--|:--|
| `search` | `core`, `series`, `checked` (when the oldest copy was confirmed, in seconds since 1970), `plugins` (each with `name`, `short`, `reference`, `version`, `source`, `official`, `state`, `category`, `summary`), `not_enabled` (numbers of further plugins by tier) |
| `show` | `core` (`distribution`, `version`, `series`), `python`, `reference`, `source`, `official`, `chosen` (the version that fits, or null), `refusal`, `status` and `plugin` as in the plugin index; each release also has `status` and `problems` |
| `update` | `core`, `series`, `indexes` (each with `name`, `url`, `changed`, `error`, `checked`) |
| `index list` | `core`, `series`, `indexes` (each with `name`, `kind`, `enabled`, `plugins`, `checked`, `url`) |
"""  # noqa: E501 - a row of a table is one line

CODES = """\
## Exit codes

| code | meaning |
|--:|:--|
| 0 | success; also an empty search, and a copy that is old (its age is on stderr) |
| 1 | an unknown name, a refusal, a file with another hash, an environment without the core, or findings of `audit` |
| 2 | the command line or the configuration is wrong |
| 3 | a bug in commonhold-plugins |
| 4 | there is no copy and no network; a program failed; or `update` could not refresh a plugin index |
| 5 | `upgrade --partial` did a part, and lists the rest |
| 130 | interrupted |
"""


def make() -> dict[str, str]:
    """Generate the page."""
    group = plugins_group(name=NAME)
    return {PAGE: "\n".join([NOTE + HEAD, *describe_options(group), *_commands(), PLACES, JSON, CODES])}


def _commands() -> Iterator[str]:
    group = plugins_group(name=NAME)
    for name in COMMANDS:
        yield from describe_command(group, name, f"{NAME} {name}", "##")
