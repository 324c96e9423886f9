"""What came of each row the last time it was played, in a file beside its logs: the table is made of these."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tests.faults.matrix import ROWS, Result

_FILE = "result.json"


def keep(found: Result, folder: Path, mails: int) -> None:
    """Writes it down as the last result of its row."""
    values = {**asdict(found), "row": found.row.number, "mails": mails}
    place = _place(folder, found.row.number, found.database)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")


def whole(folder: Path, mails: int) -> list[Result] | None:
    """The last result of every row on each of its databases, with so many mails; None while one is missing."""
    found = []
    for number, row in sorted(ROWS.items()):
        for database in row.databases:
            place = _place(folder, number, database)
            values = json.loads(place.read_text(encoding="utf-8")) if place.is_file() else {}
            if values.pop("mails", None) != mails:
                return None
            lists = {name: tuple(values.pop(name)) for name in ("problems", "notes")}
            found.append(Result(**{**values, **lists, "row": row}))
    return found


def _place(folder: Path, number: int, database: str) -> Path:
    return folder / f"row{number:02d}-{database}" / _FILE
