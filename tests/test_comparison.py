"""A comparison survives its address, counts what is real, and says what it cannot have."""

from dataclasses import replace
from itertools import pairwise

import pytest

from explorer.compare.charts import (
    component_stacks,
    describe_components,
    describe_memory,
    front_sentence,
    memory_stacks,
    parameters_against_memory,
)
from explorer.compare.comparison import (
    CUSTOM,
    DEFAULT,
    FEWEST,
    MOST,
    Comparison,
    format_config,
    label,
    parse_comparison,
    parse_config,
    with_choices,
)
from explorer.compare.costs import Point, StepCosts, pareto_front, step_costs
from explorer.compare.tables import (
    AWAITED,
    BEST,
    MISSING,
    NOT_MEASURED,
    WORST,
    difference_table,
    figure_rows,
    layer_differences,
    layer_table,
    measured_note,
)
from explorer.compare.timing import FEWEST_RUNS, MOST_FRAMES, StepTimes, check_timeable, machine, measure_times
from stickgen.config import ACTION_COUNTS, DEFAULT_MULTIMODAL, SKELETONS, ModelConfig, configurations, configure
from stickgen.devices import DEVICES
from stickgen.formatting import BYTES_PER_MEBIBYTE, exact_count
from stickgen.plan import TrainingPlan
from stickgen.sizing import (
    NotMeasurableError,
    count_operations,
    count_parameters,
    estimate_training_memory,
    file_size,
    largest_batch,
    module_tree,
)

SMALL, MEDIUM, LARGE = DEFAULT.configs
MOTION_ONLY = configure("small")
PLAN = TrainingPlan(batch_size=2, sequence_length=20)
PAIR = Comparison(configs=(MOTION_ONLY, SMALL), baseline=1)


@pytest.fixture(scope="module")
def costs() -> list[StepCosts]:
    return [step_costs(config, PLAN, lambda _text, _share: None) for config in PAIR.configs]


def test_it_starts_with_the_documented_pairs() -> None:
    assert [config.variant for config in DEFAULT.configs] == list(DEFAULT_MULTIMODAL)
    assert [(config.image_encoder, config.fusion) for config in DEFAULT.configs] == list(DEFAULT_MULTIMODAL.values())
    assert parse_comparison({}) == (DEFAULT, [])
    assert DEFAULT.as_parameters() == {}


@pytest.mark.parametrize("actions", ACTION_COUNTS)
@pytest.mark.parametrize("skeleton", SKELETONS)
def test_every_configuration_comes_back_from_the_address(skeleton: str, actions: int) -> None:
    for config in configurations(skeleton, num_actions=actions):
        assert parse_config(format_config(config)) == config


CUSTOM_CONFIGS = (
    ModelConfig(d_model=320, num_layers=7, num_heads=10),
    ModelConfig(d_model=384, num_layers=8, num_heads=12, embedding_dim=512, image_encoder="resnet", fusion="film"),
    ModelConfig(d_model=384, num_layers=8, num_heads=12, num_actions=7, skeleton="v3"),
    ModelConfig(d_model=64, num_layers=1, num_heads=2, feedforward_factor=2),
)


@pytest.mark.parametrize("config", CUSTOM_CONFIGS)
def test_a_size_of_ones_own_comes_back_from_the_address(config: ModelConfig) -> None:
    assert parse_config(format_config(config)) == config
    assert format_config(config).startswith("custom-")
    assert str(config.d_model) in label(config)
    choices = {"variant": CUSTOM, "mode": "multimodal", "image_encoder": "mini_vit", "fusion": "film", "actions": "60"}
    edited = with_choices(config, choices | {"skeleton": "v3"})
    assert edited == replace(config, image_encoder="mini_vit", fusion="film", skeleton="v3")
    assert with_choices(config, choices | {"variant": "small", "mode": "motion_only", "skeleton": "v1"}) == MOTION_ONLY


def test_a_comparison_comes_back_from_the_address() -> None:
    comparison = Comparison(configs=(MOTION_ONLY, LARGE, SMALL, SMALL), baseline=2)
    assert parse_comparison(comparison.as_parameters()) == (comparison, [])
    assert parse_comparison({"baseline": "3"}) == (replace(DEFAULT, baseline=2), [])


