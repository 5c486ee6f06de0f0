"""A comparison survives its address, counts what is real, and says what it cannot have."""

import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
import torch
from choice_strategies import values_of_every
from hypothesis import given
from hypothesis import strategies as some

from explorer.choice.codec import choice_of, defaults
from explorer.choice.shared import CONTROLS
from explorer.compare.charts import (
    component_stacks,
    describe_components,
    describe_memory,
    memory_stacks,
    parameters_against_memory,
)
from explorer.compare.comparison import (
    DEFAULT,
    MAX_ENTRIES,
    MIN_ENTRIES,
    Comparison,
    compared,
    parse_comparison,
)
from explorer.compare.entries import Entry, label, read_entry, write_entry
from explorer.compare.layers import MISSING, layer_differences, layer_table
from explorer.compare.tables import (
    AWAITED,
    BEST,
    NOT_MEASURED,
    NOTE,
    PLANS_NOTE,
    WORST,
    PlanRow,
    Row,
    difference_table,
    front_sentence,
    measured_note,
    note,
    plan_sentence,
    value_rows,
)
from stickgen.config import (
    ACTION_COUNTS,
    CUSTOM,
    DEFAULT_MULTIMODAL,
    IMAGE_SIZES,
    SKELETONS,
    ModelConfig,
    configurations,
    configure,
)
from stickgen.formatting import BYTES_PER_MEBIBYTE, exact_count, megabytes, percent
from stickgen.plan import (
    CHOICES,
    KNOB_DECIMALS,
    KNOB_LABELS,
    KNOB_NUMBERS,
    KNOB_TEXTS,
    TrainingPlan,
    changed_knobs,
    full_plan_text,
)
from stickgen.sizing import (
    FILE_DTYPES,
    NotMeasurableError,
    count_operations,
    count_parameters,
    estimate_memory,
    file_size,
    largest_batch,
    module_tree,
)
from stickgen.sizing.costs import (
    Point,
    StepCosts,
    StepTimes,
    one_sequence,
    pareto_front,
    step_costs,
    step_times,
)
from stickgen.sizing.devices import DEVICES
from stickgen.sizing.timing import (
    CPU_FACTS,
    MAX_FRAMES,
    MIN_RUNS,
    RunTime,
    check_timeable,
    machine,
)
from stickgen.workloads import TrainingStep

SMALL, MEDIUM, LARGE = DEFAULT.configs
MOTION_ONLY = configure("small")
PLAN = TrainingPlan(batch_size=2, sequence_length=20)
PAIR = compared(MOTION_ONLY, SMALL, baseline=1)


def differences(comparison: Comparison, rows: Sequence[Row | PlanRow], only_differing: bool = False) -> pd.DataFrame:
    """The table of differences as it is read, a row a quantity."""
    return difference_table(comparison, rows, only_differing).text().set_index("Quantity")


@pytest.fixture(scope="module")
def costs() -> list[StepCosts]:
    return [step_costs(TrainingStep(config, PLAN), lambda _text, _share: None) for config in PAIR.configs]


def test_it_starts_with_the_documented_pairs() -> None:
    assert [config.variant for config in DEFAULT.configs] == list(DEFAULT_MULTIMODAL)
    assert [(config.image_encoder, config.fusion) for config in DEFAULT.configs] == list(DEFAULT_MULTIMODAL.values())
    assert parse_comparison({}) == (DEFAULT, [])
    assert DEFAULT.as_parameters() == {}


def address(*configs: ModelConfig) -> str:
    return ",".join(write_entry(Entry(config=config)) for config in configs)


@pytest.mark.parametrize("image_size", IMAGE_SIZES)
@pytest.mark.parametrize("actions", ACTION_COUNTS)
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_every_configuration_comes_back_from_the_address(skeleton: str, actions: int, image_size: int) -> None:
    for config in configurations(skeleton, num_actions=actions, image_size=image_size):
        entry = Entry(config=config)
        assert read_entry(write_entry(entry)) == (entry, [])


