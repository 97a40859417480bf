"""Import a plugin from another repository: fetch, check, rewrite, rename, record, and add one branch.

Everything happens in a scratch clone. The last step adds the branch and the tags to the user's repository in one
transaction, so a run that fails or is interrupted leaves no trace, and no file on disk changes.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from commonhold.errors import UsageError
from commonhold.ownership import GOVERNANCE
from commonhold.projects import project_files, read_metadata
from commonhold.projects.names import normalize
from commonhold.projects.paths import PROJECT_FILES
from commonhold.release.plan.tag_patterns import TagPatterns, version_in
from commonhold.scaffold.new.answers import parse_name
from commonhold.scaffold.new.naming import derive_names, find_tier
from commonhold.scaffold.new.refusals import check_names
from commonhold.scaffold.rename.edited_tree import EditedTree
from commonhold.scaffold.rename.rename_files import NewNames, rename_plugin_files
from commonhold.scaffold.transfer.compatibility import compatibility_files
from commonhold.scaffold.transfer.gate import RefusedHistoryError, check_codes, check_history, not_allowed
from commonhold.scaffold.transfer.import_branch import write_branch, write_squashed_branch
from commonhold.scaffold.transfer.import_options import ImportedPlugin, check_subdirectory
from commonhold.scaffold.transfer.inactive_files import inactive_files, left_out_tags, version_notes
from commonhold.scaffold.transfer.known_gaps import find_gaps
from commonhold.scaffold.transfer.record import Consent, TransferRecord, maintainers_file, record_files
from commonhold.scaffold.transfer.rewritten_history import rewrite_history
from commonhold.scaffold.transfer.squash import squash_message, summarize_history
from commonhold.text import printable
from commonhold.tree import REGULAR
from commonhold.vcs.fast_import import NewCommit, read_identity, write_commits
from commonhold.vcs.history_files import commit_texts, tag_texts
from commonhold.vcs.new_refs import add_refs, check_new_branch, check_new_tags, share_objects
from commonhold.vcs.trees import CommitTree
from commonhold.vcs.untrusted_source import ScratchClone, parse_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from commonhold.projects.metadata import Metadata
    from commonhold.scaffold.new.naming import PluginNames
    from commonhold.scaffold.rename.rename_files import Renamed
    from commonhold.scaffold.transfer.gate import HistoryFinding
    from commonhold.scaffold.transfer.import_options import ImportOptions
    from commonhold.scaffold.transfer.squash import HistorySummary
    from commonhold.vcs import Repository
    from commonhold.workspace import Workspace

_TIP = "refs/heads/imported"
_UPSTREAM = "refs/commonhold/upstream"


def import_plugin(
    repository: Repository,
    workspace: Workspace,
    options: ImportOptions,
    scratch: str,
    environ: Mapping[str, str],
    progress: Callable[[str], object],
) -> ImportedPlugin:
    """Import a plugin on a new branch of ``repository``; ``scratch`` is an empty folder.

    Raises ``RefusedHistoryError`` because of the source's history, and ``CommonholdError`` for other problems.
    """
    job = _Import(repository, workspace, options, scratch, environ, progress)
    return job.run()


class _Import:
    def __init__(
        self,
        repository: Repository,
        workspace: Workspace,
        options: ImportOptions,
        scratch: str,
        environ: Mapping[str, str],
        progress: Callable[[str], object],
    ) -> None:
        self.repository = repository
        self.workspace = workspace
        self.options = options
        self.progress = progress
        self.environ = environ
        self.version: str | None = None
        self.address = parse_source(options.source)
        if os.path.realpath(self.address.text) in map(os.path.realpath, (repository.root, repository.folder)):
            raise UsageError("the source is this repository", hint="Run `commonhold rename PLUGIN NEWNAME` instead.")
        check_codes(options.allowed)
        self.public = self.address if options.public_url is None else parse_source(options.public_url)
        self.subdirectory = check_subdirectory(options.subdirectory)
        self.names = self._free_names()
        self.branch = f"import/{options.name}"
        self.tag_prefix = f"imported/{options.name}/"  # no usual pattern of release tags matches it
        self.base = repository.resolve("HEAD")
        self.identity = read_identity(repository.git)
        for branch in (self.branch, *([f"history/{options.name}"] if options.squash else [])):
            check_new_branch(repository, branch)
        check_new_tags(repository, self.tag_prefix)
        object_format = "sha256" if len(self.base) == 64 else "sha1"
        self.clone = ScratchClone(os.path.join(scratch, "source.git"), repository.git.runner, environ, object_format)

    def _free_names(self) -> PluginNames:
        if self.options.consent is None and self.options.upstream is None:
            hint = (
                "Add --consent with the owner's words or a link to them, or --fork-of-abandoned with the URL of the "
                "abandoned project."
            )
            raise UsageError("an import needs the consent of the plugin's owner", hint=hint)
        if not (self.options.consent or "").isprintable():
            raise UsageError("the consent contains characters that cannot be printed", hint="Write one line of text.")
        tier = find_tier(self.workspace.config, self.options.tier)
        names = derive_names(self.workspace, tier, parse_name(self.options.name))
        check_names(self.workspace, names, self.repository.root)
        # A tier without a pattern for packages leaves the choice to the plugins.
        return names if tier.import_ is not None else replace(names, package="")

    def _check_tags(self, tags: tuple[str, ...]) -> None:
        """Raise ``UsageError`` if the release tool would read an imported tag as a release."""
        written = TagPatterns(self.workspace.config.release.tag)
        others = ((plugin.name, plugin.path) for plugin in self.workspace.plugins.values())
        places = ((self.names.distribution, self.names.folder), *others)
        patterns = (*written.of_repository, *(each for place in places for each in written.of_plugin(*place)))
        for tag in tags:
            pattern = next((each for each in patterns if version_in(tag, each)), None)
            if pattern is not None:
                raise UsageError(f"the imported tag {printable(tag)} would match the release tags {pattern}")

    def run(self) -> ImportedPlugin:
        clone = self.clone
        self.progress(f"fetching {self.address.public}")
        clone.fetch(self.address, f"HEAD:{_TIP}", "refs/tags/*:refs/tags/*")
        left_out = tuple(left_out_tags(clone.git, self.subdirectory))
        tip = clone.git.output("rev-parse", "--verify", _TIP).decode("ascii").strip()
        self._check_project(tip)
        consent = Consent(self.options.consent, self.public_upstream, self._own_commits())
        self.progress("checking the history")
        findings = check_history(clone.git, tip, self.subdirectory)
        if refused := not_allowed(findings, self.options.allowed):
            raise RefusedHistoryError(refused)
        imported = self._rewrite(tip, consent, findings)
        return replace(imported, notes=(*imported.notes, *left_out))

    def _rewrite(self, tip: str, consent: Consent, findings: tuple[HistoryFinding, ...]) -> ImportedPlugin:
        options, clone = self.options, self.clone
        self.progress("rewriting the history")
        rewritten = rewrite_history(
            clone,
            subdirectory=self.subdirectory,
            folder=self.names.folder,
            tag_prefix=self.tag_prefix,
            project=self.public.project,
        )
        history = clone.git.output("rev-parse", "--verify", _TIP).decode("ascii").strip()
        tags = tuple(sorted(tag_texts(clone.git)))
        self._check_tags(tags)
        summary = summarize_history(commit_texts(clone.git, history), tags)
        share_objects(clone, self.repository)
        self.progress("renaming the plugin")
        files, renamed, old = self._rename(history)
        record = TransferRecord(
            plugin=self.names.name,
            source=self.public.public,
            subdirectory=self.subdirectory,
            commit=tip,
            date=options.date,
            consent=consent,
            tag_prefix=self.tag_prefix,
            tags=tags,
            distribution=(old, self.names.distribution),
            package=renamed.renaming.package,
            commits=rewritten.commits,
            allowed=tuple(map(str, findings)),
        )
        for path, data in record_files(record).items():
            files.write(self.workspace.config.path(path), data)
        # The file of the source, if there is one, gives nobody a right here.
        files.write(f"{self.names.folder}/{GOVERNANCE}", maintainers_file(options.accounts, options.date))
        compatibility = self._add_compatibility(files, renamed, old) if options.compatibility else None
        kept, gaps = self._write(history, files, summary, f"{record.source} at {record.commit[:12]}")
        add_refs(self.repository, clone, self._refs(tags, kept))
        return ImportedPlugin(
            branch=self.branch,
            kept_branch=kept,
            names=self.names,
            distribution=(old, self.names.distribution),
            package=renamed.renaming.package,
            summary=summary,
            tags=tags,
            allowed=findings,
            project=self.public.project,
            consent=consent,
            gaps=gaps,
            compatibility=compatibility,
            notes=(*renamed.notes, *inactive_files(files.paths, self.names.folder)),
        )

    @property
    def public_upstream(self) -> str | None:
        return None if self.options.upstream is None else parse_source(self.options.upstream).public

    def _check_project(self, tip: str) -> None:
        start = f"{self.subdirectory}/" if self.subdirectory else ""
        files = CommitTree(self.clone.git, tip).entries
        if not any(f"{start}{name}" in files for name in PROJECT_FILES):
            folders = sorted({path.rpartition("/")[0] for path in files if path.rpartition("/")[2] in PROJECT_FILES})
            hint = "Pass one of these folders with --subdirectory: " + ", ".join(map(printable, folders[:5]))
            place = self.subdirectory or "the root of the source"
            raise UsageError(
                f"{printable(place)} contains no pyproject.toml, setup.cfg or setup.py", hint=hint if folders else None
            )

    def _own_commits(self) -> int:
        """Count the commits of a fork that its upstream does not have."""
        if self.options.upstream is None:
            return 0
        self.clone.fetch(parse_source(self.options.upstream), f"HEAD:{_UPSTREAM}")
        if self.clone.git.attempt("merge-base", _TIP, _UPSTREAM).code:
            raise UsageError("the source is not a fork of the abandoned project: they have no common commit")
        own = int(self.clone.git.output("rev-list", "--count", _TIP, f"^{_UPSTREAM}"))
        self.clone.git.output("update-ref", "-d", _UPSTREAM)
        return own

    def _rename(self, history: str) -> tuple[EditedTree, Renamed, str]:
        git, folder = self.clone.git, self.names.folder
        tree = EditedTree(CommitTree(git, history))
        metadata = self._metadata(tree)
        old, self.version = metadata.name, metadata.version
        if old is None:
            reasons = "; ".join(problem.message for problem in metadata.problems[:3]) or "no project file contains one"
            hint = "If the plugin is in another folder of the source, pass --subdirectory."
            raise UsageError(f"the name of the plugin cannot be read: {printable(reasons)}", hint=hint)
        conversion = tree.convert(folder)
        lost = "; ".join(conversion.lost)
        text = f"the project files stay in their old format, because a conversion would lose something: {lost}"
        new = NewNames(
            distribution=self.names.distribution,
            folder=folder,
            package=self.names.package or None,
            renamed_package=self.options.package,
            is_literal=bool(lost),
        )
        roots = [root for root, package in metadata.roots if not package]
        renamed = rename_plugin_files(tree, folder, old, new, roots=roots)
        notes = (*([text] if lost else conversion.notes), *renamed.notes, *version_notes(metadata, folder))
        if (stays := self._metadata(tree).name) != normalize(new.distribution):
            notes += (f"change the name in the project file to {new.distribution}: the file computes {stays}",)
            self.names = replace(self.names, distribution=stays or old)
        return tree, replace(renamed, notes=notes), old

    def _metadata(self, tree: EditedTree) -> Metadata:
        folder = self.names.folder
        return read_metadata(folder, tree.read, project_files(tree.paths, folder))

    def _add_compatibility(self, files: EditedTree, renamed: Renamed, old: str) -> str:
        folder = f"{self.names.folder}/compat"
        distribution = (old, self.names.distribution)
        package = renamed.renaming.package
        for path, data in compatibility_files(distribution, package, renamed.modules, self.version).items():
            files.write(f"{folder}/{path}", data)
        return folder

    def _write(self, history: str, files: EditedTree, summary: HistorySummary, source: str) -> tuple[str | None, int]:
        """Write the commits; return the branch that keeps the history of a squashed import, and the number of gaps."""
        git, name = self.clone.git, self.names.name
        kept = f"history/{name}" if self.options.squash else None
        branch = kept or self.branch
        last = write_branch(
            git,
            branch=branch,
            base=self.base,
            history=history,
            name=name,
            folder=self.names.folder,
            source=source,
            files=files,
            identity=self.identity,
        )
        today = date.fromisoformat(self.options.date)
        tree = CommitTree(git, last, self.repository.workspace)
        gaps = find_gaps(tree, self.workspace.config, self.names.folder, self.environ, today)
        if gaps is not None:
            commit = NewCommit(f"Add {name} to the baseline of checks\n", {gaps.path: (REGULAR, gaps.content)})
            last = write_commits(git, branch, last, [commit], self.identity)
        if kept is not None:
            message = squash_message(f"Import {name}", source, summary, kept)
            write_squashed_branch(
                git, branch=self.branch, base=self.base, last=last, message=message, identity=self.identity
            )
        return kept, gaps.count if gaps is not None else 0

    def _refs(self, tags: tuple[str, ...], kept: str | None) -> dict[str, str]:
        branches = {f"refs/heads/{branch}": f"refs/heads/{branch}" for branch in (self.branch, kept) if branch}
        return branches | {f"refs/tags/{tag}": f"refs/tags/{tag}" for tag in tags}
