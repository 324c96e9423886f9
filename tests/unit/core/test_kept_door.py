"""What is read of a request before gunicorn reads it: plain ones alone, and exactly."""

from __future__ import annotations

import pytest

from feedbackloop.core.kept.door import read_head

PLAIN = b'GET /improvements/?lang=nl HTTP/1.1\r\nHost: log.example\r\nAccept: */*\r\nIf-None-Match: "a" \r\n\r\n'


def test_a_plain_request_is_read_as_wsgi_has_it() -> None:
    head = read_head(PLAIN + b"GET /next HTTP/1.1\r\n")
    assert head is not None
    assert (head.length, head.closes) == (len(PLAIN), False)
    assert head.environ == {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/improvements/",
        "QUERY_STRING": "lang=nl",
        "HTTP_HOST": "log.example",
        "HTTP_IF_NONE_MATCH": '"a"',
    }


@pytest.mark.parametrize(
    ("line", "closes"), [(b"Connection: close", True), (b"connection: Keep-Alive", False), (b"X: y", False)]
)
def test_it_knows_whether_the_client_stays(line: bytes, closes: bool) -> None:
    head = read_head(b"HEAD / HTTP/1.1\r\nHost: a\r\n" + line + b"\r\n\r\n")
    assert head is not None
    assert head.closes is closes


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PLAIN[:-1],
        PLAIN[:30],
        PLAIN.replace(b"GET", b"POST"),
        PLAIN.replace(b"GET", b"get"),
        PLAIN.replace(b"1.1", b"1.0"),
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN.replace(b"/improvements/", b"http://other.example/"),
        PLAIN.replace(b"/improvements/", b"/a%2e"),
        PLAIN.replace(b"/improvements/", b"/a#b"),
        PLAIN.replace(b"/improvements/", b"/ a"),
        PLAIN.replace(b"/improvements/", b"/\xc3\xa9"),
        PLAIN.replace(b"Accept:", b"Accept :"),
        PLAIN.replace(b"Accept:", b" Accept:"),
        PLAIN.replace(b"Accept:", b"X_Accept:"),
        PLAIN.replace(b"*/*", b"a\0b"),
        PLAIN.replace(b"*/*", b"a\rb"),
        PLAIN.replace(b"*/*", b"a\r\n folded"),
        PLAIN.replace(b"Accept: */*", b"Host: other.example"),
        PLAIN.replace(b"Accept: */*", b'if-none-match: "b"'),
        PLAIN.replace(b"Accept: */*", b"Connection: upgrade"),
        PLAIN.replace(b"Accept: */*", b"Connection: close, te"),
        *(
            PLAIN.replace(b"Accept: */*", line)
            for line in (
                b"Content-Length: 0",
                b"Content-Length: 5",
                b"Transfer-Encoding: chunked",
                b"Content-Type: application/json",
                b"Range: bytes=0-1",
                b"If-Match: *",
                b"If-Modified-Since: Sun, 29 Nov 2026 12:00:00 GMT",
                b"Expect: 100-continue",
                b"Upgrade: h2c",
            )
        ),
    ],
)
def test_anything_else_is_left_to_the_server(data: bytes) -> None:
    assert read_head(data) is None
