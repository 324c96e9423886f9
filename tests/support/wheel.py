"""The product as others install it: a wheel built from this checkout, in an environment that knows no checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

from tests.support.source import ROOT


class NoInstallerError(Exception):
    """Neither pip nor uv is here; the message says so."""


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel in it. Commands run in `elsewhere`, a folder that has nothing to do with it."""

    environment: Path
    elsewhere: Path

    def run(self, program: str, *arguments: str, text: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment with these settings, `text` on its standard input."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.run(
            [str(self.environment / "bin" / program), *arguments],
            input=text,
            text=True,
            capture_output=True,
            check=False,
            timeout=120,
            cwd=self.elsewhere,
            env={**kept, "FEEDBACKLOOP_INSTANCE": str(self.elsewhere / "instance"), **environ},
        )


def build(into: Path) -> Path:
    """Build the wheel from the checkout into the folder `into`; its path."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = into.glob("*.whl")
    return wheel


def install(wheel: Path, folder: Path) -> Installed:
    """Install `wheel` alone into a new environment; its dependencies come from the one that runs the tests.

    Raises NoInstallerError.
    """
    environment, elsewhere = folder / "environment", folder / "elsewhere"
    elsewhere.mkdir()
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    subprocess.run([*_installer(python), "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True)
    # A path in a .pth file is searched, but the .pth files in it are not read: the editable checkout stays out.
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return Installed(environment, elsewhere)


def _installer(python: Path) -> list[str]:
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", str(python)]
    base = getattr(sys, "_base_executable", sys.executable)
    if subprocess.run([base, "-m", "pip", "--version"], check=False, capture_output=True).returncode == 0:
        return [base, "-m", "pip", "--python", str(python), "install", "--quiet", "--disable-pip-version-check"]
    raise NoInstallerError("neither uv nor pip can be run")
