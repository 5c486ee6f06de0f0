"""The command `stickgen`, run in this process; `test_packaging.py` runs it as it is installed."""

import dataclasses
import io
import json
import re
import shlex
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from stickgen import TrainingPlan, TrainingStep, configure, count_parameters, estimate_memory, file_size, largest_batch
from stickgen.command import main, memory, motion, output, verify
from stickgen.command.command import FAILURE, INTERRUPTED, SUCCESS, WRONG_VALUE, Command
from stickgen.command.main import parser
from stickgen.command.options import (
    MAX_NOTES,
    MODEL_CHOICES,
    add_fields,
    chosen_config,
    chosen_step,
    given,
    number,
    one_of,
    whole_number,
)
from stickgen.command.registry import COMMANDS
from stickgen.config import ModelConfig, configurations
from stickgen.documented.facts import DOCUMENTED_TOTALS
from stickgen.exchange.configs import as_yaml
from stickgen.motion import FORMATS, Performance, from_motion_file
from stickgen.motion import sample_motion as real_sample_motion
from stickgen.plan import CHOICES
from stickgen.sizing import FILE_DTYPES
from stickgen.sizing.devices import DEVICES

ROOT = Path(__file__).parent.parent
MULTIMODAL = ["--image-encoder", "lightweight_cnn", "--fusion", "gated"]

Capture = pytest.CaptureFixture[str]


def printed(capsys: Capture, *arguments: str) -> str:
    """What a command line that succeeds prints; it says nothing on standard error."""
    assert main(arguments) == SUCCESS
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def refusal(capsys: Capture, *arguments: str) -> str:
    """What a command line that is refused says, and that it prints nothing else."""
    assert main(arguments) == WRONG_VALUE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err


# Help


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_goes_to_standard_output(arguments: list[str], capsys: Capture) -> None:
    assert printed(capsys, *arguments).startswith("usage: stickgen")


def test_help_lists_every_command_with_an_example(capsys: Capture) -> None:
    text = " ".join(printed(capsys, "--help").split())
    for command in COMMANDS.values():
        assert command.summary in text
        assert f"stickgen {command.examples[0]}" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_stands_in_the_help_and_is_of_its_command(name: str, capsys: Capture) -> None:
    text = printed(capsys, name, "--help")
    for example in COMMANDS[name].examples:
        assert f"  stickgen {example}\n" in text
        assert shlex.split(example)[0] == name