CUSTOM_CONFIGS = (
    ModelConfig(d_model=320, num_layers=7, num_heads=10),
    ModelConfig(d_model=384, num_layers=8, num_heads=12, embedding_dim=512, image_encoder="resnet", fusion="film"),
    ModelConfig(d_model=384, num_layers=8, num_heads=12, num_actions=7, skeleton="v3"),
    ModelConfig(d_model=64, num_layers=1, num_heads=2, feedforward_factor=2),
    ModelConfig(d_model=64, num_layers=1, num_heads=2, image_encoder="resnet", fusion="film", image_size=128),
)


@pytest.mark.parametrize("config", CUSTOM_CONFIGS)
def test_a_custom_size_comes_back_from_the_address(config: ModelConfig) -> None:
    entry = Entry(config=config)
    assert read_entry(write_entry(entry)) == (entry, [])
    assert write_entry(entry).startswith("variant-custom")
    if config.variant == CUSTOM:
        assert f"{config.d_model} × {config.num_layers} layers, {config.num_heads} heads" in label(config)
    for name in ("feedforward_factor", "embedding_dim", "num_actions", "skeleton", "image_size"):
        value = getattr(config, name)
        assert value == getattr(ModelConfig, name) or str(value) in label(config), name


@given(values=values_of_every(CONTROLS), own=some.booleans())
def test_every_entry_the_controls_can_make_comes_back_from_the_address(values: dict[str, Any], own: bool) -> None:
    choice = choice_of(values)
    entry = Entry(config=choice.config, plan=choice.plan if own else None)
    comparison = Comparison(entries=(entry, Entry(config=SMALL), entry))
    assert parse_comparison(comparison.as_parameters()) == (comparison, [])


def test_an_entry_reads_as_the_sidebar_does_in_an_address() -> None:
    values = {"variant": "small", "mode": "motion_only", "batch_size": 8}
    assert write_entry(Entry(config=MOTION_ONLY)) == "variant-small~mode-motion_only"
    own = Entry(config=MOTION_ONLY).keeping(TrainingPlan(batch_size=8))
    assert write_entry(own) == "variant-small~mode-motion_only~plan~batch_size-8"
    assert own == Entry(**vars(choice_of(defaults() | values)))
    assert write_entry(Entry(config=MEDIUM)) == "default"
    assert write_entry(Entry(config=MEDIUM).keeping(TrainingPlan())) == "plan"


def test_a_comparison_comes_back_from_the_address() -> None:
    comparison = compared(MOTION_ONLY, LARGE, SMALL, SMALL, baseline=2)
    assert parse_comparison(comparison.as_parameters()) == (comparison, [])
    assert parse_comparison({"baseline": "3"}) == (replace(DEFAULT, baseline=2), [])


OWN_PLANS = [
    TrainingPlan(),
    TrainingPlan(batch_size=8, activation_checkpointing=6),
    TrainingPlan(parallel="fsdp2", ranks=4, precision="bfloat16_autocast", gradient_accumulation=2),
    *(replace(TrainingPlan(), **{knob: name}) for knob in CHOICES if knob != "parallel" for name in CHOICES[knob]),
    *(replace(TrainingPlan(), **{knob: values[-1]}) for knob, values in KNOB_NUMBERS.items() if knob != "ranks"),
    *(TrainingPlan(lora_rank=8, **{knob: most}) for knob, (_, most, _) in KNOB_DECIMALS.items()),
    TrainingPlan(lora_rank=8, lora_targets="layers.[0-3],?~?.self pose_decoder %7E|v_proj"),
]


@pytest.mark.parametrize("plan", OWN_PLANS, ids=lambda plan: str(changed_knobs(plan)))
def test_a_plan_of_an_entrys_own_comes_back_from_the_address(plan: TrainingPlan) -> None:
    entry = Entry(config=SMALL).keeping(plan)
    assert read_entry(write_entry(entry)) == (entry, [])
    assert entry.step(PLAN).plan == entry.plan != PLAN
    comparison = Comparison(entries=(Entry(config=SMALL), entry, Entry(config=MOTION_ONLY)))
    assert parse_comparison(comparison.as_parameters()) == (comparison, [])