def test_skeleton_and_actions_may_be_left_out() -> None:
    assert parse_config("small.motion_only") == MOTION_ONLY
    assert parse_config("large.resnet.cross_attention") == LARGE
    assert parse_config("small.motion_only.v3") == configure("small", skeleton="v3")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("huge.resnet.film.v1.60", "small, medium, large"),
        ("small.vgg.film.v1.60", "lightweight_cnn"),
        ("small.resnet.sum.v1.60", "cross_attention"),
        ("small.resnet.film.v2.60", "v1, v3"),
        ("small.resnet.film.v1.61", "60, 64"),
        ("small.resnet.film.v1.60.1", "an entry reads"),
        ("small.resnet", "an entry reads"),
        ("small", "an entry reads"),
        ("", "an entry reads"),
        ("small.motion_only.v1.60.64", "an entry reads"),
        ("![x](http://x.invalid/a.png)`" * 50, "an entry reads"),
        ("custom.motion_only.v1.60", "small, medium, large"),
        ("custom-320-7-10.motion_only.v1.60", "custom-d_model-num_layers"),
        ("custom-320-7-10-4-x.motion_only.v1.60", "whole numbers"),
        ("custom-320-7-10-4-1024.motion_only.v1.٢", "whole numbers"),
        ("custom-9999-7-10-4-1024.motion_only.v1.60", "d_model"),
        ("custom-1024-24-32-8-1024.motion_only.v1.60", "200.0M"),
        ("custom-322-7-10-4-1024.motion_only.v1.60", "multiple of"),
        ("small-1.motion_only.v1.60", "small, medium, large"),
        ("..…..", "small, medium, large"),
    ],
)
def test_a_bad_entry_is_said_and_left_out_and_the_others_stay(entry: str, said: str) -> None:
    text = ",".join((format_config(MEDIUM), entry, format_config(LARGE)))
    comparison, problems = parse_comparison({"configs": text})
    assert comparison.configs == (MEDIUM, LARGE)
    (problem,) = problems
    assert said in problem
    assert len(problem) < 250
    if "`" in problem:
        before, _, after = problem.split("`")
        assert "](" not in before + after


@pytest.mark.parametrize("text", ["", ",", "nonsense", "small.motion_only.v1.60"])
def test_defaults_fill_up_a_comparison_of_too_few(text: str) -> None:
    comparison, problems = parse_comparison({"configs": text})
    assert len(comparison.configs) >= FEWEST
    assert f"at least {FEWEST}" in problems[-1]
    if text.startswith("small"):
        assert comparison.configs[0] == MOTION_ONLY


def test_of_too_many_the_first_stay() -> None:
    given = list(configurations())[:9]
    comparison, problems = parse_comparison({"configs": ",".join(map(format_config, given))})
    assert list(comparison.configs) == given[:MOST]
    assert f"more than {MOST}" in problems[0]


@pytest.mark.parametrize("baseline", ["0", "4", "-1", "", "x", "1e1", "٢", "9" * 50])
def test_a_bad_baseline_is_said_and_the_first_is_taken(baseline: str) -> None:
    comparison, problems = parse_comparison({"baseline": baseline})
    assert comparison == DEFAULT
    assert "from 1 to 3" in problems[0]


def test_the_baseline_stays_the_configuration_it_is() -> None:
    comparison = replace(DEFAULT, baseline=1)
    changed = (
        comparison.inserted(0, MOTION_ONLY),
        comparison.inserted(3, MOTION_ONLY),
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
    assert comparison.replaced(1, MOTION_ONLY).configs == (SMALL, MOTION_ONLY, LARGE)


@pytest.mark.parametrize("count", [FEWEST - 1, MOST + 1])
def test_too_few_and_too_many_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"{FEWEST} to {MOST}"):
        Comparison(configs=(SMALL,) * count)


def test_names_are_apart_even_for_the_same_configuration() -> None:
    configs = (SMALL, SMALL, replace(SMALL, skeleton="v3"), replace(SMALL, num_actions=64), MOTION_ONLY)
    names = Comparison(configs=configs).names
    assert len(set(names)) == len(configs)
    assert "v3" in names[2]
    assert "64 actions" in names[3]
    assert "motion-only" in names[4]


def test_the_costs_are_those_of_the_library(costs: list[StepCosts]) -> None:
    for config, cost in zip(PAIR.configs, costs, strict=True):
        assert cost.peak_bytes == sum(cost.at_peak.values()) == estimate_training_memory(config, PLAN).peak_bytes
        assert cost.operations == count_operations(config, PLAN)
        assert list(cost.largest_batches) == list(DEVICES)
        for name, device in DEVICES.items():
            assert cost.largest_batches[name] == largest_batch(config, PLAN, device.tensor_bytes()[0])


