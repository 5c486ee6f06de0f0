"""What the model's other heads predict over time, as tracks in step with the player."""

from explorer.player import Track
from stickgen.motion import HeadSignals

MAX_ACTIONS = 4
"""Actions drawn: those with the highest mean probability."""


def head_tracks(signals: HeadSignals) -> list[Track]:
    """Velocity, physics and action probabilities; each track says so where its head is untrained."""
    state = "" if signals.trained else ", untrained"
    velocity, physics, actions = signals.velocity, signals.physics, signals.action_probabilities
    likeliest = actions.mean(dim=0).topk(min(MAX_ACTIONS, actions.shape[1])).indices.sort().values.tolist()
    return [
        Track(
            name=f"Velocity head{state}",
            unit="from the mean of the frames so far",
            lines={"x": velocity[:, 0].numpy(), "y": velocity[:, 1].numpy()},
        ),
        *(
            Track(
                name=f"Physics head{state}: {quantity}",
                lines={"x": physics[:, first].numpy(), "y": physics[:, first + 1].numpy()},
            )
            for quantity, first in PHYSICS.items()
        ),
        Track(
            name=f"Action head{state}",
            unit=f"probability, the {len(likeliest)} highest of {actions.shape[1]}",
            lines={f"action {index}": actions[:, index].numpy() for index in likeliest},
        ),
    ]


PHYSICS: dict[str, int] = {"velocity": 0, "acceleration": 2, "momentum": 4}
"""Quantity to the first of its two channels."""
