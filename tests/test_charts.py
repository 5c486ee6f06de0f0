"""Charts hold the data they are given."""

from dataclasses import replace
from functools import partial

import pytest

from explorer.charts import component_bars, describe_components, module_icicle
from explorer.explore.tables import attribute_table
from explorer.memory.charts import TIMELINE_POINTS, describe_peak, peak_bar, timeline_area
from explorer.memory.export import as_json, as_markdown
from explorer.memory.methods import peak as peak_method
from explorer.memory.tables import documented_table, module_table
from explorer.memory.text import (
    budget_sentence,
    holder_sentence,
    measured_sentence,
    overhead_sentence,
    peak_sentence,
    suggestion_note,
    suggestion_text,
)
from stickgen import MemoryEstimate, TrainingPlan, configure, count_parameters, estimate_memory, module_tree
from stickgen.documented.facts import VARIANT_FACTS
from stickgen.documented.values import SECTIONS
from stickgen.documented.verification import check
from stickgen.formatting import BYTES_PER_MEBIBYTE, exact_count, gibibytes, memory
from stickgen.plan import InferencePlan
from stickgen.sizing import (
    CATEGORIES,
    FILE_DTYPES,
    FIXED_TERMS,
    PHASES,
    file_size,
    file_table,
    fit_table,
    layer_table,
    what_would_fit,
)
from stickgen.sizing.devices import DEVICES, Device
from stickgen.workloads import Forward, TrainingStep

CONFIG = configure("large", "resnet", "cross_attention")