def test_the_table_gives_figures_and_signed_differences(costs: list[StepCosts]) -> None:
    table = difference_table(PAIR, figure_rows(PAIR, costs, [None, None], "A10"))
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
    assert f"+{exact_count(batches[0] - batches[1])}" in table.loc["Largest batch, A10", other]


def test_best_and_worst_are_said_in_words(costs: list[StepCosts]) -> None:
    table = difference_table(PAIR, figure_rows(PAIR, costs, [None, None], "A10"))
    other, baseline = table.columns
    for title in ("Parameters", "FP32 file", "Training memory, traced", "Largest batch, A10"):
        assert BEST in table.loc[title, other]
        assert WORST in table.loc[title, baseline]
    assert not any(mark in cell for mark in (BEST, WORST) for cell in table.loc["– Image encoder"])


def test_rows_that_do_not_differ_can_be_hidden(costs: list[StepCosts]) -> None:
    twins = Comparison(configs=(MOTION_ONLY, MOTION_ONLY))
    same = figure_rows(twins, [costs[0], costs[0]], [None, None], "A10")
    assert difference_table(twins, same, only_differing=True).empty
    assert not any(mark in cell for mark in (BEST, WORST) for cell in difference_table(twins, same).to_numpy().ravel())
    rows = figure_rows(PAIR, costs, [None, None], "A10")
    shown, everything = difference_table(PAIR, rows, only_differing=True), difference_table(PAIR, rows)
    assert "– Transformer encoder" in set(everything.index) - set(shown.index)
    assert "Parameters" in shown.index


def test_what_is_not_known_yet_is_awaited_and_not_judged(costs: list[StepCosts]) -> None:
    table = difference_table(PAIR, figure_rows(PAIR, [costs[0], None], [None, None], "A10"), only_differing=True)
    assert table.loc["Training memory, traced"].tolist()[1] == AWAITED
    assert BEST not in table.loc["Training memory, traced"].tolist()[0]
    assert not [title for title in table.index if title.startswith("Time")]


def test_measured_times_have_rows_once_there_are_any(costs: list[StepCosts]) -> None:
    times = StepTimes(forward_seconds=0.0123, forward_runs=9, step_seconds=1.5, step_runs=4)
    table = difference_table(PAIR, figure_rows(PAIR, costs, [times, None], "A10"))
    assert table.loc["Time, training step"].tolist()[1] == NOT_MEASURED
    assert "12.3 ms" in table.loc["Time, forward pass of one sequence"].tolist()[0]
    assert "1,500 ms" in table.loc["Time, training step"].tolist()[0]
    assert "4 to 9 runs" in measured_note([times], machine())
    assert machine() in measured_note([times], machine())


@pytest.mark.parametrize("comparison", [DEFAULT, PAIR, Comparison(configs=(SMALL, MEDIUM, LARGE, MOTION_ONLY))])
def test_layers_that_not_all_have_are_listed_with_what_stands_there(comparison: Comparison) -> None:
    differences = layer_differences(comparison)
    table = layer_table(comparison, differences)
    assert tuple(table.columns) == comparison.names
    for difference in differences:
        assert len(set(difference.cells)) > 1
    layers = {config.num_layers for config in comparison.configs}
    starts = [difference.path for difference in differences]
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
    assert not layer_differences(Comparison(configs=(SMALL, SMALL)))


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
    points = {
        config: Point(parameters=place, peak_bytes=place * BYTES_PER_MEBIBYTE)
        for place, config in enumerate(configurations(), start=1)
    }
    names = dict(zip(PAIR.configs, PAIR.names, strict=True))
    front = [MOTION_ONLY]
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
    times = measure_times(MOTION_ONLY, plan, lambda _text, share: told.append(share))
    assert times.forward_seconds > 0
    assert times.step_seconds > 0
    assert min(times.forward_runs, times.step_runs) >= FEWEST_RUNS
    assert told == sorted(told)
    assert told[-1] <= 1


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (TrainingPlan(batch_size=512, sequence_length=1000), exact_count(MOST_FRAMES)),
        (TrainingPlan(sequence_length=250, gradient_accumulation=64), exact_count(MOST_FRAMES)),
        (TrainingPlan(attention="fused", sequence_length=10), "math attention"),
        (TrainingPlan(parallel="ddp", ranks=2, sequence_length=10), "one device"),
    ],
)
def test_what_this_machine_should_not_run_is_refused_in_a_sentence(plan: TrainingPlan, said: str) -> None:
    with pytest.raises(NotMeasurableError, match=said):
        check_timeable(MOTION_ONLY, plan)
