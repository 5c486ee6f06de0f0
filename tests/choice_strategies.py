"""The controls of every page, and random values and texts for them."""

from typing import Any

from hypothesis import strategies as some

from explorer.choice.codec import Choice, choice_of
from explorer.choice.controls import (
    Control,
    Controls,
    DecimalControl,
    NumberControl,
    OptionControl,
    SeveralControl,
    SwitchControl,
)
from explorer.choice.shared import CONTROLS
from explorer.compare.controls import DEVICE_CONTROL, DIFFERING_CONTROL, FRONT_CONTROL, MOTION_CONTROLS
from explorer.memory.controls import DEVICE_CONTROLS
from explorer.motion.controls import PERFORMANCE_CONTROLS, PROMPT_CONTROL, SHOWN_CONTROLS
from explorer.reference.values import STATUS_CONTROL
from explorer.sizing.controls import TABLE_CONTROLS

PAGES: dict[str, Controls] = {
    "sidebar": CONTROLS,
    "compare": {**DEVICE_CONTROL, **DIFFERING_CONTROL, **FRONT_CONTROL, **MOTION_CONTROLS},
    "memory": DEVICE_CONTROLS,
    "motion": {**PROMPT_CONTROL, **SHOWN_CONTROLS, **PERFORMANCE_CONTROLS},
    "reference": STATUS_CONTROL,
    "sizing_table": TABLE_CONTROLS,
}

EVERY_CONTROL = [(page, key, control) for page, controls in PAGES.items() for key, control in controls.items()]

WRONG_NUMBERS = ("8.0", "+8", "8 ", " 8", "1e1", "1_0", "٨", "²", "Infinity", "1e400", "nan", "-1", "", 20 * "9")

WRONG_TEXTS = (*WRONG_NUMBERS, "vgg", "<script>", "motion_only ", "TRUE", "[Update](https://x.invalid)", "`a`", "\x00")


def value_of(control: Control) -> some.SearchStrategy[Any]:
    """Any value the control can take."""
    if isinstance(control, OptionControl):
        return some.sampled_from(control.options)
    if isinstance(control, NumberControl):
        near = some.sampled_from([control.minimum, control.default, control.maximum])
        return near | some.integers(control.minimum, control.maximum)
    if isinstance(control, DecimalControl):
        edges = some.sampled_from([control.minimum, control.default, control.maximum])
        return edges | some.floats(control.minimum, control.maximum).map(control.read)
    if isinstance(control, SwitchControl):
        return some.booleans()
    if isinstance(control, SeveralControl):
        return some.lists(some.sampled_from(control.options), unique=True).map(tuple)
    return some.text().map(control.read)


def values_of_every(controls: Controls) -> some.SearchStrategy[dict[str, Any]]:
    """A value for every control."""
    return some.fixed_dictionaries({key: value_of(control) for key, control in controls.items()})


def choices() -> some.SearchStrategy[Choice]:
    """Any choice that the shared controls can make."""
    return values_of_every(CONTROLS).map(choice_of)


def text_for(control: Control) -> some.SearchStrategy[str]:
    """A text that the control can take, or any other."""
    right = value_of(control).map(
        lambda value: next(iter(value), "") if isinstance(control, SeveralControl) else control.format(value)
    )
    return right | right | some.sampled_from(WRONG_TEXTS) | some.text(max_size=300)


def addresses(controls: Controls) -> some.SearchStrategy[dict[str, list[str]]]:
    """Addresses that have some of the controls, each once or twice."""
    return some.fixed_dictionaries(
        {}, optional={key: some.lists(text_for(control), min_size=1, max_size=2) for key, control in controls.items()}
    )
