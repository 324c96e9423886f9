"""What the build of the package adds: compiled translations, and the folders that a checkout keeps beside the package.

`python hatch_build.py` compiles by hand: `make` uses it whenever a catalogue is newer than its compiled form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # only the package's own build needs hatchling; compiling by hand does not
    BuildHookInterface = object  # type: ignore[assignment, misc]

ROOT = Path(__file__).resolve().parent
TRANSLATIONS = Path("feedbackloop") / "translations"
BESIDE_THE_PACKAGE = ("templates", "migrations")


def compile_catalogues(root: Path) -> list[Path]:
    """Write `messages.mo` beside each `messages.po` under `root` that is newer; return them all, new or kept."""
    compiled = []
    for source in sorted((root / TRANSLATIONS).glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        compiled.append(target)
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parent.parent.name)
        # Written aside and renamed: a server that is starting never reads half a catalogue.
        part = target.with_suffix(".mo.part")
        with part.open("wb") as stream:
            write_mo(stream, catalogue)
        part.replace(target)
    return compiled


class BuildHook(BuildHookInterface):  # type: ignore[type-arg, misc, unused-ignore]
    """Hatchling calls this before it collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile; a real wheel also carries the two folders that stand beside the package in a checkout.

        Not a `force-include` table in pyproject.toml: an editable install would copy them too, and they would go stale.
        """
        compile_catalogues(Path(self.root))
        if version == "standard" and self.target_name == "wheel":
            build_data["force_include"].update({name: f"feedbackloop/{name}" for name in BESIDE_THE_PACKAGE})


if __name__ == "__main__":
    for path in compile_catalogues(ROOT):
        print(path.relative_to(ROOT))
