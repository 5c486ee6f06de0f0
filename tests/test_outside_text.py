"""Text from an address or a file is never markup: every place where it is drawn is walked."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest
from choice_strategies import EVERY_CONTROL, PAGES
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from explorer import jobs, tasks
from explorer.choice.codec import read_address, read_pairs
from explorer.choice.controls import Control, TextControl
from explorer.compare.comparison import parse_comparison
from explorer.jobs import Task
from explorer.plain_text import MAX_QUOTE_LENGTH, quoted
from stickgen import MemoryEstimate, TrainingPlan, as_yaml, configure, estimate_memory, read_yaml, sizing
from stickgen.documented.verification import Check, Status
from stickgen.exchange.keys import KEYS
from stickgen.motion import Motion, MotionRequest, reference_motion, to_motion_file
from stickgen.sizing import step_costs
from stickgen.workloads import TrainingStep

ROOT = Path(__file__).parents[1]

MARK = "zzz"
"""Stands in every hostile text, and nowhere else."""

HOSTILE = (
    f"[{MARK}](https://example.com)",
    f"![{MARK}](https://example.com/a.png)",
    f"https://{MARK}.example.com",
    f"${MARK}$ :red[{MARK}]",
    f":{MARK}: :material/{MARK}:",
    f"<b>{MARK}</b><img src=x>",
    f"`` ` **{MARK}** ` ``",
    f"a\n\n# {MARK}\n\n| {MARK} |\n|---|",
)

PLAIN = {
    "TextInput.default", "TextInput.value", "TextArea.default", "TextArea.value",  # what a user may edit
    "Code.code_text", "Text.body", "BidiComponent.json",  # drawn as they are
}  # fmt: skip
"""Fields of elements whose text nobody reads as markup."""


def strings(message: Any) -> Iterator[tuple[str, str]]:
    """Every string that an element of a page holds, with the name of its field."""
    for field, value in message.ListFields():
        for part in value if field.is_repeated and field.type != field.TYPE_MESSAGE else [value]:
            if isinstance(part, str):
                yield f"{message.DESCRIPTOR.name}.{field.name}", part
        if field.type == field.TYPE_MESSAGE and not hasattr(value, "keys"):
            for part in value if field.is_repeated else [value]:
                yield from strings(part)


def protos(node: Any) -> Iterator[Any]:
    if getattr(node, "proto", None) is not None and hasattr(node.proto, "ListFields"):
        yield node.proto
    for child in getattr(node, "children", {}).values():
        yield from protos(child)


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.marked: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag in ("b", "img", "a") or any(MARK in (value or "") for _, value in attributes):
            self.marked.append(tag)


def is_markup(field: str, text: str) -> bool:
    """Whether outside text in a field is read as markup."""
    if field in PLAIN:
        return False
    if field == "Html.body":
        return bool(_Tags(text).marked)
    return MARK in re.sub(r"`[^`\n]*`", "", text)


def check(app: AppTest, said: int = 0) -> list[str]:
    """No outside text is markup, and it stands on the page at least `said` times. Returns the fields that hold it."""
    assert not app.exception, app.exception
    held = [(field, text) for proto in protos(app._tree) for field, text in strings(proto) if MARK in text]
    assert [(field, text) for field, text in held if is_markup(field, text)] == []
    assert sum(text.count(MARK) for _, text in held) >= said
    return [field for field, _ in held]


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clips in place of the models' motions, and one trace for all: they take seconds each."""
    step = TrainingStep(configure("small"), TrainingPlan(sequence_length=10))
    estimate, costs = estimate_memory(step), step_costs(step)

    def memory(_step: TrainingStep) -> Task[MemoryEstimate]:
        return Task("one trace for all", lambda _report: estimate)

    def motion(request: MotionRequest, stage: str) -> Task[Motion]:
        skeleton = request.config.skeleton
        return Task(("clip", stage, skeleton), lambda _report: reference_motion("walk", skeleton, frames=25))

    monkeypatch.setattr(jobs, "WORKER", jobs.Worker())
    monkeypatch.setattr(sizing, "peak_bytes", lambda _step, _report: estimate.peak_bytes)
    monkeypatch.setattr(sizing, "step_costs", lambda _step, _report: costs)
    monkeypatch.setattr(tasks, "memory", memory)
    monkeypatch.setattr(tasks, "motions", lambda request, last: [motion(request, last)])
    monkeypatch.setattr(tasks, "motion", motion)
    monkeypatch.setattr(tasks, "best_motion", lambda request, **_named: request.reference())
    monkeypatch.setattr(tasks, "next_motion", lambda _request, **_named: None)
    monkeypatch.setattr(tasks, "check", lambda value: Check(value=value, computed=1, status=Status.KEPT))


def open_page(page: str, query: Mapping[str, str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "explorer" / "main.py"), default_timeout=120)
    app.switch_page(f"../pages/{page}.py")
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


@given(some.text() | some.text("`*_[]()<>$:\\\\\n a"))
def test_a_quotation_is_one_piece_of_code(text: str) -> None:
    said = quoted(text)
    assert said == "nothing" or re.fullmatch(r"`[^`]+`", said)
    assert said.isprintable()
    assert len(said) <= MAX_QUOTE_LENGTH + 2


# The address


