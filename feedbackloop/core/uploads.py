"""A field of a form for files, which are looked into before anything is kept of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from wtforms import MultipleFileField
from wtforms.validators import StopValidation

from feedbackloop.core import filetypes, text
from feedbackloop.core.errors import Unavailable
from feedbackloop.core.filetypes import FILE_START, LARGEST_FILE, StoredFile

log = logging.getLogger(__name__)

_LONGEST_NAME = 120


class Files(MultipleFileField):
    """Photos and documents, known by what they hold and not by what they are called. None that was sent can come back
    into a form: it has to be chosen again."""

    def __init__(self, most: int, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None)
        self.data: list[FileStorage] = []
        self.stray = bool(formdata and any(formdata.getlist(self.name)))

    def take(self, sent: Sequence[FileStorage]) -> None:
        """The files of a request; a part without a name and without content is a field that was left empty."""
        self.data = [one for one in sent if one.filename or _start(one)]

    def pre_validate(self, form: Any) -> None:
        if self.stray:
            raise StopValidation(_("This is not a file. Choose one."))
        if len(self.data) > self.most:
            raise StopValidation(_("Choose at most %(n)s files.", n=self.most))
        for one in self.data:
            problem = _problem(one)
            if problem:
                raise StopValidation(problem)


@contextmanager
def kept(
    sent: Sequence[FileStorage],
    keep: Callable[[IO[bytes], str, str], StoredFile],
    discard: Callable[[Sequence[StoredFile]], None],
) -> Iterator[list[StoredFile]]:
    """The files of a valid form, written before the rows that will name them; gone again where those do not come.

    `keep` and `discard` are those of the station. Raises Unavailable where the disk takes none.
    """
    found: list[StoredFile] = []
    try:
        for one in sent:
            found.append(keep(one.stream, file_name(one), file_type(one)))
        yield found
    except OSError as problem:
        discard(found)
        log.error("files_not_kept", extra={"kind": type(problem).__name__})
        raise Unavailable from problem
    except BaseException:
        discard(found)
        raise


def _problem(sent: FileStorage) -> str | None:
    shown = file_name(sent)
    if filetypes.file_type(_start(sent)) is None:
        said = _("%(name)s is not a photo or document that we can take. Choose a JPG, PNG, WebP, HEIC, GIF or PDF.")
        return said % {"name": shown}
    if sent.stream.seek(0, 2) > LARGEST_FILE:
        return _("%(name)s is too large: at most %(mb)s MB.", name=shown, mb=LARGEST_FILE // 2**20)
    return None


def _start(sent: FileStorage) -> bytes:
    sent.stream.seek(0)
    return sent.stream.read(FILE_START)


def file_type(sent: FileStorage) -> str:
    """What a valid file is; it is then read from its beginning."""
    found = filetypes.file_type(_start(sent))
    sent.stream.seek(0)
    return found or "application/octet-stream"


def file_name(sent: FileStorage) -> str:
    """What the person called it, made fit to keep: its last part, of one line and not too long."""
    last = (sent.filename or "").replace("\\", "/").rpartition("/")[2]
    plain = "".join(one for one in last if one.isprintable() and one not in '"<>|:*?').strip(" .")
    try:
        plain = text.clean(plain, limit=len(plain) * 3 + 1)
    except text.TextProblem:
        plain = ""
    if len(plain) > _LONGEST_NAME:
        begin, dot, end = plain.rpartition(".")
        plain = f"{begin[: _LONGEST_NAME - 8]}{dot}{end[:7]}" if dot and begin else plain[:_LONGEST_NAME]
    return plain or _("file")
