"""Uploads: multipart/form-data, written to the file store while it arrives. Nothing of it is held in memory.

The body is taken apart as it comes: fields of a few bytes, and one file. It is visible once it is whole.
"""

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app.dependencies import Reader, Submitter, files
from app.preamble import Preamble
from app.queries import NoQuery
from core.errors import BodyTooLarge, FieldError, InvalidRequest, InvalidSpec, UnsupportedBody
from core.files import Blob, Receiver
from core.prediction import LARGEST_IMAGE
from core.spec.problems import explain

Form = TypeVar("Form", bound=BaseModel)

MEDIA_TYPE = "multipart/form-data"
# Written in pieces of this size, by a thread: a disk that hangs must not hold up other requests.
PIECE = 1 << 20
MOST_FIELDS, LONGEST_FIELD = 16, 1 << 16
BESIDE = (
    2 * MOST_FIELDS * LONGEST_FIELD
)  # bytes of a body that are not its file's: fields, headers, boundaries
BEGINNING = 16


class Upload:
    """What arrived: the fields by name, and the file, which lies in the store once `blob` is asked for."""

    def __init__(self, receiver: Receiver, largest: int) -> None:
        self.fields: dict[str, str] = {}
        self.file_name: str | None = None
        self.beginning = b""  # of the file: what it is shows in its first bytes
        self.is_whole = False  # its last boundary was there
        self._receiver = receiver
        self._largest = largest
        self._header = self._value = b""
        self._name, self._is_file, self._field = "", False, bytearray()

    @property
    def has_file(self) -> bool:
        return self.file_name is not None

    def keep(self) -> Blob:
        """Put the file into the store."""
        return self._receiver.keep()

    def share(self) -> str:
        """Let a worker read the file while the request lasts; returns its name in the store's staging."""
        return self._receiver.share()

    def digest(self, blob: Blob | None) -> str:
        """Of all that was sent: the same again is the same request."""
        told = json.dumps([self.fields, blob.digest if blob else None], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def parser(self, boundary: bytes) -> MultipartParser:
        return MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin, "on_part_data": self._data, "on_part_end": self._end,
                "on_header_field": self._on_header, "on_header_value": self._on_value,
                "on_header_end": self._on_header_end, "on_end": self._on_end,
            },
        )  # fmt: skip

    def _begin(self) -> None:
        self._name, self._is_file, self._field = "", False, bytearray()
        self._header = self._value = b""

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode(errors="replace")[:100]
            if b"filename" in options or self._name == "file":
                self._open(options.get(b"filename", b"").decode(errors="replace"))
        self._header = self._value = b""

    def _open(self, file_name: str) -> None:
        if self._name != "file" or self.has_file:
            raise InvalidSpec(
                errors=(FieldError(f"/{self._name}", "unexpected_file", "send one file, as `file`"),)
            )
        self._is_file, self.file_name = True, file_name[:255]

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            if self._receiver.bytes + end - start > self._largest:
                raise BodyTooLarge(f"an upload may have {self._largest} bytes at most")
            self.beginning += data[start : min(end, start + BEGINNING - len(self.beginning))]
            self._receiver.write(data[start:end])
        else:
            self._field += data[start:end]
            if len(self._field) > LONGEST_FIELD:
                raise BodyTooLarge(f"a field may have {LONGEST_FIELD} bytes at most")

    def _end(self) -> None:
        if self._is_file:
            return
        if self._name in self.fields or not self._name:
            raise InvalidSpec(errors=(FieldError(f"/{self._name}", "duplicate", "is given more than once"),))
        if len(self.fields) >= MOST_FIELDS:
            raise BodyTooLarge(f"a form may have {MOST_FIELDS} fields at most")
        self.fields[self._name] = _text(self._name, bytes(self._field))

    def _on_end(self) -> None:
        self.is_whole = True


async def received_upload(request: Request, _who: Submitter, _query: NoQuery) -> AsyncIterator[Upload]:
    """The form that was sent, its file staged; gone afterwards unless it was kept.

    UnsupportedBody, InvalidRequest, InvalidSpec    it is no form, or not one of ours
    BodyTooLarge                                    it has more bytes than the operator allows
    """
    async with _received(request, request.app.state.settings.upload_bytes) as upload:
        yield upload


async def received_image(request: Request, _who: Reader, _query: NoQuery) -> AsyncIterator[Upload]:
    """A form with an image to look at: it is small, and gone afterwards. Errors as above."""
    async with _received(request, LARGEST_IMAGE) as upload:
        yield upload


ReceivedUpload = Annotated[Upload, Depends(received_upload, scope="function")]
ReceivedImage = Annotated[Upload, Depends(received_image, scope="function")]


@asynccontextmanager
async def _received(request: Request, largest: int) -> AsyncIterator[Upload]:
    boundary = _boundary(request)
    with files(request).receiving() as receiver:
        upload = Upload(receiver, largest)
        try:
            await _read(request, upload, boundary, largest + BESIDE)
        except (FormParserError, ClientDisconnect) as error:
            raise InvalidRequest(f"the form is broken: {error or 'it ended too early'}") from error
        yield upload


async def _read(request: Request, upload: Upload, boundary: bytes, most: int) -> None:
    """Up to its last boundary; what comes behind it is nobody's, and is not waited for."""
    parser, preamble, seen = upload.parser(boundary), Preamble(boundary), 0
    async with aclosing(_pieces(request)) as pieces:
        async for piece in pieces:
            seen += len(piece)
            if seen > most:
                raise BodyTooLarge(f"a form may have {most} bytes at most")
            await run_in_threadpool(parser.write, preamble.after(piece))
            if upload.is_whole:
                return
    raise FormParserError("it ends before its last boundary")


def parsed(model: type[Form], fields: dict[str, str]) -> Form:
    """The fields of a form as what they mean.

    InvalidSpec    with everything that is wrong with them
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise InvalidSpec(errors=explain(error.errors(include_url=False), fields, model)) from error


def form_body(
    model: type[BaseModel], file: str, examples: dict[str, Any], *, instead: str | None = None
) -> dict[str, Any]:
    """The part of an OpenAPI operation that describes such a form.

    instead    a field that may be there in place of the file, and never beside it
    """
    fields = {name: _sendable(shape) for name, shape in model.model_json_schema()["properties"].items()}
    properties = {"file": {"type": "string", "format": "binary", "description": file}, **fields}
    either = [{"required": [name]} for name in ("file", instead) if name]
    shape = {"type": "object", "properties": properties, "additionalProperties": False}
    schema = shape | (either[0] if instead is None else {"oneOf": either})
    content = {MEDIA_TYPE: {"schema": schema, "examples": examples}}
    return {"requestBody": {"required": True, "content": content}}


def _sendable(shape: dict[str, Any]) -> dict[str, Any]:
    """A form has no null: what is not said is left out."""
    if "anyOf" not in shape:
        return shape
    (said,) = (each for each in shape["anyOf"] if each != {"type": "null"})
    return {**{name: value for name, value in shape.items() if name not in ("anyOf", "default")}, **said}


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.decode(errors="replace").lower() != MEDIA_TYPE or not options.get(b"boundary"):
        raise UnsupportedBody(f"send the file as {MEDIA_TYPE}, in a field called `file`")
    return options[b"boundary"]


async def _pieces(request: Request) -> AsyncGenerator[bytes, None]:
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) >= PIECE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise InvalidSpec(errors=(FieldError(f"/{name}", "not_text", "is not UTF-8"),)) from error
