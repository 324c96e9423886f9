"""`create-staff` and `create-token`, as operators and scripts call them."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask

from feedbackloop.staff import keyring, queries, service

PASSWORD = "four words in a row"


def run(app: Flask, *words: str, typed: str = "") -> Result:
    return app.test_cli_runner().invoke(args=list(words), input=typed)


def test_an_account_is_made_with_the_password_on_standard_input(app: Flask) -> None:
    result = run(app, "create-staff", "Noor@Ours.example", "--role", "quality", "--name", "Noor", typed=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    with app.app_context():
        found = queries.by_email("noor@ours.example")
        assert found is not None
        assert (found.name, found.role, found.sample) == ("Noor", "quality", False)
        assert service.authenticate("noor@ours.example", PASSWORD) is not None


def test_without_a_name_the_address_gives_it(app: Flask) -> None:
    run(app, "create-staff", "noor@ours.example", "--role", "admin", typed=PASSWORD)
    with app.app_context():
        assert getattr(queries.by_email("noor@ours.example"), "name", None) == "noor"


@pytest.mark.parametrize(
    ("email", "typed", "said"),
    [
        ("noor@ours.example", "short\n", "at least 12 characters"),
        ("noor@ours.example", "", "at least 12 characters"),
        ("no address", PASSWORD, "not an e-mail address"),
        ("taken@ours.example", PASSWORD, "already"),
    ],
)
def test_a_refusal_is_one_line_and_status_2(app: Flask, email: str, typed: str, said: str) -> None:
    run(app, "create-staff", "taken@ours.example", "--role", "admin", typed=PASSWORD)
    result = run(app, "create-staff", email, "--role", "admin", typed=typed)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert said in result.stderr
    with app.app_context():
        assert len(queries.accounts()) == 1


def test_an_unknown_role_is_bad_usage(app: Flask) -> None:
    assert run(app, "create-staff", "noor@ours.example", "--role", "owner", typed=PASSWORD).exit_code == 2
    assert run(app, "create-staff", "noor@ours.example", typed=PASSWORD).exit_code == 2


def test_the_token_stands_alone_on_the_last_line(app: Flask) -> None:
    result = run(app, "create-token", "shop", "--scope", "read", "--scope", "intake")
    assert result.exit_code == 0, result.output
    token = result.stdout.splitlines()[-1]
    assert result.stdout == token + "\n"
    with app.app_context():
        key = keyring.read(token)
    assert key is not None
    assert key.scopes == ["intake", "read"]


def test_a_token_needs_a_scope(app: Flask) -> None:
    assert run(app, "create-token", "shop").exit_code == 2
    assert run(app, "create-token", "shop", "--scope", "everything").exit_code == 2
    assert run(app, "create-token", "", "--scope", "read").exit_code == 2
