"""Certificates are looked at wherever there are some."""

import pytest
from tidelake.runtime.certificates import verified


@pytest.mark.parametrize(
    ("url", "needed"),
    [
        ("http://127.0.0.1:1/readyz", False),
        ("HTTP://door", False),
        ("https://door", True),
        ("door:443", True),
    ],
)
def test_only_plain_http_goes_without(url: str, needed: bool) -> None:
    assert verified(url) is needed
