"""Everything that a database holds of the loop, as text: `python -m tests.support.rows DATABASE_URL` prints it."""

from __future__ import annotations

import sys

from sqlalchemy import MetaData, create_engine, select

# What follows from looking and knocking alone: who signed in or tried to, which token was used, when the clock looked.
_NOT_OF_THE_LOOP = {"alembic_version", "api_tokens", "sign_in_tries", "staff_sessions", "stored_values"}
# Counted from the others when the clock comes to it.
_NOT_OF_THE_LOOP |= {"number_facts", "number_cells", "number_days", "number_marks", "number_state"}
_NOT_OF_THE_LOOP |= {"board_changes", "board_counts", "board_state", "suggestion_rounds"}


def rows(database_url: str) -> list[str]:
    """A line a row, in an order of their own."""
    engine = create_engine(database_url)
    tables = MetaData()
    tables.reflect(engine)
    try:
        with engine.connect() as connection:
            return [
                f"{table.name}: {tuple(row)}"
                for table in tables.sorted_tables
                if table.name not in _NOT_OF_THE_LOOP
                for row in connection.execute(select(table).order_by(*table.primary_key.columns))
            ]
    finally:
        engine.dispose()


if __name__ == "__main__":
    print("\n".join(rows(sys.argv[1])))  # noqa: T201
