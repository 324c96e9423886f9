"""The product runs once for all flows of this folder, on each database. A flow brings complaints of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support import databases
from tests.support.shared import SharedFolder
from tests.support.site import POSTGRESQL, SQLITE, Site, running


@pytest.fixture(scope="session", params=[SQLITE, POSTGRESQL])
def site(
    request: pytest.FixtureRequest, shared_folder: SharedFolder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The product as a newcomer starts it: mail stays here, so the delays are a trial's."""
    folder = tmp_path_factory.mktemp("site")
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = stack.enter_context(databases.sqlite_copy(shared_folder, folder))
        else:
            server = request.getfixturevalue("postgres_server")
            url = stack.enter_context(databases.postgres_copy(shared_folder, server))
        yield stack.enter_context(running(shared_folder, folder, url))
