"""Generate the JSON Schemas of the documents of a plugin index, and of its reports, from their types."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from commonhold.catalog.documents import SCHEMA, RootDocument, StatusDocument, TierDocument
from commonhold.catalog.late_document import LateDocument
from generator.json_page import DIALECT, SCHEMAS, struct_schema

if TYPE_CHECKING:
    from typing import Any

DOCUMENTS = {
    "plugin-index-root": (RootDocument, "index/v1/index.json"),
    "plugin-index-tier": (TierDocument, "index/v1/SERIES/TIER.json"),
    "plugin-index-status": (StatusDocument, "index/v1/status.json"),
    "catalog-late": (LateDocument, "commonhold catalog late --json"),
}


def make() -> dict[str, str]:
    """Generate the schemas."""
    return {
        f"{SCHEMAS}/{name}.schema.json": json.dumps(schema(form, title), indent=2, ensure_ascii=False) + "\n"
        for name, (form, title) in DOCUMENTS.items()
    }


def schema(form: type, title: str) -> dict[str, Any]:
    """The schema of one document; every key of the top object is required, except those that may be empty."""
    document = struct_schema(form)
    top = document["$defs"][form.__name__]
    top["properties"]["schema"] = {"const": SCHEMA}
    top["required"].insert(0, "schema")
    return {"$schema": DIALECT, "title": title, **document}
