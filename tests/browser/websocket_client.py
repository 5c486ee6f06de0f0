"""A client that speaks Streamlit's websocket protocol, and can send what no browser would."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from waiting import PATIENCE_SECONDS
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect

VALUE_FIELDS = [field.name for field in WidgetState.DESCRIPTOR.fields if field.name != "id"]
"""The kinds of value that a widget may have."""


class Client:
    """One session."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.widgets: dict[str, None] = {}
        """The ids of all widgets that have been drawn."""
        self.alerts: list[str] = []
        """What the last run has said in boxes, exceptions among it."""

    def run(self, *states: WidgetState) -> None:
        """Run the page to its end with these widget values."""
        message = BackMsg()
        message.rerun_script.widget_states.widgets.extend(states)
        self._socket.send(message.SerializeToString())
        self.alerts = []
        while True:
            answer = ForwardMsg.FromString(self._socket.recv(timeout=PATIENCE_SECONDS))
            kind = answer.WhichOneof("type")
            if kind == "script_finished":
                return
            if kind == "delta":
                self.widgets |= dict.fromkeys(_widget_ids(answer.delta))
                element = answer.delta.new_element
                self.alerts += [text for text in (element.alert.body, element.exception.message) if text]


@contextmanager
def session(url: str) -> Iterator[Client]:
    """A new session on a server, whose page has run once."""
    address = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        client = Client(socket)
        client.run()
        yield client


def _widget_ids(message: Any) -> Iterable[str]:
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for part in value if field.is_repeated else [value]:
                yield from _widget_ids(part) if hasattr(part, "ListFields") else ()
        elif field.name == "id" and value.startswith("$$ID"):
            yield value


def state_of(widget: str, field: str) -> WidgetState:
    """A widget's state with a value in this field, whatever kind of value the widget has."""
    state = WidgetState(id=widget)
    kind = WidgetState.DESCRIPTOR.fields_by_name[field]
    values = {kind.TYPE_STRING: "{", kind.TYPE_BYTES: b"x", kind.TYPE_DOUBLE: float("nan")}
    if kind.type == kind.TYPE_MESSAGE:
        getattr(state, field).SetInParent()
    else:
        setattr(state, field, values.get(kind.type, 1))
    return state
