"""Create a CycloneDX document with the uploaded plugins of a release: licences, files, hashes and requirements."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from commonhold import __version__
from commonhold.release.model.wheel_metadata import read_wheel_metadata

if TYPE_CHECKING:
    from datetime import datetime

    from cyclonedx.model import HashType
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import License

    from commonhold.release.model.plan import Artifact
    from commonhold.release.model.plugin_state import PluginState
    from commonhold.release.model.state import ReleaseState
    from commonhold.release.model.store import Store

_MAX_LICENCE = 100
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "commonhold")


def bill_of_materials(store: Store, state: ReleaseState) -> bytes:
    """Return a CycloneDX 1.6 document as JSON; the same release always gives the same document.

    Requirements from outside the repository are not included, because they are only resolved during an installation.
    """
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output import make_outputter
    from cyclonedx.schema import OutputFormat, SchemaVersion

    plan = store.plan
    uploaded = [each for each in state.plugins.values() if each.is_uploaded]
    tool = Component(name="commonhold", version=__version__, type=ComponentType.APPLICATION, bom_ref="commonhold")
    release = Component(name=f"{plan.core or 'plugins'} plugins", version=plan.version, bom_ref="release")
    bom = Bom(
        # The serial number is derived from the contents, so that a release always has the same document.
        serial_number=uuid.uuid5(_NAMESPACE, " ".join([plan.commit, *sorted(_hashes(uploaded))])),
        metadata=BomMetaData(tools=[], component=release, timestamp=_time(plan.epoch)),
    )
    bom.metadata.tools.components.add(tool)
    components = {each.name: _component(each, _licences(store, each)) for each in uploaded}
    for component in components.values():
        bom.components.add(component)
    for each in uploaded:
        needs = [components[name] for name in each.plugin.needs if name in components]
        bom.register_dependency(components[each.name], needs)
    bom.register_dependency(release, components.values())
    text = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=2)
    return text.encode() + b"\n"


def _component(state: PluginState, licences: list[License]) -> Component:
    from cyclonedx.model.component import Component
    from packageurl import PackageURL

    plugin = state.plugin
    purl = PackageURL("pypi", name=plugin.name, version=plugin.version)
    return Component(
        name=plugin.name,
        version=plugin.version,
        purl=purl,
        bom_ref=str(purl),
        licenses=licences,
        hashes=[_sha256(artifact) for artifact in state.files if artifact.name.endswith(".whl")],
        components=[_file(artifact) for artifact in state.files],
    )


def _file(artifact: Artifact) -> Component:
    from cyclonedx.model.component import Component, ComponentType

    hashes = [_sha256(artifact)]
    return Component(name=artifact.name, type=ComponentType.FILE, hashes=hashes, bom_ref=f"file:{artifact.name}")


def _sha256(artifact: Artifact) -> HashType:
    from cyclonedx.model import HashAlgorithm, HashType

    return HashType(alg=HashAlgorithm.SHA_256, content=artifact.sha256)


def _licences(store: Store, state: PluginState) -> list[License]:
    """Return the licences in the metadata of a plugin's wheel: one licence expression, or names from older fields."""
    from cyclonedx.model.license import DisjunctiveLicense

    wheel = next((artifact for artifact in state.files if artifact.name.endswith(".whl")), None)
    metadata = {} if wheel is None else read_wheel_metadata(store.read(state.name, wheel))
    expression, text = metadata.get("license_expression"), metadata.get("license", "").strip()
    if expression:
        return [_licence(expression)]
    classified = [each.rpartition(" :: ")[2] for each in metadata.get("classifiers", ()) if _is_licence(each)]
    if classified:
        return [DisjunctiveLicense(name=name) for name in dict.fromkeys(classified)]
    # Some projects put the whole text of their licence into this field.
    is_name = text and text != "UNKNOWN" and len(text) <= _MAX_LICENCE and "\n" not in text
    return [_licence(text)] if is_name else []


def _licence(text: str) -> License:
    from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
    from cyclonedx.spdx import fixup_id, is_expression

    identifier = fixup_id(text)
    if identifier is not None:
        return DisjunctiveLicense(id=identifier)
    return LicenseExpression(text) if is_expression(text) else DisjunctiveLicense(name=text)


def _is_licence(classifier: str) -> bool:
    # The parent "License :: OSI Approved" names no licence.
    return classifier.startswith("License :: ") and not classifier.endswith(":: OSI Approved")


def _hashes(uploaded: list[PluginState]) -> list[str]:
    return [artifact.sha256 for each in uploaded for artifact in each.files]


def _time(epoch: int) -> datetime:
    from datetime import datetime, timezone

    return datetime.fromtimestamp(epoch, timezone.utc)