@pytest.mark.usefixtures("one_motion")
@pytest.mark.parametrize("example", [example for command in COMMANDS.values() for example in command.examples])
def test_every_example_runs(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    output = printed(capsys, *shlex.split(example))
    assert output
    if "--json" in example:
        assert isinstance(json.loads(output), dict)


@pytest.mark.parametrize("line", re.findall(r"^stickgen (.*)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
def test_every_command_of_the_readme_is_accepted(line: str) -> None:
    assert parser().parse_args(shlex.split(line)).command in COMMANDS


def test_the_readme_lists_every_command_and_every_format() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == list(COMMANDS)
    (row,) = [line for line in text.splitlines() if line.startswith("| `motion` |")]
    assert all(f"`.{ending}`" in row for ending in FORMATS)


def test_a_command_is_an_entry_of_the_registry(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def add_options(line: ArgumentParser) -> None:
        line.add_argument("name")

    def run(options: Namespace) -> int:
        output.print_json({"hello": options.name})
        return FAILURE if options.name == "nobody" else SUCCESS

    hello = Command(summary="say hello", examples=("hello you",), add_options=add_options, run=run)
    monkeypatch.setitem(COMMANDS, "hello", hello)
    assert "say hello" in printed(capsys, "--help")
    assert "  stickgen hello you\n" in printed(capsys, "hello", "--help")
    assert json.loads(printed(capsys, "hello", "you")) == {"hello": "you"}
    assert main(["hello", "nobody"]) == FAILURE


def test_version_names_the_release_and_torch(capsys: Capture) -> None:
    assert printed(capsys, "--version").startswith("stickgen ")


# Sizes, memory, devices


@pytest.mark.parametrize("config", [configure("small"), configure("large", "resnet", "cross_attention", "v3")])
def test_sizes_are_those_of_the_library(config: ModelConfig, capsys: Capture) -> None:
    arguments = ["sizes", "--variant", config.variant, "--skeleton", config.skeleton]
    if config.image_encoder and config.fusion:
        arguments += ["--image-encoder", config.image_encoder, "--fusion", config.fusion]
    content = json.loads(printed(capsys, *arguments, "--json"))
    counts = count_parameters(config)
    assert content["config"] == {"key": config.key, **dataclasses.asdict(config)}
    assert content["parameters"] == counts.total
    assert content["components"] == counts.components
    assert content["groups"] == counts.groups
    assert content["file_bytes"] == {dtype: file_size(config, dtype) for dtype in FILE_DTYPES}
    text = printed(capsys, *arguments)
    assert text.startswith(f"{config.key}\n")
    for value in (*counts.groups.values(), counts.total, *content["file_bytes"].values()):
        assert f"{value:,}" in text


def test_all_sizes_are_those_of_every_configuration(capsys: Capture) -> None:
    content = json.loads(printed(capsys, "sizes", "--all", "--skeleton", "v3", "--actions", "64", "--json"))
    totals = {entry["config"]["key"]: entry["parameters"] for entry in content["configurations"]}
    configs = list(configurations("v3", num_actions=64))
    assert totals == {config.key: count_parameters(config).total for config in configs}
    text = printed(capsys, "sizes", "--all")
    for config in configurations():
        assert f"\n{config.key} " in text
        assert f"{count_parameters(config).total:,}" in text


def test_memory_is_that_of_the_library(capsys: Capture) -> None:
    arguments = ["memory", "--variant", "small", "--batch-size", "4", "--sequence-length", "50", "--optimizer", "sgd"]
    plan = TrainingPlan(batch_size=4, sequence_length=50, optimizer="sgd")
    estimate = estimate_memory(TrainingStep(configure("small"), plan))
    content = json.loads(printed(capsys, *arguments, "--json"))
    assert content["plan"] == dataclasses.asdict(plan)
    assert content["peak_bytes"] == estimate.peak_bytes
    assert content["at_peak"] == estimate.at_peak
    assert sum(content["at_peak"].values()) == content["peak_bytes"]
    assert content["parameters"] == count_parameters(configure("small")).total
    assert content["file_bytes"]["float16"] == file_size(configure("small"), "float16")
    text = printed(capsys, *arguments)
    assert "batch size 4, 50 frames" in text
    assert f"{estimate.peak_bytes:,} bytes" in text
    assert all(f"{size:,}" in text for size in estimate.at_peak.values())
    assert estimate.peak_operator in text


def test_fits_says_what_fits_every_device(capsys: Capture) -> None:
    arguments = ["fits", "--variant", "large", "--batch-size", "200"]
    step = TrainingStep(configure("large"), TrainingPlan(batch_size=200))
    peak = estimate_memory(step).peak_bytes
    devices = json.loads(printed(capsys, *arguments, "--json"))["devices"]
    assert list(devices) == list(DEVICES)
    for name, device in DEVICES.items():
        safe, _ = device.tensor_bytes()
        assert devices[name] == {
            "memory_bytes": device.memory_bytes,
            "verdict": device.verdict(peak),
            "headroom_bytes": safe - peak,
            "largest_batch": largest_batch(step, safe),
        }
    assert {entry["verdict"] for entry in devices.values()} >= {"fits", "does not fit"}
    text = printed(capsys, *arguments)
    for name, entry in devices.items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"{name}  ")]
        assert re.search(rf"  [✓~✗] {entry['verdict']}  ", line)
        assert f"  {entry['largest_batch']}  " in line


def test_a_device_too_small_for_one_sequence_says_so(capsys: Capture) -> None:
    assert "not even 1" in printed(capsys, "fits", "--variant", "large", "--sequence-length", "5000")


@pytest.mark.parametrize("name", DEVICES)
def test_a_verdict_changes_where_the_memory_of_a_device_ends(name: str) -> None:
    device = DEVICES[name]
    safe, most = device.tensor_bytes()
    assert device.verdict(safe) == "fits"
    assert device.verdict(safe + 1) == ("may fit" if safe < most else "does not fit")
    assert device.verdict(most + 1) == "does not fit"


# Options


def option_of(field: str) -> str:
    return "--" + field.replace("_", "-")


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (kind, name, value)
        for kind, choices in ((ModelConfig, MODEL_CHOICES), (TrainingPlan, CHOICES))
        for name, values in choices.items()
        for value in values
    ],
)
def test_every_choice_is_an_option_with_every_name(kind: type[Any], field: str, value: str) -> None:
    options = parser().parse_args(["memory", option_of(field), value])
    assert given(options, kind) == {field: value}