def test_every_knob_has_its_values() -> None:
    assert {*KNOB_NUMBERS, *KNOB_DECIMALS, *KNOB_TEXTS, *CHOICES} == set(KNOB_LABELS)
    for knob, values in KNOB_NUMBERS.items():
        assert getattr(TrainingPlan(), knob) in (None, *values)


def test_a_plan_goes_where_its_entry_goes() -> None:
    own = Entry(config=MEDIUM).keeping(TrainingPlan(batch_size=8))
    comparison = Comparison(entries=(Entry(config=SMALL), own, Entry(config=LARGE)))
    for changed, place in (
        (comparison.moved_up(1), 0),
        (comparison.moved_up(2), 2),
        (comparison.removed(0), 0),
        (comparison.inserted(2, own), 2),
        (comparison.replaced(1, own.becoming(MOTION_ONLY)), 1),
        (replace(comparison, baseline=1), 1),
    ):
        assert changed.entries[place].plan == TrainingPlan(batch_size=8)
        assert [step.batch_size for step in changed.steps(PLAN)].count(PLAN.batch_size) >= 1
    assert "own plan" in comparison.names[1]
    assert "own plan" not in comparison.names[0] + comparison.names[2]


def test_an_entry_that_becomes_another_keeps_only_knobs_that_it_has() -> None:
    plan = TrainingPlan(batch_size=8, frozen="image_encoder", activation_checkpointing=10)
    entry = Entry(config=LARGE).keeping(plan).becoming(MOTION_ONLY)
    assert entry.plan == TrainingPlan(batch_size=8, activation_checkpointing=6)
    assert read_entry(write_entry(entry)) == (entry, [])


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ("", "batch_size, sequence_length"),
        ("batch-8", "batch_size, sequence_length"),
        ("batch_size", "from 1 to 512"),
        ("batch_size-0", "from 1 to 512"),
        ("batch_size-513", "from 1 to 512"),
        ("batch_size-٢", "from 1 to 512"),
        ("batch_size-8.0", "from 1 to 512"),
        ("sequence_length-99999", "from 2 to 1000"),
        ("optimizer-adam", "adamw, sgd, adafactor"),
        ("batch_size-8~batch_size-8", "twice"),
        ("plan~batch_size-8", "batch_size, sequence_length"),
        ("default~batch_size-8", "batch_size, sequence_length"),
        ("![x](http://x.invalid/a.png)`" * 50, "batch_size, sequence_length"),
    ],
)
def test_a_plan_that_cannot_be_read_is_said_and_its_configuration_stays(knobs: str, said: str) -> None:
    text = f"{address(MOTION_ONLY)}~plan~{knobs},{address(SMALL)}~plan~batch_size-3"
    comparison, (problem,) = parse_comparison({"configs": text})
    assert comparison.entries == (Entry(config=MOTION_ONLY), Entry(config=SMALL, plan=TrainingPlan(batch_size=3)))
    assert said in problem
    assert label(MOTION_ONLY) in problem
    assert "Configuration 1" in problem
    assert "](" not in "".join(problem.split("`")[::2])
    assert len(problem) < 400


@pytest.mark.parametrize(
    ("knobs", "plan", "said"),
    [
        ("lora_rank-8~frozen-all_but_heads", TrainingPlan(lora_rank=8), "LoRA"),
        ("parallel-ddp", TrainingPlan(parallel="ddp", ranks=2), "at least 2 devices"),
        ("activation_checkpointing-7", TrainingPlan(activation_checkpointing=6), "6 layers"),
        ("frozen-image_encoder", TrainingPlan(), "no image encoder"),
    ],
)
def test_a_plan_that_its_configuration_cannot_have_is_adapted_as_in_the_sidebar(
    knobs: str, plan: TrainingPlan, said: str
) -> None:
    comparison, (problem,) = parse_comparison({"configs": f"{address(MOTION_ONLY)}~plan~{knobs},{address(SMALL)}"})
    assert comparison.entries == (Entry(config=MOTION_ONLY, plan=plan), Entry(config=SMALL))
    assert said in problem
    assert label(MOTION_ONLY) in problem


