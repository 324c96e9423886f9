"""The description that the API gives of itself."""

from __future__ import annotations

import warnings

from feedbackloop import create_app


def test_every_schema_has_a_name_of_its_own(settings_env: dict[str, str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        described = create_app(settings_env).test_client().get("/api/v1/openapi.json").get_json()
    assert {"Complaint", "Improvement"} <= set(described["components"]["schemas"])