@pytest.mark.parametrize("kind", [ModelConfig, TrainingPlan])
def test_every_field_has_an_option_in_the_help(kind: type[Any], capsys: Capture) -> None:
    text = printed(capsys, "memory", "--help")
    for field in dataclasses.fields(kind):
        assert f"  {option_of(field.name)}" in text


def test_every_field_of_another_kind_has_its_option_at_once() -> None:
    @dataclasses.dataclass
    class Knobs:
        cache: str = "none"
        shape: str | None = None
        warmup_steps: int = 0
        decay: float = 0.5
        clip_gradients: bool = False
        note: str = ""

    line = ArgumentParser()
    choices = {"cache": ("none", "static"), "shape": ("round",)}
    add_fields(line.add_argument, Knobs, choices, {"decay": "Decay of the average"})
    assert given(line.parse_args([]), Knobs) == {}
    arguments = "--cache static --shape none --warmup-steps 3 --decay 0.25 --clip-gradients --note hello"
    assert given(line.parse_args(shlex.split(arguments)), Knobs) == {
        "cache": "static",
        "shape": None,
        "warmup_steps": 3,
        "decay": 0.25,
        "clip_gradients": True,
        "note": "hello",
    }
    assert "Decay of the average (default: 0.5)" in " ".join(line.format_help().split())


def test_the_options_build_the_config_and_the_plan() -> None:
    arguments = "--variant small --d-model 320 --num-heads 10 --actions 64 --image-size 128 --lora-rank 8"
    step = chosen_step(parser().parse_args(["memory", *shlex.split(arguments), *MULTIMODAL]))
    assert step.config == configure(
        "small", "lightweight_cnn", "gated", d_model=320, num_heads=10, num_actions=64, image_size=128
    )
    assert step.plan == TrainingPlan(lora_rank=8)


def test_without_options_the_model_is_the_default_variant() -> None:
    assert chosen_config(parser().parse_args(["sizes"])) == configure("medium")


