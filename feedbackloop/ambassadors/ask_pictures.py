"""Pictures that people send of themselves: without what the camera stored in them, and gone when they say so."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from feedbackloop.ambassadors import ask_queries as queries
from feedbackloop.core import clock
from feedbackloop.core.db import after_commit
from feedbackloop.core.filetypes import StoredFile
from feedbackloop.core.folders import Folder
from feedbackloop.extensions import db
from feedbackloop.people.events import ConsentsChanged, PeopleErased

TYPES = ("image/jpeg", "image/png", "image/webp")
_FOLDER = Folder("pictures")
_MOST_PIXELS = 60_000_000
_EDGE = 1600


def drawn_again(stream: IO[bytes]) -> bytes | None:
    """The picture as a JPEG of at most 1600 pixels, with nothing in it but what one sees; None for what is none."""
    from PIL import Image, ImageOps  # takes a while to load, and most processes draw nothing

    stream.seek(0)
    try:
        with Image.open(stream, formats=("JPEG", "PNG", "WEBP")) as found:
            if found.width * found.height > _MOST_PIXELS:
                return None
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((_EDGE, _EDGE))
            plain = Image.new("RGB", upright.size, "white")
            shown = upright.convert("RGBA")
            plain.paste(shown, mask=shown.getchannel("A"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    made = io.BytesIO()
    plain.save(made, "JPEG", quality=88)
    return made.getvalue()


def keep(picture: bytes) -> StoredFile:
    """Writes what `drawn_again` made into the folder."""
    return _FOLDER.keep(io.BytesIO(picture), "", "image/jpeg")


def discard(kept: Iterable[StoredFile]) -> None:
    """Takes files away that no row will name."""
    _FOLDER.discard(one.file for one in kept)


def path_of(file: str) -> Path:
    return _FOLDER.path_of(file)


def keep_up(event: ConsentsChanged) -> None:
    """Whose consent ended, their picture goes: the row now, the file after the commit, or with the next sweep."""
    there = queries.pictures_of(event.ids)
    if there:
        allowed = queries.pictured([(one.customer_id, one.complaint_id) for one in there])
        forget([one.id for one in there if (one.customer_id, one.complaint_id) not in allowed], event.ids)


def erase(event: PeopleErased) -> None:
    forget([one.id for one in queries.pictures_of(event.ids)], event.ids)


def forget(picture_ids: Iterable[int], customer_ids: Iterable[int]) -> None:
    """Empties the rows of these pictures, and takes the files away after the commit."""
    wanted = set(picture_ids)
    gone = []
    for one in queries.pictures_of(list(customer_ids)) if wanted else ():
        if one.id in wanted:
            one.gone_at = clock.now()
            gone.append(one.file)
    db.session.flush()
    if gone:
        after_commit(lambda: _FOLDER.discard(gone))


def sweep() -> int:
    """Takes away what was left by requests and withdrawals that were cut off; how many files."""
    return _FOLDER.sweep(queries.known_files)
