"""Read the body of a request, as far as it is wanted."""

from starlette.types import Receive

METHODS_WITHOUT = ("GET", "HEAD", "OPTIONS", "DELETE")
# Read and thrown away beyond what is kept, so that the answer reaches a client that is still sending.
DRAINED = 16 << 20


async def received(receive: Receive, keep: int) -> tuple[bytes, int] | None:
    """The first `keep` bytes of the body, and how many came; in chunks that are kept whole or not at all.

    None when the connection broke before its end: what came may look sound, and is not.
    """
    body, size, more = bytearray(), 0, True
    while more and size <= DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= keep:
            body += chunk
        more = message.get("more_body", False)
    return bytes(body), size
