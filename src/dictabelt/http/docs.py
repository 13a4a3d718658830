"""The front at /docs: every dialect's OpenAPI document, read in Swagger UI without a network."""

from collections.abc import Iterable
from html import escape
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp

from dictabelt import __version__
from dictabelt.http.answers import Answer, json
from dictabelt.http.dialect import Dialect
from dictabelt.http.documents import unfolded

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_START = """
const documents = JSON.parse(document.getElementById("documents").textContent);
const wanted = new URLSearchParams(location.search).get("api");
const chosen = documents.find((it) => it.name === wanted) || documents[0];
// `urls`, for several documents, needs the standalone layout with its search bar; one is enough.
window.ui = SwaggerUIBundle({
  url: chosen.url,
  dom_id: "#ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Dictabelt {version}: APIs</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head><body>
<nav style="font-family: sans-serif; padding: 1em">{links}</nav><div id="ui"></div>
<script id="documents" type="application/json">{documents}</script>
<script src="/docs/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script>
</body></html>"""


class Documents:
    """OpenAPI documents of the dialects, and the page that shows them."""

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._dialects = {it.name: it for it in dialects}

    async def index(self, request: Request) -> ASGIApp:
        """The root: what this is and where to read on."""
        if request.scope["path"] != "/" or request.method not in ("GET", "HEAD"):
            return _missing()
        names = {name: f"/docs/{name}.json" for name in self._dialects}
        return json({"name": "dictabelt", "version": __version__, "docs": "/docs", "apis": names})

    async def page(self, request: Request) -> ASGIApp:
        """/docs, /docs/{dialect}.json, and the page's own assets."""
        if request.method not in ("GET", "HEAD"):
            return json({"title": "Method Not Allowed", "status": 405}, 405)
        name = request.scope["path"].removeprefix("/docs").removeprefix("/")
        if name == "":
            return self._page() if request.scope["path"] == "/docs" else RedirectResponse("/docs")
        if name == "start.js":
            return Response(_START, media_type="text/javascript")
        if name in _ASSETS:
            content = files(__package__).joinpath("swagger_ui", name).read_bytes()
            return Response(
                content, headers={"cache-control": "max-age=86400"}, media_type=_ASSETS[name]
            )
        dialect = self._dialects.get(name.removesuffix(".json"))
        return (
            json(unfolded(dialect.document())) if dialect and name.endswith(".json") else _missing()
        )

    def _page(self) -> Response:
        links = " · ".join(
            f'<a href="/docs?api={escape(it.name)}">{escape(it.title)}</a>'
            for it in self._dialects.values()
        )
        urls = [{"name": it.name, "url": f"/docs/{it.name}.json"} for it in self._dialects.values()]
        body = _PAGE.format(version=__version__, links=links, documents=json(urls).body.decode())
        policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
        return Response(body, headers={"content-security-policy": policy}, media_type="text/html")


def _missing() -> Answer:
    return json({"title": "Not Found", "status": 404, "detail": "/docs lists what there is"}, 404)
