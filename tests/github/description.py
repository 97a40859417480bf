"""Compare responses with the schemas of GitHub's OpenAPI description, and find keys that it does not have.

prism accepts any key, such as a misspelled optional one, and skips schemas that it cannot compile without a word
(``commit-comparison``).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jsonschema import Draft4Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from commonhold.github.transport import Request, Response

Schema = dict[str, Any]

_ADDRESS = "urn:description"


@dataclass(frozen=True)
class Description:
    """GitHub's description of its API."""

    document: Schema

    @classmethod
    def load(cls, path: Path) -> Description:
        """Read a description."""
        return cls(_standard(json.loads(path.read_text(encoding="utf-8"))))

    @cached_property
    def _registry(self) -> Registry[Any]:
        registry: Registry[Any] = Registry().with_resource(_ADDRESS, DRAFT4.create_resource(self.document))
        return registry

    def violations(self, request: Request, response: Response) -> list[str]:
        """Return a message for each value of a response that has not the described form, and for each surplus key."""
        schema = self._schema(request, response.status)
        if schema is None:
            return []
        document = json.loads(response.body)
        errors = Draft4Validator(schema, registry=self._registry).iter_errors(document)
        found = [f"{error.json_path}: {error.message[:200]}" for error in errors]
        return found + [f"{where} is not described" for where in dict.fromkeys(self._surplus([schema], document, "$"))]

    def _schema(self, request: Request, status: int) -> Schema | None:
        """Return the schema of a response; of several paths that match, the one with the fewest parameters describes it."""
        path = request.path.partition("?")[0]
        matching = [
            each for each in self.document["paths"] if re.fullmatch(re.sub(r"\\?\{\w+\\?\}", "[^/]+", each), path)
        ]
        matching += [each for each in self.document["paths"] if each.endswith("/{ref}") and path.startswith(each[:-5])]
        for template in sorted(matching, key=lambda each: each.count("{")):
            operation = self.document["paths"][template].get(request.method.lower())
            answer = self._resolved((operation or {"responses": {}})["responses"].get(str(status), {}))
            content: dict[str, Schema] | None = answer.get("content", {}).get("application/json")
            if content is not None:
                return content["schema"]
        return None

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            kind, name = schema["$ref"].split("/")[-2:]
            schema = self.document["components"][kind][name]
        return schema

    def _variants(self, schema: Schema) -> Iterator[Schema]:
        """Yield a schema and all that it consists of, or can be instead."""
        resolved = self._resolved(schema)
        yield resolved
        for word in ("allOf", "anyOf", "oneOf"):
            for each in resolved.get(word, ()):
                yield from self._variants(each)

    def _surplus(self, schemas: list[Schema], value: object, where: str) -> Iterator[str]:
        """Yield each undescribed key; an object without properties may have any."""
        variants = [variant for schema in schemas for variant in self._variants(schema)]
        if isinstance(value, list):
            items = [variant["items"] for variant in variants if "items" in variant]
            for each in value if items else ():
                yield from self._surplus(items, each, where)
        if not isinstance(value, dict) or any(each.get("additionalProperties") for each in variants):
            return
        properties: dict[str, list[Schema]] = {}
        for each in variants:
            for key, schema in each.get("properties", {}).items():
                properties.setdefault(key, []).append(schema)
        for key, inner in value.items() if properties else ():
            if key in properties:
                yield from self._surplus(properties[key], inner, f"{where}.{key}")
            else:
                yield f"{where}.{key}"


def _standard(value: Any) -> Any:
    """Return OpenAPI's schemas as JSON Schema has them, with absolute references."""
    if isinstance(value, list):
        return [_standard(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: _standard(each) for key, each in value.items()}
    if isinstance(found.get("$ref"), str):
        found["$ref"] = f"{_ADDRESS}{found['$ref']}"
    return {"anyOf": [found, {"type": "null"}]} if found.pop("nullable", None) is True else found