@pytest.mark.parametrize(
    ("entry", "config", "said"),
    [
        ("variant-custom~d_model-390~num_heads-7", {"d_model": 364, "num_heads": 7}, "twice the heads"),
        ("variant-custom~d_model-1024~num_layers-24~num_heads-32", {"num_layers": 11}, "200.0M"),
    ],
)
def test_sizes_that_do_not_go_together_are_adapted_as_in_the_sidebar(
    entry: str, config: dict[str, int], said: str
) -> None:
    comparison, problems = parse_comparison({"configs": f"{entry},{address(LARGE)}"})
    assert vars(comparison.configs[0]).items() >= config.items()
    assert said in " ".join(problems)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("variant-huge~image_encoder-resnet", "small, medium, large"),
        ("image_encoder-vgg", "lightweight_cnn"),
        ("fusion-sum", "cross_attention"),
        ("skeleton-v2", "v1, v3"),
        ("actions-61", "60, 64"),
        ("image_size-100", "128, 192"),
        ("variant-small~variant-small", "variant twice"),
        ("variant", "variant nothing: choose one of small"),
        ("small.motion_only.v1.60", "choose from variant, mode"),
        ("", "choose from variant, mode"),
        ("batch_size-8", "choose from variant, mode"),
        ("![x](http://x.invalid/a.png)`" * 50, "choose from variant, mode"),
        ("variant-custom~d_model-9999", "from 32 to 1024"),
        ("variant-custom~num_actions-٢", "from 1 to 1024"),
        ("variant-custom~num_layers-x", "from 1 to 24"),
        ("default~default", "choose from variant, mode"),
        ("..…..", "choose from variant, mode"),
    ],
)
def test_a_bad_entry_is_said_and_left_out_and_the_others_stay(entry: str, said: str) -> None:
    text = ",".join((address(MEDIUM), entry, address(LARGE)))
    comparison, problems = parse_comparison({"configs": text})
    assert comparison.configs == (MEDIUM, LARGE)
    (problem,) = problems
    assert said in problem
    assert "Configuration 2" in problem
    assert len(problem) < 300
    assert "](" not in "".join(problem.split("`")[::2])


@pytest.mark.parametrize("text", ["", ",", "nonsense", "variant-small~mode-motion_only"])
def test_defaults_fill_up_a_comparison_of_too_few(text: str) -> None:
    comparison, problems = parse_comparison({"configs": text})
    assert len(comparison.configs) >= MIN_ENTRIES
    assert f"at least {MIN_ENTRIES}" in problems[-1]
    if text.startswith("variant-small"):
        assert comparison.configs[0] == MOTION_ONLY


def test_of_too_many_the_first_stay() -> None:
    given = list(configurations())[:9]
    comparison, problems = parse_comparison({"configs": address(*given)})
    assert list(comparison.configs) == given[:MAX_ENTRIES]
    assert f"more than {MAX_ENTRIES}" in problems[0]


@pytest.mark.parametrize("baseline", ["0", "4", "-1", "", "x", "1e1", "٢", "9" * 50])
def test_a_bad_baseline_is_said_and_the_first_is_taken(baseline: str) -> None:
    comparison, problems = parse_comparison({"baseline": baseline})
    assert comparison == DEFAULT
    assert "from 1 to 3" in problems[0]


def test_the_baseline_stays_the_configuration_it_is() -> None:
    comparison = replace(DEFAULT, baseline=1)
    changed = (
        comparison.inserted(0, Entry(config=MOTION_ONLY)),
        comparison.inserted(3, Entry(config=MOTION_ONLY)),
        comparison.removed(0),
        comparison.removed(2),
        comparison.moved_up(1),
        comparison.moved_up(2),
    )
    for other in changed:
        assert other.configs[other.baseline] == MEDIUM
        assert set(other.configs) - {MOTION_ONLY} <= set(DEFAULT.configs)
    assert comparison.moved_up(1).configs == (MEDIUM, SMALL, LARGE)
    assert comparison.removed(1).baseline == 0
    assert comparison.replaced(1, Entry(config=MOTION_ONLY)).configs == (SMALL, MOTION_ONLY, LARGE)