@pytest.mark.parametrize("config", list(configurations("v3", num_actions=64)), ids=lambda config: config.key)
def test_a_configuration_file_chooses_the_model(config: ModelConfig, tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text(as_yaml(config, batch_size=6))
    arguments = ["memory", "--config", str(file)]
    assert chosen_step(parser().parse_args(arguments)) == TrainingStep(config, TrainingPlan(batch_size=6))


def test_options_override_the_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "model.yaml"
    file.write_text(as_yaml(configure("small", "mini_vit", "film", "v3", num_actions=64), batch_size=6))
    arguments = f"memory --config {file} --variant large --image-encoder none --fusion none --batch-size 2".split()
    assert chosen_step(parser().parse_args(arguments)) == TrainingStep(
        configure("large", skeleton="v3", num_actions=64),
        TrainingPlan(batch_size=2),
    )


def test_errors_of_a_configuration_file_are_printed_one_a_line(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "model.yaml"
    file.write_text("model:\n  d_model: wide\n  nhead: 0\n  num_layers: 6\n  input_dim: 20\n")
    first, second = refusal(capsys, "sizes", "--config", str(file)).splitlines()
    assert first.startswith(f"stickgen sizes: {file}: line 2, model.d_model: must be ")
    assert second.startswith(f"stickgen sizes: {file}: line 3, model.nhead: must be ")


def test_notes_about_a_configuration_file_stay_few_and_off_the_output(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "model.yaml"
    unread = "".join(f"  knob_{index}: 1\n" for index in range(MAX_NOTES + 3))
    file.write_text(as_yaml(configure("small")) + unread)
    assert main(["sizes", "--config", str(file), "--json"]) == SUCCESS
    captured = capsys.readouterr()
    assert json.loads(captured.out)["config"]["key"] == "small/motion_only"
    lines = captured.err.splitlines()
    assert len(lines) == MAX_NOTES + 1
    assert all(line.startswith(f"note: {file}") for line in lines)
    assert lines[-1].endswith("3 more notes")


# What is refused

WRONG = {
    "": "choose a command: " + ", ".join(COMMANDS),
    "train": "invalid choice: 'train'",
    "sizes extra": "unknown argument 'extra': `stickgen sizes --help`",
    "sizes --varian small": "unknown argument '--varian'",
    "sizes --variant tiny": "choose one of small, medium, large",
    "sizes --variant": "expected one argument",
    "sizes --image-encoder vgg": "choose one of lightweight_cnn, resnet, mini_vit, none",
    "sizes --image-encoder resnet": "give both, or neither",
    "sizes --image-size 128": "a motion-only model has no image_size",
    "sizes --actions many": "must be a whole number, not 'many'",
    "sizes --d-model 100": "d_model must be a multiple of",
    "sizes --num-layers 99": "num_layers must be from 1 to 24",
    "sizes --dropout nan": "must be a number, not 'nan'",
    "sizes --dropout 1": "from 0 up to, but not including, 1",
    "sizes --all --variant small --d-model 64": "leave out --d-model, --variant",
    "sizes --config nowhere.yaml": "nowhere.yaml cannot be read",
    "sizes --config .": ". cannot be read",
    "memory --optimizer adam": "choose one of adamw, sgd, adafactor",
    "memory --batch-size 0": "batch_size must be a whole number of at least 1",
    "memory --batch-size 99999999999999999999": "must be at most 10000",
    "memory --activation-checkpointing 9": "must be 0 to 8",
    "memory --ranks 2": "parallel and ranks go together",
    "fits --frozen image_encoder": "has no image encoder to freeze",
    "motion": "required: PROMPT, --out",
    "motion walk": "required: --out",
    "motion walk --out walk.bmp": "choose one of .motion, .csv, .gif, .webp, .apng, .png",
    "motion walk --out walk": "choose one of .motion",
    "motion walk --out nowhere/walk.gif": "there is no folder nowhere",
    "motion walk --out walk.gif --clip fly": "choose one of walk, run",
    "motion walk --out walk.gif --tempo 9": "tempo must be from 0.5 to 2",
    "motion walk --out walk.gif --seconds 0": "seconds must be from 0.04 to 60",
    "motion walk --out walk.gif --seconds 1e30": "seconds must be from 0.04 to 60",
    "motion walk --out walk.gif --seed -1": "must be at least 0",
    "verify --everything": "unknown argument '--everything'",
    "document --json --markdown": "not allowed with argument --json",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_value_is_one_sentence_that_says_what_is_allowed(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    text = refusal(capsys, *line.split())
    assert WRONG[line] in text
    assert text.startswith("stickgen")
    assert text.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["sizes", "memory", "fits", "motion"])
def test_every_command_with_a_model_refuses_one_that_cannot_be_built(
    name: str, capsys: Capture, tmp_path: Path
) -> None:
    prompt = ["walk", "--out", str(tmp_path / "walk.gif")] if name == "motion" else []
    assert "multiple of" in refusal(capsys, name, *prompt, "--num-heads", "7")


def test_numbers_and_names_are_read() -> None:
    assert whole_number(10)("-3") == -3
    assert number("1e-1") == 0.1
    assert one_of(("a", "b"), or_none=True)("none") is None
    assert one_of(("none", "b"))("none") == "none"


# How it ends


def test_ctrl_c_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(memory, "estimate_memory", interrupted)
    assert main(["memory"]) == INTERRUPTED
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_leaves_early_sees_no_traceback() -> None:
    line = [sys.executable, "-m", "stickgen", "sizes", "--all"]
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == FAILURE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full, a disk that is always full")
def test_output_that_cannot_be_written_is_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        line = [sys.executable, "-m", "stickgen", "sizes"]
        result = subprocess.run(line, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode == WRONG_VALUE
    assert result.stderr == "stickgen: the output cannot be written: No space left on device\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_of_a_terminal_and_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with output.progress() as report:
        report("Tracing " + "x" * 500, 0.5)
        shown = terminal.getvalue()
    assert " 50%  Tracing" in shown
    assert len(shown.splitlines()[-1]) < 300
    assert terminal.getvalue().endswith("\r\033[K")


def test_there_is_no_progress_where_no_one_watches(capsys: Capture) -> None:
    with output.progress() as report:
        report("Tracing", 0.5)
    assert capsys.readouterr() == ("", "")


# Motion


@pytest.fixture
def one_motion(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every motion is sampled for real, and once."""
    monkeypatch.setattr(motion, "sample_motion", _sampled)
    return


@cache
def _sample(*arguments: object, **options: Any) -> Any:
    return real_sample_motion(*arguments, **options)  # type: ignore[arg-type]  # a cache takes any arguments


def _sampled(*arguments: object, progress: object, **options: Any) -> Any:
    assert callable(progress)
    return _sample(*arguments, **options)


SHORT = ["motion", "a person walking", "--variant", "small", "--seconds", "0.4"]


@pytest.mark.usefixtures("one_motion")
@pytest.mark.parametrize("ending", FORMATS)
def test_a_motion_is_written_in_every_format(ending: str, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / f"walk.{ending.upper()}"
    text = printed(capsys, *SHORT, "--out", str(file))
    assert text.startswith(f"{file}: 10 frames, 0.4 s, {file.stat().st_size:,} bytes\n")
    if ending == "motion":
        assert len(from_motion_file(file.read_bytes()).frames) == 10
    elif ending == "csv":
        assert len(file.read_text().splitlines()) == 11
    else:
        with Image.open(file) as picture:
            assert getattr(picture, "n_frames", 1) == (1 if ending == "png" else 10)


@pytest.mark.usefixtures("one_motion")
def test_a_motion_as_json_names_file_clip_and_fit(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "walk.csv"
    content = json.loads(printed(capsys, *SHORT, "--out", str(file), "--json"))
    assert content["file"] == str(file)
    assert content["bytes"] == file.stat().st_size
    assert (content["frames"], content["frame_rate"], content["clip"]) == (10, 25, "walk")
    assert content["parameters"] == count_parameters(configure("small")).total
    assert 0 < content["report"]["one_step_rmse"] < content["report"]["repeat_rmse"]


def test_the_options_of_a_motion_reach_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[tuple[object, ...], dict[str, object]]] = []

    def recorded(*arguments: object, **options: object) -> Any:
        calls.append((arguments, options))
        return _sample(configure("small"), "a person walking", 10, 0, performance=Performance(clip="walk"))

    monkeypatch.setattr(motion, "sample_motion", recorded)
    line = "--skeleton v3 --seconds 2 --seed 3 --clip run --tempo 1.5 --amplitude 0.5 --phase 0.25 --mirror"
    assert main(["motion", "hello", "--out", str(tmp_path / "a.csv"), *line.split()]) == SUCCESS
    ((arguments, options),) = calls
    assert arguments == (configure("medium", skeleton="v3"), "hello", 50, 3)
    del options["progress"]
    performance = Performance(clip="run", tempo=1.5, amplitude=0.5, phase=0.25, direction=-1)
    assert options == {"performance": performance}


@pytest.mark.usefixtures("one_motion")
def test_a_prompt_that_no_clip_is_close_to_says_so(tmp_path: Path, capsys: Capture) -> None:
    arguments = ["--variant", "small", "--seconds", "0.4", "--out", str(tmp_path / "a.csv")]
    assert printed(capsys, "motion", "qwertz", *arguments).startswith("No clip is close to this prompt; ")


@pytest.mark.usefixtures("one_motion")
def test_a_motion_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    file = tmp_path / "walk.csv"
    assert refusal(capsys, *SHORT, "--out", str(file)) == (
        f"stickgen motion: {file} cannot be written: No space left on device\n"
    )


def test_a_folder_is_no_file_to_write(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "walk.gif"
    folder.mkdir()
    assert f"{folder} cannot be written" in refusal(capsys, *SHORT, "--out", str(folder))


# Verification


def test_verify_as_json_has_every_total(capsys: Capture) -> None:
    content = json.loads(printed(capsys, "verify", "--json"))
    assert content["equal"] is True
    assert content["totals"] == [
        {"config": config.key, "documented": total, "built": total} for config, total in DOCUMENTED_TOTALS.items()
    ]


def test_verify_as_json_fails_when_a_total_differs(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(verify, "DOCUMENTED_TOTALS", {configure("small"): 7_248_123})
    assert main(["verify", "--json"]) == FAILURE
    assert json.loads(capsys.readouterr().out)["equal"] is False
