"""Charts hold the data they are given."""

import pytest

from explorer.charts import component_bars, describe_components, module_icicle
from explorer.memory.charts import TIMELINE_POINTS, describe_peak, peak_bar, timeline_area
from explorer.memory.tables import (
    fit_table,
    measured_sentence,
    module_table,
    peak_sentence,
    peak_table,
    plan_json,
    plan_note,
    suggestion_note,
    suggestion_text,
)
from explorer.tables import attribute_table, component_table, file_size_table, layer_frame
from stickgen import MemoryEstimate, TrainingPlan, configure, count_parameters, estimate_training_memory, module_tree
from stickgen.devices import DEVICES, Device
from stickgen.formatting import BYTES_PER_MEBIBYTE, exact_count
from stickgen.sizing import CATEGORIES, FILE_DTYPES, layer_table, what_would_fit

CONFIG = configure("large", "resnet", "cross_attention")


@pytest.fixture(scope="module")
def estimate() -> MemoryEstimate:
    return estimate_training_memory(
        configure("small", "resnet", "film"), TrainingPlan(batch_size=4, sequence_length=50)
    )


def test_the_bars_add_up_to_the_total_and_are_told_in_words() -> None:
    counts = count_parameters(CONFIG)
    (bars,) = component_bars(counts.groups).data
    assert sum(bars.x) == counts.total
    assert all(title in describe_components(counts.groups) for title in counts.groups)


def test_the_icicle_holds_every_module_with_parameters_and_each_child_fits_its_parent() -> None:
    (boxes,) = module_icicle(module_tree(CONFIG)).data
    size = dict(zip(boxes.ids, boxes.values, strict=True))
    assert len(size) == len(boxes.ids) > 100
    (root,) = [name for name, parent in zip(boxes.ids, boxes.parents, strict=True) if not parent]
    assert size[root] == count_parameters(CONFIG).total
    for parent in {parent for parent in boxes.parents if parent}:
        children = [size[name] for name, of in zip(boxes.ids, boxes.parents, strict=True) if of == parent]
        assert sum(children) <= size[parent]


def test_component_tables_give_exact_counts() -> None:
    counts = count_parameters(CONFIG)
    table = component_table(counts)
    assert [int(cell.strip("*").replace(",", "")) for cell in table["Parameters"]] == [
        *counts.groups.values(),
        counts.total,
    ]
    assert len(attribute_table(counts)) == len(counts.components)
    assert list(file_size_table(CONFIG).index) == list(FILE_DTYPES)


def test_the_layer_frame_has_a_row_a_layer_and_sorts_as_numbers() -> None:
    rows = layer_table(configure("small"), 1, 10)
    frame = layer_frame(rows)
    assert len(frame) == len(rows)
    assert frame["Parameters"].max() == frame["Parameters"].iloc[0] == count_parameters(configure("small")).total


def test_the_peak_bar_adds_up_to_the_peak(estimate: MemoryEstimate) -> None:
    bars = peak_bar(estimate.at_peak).data
    assert [bar.name for bar in bars] == list(CATEGORIES)
    assert sum(bar.x[0] for bar in bars) * BYTES_PER_MEBIBYTE == pytest.approx(estimate.peak_bytes)
    assert all(title in describe_peak(estimate) for title in CATEGORIES)
    assert exact_count(estimate.peak_bytes) in peak_table(estimate)["Bytes"].iloc[-1]


def test_the_timeline_keeps_the_peak_however_many_operators_there_are(estimate: MemoryEstimate) -> None:
    figure = timeline_area(estimate.timeline)
    *areas, line = figure.data
    assert [area.name for area in areas] == list(CATEGORIES)
    assert max(line.y) * BYTES_PER_MEBIBYTE == pytest.approx(estimate.peak_bytes, rel=1e-4)
    assert len(line.x) <= 1.1 * TIMELINE_POINTS < len(estimate.timeline.operators)


def test_modules_are_listed_largest_first(estimate: MemoryEstimate) -> None:
    assert len(module_table(estimate, most=5)) == 5


def test_the_fit_table_agrees_with_the_devices_memory(estimate: MemoryEstimate) -> None:
    devices = {
        **DEVICES,
        "tiny": Device(gigabytes=0.3),
        "tight": Device(gigabytes=1.1 * estimate.peak_bytes / 1e9 + 0.3),
    }
    table = fit_table(estimate, devices)
    for name, device in devices.items():
        safe, most = device.tensor_bytes()
        verdicts = {"✓ fits": estimate.peak_bytes <= safe, "✗ does not fit": estimate.peak_bytes > most}
        assert verdicts.get(table.loc[name, "This step"], safe < estimate.peak_bytes <= most), name
    assert set(table["This step"]) == {"✓ fits", "~ may fit", "✗ does not fit"}
    assert table.loc["tiny", "Largest batch"] == "not even 1"


@pytest.mark.parametrize("name", ["Laptop, 8 GB RAM", "RTX 3060"])
def test_the_largest_batch_is_the_largest(estimate: MemoryEstimate, name: str) -> None:
    largest = int(fit_table(estimate, DEVICES).loc[name, "Largest batch"].replace(",", ""))
    safe, _ = DEVICES[name].tensor_bytes()
    for batch, fits in ((largest, True), (largest + 1, False)):
        plan = TrainingPlan(batch_size=batch, sequence_length=50)
        assert (estimate_training_memory(estimate.config, plan).peak_bytes <= safe) == fits


def test_suggestions_are_told_with_what_they_save_and_cost(estimate: MemoryEstimate) -> None:
    budget = estimate.peak_bytes - 10**8
    suggestions = what_would_fit(estimate.config, estimate.plan, budget, pairs=False)
    assert len(suggestions) > 3
    assert suggestion_note(suggestions, budget, estimate).startswith("95.4 MiB too much")
    assert suggestion_note(suggestions, 2 * estimate.peak_bytes, estimate).startswith("It fits as it is")
    for found in suggestions:
        assert found.cost in suggestion_text(found)
        assert ("✓ fits" in suggestion_text(found)) == (found.peak_bytes <= budget)


def test_a_measurement_is_told_with_its_signed_difference(estimate: MemoryEstimate) -> None:
    assert "+1 bytes (0.0%)" in measured_sentence(estimate.peak_bytes - 1, estimate)
    assert estimate.peak_phase in peak_sentence(estimate)


def test_a_plan_can_be_taken_away(estimate: MemoryEstimate) -> None:
    link = "http://localhost/memory?batch_size=4"
    for text in (plan_json(estimate, link), plan_note(estimate, link)):
        assert link in text
        assert str(estimate.peak_bytes) in text.replace(",", "")