@pytest.mark.parametrize("count", [MIN_ENTRIES - 1, MAX_ENTRIES + 1])
def test_too_few_and_too_many_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"{MIN_ENTRIES} to {MAX_ENTRIES}"):
        compared(*(SMALL,) * count)


def test_names_are_apart_even_for_the_same_configuration() -> None:
    configs = (SMALL, SMALL, replace(SMALL, skeleton="v3"), replace(SMALL, num_actions=64), MOTION_ONLY)
    names = compared(*configs).names
    assert len(set(names)) == len(configs)
    assert "v3" in names[2]
    assert "64 actions" in names[3]
    assert "motion-only" in names[4]


def test_the_costs_are_those_of_the_library(costs: list[StepCosts]) -> None:
    for config, cost in zip(PAIR.configs, costs, strict=True):
        assert cost.peak_bytes == sum(cost.at_peak.values()) == estimate_memory(TrainingStep(config, PLAN)).peak_bytes
        assert cost.step_operations == count_operations(TrainingStep(config, PLAN))
        assert cost.forward_operations == count_operations(one_sequence(TrainingStep(config, PLAN)))
        assert list(cost.largest_batches) == list(DEVICES)
        for name, device in DEVICES.items():
            assert cost.largest_batches[name] == largest_batch(TrainingStep(config, PLAN), device.tensor_bytes()[0])


def test_the_table_gives_values_and_signed_differences(costs: list[StepCosts]) -> None:
    table = differences(PAIR, value_rows(PAIR, costs, [None, None], "A10"))
    other, baseline = table.columns
    assert baseline.endswith("(baseline)")
    totals = [count_parameters(config).total for config in PAIR.configs]
    assert exact_count(totals[0]) in table.loc["Parameters", other]
    assert f"-{exact_count(totals[1] - totals[0])} (-" in table.loc["Parameters", other]
    assert exact_count(totals[1]) in table.loc["Parameters", baseline]
    assert "(" not in table.loc["Parameters", baseline]
    assert "same" in table.loc["– Transformer encoder", other]
    assert "-100.0%" in table.loc["– Image encoder", other]
    batches = [cost.largest_batches["A10"] for cost in costs]
    assert f"+{exact_count(batches[0] - batches[1])}" in table.loc["Largest batch size, A10", other]


def test_best_and_worst_are_said_in_words(costs: list[StepCosts]) -> None:
    table = differences(PAIR, value_rows(PAIR, costs, [None, None], "A10"))
    other, baseline = table.columns
    for title in ("Parameters", "FP32 file", "Training memory, traced", "Largest batch size, A10"):
        assert BEST in table.loc[title, other]
        assert WORST in table.loc[title, baseline]
    assert not any(mark in cell for mark in (BEST, WORST) for cell in table.loc["– Image encoder"])


def test_rows_that_do_not_differ_can_be_hidden(costs: list[StepCosts]) -> None:
    twins = compared(MOTION_ONLY, MOTION_ONLY)
    same = value_rows(twins, [costs[0], costs[0]], [None, None], "A10")
    assert differences(twins, same, only_differing=True).empty
    assert not any(mark in cell for mark in (BEST, WORST) for cell in differences(twins, same).to_numpy().ravel())
    rows = value_rows(PAIR, costs, [None, None], "A10")
    shown, everything = differences(PAIR, rows, only_differing=True), differences(PAIR, rows)
    assert "– Transformer encoder" in set(everything.index) - set(shown.index)
    assert "Parameters" in shown.index


def test_what_is_not_known_yet_is_awaited_and_not_judged(costs: list[StepCosts]) -> None:
    table = differences(PAIR, value_rows(PAIR, [costs[0], None], [None, None], "A10"), only_differing=True)
    assert table.loc["Training memory, traced"].tolist()[1] == AWAITED
    assert BEST not in table.loc["Training memory, traced"].tolist()[0]
    assert not [title for title in table.index if title.startswith("Time")]


