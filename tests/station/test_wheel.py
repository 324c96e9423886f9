"""`pip install .` gives a feedbackloop that works from any folder: everything it needs is inside of the package."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.support import crawl, need, wheel
from tests.support.instance import Instance
from tests.support.shared import SharedFolder
from tests.support.source import ROOT, TEMPLATES

# Built and installed once, so in one process of the test run.
pytestmark = pytest.mark.xdist_group("wheel")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return wheel.build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> wheel.Installed:
    try:
        return wheel.install(built, tmp_path_factory.mktemp("installed"))
    except wheel.NoInstallerError as reason:
        need.missing(str(reason))


def _names(built: Path) -> set[str]:
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_the_wheel_carries_what_stands_beside_the_package(built: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "templates", "migrations"], cwd=ROOT, capture_output=True, text=True)
    files = tracked.stdout.split() or [path.relative_to(ROOT).as_posix() for path in TEMPLATES.rglob("*.html")]
    missing = {f"feedbackloop/{name}" for name in files if (ROOT / name).is_file()} - _names(built)
    assert files
    assert not missing


def test_the_wheel_carries_compiled_translations_and_no_sources_of_them(built: Path) -> None:
    names = _names(built)
    assert "feedbackloop/translations/nl/LC_MESSAGES/messages.mo" in names
    assert not [name for name in names if name.endswith((".po", ".pot"))]


def test_the_wheel_carries_the_data_of_the_package_and_nothing_else(built: Path) -> None:
    names = _names(built)
    kinds = {".css", ".js", ".svg", ".png", ".toml", ".csv"}
    data = {p.relative_to(ROOT).as_posix() for p in (ROOT / "feedbackloop").rglob("*") if p.suffix in kinds}
    assert data <= names
    tops = {name.split("/")[0] for name in names}
    assert tops == {"feedbackloop", next(top for top in tops if top.endswith(".dist-info"))}


def test_an_installed_feedbackloop_finds_everything_in_itself(installed: wheel.Installed) -> None:
    script = (
        "from feedbackloop import create_app\n"
        "from feedbackloop.core import paths\n"
        "print(paths.PACKAGE); print(paths.folder('templates')); print(paths.folder('migrations'))\n"
        "create_app()\n"
    )
    seen = installed.run("python", "-c", script)
    assert seen.returncode == 0, seen.stderr[-1500:]
    places = [Path(line) for line in seen.stdout.split()]
    assert all(place.is_relative_to(installed.environment) for place in places), seen.stdout


def test_an_installed_feedbackloop_migrates(installed: wheel.Installed) -> None:
    for _ in range(2):
        done = installed.run("feedbackloop", "db", "upgrade")
        assert done.returncode == 0, done.stderr[-1500:]
    assert (installed.elsewhere / "instance" / "feedbackloop.db").is_file()


def test_an_installed_feedbackloop_compiles_every_template(installed: wheel.Installed) -> None:
    script = (
        "from feedbackloop import create_app\n"
        "from feedbackloop.core import paths\n"
        "app, folder = create_app(), paths.folder('templates')\n"
        "names = [p.relative_to(folder).as_posix() for p in folder.rglob('*') if p.suffix in ('.html', '.txt')]\n"
        "print(len([app.jinja_env.get_template(name) for name in names]))\n"
    )
    seen = installed.run("python", "-c", script)
    assert seen.returncode == 0, seen.stderr[-1500:]
    assert int(seen.stdout) > 20


def test_an_installed_feedbackloop_turns_the_loop(
    installed: wheel.Installed, shared_folder: SharedFolder, tmp_path: Path
) -> None:
    """Sample data, mail, pages and styles: everything that a link leads to comes out of the wheel."""
    instance = Instance(shared_folder, tmp_path, {}, python=str(installed.environment / "bin" / "python"))
    for command in (("db", "upgrade"), ("sample-data", "load")):
        done = instance.run(*command)
        assert done.returncode == 0, done.stderr[-1500:]
    try:
        instance.start()
        visitor = crawl.HttpVisitor(instance.url)
        crawl.wait_for_mail(visitor, at_least=10)
        crawl.sign_in_to_sample(visitor, tmp_path / "instance")
        seen = crawl.walk(visitor, ("/mailbox/", "/staff/", "/"), alike=1)
    finally:
        instance.stop()
    assert not seen.broken, "\n".join(seen.broken)
    assert seen.saw("/check-in/")
    assert seen.saw("/static/css/")
