"""The figure's build: how thick each part is drawn, for everything that draws it.

A motion says where the bones are; this says what they look like. `LINES` draws every bone as a line of one width:
the image files, and the picture that the model sees. `BODY` gives every bone a shape of its own: the player. All
lengths are shares of the skeleton's body height.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from stickgen.config import Skeleton
from stickgen.motion.body import HEAD

NECK_TO_HEAD = HEAD / Skeleton.body_height
"""From the neck to the centre of the head, which a skeleton without a head bone carries in line with its torso."""


@dataclass(frozen=True, kw_only=True)
class Lines:
    """A figure of lines with round ends, all of one width. Radii are shares of the body height."""

    limb_radius: float
    """Half the width of a line."""
    head_radius: float


@dataclass(frozen=True, kw_only=True)
class Bone:
    """A bone with round ends. Radii are shares of the body height."""

    limb: str
    """`arm`, `leg` or `core`: what it is drawn with, as one part."""
    start: float
    """Radius at its start."""
    end: float
    """Radius at its end; limbs taper outwards."""
    tip: float = 0.0
    """Radius of the hand or foot at its end; 0 without one."""
    next: str = ""
    """The bone of the same side that it bends into, with a rounded corner; empty without one."""


@dataclass(frozen=True, kw_only=True)
class Trunk:
    """Shoulders, chest and hips as one shape, stretched around these radii, in shares of the body height."""

    neck: float
    shoulder: float
    chest: float
    hip: float
    pelvis: float
    max_reach: float
    """A shoulder or hip farther than this from the spine is left out of the shape."""


@dataclass(frozen=True, kw_only=True)
class Body:
    """A figure with shaped limbs. Radii and distances are shares of the body height."""

    bones: Mapping[str, Bone]
    """By segment name without `l_` or `r_`."""
    trunk: Trunk
    """Drawn where the skeleton has shoulders and hips apart from the spine."""
    head_radius: float
    neck_to_head: float = NECK_TO_HEAD
    sole: float
    """From the ankle down to the ground: the radius of a foot."""
    max_gap: float
    """A bone bends into its next one where that starts no farther than this from its end."""


HAND, FOOT = 0.0205, 0.0255

LINES = Lines(limb_radius=1 / 60, head_radius=1 / 15)

BODY = Body(
    bones={
        "torso": Bone(limb="core", start=0.046, end=0.038),
        "upper_torso": Bone(limb="core", start=0.03, end=0.04, next="lower_torso"),
        "lower_torso": Bone(limb="core", start=0.04, end=0.03),
        "pelvis_width": Bone(limb="core", start=0.024, end=0.024),
        "head": Bone(limb="core", start=0.024, end=0.024),
        "arm": Bone(limb="arm", start=0.028, end=0.0175, tip=HAND),
        "upper_arm": Bone(limb="arm", start=0.028, end=0.0225, next="forearm"),
        "forearm": Bone(limb="arm", start=0.0225, end=0.0165, tip=HAND),
        "leg": Bone(limb="leg", start=0.037, end=0.0215, tip=FOOT),
        "thigh": Bone(limb="leg", start=0.037, end=0.0285, next="shin"),
        "shin": Bone(limb="leg", start=0.0285, end=0.0205, tip=FOOT),
    },
    trunk=Trunk(neck=0.03, shoulder=0.021, chest=0.043, hip=0.031, pelvis=0.036, max_reach=0.2),
    head_radius=0.082,
    sole=FOOT,
    max_gap=0.05,
)