@pytest.mark.parametrize(
    ("page", "key", "control"), EVERY_CONTROL, ids=[f"{page}-{key}" for page, key, _ in EVERY_CONTROL]
)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_said_of_an_address_holds_it_as_code(page: str, key: str, control: Control, hostile: str) -> None:
    _, problems = read_address({key: [hostile]}, {key: control})
    _, in_pairs = read_pairs(f"{key}-{hostile}~{hostile}-1", {key: control})
    for problem in (*problems, *in_pairs):
        assert not is_markup(page, str(problem))
    assert problems or isinstance(control, TextControl)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    "entry", ["{}", "variant-{}", "{}-small", "plan~{}", "plan~batch_size-{}", "variant-small~{}~{}"]
)
def test_what_is_said_of_a_comparison_holds_it_as_code(entry: str, hostile: str) -> None:
    _, sentences = parse_comparison({"configs": f"{entry.format(hostile, hostile)},variant-large", "baseline": hostile})
    assert any(MARK in sentence for sentence in sentences)
    assert not any(is_markup("", sentence) for sentence in sentences)


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("first", range(0, len(HOSTILE), 3))
@pytest.mark.parametrize("page", ["explore", *(page for page in PAGES if page != "sidebar")])
def test_no_page_draws_a_text_of_its_address_as_markup(page: str, first: int) -> None:
    keys = [*PAGES["sidebar"], *PAGES.get(page, {}), "configs", "baseline"]
    texts = islice(cycle(HOSTILE), first, None)
    app = open_page(page, {**dict(zip(keys, texts, strict=False)), HOSTILE[first]: HOSTILE[first]})
    check(app, said=len(keys) - 4)  # a prompt may be any text, and only Compare reads the last two


# Configuration files


def hostile_files(hostile: str) -> Iterator[str]:
    """A configuration file with a hostile text in every place that has one."""
    text, written = as_yaml(configure("small", "resnet", "gated")), json.dumps(hostile)
    yield f"{text}{written}: 1\n"
    yield f"{text}{written}: {{{written}: 1}}\n"
    yield f"{text}{written}: {{a: 1}}\n{written}: {{b: 2}}\n"
    yield text.replace("model:\n", f"model:\n  {written}: 1\n")
    yield f"{written}\n"
    yield f"d_model: {written}\nnhead: [{written}]\n{written}: 1\n"
    yield f"%TAG !{MARK}! {hostile}\n---\na: 1"
    yield f"a: !{MARK} 1"
    yield f"a: *{MARK}"
    yield hostile
    for key in KEYS:
        _, name = key.split(".")
        before, _, after = text.partition(f"  {name}: ")
        yield f"{before}  {name}: {written}\n{after.partition(chr(10))[2]}" if after else text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_remarks_on_a_file_are_plain_text(hostile: str) -> None:
    for text in hostile_files(hostile):
        imported = read_yaml(text)
        for remark in (*imported.errors, *imported.notes):
            assert remark.key.isprintable()
            assert remark.text.isprintable()


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_configuration_file_is_drawn_as_plain_text(hostile: str) -> None:
    app = open_page("reference", {"status": Status.DIFFERS})
    errors = f"{as_yaml(configure('small'))}{json.dumps(hostile)}: 1\n".replace("small", json.dumps(hostile))
    for text in (errors, errors.replace("256", json.dumps(hostile), 1)):
        app.text_area(key="configuration_text").set_value(text)
        next(button for button in app.button if button.label == "Read the text").click().run()
        check(app, said=2)
    app.file_uploader(key="configuration_file").set_value((f"{hostile}.yaml", errors.encode(), "text/yaml")).run()
    check(app, said=2)


# Motions


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A `.motion` file with something changed."""
    content = json.loads(to_motion_file(reference_motion("walk", "v1", frames=4)))
    change(content)
    return json.dumps(content).encode()


PLACES: dict[str, Callable[[dict[str, Any], Any], object]] = {
    "description": lambda content, text: content["meta"].update(description=text),
    "description is a list": lambda content, text: content["meta"].update(description=[text]),
    "fps": lambda content, text: content["meta"].update(fps=text),
    "total_frames": lambda content, text: content["meta"].update(total_frames=text),
    "version": lambda content, text: content["meta"].update(version=text),
    "key": lambda content, text: content.update({text: text}),
    "type": lambda content, text: content["skeleton"].update(type=text),
    "joint_format": lambda content, text: content["skeleton"].update(joint_format=text),
    "input_dim": lambda content, text: content["skeleton"].update(input_dim=text),
    "segments": lambda content, text: content["skeleton"].update(segments=[text]),
    "motion": lambda content, text: content["motion"].__setitem__(0, text),
    "actions": lambda content, text: content.update(actions=[text] * 4),
    "action is a list": lambda content, text: content.update(actions=[[text]] * 4),
    "physics": lambda content, text: content.update(physics=[text]),
    "camera": lambda content, text: content.update(camera=text),
}
"""A place in a `.motion` file, to what puts a text there."""


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("first", range(2))
def test_a_motion_file_is_drawn_as_plain_text(first: int) -> None:
    app = open_page("motion", {})
    held: list[str] = []
    for place, hostile in zip(PLACES, islice(cycle(HOSTILE), first * 3, None), strict=False):
        file = changed(lambda content, place=place, hostile=hostile: PLACES[place](content, hostile))
        app.file_uploader(key="motion_file").set_value([(f"{hostile}.motion", file, "application/json")]).run()
        held += check(app)
        app.file_uploader(key="motion_file").set_value([]).run()
    assert set(held) == {"BidiComponent.json"}  # the player, which draws text as text