def test_measured_times_have_rows_once_there_are_any(costs: list[StepCosts]) -> None:
    times = StepTimes(forward=RunTime(seconds=0.0123, runs=9, threads=3), step=RunTime(seconds=1.5, runs=4, threads=3))
    table = differences(PAIR, value_rows(PAIR, costs, [times, None], "A10"))
    assert table.loc["Time, training step"].tolist()[1] == NOT_MEASURED
    assert "12.3 ms" in table.loc["Time, forward pass of one sequence"].tolist()[0]
    assert "1,500 ms" in table.loc["Time, training step"].tolist()[0]
    assert "4 to 9 runs" in measured_note([times], machine())
    assert machine() in measured_note([times], machine())
    assert "threads: 3)" in measured_note([times], machine())


def test_the_machine_is_named() -> None:
    assert f"{os.cpu_count()} logical cores" in machine()
    assert torch.__version__ in machine()
    if CPU_FACTS.is_file() and "model name" in (facts := CPU_FACTS.read_text()):
        assert machine().partition(",")[0] in facts


def test_file_sizes_are_told_in_bytes(costs: list[StepCosts]) -> None:
    table = differences(PAIR, value_rows(PAIR, costs, [None, None], "A10"))
    for dtype, stored in FILE_DTYPES.items():
        size, of = (file_size(config, dtype) for config in PAIR.configs)
        assert table.loc[f"{stored.title} file"].tolist() == [
            f"{megabytes(size)} {BEST}\n{exact_count(size)} bytes\n{size - of:,} bytes ({percent((size - of) / of)})",
            f"{megabytes(of)} {WORST}\n{exact_count(of)} bytes",
        ]


def test_plans_are_a_row_where_they_differ() -> None:
    entry = Entry(config=MOTION_ONLY)
    apart = Comparison(entries=(entry, entry.keeping(TrainingPlan(batch_size=8, optimizer="sgd"))))
    row = PlanRow(comparison=apart, shared=PLAN)
    assert row.differs
    shared, own = differences(apart, [row]).loc["Training step"]
    assert "sidebar" in shared
    assert full_plan_text(PLAN) in shared
    assert "own" in own
    assert "batch size 8" in own
    assert "SGD" in own
    assert note(apart, PLAN) == NOTE + PLANS_NOTE
    assert "1 of 2 configurations train with the plan in the sidebar" in plan_sentence(apart, PLAN)
    alike = Comparison(entries=(entry, entry.keeping(PLAN)))
    assert not PlanRow(comparison=alike, shared=PLAN).differs
    assert note(alike, PLAN) == NOTE
    assert "is not used" in plan_sentence(Comparison(entries=(entry.keeping(PLAN),) * 2), PLAN)
    assert plan_sentence(DEFAULT, PLAN).startswith(
        "All configurations train with the plan in the sidebar: batch size 2"
    )


def test_a_knob_that_one_of_them_lacks_makes_plans_differ() -> None:
    frozen = replace(PLAN, frozen="image_encoder")
    assert [step.plan.frozen for step in PAIR.steps(frozen)] == ["none", "image_encoder"]
    assert PlanRow(comparison=PAIR, shared=frozen).differs


@pytest.mark.parametrize("comparison", [DEFAULT, PAIR, compared(SMALL, MEDIUM, LARGE, MOTION_ONLY)])
def test_layers_that_differ_are_listed_with_what_each_has(comparison: Comparison) -> None:
    found = layer_differences(comparison)
    table = layer_table(comparison, found)
    assert table.headers == ("Module", *comparison.names)
    assert [row[0] for row in table.rows] == [difference.path for difference in found]
    for difference in found:
        assert len(set(difference.cells)) > 1
    layers = {config.num_layers for config in comparison.configs}
    starts = [difference.path for difference in found]
    for fewer, _ in pairwise(sorted(layers)):
        (listed,) = [path for path in starts if path.startswith(f"transformer_encoder.layers.{fewer} ")]
        assert " to " in listed


