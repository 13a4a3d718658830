"""The OpenAPI documents: valid, complete, and true to the code."""

import json
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

import samples
from dialects.documents import Document, Operation, body_schema
from dialects.rendering import REFUSALS, shapes
from dictabelt.core.errors import NotFound, VaultError
from dictabelt.core.meter import Spent
from dictabelt.dialects.bird import wire as bird
from dictabelt.dialects.laml import wire as laml
from dictabelt.dialects.relay import wire as relay
from dictabelt.http.dialect import Dialect, MethodNotAllowed, discover
from dictabelt.http.refusals import nearest

DIALECTS = {it.name: it for it in discover()}
DOCUMENTS = {name: Document.of(it) for name, it in DIALECTS.items()}
OPERATIONS = [op for document in DOCUMENTS.values() for op in document.operations()]
WIRES = {name: import_module(f"dictabelt.dialects.{name}.wire") for name in DIALECTS}
ERRORS: Mapping[str, Mapping[type[VaultError], tuple[Any, ...]]] = {
    name: wire.ERRORS for name, wire in WIRES.items()
}
SHAPES = shapes()

# Where a document lists the words of a table: dialect, schema, property, tables.
WORDS: tuple[tuple[str, str, str, tuple[Mapping[Any, str], ...]], ...] = (
    ("laml", "Recording", "status", (laml.STATUS,)),
    ("laml", "Recording", "source", (laml.SOURCE, laml.CONFERENCE_SOURCE)),
    ("laml", "Recording", "trim", (laml.TRIM,)),
    ("relay", "Recording", "status", (relay.STATUS,)),
    ("relay", "Recording", "track", (relay.TRACK,)),
    ("bird", "Recording", "status", (bird.STATUS,)),
    ("bird", "Recording", "source", (bird.SOURCE,)),
    ("bird", "Recording", "direction", (bird.DIRECTION,)),
    ("bird", "Recording", "origin", (bird.ORIGIN,)),
    ("bird", "Number", "type", (bird.NUMBER_TYPE,)),
)

every_dialect = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
every_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda it: f"{it.method} {it.path}"
)


@every_dialect
def test_a_document_is_valid(dialect: Dialect) -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(dialect.document()))).validate()


@every_dialect
def test_a_document_has_exactly_the_endpoints(dialect: Dialect) -> None:
    documented = {(it.method, it.path) for it in DOCUMENTS[dialect.name].operations()}
    # A browser asks OPTIONS by itself; nobody calls it from a document.
    answered = {(it.method, it.path) for it in dialect.endpoints if it.method != "OPTIONS"}
    assert documented == answered


@every_operation
def test_path_parameters_are_those_of_the_path(operation: Operation) -> None:
    documented = [it["name"] for it in operation.parameters if it["in"] == "path"]
    assert sorted(documented) == sorted(re.findall(r"{(\w+)}", operation.path))
    assert all(it["required"] for it in operation.parameters if it["in"] == "path")


@pytest.mark.parametrize(("name", "schema", "field", "tables"), WORDS)
def test_enums_are_the_words_that_are_sent(
    name: str, schema: str, field: str, tables: tuple[Mapping[Any, str], ...]
) -> None:
    listed = DOCUMENTS[name].root["components"]["schemas"][schema]["properties"][field]["enum"]
    assert set(listed) == {word for table in tables for word in table.values()}
    assert len(set(listed)) == len(listed)


@every_dialect
def test_the_words_of_every_table_are_documented(dialect: Dialect) -> None:
    schemas = DOCUMENTS[dialect.name].root["components"]["schemas"].values()
    fields = [it["properties"] for it in schemas if "properties" in it]
    # The words of Relay's legs are names of fields.
    listed = [{name for it in fields for name in it}]
    listed += [set(field["enum"]) for it in fields for field in it.values() if "enum" in field]
    for table in dialect.tables.values():
        assert any(set(table.values()) <= it for it in listed)


@every_dialect
def test_documented_refusals_are_those_of_the_error_table(dialect: Dialect) -> None:
    operations = DOCUMENTS[dialect.name].operations()
    documented = {int(code) for it in operations for code in it.responses}
    media = getattr(WIRES[dialect.name], "MEDIA_ERRORS", {})
    refused = {row[0] for row in ERRORS[dialect.name].values()} | set(media)
    refused |= further_statuses(dialect)
    assert {it for it in documented if it >= 400} == refused - {200}


