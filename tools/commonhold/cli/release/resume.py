"""``commonhold release resume``: go on with what is left."""

from __future__ import annotations

import click

from commonhold.cli.release.publish import find_address, publish_to, settings_of, upload_options
from commonhold.cli.release.stores import find_store, store_options
from commonhold.cli.release.verify import read_wait, verify_at
from commonhold.cli.terminal import say
from commonhold.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from commonhold.cli.context import Context


@click.command("resume")
@store_options
@click.option(
    "--wait", metavar="TIME", default="10m", show_default=True, help="How long `verify` waits; 0 leaves it out."
)
@click.option("--to", "word", metavar="INDEX", help="pypi, testpypi or an address; default: the one of before.")
@click.option("--simple", metavar="URL", help="Where that index is read; default: simple/ below its address.")
@upload_options
@click.pass_obj
def command(
    context: Context,
    version: str | None,
    folder: str | None,
    word: str | None,
    simple: str | None,
    wait: str,
    jobs: int,
    timeout: float,
    patience: float,
) -> int:
    """Go on with a release that was interrupted, postponed or refused, on this machine or another one.

    What is built and inspected goes to the index of before, and is verified there.
    """
    seconds = read_wait(wait)
    store = find_store(context, version, folder)
    address = find_address(store, word, simple)
    outcome = publish_to(store, address, settings_of(jobs, timeout, patience))
    for standing in outcome.state.left:
        if standing.state in ("planned", "failed", "built"):
            say(f"{standing.plugin.name} is to be built or inspected first: commonhold release build, then inspect")
    if not seconds or not any(standing.is_up for standing in outcome.state.released):
        return outcome.exit_code
    return verify_at(store, address, seconds) or outcome.exit_code
