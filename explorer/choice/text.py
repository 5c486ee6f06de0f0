"""The choice in words, and in Python."""

from dataclasses import fields

from explorer.choice.codec import Choice
from stickgen.config import CUSTOM, VARIANT_FIELDS, VARIANTS, ModelConfig
from stickgen.plan import changed_knobs
from stickgen.sizing.limits import size_text


def headline(choice: Choice) -> str:
    """The choice in one line of Markdown, for the main area."""
    config, plan = choice.config, choice.plan
    custom = f" ({size_text(config)})" if config.variant == CUSTOM else ""
    parts = [f"**{config.variant}**{custom}", "motion-only"]
    if config.image_encoder and config.fusion:
        parts[1] = f"`{config.image_encoder}` + `{config.fusion}`"
        if config.image_size != ModelConfig.image_size:
            parts.append(f"images of {config.image_size} pixels")
    parts += [f"skeleton {config.skeleton}", f"{config.num_actions} actions"]
    return " · ".join([*parts, f"batch {plan.batch_size} × {plan.sequence_length} frames"])


def as_python(choice: Choice) -> str:
    """The Python that gives the values of this choice."""
    config = choice.config
    custom = config.variant == CUSTOM
    named = {field.name: getattr(config, field.name) for field in fields(config)}
    defaults = {field.name: field.default for field in fields(config)}
    if not custom:
        defaults |= {name: getattr(VARIANTS[config.variant], name) for name in VARIANT_FIELDS}
    arguments = [] if custom else [repr(config.variant)]
    arguments += [f"{name}={value!r}" for name, value in named.items() if value != defaults[name]]
    call = f"{'ModelConfig' if custom else 'configure'}({', '.join(arguments)})"
    knobs = ", ".join(f"{name}={value!r}" for name, value in changed_knobs(choice.plan).items())
    return (
        "import stickgen\n\n"
        f"config, plan = stickgen.{call}, stickgen.TrainingPlan({knobs})\n"
        "print(stickgen.count_parameters(config).total, stickgen.file_size(config), "
        "stickgen.estimate_memory(stickgen.TrainingStep(config, plan)).peak_bytes)\n"
    ).replace("'", '"')
