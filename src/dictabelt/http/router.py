"""Finds the dialect and the endpoint of a path; refuses two claims to one path at start."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.routing import compile_path

from dictabelt.http.dialect import Dialect, Endpoint, MethodNotAllowed, NoSuchPath

_AS_GET = {"HEAD": "GET"}


class TwoClaims(Exception):
    """Two dialects claim one path."""


@dataclass(frozen=True, slots=True)
class _Route:
    pattern: re.Pattern[str]
    methods: Mapping[str, Endpoint]


class Router:
    """Endpoints of every dialect, each at its vendor's own path."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._owners: dict[str, Dialect] = {}
        self._routes: dict[str, list[_Route]] = {}
        for dialect in dialects:
            self._claim(dialect)
            self._routes[dialect.name] = _compile(dialect)
        # The longest prefix first, so that /v1/x is not taken for /v1.
        self._prefixes = sorted(self._owners, key=len, reverse=True)

    def dialect(self, path: str) -> Dialect | None:
        """Whose path this is, endpoint or not."""
        for prefix in self._prefixes:
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
                return self._owners[prefix]
        return None

    def endpoint(
        self, dialect: Dialect, *, method: str, path: str
    ) -> tuple[Endpoint, dict[str, str]]:
        """The endpoint and its path parameters. Raises NoSuchPath, MethodNotAllowed.

        HEAD is GET without the body (RFC 9110 section 9.3.2).
        """
        for route in self._routes[dialect.name]:
            match = route.pattern.fullmatch(path)
            if match is not None:
                endpoint = route.methods.get(_AS_GET.get(method, method))
                if endpoint is None:
                    raise MethodNotAllowed(_allowed(route))
                return endpoint, match.groupdict()
        raise NoSuchPath("no such path")

    def _claim(self, dialect: Dialect) -> None:
        for prefix in dialect.prefixes:
            owner = self._owners.get(prefix)
            if owner is not None:
                raise TwoClaims(f"{owner.name} and {dialect.name} both claim {prefix}")
            self._owners[prefix] = dialect


def _allowed(route: _Route) -> tuple[str, ...]:
    methods = set(route.methods)
    return tuple(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _compile(dialect: Dialect) -> list[_Route]:
    routes: dict[str, dict[str, Endpoint]] = {}
    for it in dialect.endpoints:
        if not it.path.startswith(dialect.prefixes):
            raise TwoClaims(f"{dialect.name} claims {it.path} outside of its prefixes")
        if it.method in routes.setdefault(it.path, {}):
            raise TwoClaims(f"{dialect.name} claims {it.method} {it.path} twice")
        routes[it.path][it.method] = it
    return [_Route(compile_path(path)[0], methods) for path, methods in routes.items()]
