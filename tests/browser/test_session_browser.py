"""A session goes on after messages that no browser would send."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websocket_client import VALUE_FIELDS, Client, session, state_of

APP = Path(__file__).with_name("widgets_app.py")
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
