"""Reads OpenAPI documents: their operations, and what a value has to look like."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema  # type: ignore[import-untyped]

from dictabelt.http.dialect import Dialect

METHODS = ("get", "head", "post", "put", "patch", "delete", "options")


@dataclass(frozen=True)
class Operation:
    """A method at a path, with every reference followed one step."""

    document: "Document"
    method: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    responses: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Document:
    """A dialect's openapi.json."""

    name: str
    root: Mapping[str, Any]

    @classmethod
    def of(cls, dialect: Dialect) -> "Document":
        return cls(dialect.name, dialect.document())

    def follow(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """The node itself, or what its `$ref` names."""
        if "$ref" not in node:
            return node
        found: Any = self.root
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/")]
        return self.follow(found)

    def sent(self) -> Iterator[str]:
        """The schemas of what is sent to receivers (OpenAPI 3.1, `webhooks`)."""
        for item in self.root.get("webhooks", {}).values():
            for operation in item.values():
                for content in operation["requestBody"]["content"].values():
                    yield content["schema"]["$ref"].rpartition("/")[2]

    def asked(self) -> set[str]:
        """The schemas of request bodies, which may be open: a vendor may pass over what it gets."""
        found = set()
        for item in self.root["paths"].values():
            for method in (it for it in METHODS if it in item):
                contents = item[method].get("requestBody", {}).get("content", {}).values()
                found |= {it["schema"].get("$ref", "").rpartition("/")[2] for it in contents}
        return found

    def operations(self) -> Iterator[Operation]:
        for path, item in self.root["paths"].items():
            shared = self.follow(item)
            for method in (it for it in METHODS if it in shared):
                own = shared[method]
                given = [*shared.get("parameters", ()), *own.get("parameters", ())]
                yield Operation(
                    document=self,
                    method=method.upper(),
                    path=path,
                    parameters=tuple(self.follow(it) for it in given),
                    responses={code: self.follow(it) for code, it in own["responses"].items()},
                )

    def faults(self, schema: Mapping[str, Any], value: object) -> list[str]:
        """What is wrong with the value by a schema of this document, formats included."""
        return faults({**schema, "components": self.root["components"]}, value)


def faults(schema: Mapping[str, Any], value: object) -> list[str]:
    """What is wrong with the value, formats included."""
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    validator = jsonschema.Draft202012Validator(schema, format_checker=checker)
    return [f"{it.json_path}: {it.message}" for it in validator.iter_errors(value)]


def body_schema(response: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of the response's JSON, if it has any."""
    for kind, content in response.get("content", {}).items():
        if kind.endswith("json"):
            found: Mapping[str, Any] | None = content.get("schema")
            return found
    return None