def further_statuses(dialect: Dialect) -> set[int]:
    """Of the error tables that a dialect has beside that of its wire: `*_ERRORS` of its modules."""
    package = import_module(f"dictabelt.dialects.{dialect.name}")
    modules = [
        import_module(f"{package.__name__}.{it.name}") for it in iter_modules(package.__path__)
    ]
    tables = [
        table
        for module in modules
        for name, table in vars(module).items()
        if name.endswith("_ERRORS") and name != "MEDIA_ERRORS"
    ]
    return {row[0] for table in tables for row in table.values()}


@every_operation
def test_every_operation_can_be_refused(operation: Operation) -> None:
    table = ERRORS[operation.document.name]
    always = {table[it][0] for it in (NotFound, MethodNotAllowed, VaultError)}
    assert always <= {int(code) for code in operation.responses}
    assert all("headers" in it for it in operation.responses.values())


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda it: type(it).__name__)
@every_dialect
def test_a_refusal_is_as_documented(dialect: Dialect, refusal: VaultError) -> None:
    document = DOCUMENTS[dialect.name]
    shown = json.loads(SHAPES[f"{dialect.name}-refusals"]())[type(refusal).__name__]
    assert shown["status"] == nearest(ERRORS[dialect.name], refusal)[0]
    ways = [
        it.responses[str(shown["status"])]
        for it in document.operations()
        if str(shown["status"]) in it.responses
    ]
    assert any(_fits(document, way, shown) for way in ways)


def of_the_mount(dialect: Dialect) -> set[str]:
    """The headers that tell of limits."""
    if dialect.metering is None:
        return set()
    return set(dialect.metering.headers(Spent(1, 1, samples.ISSUED)))


def _fits(document: Document, response: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    schema = body_schema(response)
    # The mount gives every answer its X-Request-Id, and what a dialect tells of its limits.
    sent = {"x-request-id", *shown["headers"], *of_the_mount(DIALECTS[document.name])}
    wanted = {
        name.lower()
        for name, it in response["headers"].items()
        if document.follow(it).get("required")
    }
    return schema is not None and not document.faults(schema, shown["body"]) and wanted <= sent


@pytest.mark.parametrize("name", [it for it in SHAPES if "refusals" not in it])
def test_an_answer_is_as_documented(name: str) -> None:
    document = DOCUMENTS[name.partition("-")[0]]
    schemas = [
        schema
        for it in document.operations()
        for code in it.responses
        if code.startswith("2") and (schema := body_schema(it.responses[code])) is not None
    ]
    answer = json.loads(SHAPES[name]())
    schemas += [{"$ref": f"#/components/schemas/{it}"} for it in document.sent()]
    assert schemas
    # An answer fits that of one operation at least, or what the dialect sends by itself.
    assert any(not document.faults(it, answer) for it in schemas)


@every_dialect
def test_examples_are_as_documented(dialect: Dialect) -> None:
    document = DOCUMENTS[dialect.name]
    shown = list(_examples(document.root))
    assert shown
    for schema, example in shown:
        assert document.faults(schema, example) == []


def _examples(node: object) -> Iterator[tuple[Mapping[str, Any], object]]:
    """Every example beside its schema, wherever in the document."""
    if isinstance(node, Mapping):
        if "schema" in node and "example" in node:
            yield node["schema"], node["example"]
        if "schema" in node and "examples" in node:
            yield from ((node["schema"], it["value"]) for it in node["examples"].values())
        for inside in node.values():
            yield from _examples(inside)
    elif isinstance(node, list):
        for inside in node:
            yield from _examples(inside)


@every_dialect
def test_objects_that_are_answered_are_closed(dialect: Dialect) -> None:
    document = DOCUMENTS[dialect.name]
    for name, schema in document.root["components"]["schemas"].items():
        open_on_purpose = name in document.asked() or (dialect.name, name) == (
            "relay",
            "Recording",
        )
        if schema.get("type") == "object" and not open_on_purpose:
            closed = schema.get("additionalProperties", schema.get("unevaluatedProperties"))
            assert closed is False
            assert set(schema["required"]) <= set(schema["properties"])
