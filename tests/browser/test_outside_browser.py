"""What comes from outside does no harm: messages that no browser would send, and an address with markup."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from websocket_client import VALUE_FIELDS, Client, session, state_of

APP = Path(__file__).with_name("widgets_app.py")
EXPLORER = Path(__file__).parents[2] / "streamlit_app.py"
WIDGETS = 14


@pytest.fixture
def client(serve: Callable[..., str]) -> Iterator[Client]:
    """A session of the page of all widgets, drawn once."""
    with session(serve(APP)) as client:
        assert client.alerts == []
        assert len(client.widgets) == WIDGETS
        yield client


def test_a_value_that_a_widget_cannot_read_costs_one_run(client: Client) -> None:
    fields = random.Random(0).sample(VALUE_FIELDS, WIDGETS)
    failed = 0
    for widget, field in zip(list(client.widgets), fields, strict=True):
        client.run(state_of(widget, field))
        failed += bool(client.alerts)
        client.run()
        assert client.alerts == [], (widget, field)
    assert failed > 4


@pytest.mark.parametrize("field", VALUE_FIELDS)
def test_values_of_one_type_for_all_widgets_cost_one_run(field: str, client: Client) -> None:
    for _ in range(2):
        client.run(*(state_of(widget, field) for widget in client.widgets))
        assert all("logged under number" in text for text in client.alerts)
    assert client.alerts
    client.run()
    assert client.alerts == []


def test_an_address_puts_no_link_picture_or_markup_on_the_page(
    serve: Callable[..., str], open_page: Callable[..., Any]
) -> None:
    hostile = "[Update](https://example.com)", "![x](https://example.com/a.png)", "https://example.com", ":smile: $x$"
    keys = "variant", "mode", "fusion", "skeleton"
    page = open_page(f"{serve(EXPLORER)}/?{urlencode(dict(zip(keys, hostile, strict=True)))}")
    warning = page.get_by_test_id("stAlert").first
    warning.get_by_text("variant").first.wait_for()
    assert [code.inner_text() for code in warning.locator("code").all()] == list(hostile)
    assert warning.locator("a, img, .katex").count() == 0
    assert page.locator("a[href*='example.com'], img[src*='example.com']").count() == 0
