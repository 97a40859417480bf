"""``commonhold catalog mirror``: copy a plugin index with its files."""

from __future__ import annotations

import click

from commonhold.cli.release.progress import show_progress
from commonhold.cli.terminal import echo_err, emit_wrapped


@click.command("mirror")
@click.argument("source", metavar="SOURCE")
@click.argument("folder", metavar="DIR")
@click.option(
    "--series", metavar="NAME", multiple=True, help="Copy only the files of this core series; repeatable; default: all."
)
def command(source: str, folder: str, series: tuple[str, ...]) -> int:
    """Copy the plugin index at SOURCE, a URL or a folder, into DIR, with every file that it lists.

    Each file is compared with the SHA-256 in the plugin index. Files that are in DIR already are not downloaded again,
    so the command can be interrupted and run again. The documents in DIR are replaced only when every file is there,
    so after a failure the older copy still works.
    """
    import os
    from pathlib import Path

    from commonhold.catalog.mirror.mirror_run import mirror_catalog
    from commonhold.catalog.mirror.origin import open_origin
    from commonhold.text import count, printable

    with show_progress() as reporter:
        report = mirror_catalog(
            open_origin(source),
            folder,
            series,
            local=os.path.isdir(source),
            started=lambda total: reporter.started("Copying files", total, "files"),
            progress=reporter.advanced,
        )
    downloaded = f"{count(report.downloaded, 'file')} downloaded, {report.kept} already there"
    echo_err(f"{printable(folder)}: {downloaded}")
    if report.commits:
        echo_err(f"not copied: {count(report.commits, 'git commit')}, which the installer clones from its repository")
    emit_wrapped(f"Use it with: commonhold-plugins use {Path(os.path.abspath(folder)).as_uri()}/")
    return 0