def test_a_missing_module_is_listed_once_without_what_is_in_it() -> None:
    listed = {difference.path: difference for difference in layer_differences(PAIR)}
    assert set(listed) == {"image_encoder", "fusion_module"}
    missing, present = listed["image_encoder"].cells
    (encoder,) = [node for node in module_tree(SMALL).children if node.name == "image_encoder"]
    assert missing == MISSING
    assert encoder.class_name in present
    assert exact_count(encoder.parameters) in present


def test_the_same_configuration_differs_in_no_layer() -> None:
    assert not layer_differences(compared(SMALL, SMALL))


def test_the_stacks_add_up(costs: list[StepCosts]) -> None:
    counts = [count_parameters(config) for config in PAIR.configs]
    bars = component_stacks(PAIR.names, counts).data
    assert [sum(values) for values in zip(*(bar.x for bar in bars), strict=True)] == [count.total for count in counts]
    assert all(exact_count(count.total) in describe_components(PAIR.names, counts) for count in counts)
    bars = memory_stacks(PAIR.names, costs).data
    for place, cost in enumerate(costs):
        assert sum(bar.x[place] for bar in bars) * BYTES_PER_MEBIBYTE == pytest.approx(cost.peak_bytes)
    assert all(name in describe_memory(PAIR.names, costs) for name in PAIR.names)
    assert PAIR.names[1] not in describe_memory(PAIR.names, [costs[0], None])


def test_the_front_is_what_no_other_beats() -> None:
    configs = list(configurations())
    points = {
        config: Point(parameters=count_parameters(config).total, peak_bytes=file_size(config, "float32") % 10_000)
        for config in configs
    }
    front = pareto_front(points)

    def beats(one: ModelConfig, other: ModelConfig) -> bool:
        first, second = points[one], points[other]
        at_least = first.parameters >= second.parameters and first.peak_bytes <= second.peak_bytes
        return at_least and first != second

    for config in configs:
        assert (config in front) != any(beats(other, config) for other in configs)
    assert 1 < len(front) < len(configs)


def test_the_scatter_names_the_chosen_and_shows_all() -> None:
    points: dict[TrainingStep, Point] = {
        TrainingStep(config, PLAN): Point(parameters=place, peak_bytes=place * BYTES_PER_MEBIBYTE)
        for place, config in enumerate(configurations(), start=1)
    }
    names = dict(zip(PAIR.steps(PLAN), PAIR.names, strict=True))
    front = [TrainingStep(MOTION_ONLY, PLAN)]
    figure = parameters_against_memory(points, names, front)
    drawn = [x for trace in figure.data if trace.mode != "lines" for x in trace.x]
    assert sorted(drawn) == list(range(1, len(points) + 1))
    (chosen,) = [trace for trace in figure.data if "text" in trace.mode]
    assert list(chosen.text) == ["1: small", "2: small"]
    assert list(chosen.marker.symbol) == ["diamond", "circle"]
    sentence = front_sentence(names, front)
    assert sentence.index(PAIR.names[0]) < sentence.index("Not on it") < sentence.index(PAIR.names[1])


def test_times_are_measured_on_the_real_step_and_told() -> None:
    told: list[float] = []
    plan = TrainingPlan(sequence_length=4)
    times = step_times(TrainingStep(MOTION_ONLY, plan), lambda _text, share: told.append(share))
    for time in (times.forward, times.step):
        assert time.seconds > 0
        assert time.runs >= MIN_RUNS
        assert time.threads == torch.get_num_threads()
    assert told == sorted(told)
    assert told[-1] <= 1


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (TrainingPlan(batch_size=512, sequence_length=1000), exact_count(MAX_FRAMES)),
        (TrainingPlan(sequence_length=250, gradient_accumulation=64), exact_count(MAX_FRAMES)),
        (TrainingPlan(attention="fused", sequence_length=10), "math attention"),
        (TrainingPlan(parallel="ddp", ranks=2, sequence_length=10), "one device"),
    ],
)
def test_what_this_machine_should_not_run_is_refused_in_a_sentence(plan: TrainingPlan, said: str) -> None:
    with pytest.raises(NotMeasurableError, match=said):
        check_timeable(TrainingStep(MOTION_ONLY, plan))
