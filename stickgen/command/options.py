"""The options that choose a model and a plan: one for every field of `ModelConfig` and of `TrainingPlan`.

A field that is added to either has its option from then on. Only options that are given stand in the parsed
namespace, under the name of their field.
"""

import math
import sys
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

from stickgen.config import (
    DEFAULT_VARIANT,
    FUSION_STRATEGIES,
    IMAGE_ENCODERS,
    MODES,
    SKELETONS,
    VARIANT_FIELDS,
    VARIANTS,
    ModelConfig,
)
from stickgen.exchange.configs import Imported, read_yaml
from stickgen.plan import CHOICES, KNOB_LABELS, TrainingPlan
from stickgen.sizing.limits import SIZE_LIMITS, check_sizes
from stickgen.workloads import TrainingStep

MAX_NUMBER = 10_000
"""Maximum of a whole number on the command line, far above what anyone trains: more is a typing mistake."""

MAX_NOTES = 5
"""Notes about a configuration file that are printed; a Stick-Gen file has many keys that play no part here."""

NONE = "none"
"""Leaves an image encoder or a fusion strategy out."""

MODEL_CHOICES: dict[str, Collection[str]] = {
    "image_encoder": IMAGE_ENCODERS,
    "fusion": FUSION_STRATEGIES,
    "skeleton": SKELETONS,
}
"""Every field of `ModelConfig` that is a choice of names, to its registry."""

MODEL_LABELS: dict[str, str] = {
    "image_encoder": "Image encoder; goes with --fusion",
    "fusion": "Fusion strategy; goes with --image-encoder",
    "skeleton": "Skeleton",
    "dropout": "Dropout, from 0 to below 1",
    **{name: limit.label for name, limit in SIZE_LIMITS.items()},
}
"""Field of `ModelConfig` to what people call it."""

ALIASES: dict[str, str] = {"num_actions": "--actions"}
"""Field to a second, shorter option."""


def add_model_options(parser: ArgumentParser) -> None:
    """Options for the configuration file, the variant, and every field of `ModelConfig`."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "--config",
        dest="config_file",
        type=Path,
        metavar="FILE",
        help="Stick-Gen configuration file (YAML); options beside it override what it says",
    )
    group.add_argument(
        "--variant",
        type=one_of(VARIANTS),
        metavar=_braces(VARIANTS),
        help=f"size of the transformer (default: {DEFAULT_VARIANT})",
    )
    add_fields(group.add_argument, ModelConfig, MODEL_CHOICES, MODEL_LABELS, without_default=VARIANT_FIELDS)


def add_plan_options(parser: ArgumentParser) -> None:
    """An option for every field of `TrainingPlan`."""
    group = parser.add_argument_group("training step")
    add_fields(group.add_argument, TrainingPlan, CHOICES, KNOB_LABELS)


def add_json_option(parser: ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def chosen_config(options: Namespace) -> ModelConfig:
    """The model the options choose. Raises `ValueError` saying what is wrong and what is allowed."""
    return _config(options, _imported(options))


def chosen_step(options: Namespace) -> TrainingStep:
    """The training step that the options choose. Raises `ValueError` as `chosen_config` does."""
    imported = _imported(options)
    from_file = {"batch_size": imported.batch_size} if imported and imported.batch_size else {}
    return TrainingStep(_config(options, imported), TrainingPlan(**(from_file | given(options, TrainingPlan))))


def given(options: Namespace, kind: type[Any]) -> dict[str, Any]:
    """The fields of the dataclass `kind` that the options give."""
    return {field.name: getattr(options, field.name) for field in fields(kind) if hasattr(options, field.name)}


def _config(options: Namespace, imported: Imported | None) -> ModelConfig:
    config = imported and imported.config
    values = asdict(config or VARIANTS[options.variant or DEFAULT_VARIANT])
    if options.variant:
        values |= {name: getattr(VARIANTS[options.variant], name) for name in VARIANT_FIELDS}
    chosen = given(options, ModelConfig)
    built = check_sizes(ModelConfig(**(values | chosen)))
    for name, value in chosen.items():
        if getattr(built, name) != value:
            raise ValueError(
                f"a {MODES[built.mode].lower()} model has no {name}: leave it out, or choose another model"
            )
    return built


def _imported(options: Namespace) -> Imported | None:
    """What the configuration file says, if one is given. Its notes go to standard error."""
    path = options.config_file
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    imported = read_yaml(content)
    if imported.errors:
        raise ValueError("\n".join(f"{path}: {remark}" for remark in imported.errors))
    for remark in imported.notes[:MAX_NOTES]:
        print(f"note: {path}: {remark}", file=sys.stderr)
    if len(imported.notes) > MAX_NOTES:
        print(f"note: {path}: {len(imported.notes) - MAX_NOTES} more notes", file=sys.stderr)
    return imported


def add_fields(
    add_argument: Callable[..., object],
    kind: type[Any],
    choices: Mapping[str, Collection[str]],
    labels: Mapping[str, str],
    without_default: Collection[str] = (),
) -> None:
    """Call `add_argument` for each field of the dataclass `kind`, by its type: a registry's names, a number, a flag.

    The help says the default of a field, but for those in `without_default`.
    """
    hints = get_type_hints(kind)
    for field in fields(kind):
        name = field.name
        inner = [hint for hint in get_args(hints[name]) if hint is not type(None)]
        value_type = inner[0] if inner else hints[name]
        has_default = isinstance(field.default, str | int | float) and name not in without_default
        label = labels.get(name, name.replace("_", " "))
        option = {
            "dest": name,
            "default": SUPPRESS,
            "help": f"{label} (default: {field.default})" if has_default else label,
        }
        flags = ["--" + name.replace("_", "-"), *([ALIASES[name]] if name in ALIASES else [])]
        if value_type is bool:
            add_argument(*flags, **option, action=BooleanOptionalAction)
        elif name in choices:
            names = [*choices[name], *([NONE] if inner else [])]
            add_argument(*flags, **option, type=one_of(choices[name], bool(inner)), metavar=_braces(names))
        elif value_type is int:
            add_argument(*flags, **option, type=whole_number(MAX_NUMBER), metavar="N")
        elif value_type is float:
            add_argument(*flags, **option, type=number, metavar="X")
        else:
            add_argument(*flags, **option, metavar="TEXT")


def whole_number(maximum: int, minimum: int | None = None) -> Callable[[str], int]:
    """Read a whole number from `minimum`, if there is one, to `maximum`."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise ArgumentTypeError(f"must be a whole number, not {text!r}") from None
        if value > maximum:
            raise ArgumentTypeError(f"must be at most {maximum}, not {value}")
        if minimum is not None and value < minimum:
            raise ArgumentTypeError(f"must be at least {minimum}, not {value}")
        return value

    return read


def number(text: str) -> float:
    """Read a finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ArgumentTypeError(f"must be a number, not {text!r}")
    return value


def one_of(names: Collection[str], or_none: bool = False) -> Callable[[str], str | None]:
    """Read one of these names. Argparse's own `choices` would word it differently in each Python."""

    def read(text: str) -> str | None:
        if or_none and text == NONE:
            return None
        if text not in names:
            allowed = ", ".join([*names, *([NONE] if or_none else [])])
            raise ArgumentTypeError(f"{text!r} is unknown: choose one of {allowed}")
        return text

    return read


def _braces(names: Collection[str]) -> str:
    return "{" + ",".join(names) + "}"
