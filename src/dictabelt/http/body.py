"""Request bodies that must fit into memory."""

from starlette.requests import Request

from dictabelt.core.errors import Invalid

LARGEST = 64 * 1024


async def small_body(request: Request) -> bytes:
    """The whole body. Raises Invalid over 64 KiB, without reading the rest."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise Invalid(f"Body is larger than {LARGEST} bytes", field="body")
    return bytes(body)