@pytest.fixture(scope="module")
def estimate() -> MemoryEstimate:
    return estimate_memory(
        TrainingStep(configure("small", "resnet", "film"), TrainingPlan(batch_size=4, sequence_length=50))
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
    table = counts.table()
    assert table.frame()["Parameters"].tolist() == [*counts.groups.values(), counts.total]
    assert [int(cell.replace(",", "")) for cell in table.text()["Parameters"]] == table.frame()["Parameters"].tolist()
    assert {module: count for module, count, *_ in attribute_table(counts).rows} == counts.components
    sizes = file_table(CONFIG)
    assert [row[0] for row in sizes.rows] == [dtype.title for dtype in FILE_DTYPES.values()]
    assert [row[2] for row in sizes.rows] == [file_size(CONFIG, dtype) for dtype in FILE_DTYPES]


def test_the_layer_table_has_a_row_a_layer_and_sorts_as_numbers() -> None:
    rows = layer_table(Forward(configure("small"), InferencePlan(sequence_length=10)))
    frame = rows.table().frame()
    assert len(frame) == len(rows)
    assert frame["Parameters"].max() == frame["Parameters"].iloc[0] == count_parameters(configure("small")).total


def test_the_peak_bar_adds_up_to_the_peak_with_the_fixed_term_apart(estimate: MemoryEstimate) -> None:
    interval = FIXED_TERMS["cuda"].interval_bytes(estimate.peak_bytes)
    figure = peak_bar(estimate.at_peak, interval, "assumed")
    *bars, overhead = figure.data
    assert [bar.name for bar in bars] == list(CATEGORIES)
    assert sum(bar.x[0] for bar in bars) * BYTES_PER_MEBIBYTE == pytest.approx(estimate.peak_bytes)
    assert {bar.y[0] for bar in bars} != set(overhead.y)
    assert overhead.x[0] * BYTES_PER_MEBIBYTE == pytest.approx(interval[1])
    assert figure.layout.xaxis.title.text == "MiB"
    assert all(title in describe_peak(estimate) for title in CATEGORIES)
    assert exact_count(estimate.peak_bytes) == estimate.table().text()["Bytes"].iloc[-1]


def test_an_axis_that_reaches_a_gibibyte_is_in_gibibytes() -> None:
    figure = peak_bar({"parameters": 3 * 2**30}, (0, 1), "assumed")
    assert figure.layout.xaxis.title.text == "GiB"
    assert figure.data[0].x[0] == 3


def test_the_timeline_keeps_the_peak_however_many_operators_there_are(estimate: MemoryEstimate) -> None:
    figure = timeline_area(estimate.timeline)
    *areas, line = figure.data
    assert [area.name for area in areas] == list(CATEGORIES)
    assert max(line.y) * BYTES_PER_MEBIBYTE == pytest.approx(estimate.peak_bytes, rel=1e-4)
    assert len(line.x) <= 1.1 * TIMELINE_POINTS < len(estimate.timeline.operators)
    said = [annotation.text for annotation in figure.layout.annotations]
    assert said == [*PHASES, f"peak {memory(estimate.peak_bytes)}"]
    operator, module = line.customdata[len(line.x) // 2]
    assert operator in estimate.timeline.operators
    assert module in (*estimate.timeline.modules, "loss or optimizer")


def test_the_timeline_of_a_long_step_is_small_enough_to_send() -> None:
    config, plan = configure("large", "resnet", "cross_attention"), TrainingPlan(activation_checkpointing=10)
    timeline = estimate_memory(TrainingStep(config, plan)).timeline
    assert len(timeline.operators) > 6000
    assert len(timeline_area(timeline).to_json()) < 600_000


def test_the_module_that_costs_most_is_named(estimate: MemoryEstimate) -> None:
    table = module_table(estimate, max_rows=5).text()
    assert len(table) == 5
    largest, size = next(iter(estimate.modules_at_peak.items()))
    assert table["Module"].iloc[0] == (largest or "inputs, loss and optimizer")
    assert table["Memory"].iloc[0] == memory(size)
    part, held = next(iter(estimate.modules_to_depth(1).items()))
    assert f"`{part}` holds most: **{memory(held)}**" in holder_sentence(estimate)


def test_the_fit_table_agrees_with_the_devices_memory(estimate: MemoryEstimate) -> None:
    devices = {
        **DEVICES,
        "tiny": Device(gigabytes=0.3),
        "tight": Device(gigabytes=1.1 * estimate.peak_bytes / 1e9 + 0.3),
    }
    table = fit_table(estimate, devices).text().set_index("Device")
    for name, device in devices.items():
        safe, most = device.tensor_bytes()
        verdicts = {"✓ fits": estimate.peak_bytes <= safe, "✗ does not fit": estimate.peak_bytes > most}
        assert verdicts.get(table.loc[name, "This step"], safe < estimate.peak_bytes <= most), name
    assert set(table["This step"]) == {"✓ fits", "~ may fit", "✗ does not fit"}
    assert table.loc["tiny", "Largest batch size"] == "not even 1"


@pytest.mark.parametrize("name", ["Laptop, 8 GB RAM", "RTX 3060"])
def test_the_largest_batch_is_the_largest(estimate: MemoryEstimate, name: str) -> None:
    largest = int(fit_table(estimate, DEVICES).frame().set_index("Device").loc[name, "Largest batch size"])
    safe, _ = DEVICES[name].tensor_bytes()
    for batch, fits in ((largest, True), (largest + 1, False)):
        plan = TrainingPlan(batch_size=batch, sequence_length=50)
        assert (estimate_memory(TrainingStep(estimate.workload.config, plan)).peak_bytes <= safe) == fits


def test_what_is_missing_and_what_is_spare_is_told(estimate: MemoryEstimate) -> None:
    over = budget_sentence(estimate, "T4", estimate.peak_bytes - 10**8)
    spare = budget_sentence(estimate, "T4", estimate.peak_bytes + 10**8)
    assert over.startswith("✗ **T4**")
    assert "**95.4 MiB** more than" in over
    assert spare.startswith("✓ **T4**")
    assert "**95.4 MiB** to spare" in spare


def test_suggestions_are_told_with_what_they_save_and_cost() -> None:
    config, plan = configure("small", num_layers=2), TrainingPlan(batch_size=8)
    budget = estimate_memory(TrainingStep(config, plan)).peak_bytes - 10**8
    suggestions = what_would_fit(TrainingStep(config, plan), budget, pairs=False)
    assert len(suggestions) > 3
    enough = sum(found.fits for found in suggestions)
    note = suggestion_note(suggestions, 3, budget)
    assert note.startswith(f"With {enough} of {len(suggestions)} changes the step fits.")
    assert f"first 3 of {len(suggestions)} are listed" in note
    assert suggestion_note(suggestions, 3, 2 * budget).startswith("This step fits.")
    assert "listed" not in suggestion_note(suggestions, len(suggestions), budget)
    assert "No single change" in suggestion_note([], 0, budget)
    for found in suggestions:
        assert found.cost in suggestion_text(found)
        assert ("✓ fits" in suggestion_text(found)) == (found.peak_bytes <= budget)


def test_the_documented_table_sets_ours_beside_budget_and_hardware() -> None:
    values = SECTIONS["training_memory"].values
    peaks = [10**9, 10**10, *[10**9] * (len(values) - 2)]
    checks = [check(replace(value, compute=partial(int, peak))) for value, peak in zip(values, peaks, strict=True)]
    table = documented_table(zip(values, checks, strict=True)).text()
    assert len(table) == 9
    assert list(table["Traced"]) == [gibibytes(peak) for peak in peaks]
    assert list(table["Documented"]) == [value.written for value in values]
    assert list(table["Budget"][:3]) == ["✓ kept", "✗ exceeded", "✓ kept"]
    assert list(table["Hardware memory"][:3]) == ["✓ enough", "✗ too small", "✓ enough"]
    for variant, facts in VARIANT_FACTS.items():
        hardware = table[table["Variant and mode"].str.startswith(variant.title())]["Documented hardware"]
        assert list(hardware) == [facts.hardware] * 3


def test_a_documented_value_stands_in_the_table_before_its_step_is_traced() -> None:
    values = SECTIONS["training_memory"].values
    first = check(replace(values[0], compute=partial(int, 10**9)))
    table = documented_table(zip(values, [first, *[None] * (len(values) - 1)], strict=True)).text()
    assert list(table["Documented"]) == [value.written for value in values]
    assert list(table["Traced"]) == [gibibytes(10**9), *["…"] * (len(values) - 1)]
    assert "✗" not in "".join(table.loc[1:, ["Budget", "Hardware memory"]].to_numpy().ravel())


@pytest.mark.parametrize("measured", [False, True])
def test_the_overhead_of_a_device_is_called_what_it_is(estimate: MemoryEstimate, measured: bool) -> None:
    term = replace(FIXED_TERMS["cuda"], measured=measured)
    sentence = overhead_sentence(estimate, term)
    low, high = (memory(estimate.peak_bytes + size) for size in term.interval_bytes(estimate.peak_bytes))
    assert f"{low} to {high}" in sentence
    assert ("assumed" in sentence) == (not measured)
    assert term.source in peak_method(term)


def test_a_measurement_is_told_with_its_signed_difference(estimate: MemoryEstimate) -> None:
    assert "+1 bytes (0.0%)" in measured_sentence(estimate.peak_bytes - 1, estimate)
    assert estimate.peak_phase in peak_sentence(estimate)


def test_the_peak_of_several_devices_is_said_to_be_that_of_each() -> None:
    plan = TrainingPlan(sequence_length=10, parallel="ddp", ranks=4)
    assert peak_sentence(estimate_memory(TrainingStep(configure("small"), plan))).startswith("On each of 4 devices")


def test_a_step_is_exported_with_its_link_and_its_peak(estimate: MemoryEstimate) -> None:
    link = "http://localhost/memory?batch_size=4"
    for text in (as_json(estimate, link), as_markdown(estimate, link)):
        assert link in text
        assert str(estimate.peak_bytes) in text.replace(",", "")
