"""What the document does not mention is counted and shown like everything else, as not documented."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import jobs, tasks
from explorer.choice.codec import Choice, defaults
from explorer.explore.cards import file_card, memory_card, parameters_card
from explorer.reference.importing import as_file, read_file
from explorer.reference.values import MARKS, advice_table, all_values, status_cards, value_table
from stickgen import ModelConfig, TrainingPlan, configure, count_parameters, estimate_memory, file_size
from stickgen.command import main, verify
from stickgen.config import (
    DEFAULT_MULTIMODAL,
    DEFAULT_VARIANT,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    SKELETONS,
    VARIANTS,
    Skeleton,
    configurations,
)
from stickgen.documented import values
from stickgen.documented.document import size_values
from stickgen.documented.facts import NOT_DOCUMENTED
from stickgen.documented.values import SECTIONS, DocumentedValue, Section
from stickgen.documented.verification import Check, Status, check
from stickgen.formatting import exact_count, megabytes
from stickgen.model.fusion import FUSION_CLASSES
from stickgen.model.image_encoders import IMAGE_ENCODER_BUILDERS
from stickgen.sizing import FILE_DTYPES
from stickgen.sizing.files import FileDtype
from stickgen.workloads import TrainingStep

PAIR = DEFAULT_MULTIMODAL[DEFAULT_VARIANT]
ROOT = Path(__file__).parents[1]


def add_encoder(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(IMAGE_ENCODERS, "new_encoder", "New entry")
    patch.setitem(IMAGE_ENCODER_BUILDERS, "new_encoder", IMAGE_ENCODER_BUILDERS["mini_vit"])


def add_strategy(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(FUSION_STRATEGIES, "new_strategy", "New entry")
    patch.setitem(FUSION_CLASSES, "new_strategy", FUSION_CLASSES["concat"])


def add_variant(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(VARIANTS, "new entry", ModelConfig(d_model=64, num_layers=1, num_heads=2))


def add_dtype(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(FILE_DTYPES, "new_dtype", FileDtype(title="New entry", dtype=torch.float16))


def add_skeleton(patch: pytest.MonkeyPatch) -> None:
    segments = SKELETONS["v3"].segments[:7]
    entry = Skeleton(name="new_skeleton", label="New entry", motion_type="new_skeleton", segments=segments)
    patch.setitem(SKELETONS, "new_skeleton", entry)


ENTRIES: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], Callable[[], ModelConfig]]] = {
    "encoder": (add_encoder, lambda: configure("small", "new_encoder", "gated")),
    "strategy": (add_strategy, lambda: configure("small", "lightweight_cnn", "new_strategy")),
    "variant": (add_variant, lambda: configure("new entry", *PAIR)),
    "dtype": (add_dtype, lambda: configure("small", *PAIR)),
    "skeleton": (add_skeleton, lambda: configure("small", skeleton="new_skeleton")),
}
"""Adds a registry entry, and nothing but that; then a config that has it."""


@pytest.fixture(params=ENTRIES)
def entry(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A temporary registry entry, as if it had been there when the modules were loaded."""
    name: str = request.param
    add, _ = ENTRIES[name]
    add(monkeypatch)
    for key, section in values.sections().items():
        monkeypatch.setitem(SECTIONS, key, section)
    return name


def test_the_document_has_it(entry: str, capsys: pytest.CaptureFixture[str]) -> None:
    named = "new_skeleton" if entry == "skeleton" else "new entry"
    for arguments in (["--markdown"], []):
        assert main(["document", *arguments]) == 0
        text = capsys.readouterr().out
        assert named in text.lower()
        assert (NOT_DOCUMENTED in text) == (entry in ("encoder", "strategy", "variant"))


def test_the_plain_values_have_it(entry: str) -> None:
    written = json.loads(json.dumps(size_values()))
    assert set(written["variants"]) == set(VARIANTS)
    assert set(written["image_encoders"]) == set(IMAGE_ENCODERS)
    assert set(written["fusion_strategies"]) == set(FUSION_STRATEGIES)
    assert set(written["configurations"]) == {config.key for config in configurations()}
    assert set(written["skeletons"]) == set(SKELETONS)
    for variant in written["variants"].values():
        assert set(variant["multimodal"]["file_bytes"]) == set(FILE_DTYPES), entry


def test_the_commands_run_with_it(
    entry: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    traced = {value: Check(value=value, computed=1, status=Status.KEPT) for value in all_values() if value.is_traced}
    monkeypatch.setattr(verify, "check", lambda value: traced.get(value) or check(value))
    assert main(["verify", "--all"]) == 0
    output = capsys.readouterr().out
    assert ("New " in output) == (entry != "skeleton")
    assert f"{len(all_values())} values: " in output


def test_the_reference_page_shows_it_as_not_documented(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept(value: DocumentedValue) -> Check:
        return Check(value=value, computed=1, status=Status.KEPT) if value.is_traced else check(value)

    monkeypatch.setattr(jobs, "WORKER", jobs.Worker())
    monkeypatch.setattr(tasks, "check", kept)
    app = AppTest.from_file(str(ROOT / "explorer" / "main.py"), default_timeout=120)
    app.switch_page("../pages/reference.py")
    app.run()
    assert not app.exception
    shown = "".join(element.proto.body for element in app.get("html"))
    assert ("New Entry" in shown or "New entry" in shown) == (entry != "skeleton")
    added = [value for value in all_values() if "new entry" in f"{value.subject} {value.quantity}".lower()]
    assert {kept(value).status for value in added} == (set() if entry == "skeleton" else {Status.UNDOCUMENTED})
    counts = dict(status_cards(map(kept, all_values())))
    assert counts[f"{MARKS[Status.UNDOCUMENTED]} {NOT_DOCUMENTED}"] >= len(added)
    section = Section(title="Added", values=tuple(added))
    table = value_table(section, {value: kept(value) for value in added}, [Status.UNDOCUMENTED]).text()
    assert set(table["Documented"]) == set(table["Status"].str.removeprefix("○ "))
    assert all(table["Computed"])
    assert ("new entry" in set(advice_table().text()["Variant"])) == (entry == "variant")


def test_the_cards_give_its_values(entry: str) -> None:
    config, plan = ENTRIES[entry][1](), TrainingPlan(sequence_length=4)
    dtype = "new_dtype" if entry == "dtype" else "float32"
    parameters, file = parameters_card(config), file_card(config, dtype)
    assert parameters.value == exact_count(count_parameters(config).total)
    assert (file.value, file.note) == (megabytes(file_size(config, dtype)), NOT_DOCUMENTED)
    memory = memory_card(estimate_memory(TrainingStep(config, plan)))
    if entry != "dtype":
        assert parameters.note.endswith(NOT_DOCUMENTED)
        assert memory.note == NOT_DOCUMENTED


def test_its_configuration_file_is_read_back(entry: str) -> None:
    config = ENTRIES[entry][1]()
    text = as_file(Choice(config=config, plan=TrainingPlan()))
    assert read_file(text, defaults()).errors == ()
