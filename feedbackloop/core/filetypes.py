"""What files we take: photos and documents, known by how they begin and not by what they are called."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_FILE = 5 * 1024 * 1024
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif")
FILE_START = 16


@dataclass(frozen=True)
class StoredFile:
    """A file as it lies in its folder, under the random name `file`."""

    file: str
    name: str
    type: str
    size: int
    sha256: str


def file_type(start: bytes) -> str | None:
    """What a file is by its first FILE_START bytes; None for what is neither a photo nor a document that we take."""
    if start.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if start.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS:
        return "image/avif" if start[8:12] == b"avif" else "image/heic"
    return "application/pdf" if start.startswith(b"%PDF-") else None
