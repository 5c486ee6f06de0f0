"""All clips. To add one, write its function in `actions`, `gestures` or `locomotion`, and its line here."""

from stickgen.motion.clips import actions, gestures, locomotion
from stickgen.motion.clips.clip import Clip

CLIPS: dict[str, Clip] = {
    clip.name: clip
    for clip in (
        Clip(name="walk", label="Walk", pose=locomotion.walk, duration_seconds=1.04, travels=True,
             words=("walk", "stroll", "stride", "step", "wander", "amble", "pace", "hike")),
        Clip(name="run", label="Run", pose=locomotion.run, duration_seconds=0.72, travels=True,
             words=("run", "ran", "jog", "sprint", "race", "dash", "rush", "hurry", "flee", "chase")),
        Clip(name="sneak", label="Sneak", pose=locomotion.sneak, duration_seconds=1.68, travels=True,
             words=("sneak", "creep", "tiptoe", "prowl", "stalk")),
        Clip(name="march", label="March", pose=locomotion.march, duration_seconds=1.12, travels=True,
             words=("march", "parade", "soldier")),
        Clip(name="climb", label="Climb", pose=locomotion.climb, duration_seconds=1.60,
             words=("climb", "ladder", "clamber", "scale", "ascend")),
        Clip(name="jump", label="Jump", pose=actions.jump, duration_seconds=1.76,
             words=("jump", "leap", "hop", "bounce", "spring")),
        Clip(name="jumping_jacks", label="Jumping jacks", pose=gestures.jumping_jacks, duration_seconds=1.04,
             words=("jumping jacks", "star jump", "warm up", "exercise", "workout")),
        Clip(name="wave", label="Wave", pose=gestures.wave, duration_seconds=0.76,
             words=("wave", "greet", "hello", "hi", "goodbye", "bye")),
        Clip(name="dance", label="Dance", pose=gestures.dance, duration_seconds=1.92,
             words=("dance", "disco", "groove", "boogie", "party")),
        Clip(name="cheer", label="Cheer", pose=gestures.cheer, duration_seconds=0.80,
             words=("cheer", "celebrate", "win", "victory", "hooray", "applaud")),
        Clip(name="punch", label="Punch", pose=actions.punch, duration_seconds=1.68,
             words=("punch", "box", "jab", "hit", "fight", "strike", "shadow boxing")),
        Clip(name="kick", label="Kick", pose=actions.kick, duration_seconds=1.60,
             words=("kick", "karate", "taekwondo", "football", "soccer")),
        Clip(name="crouch", label="Crouch", pose=actions.crouch, duration_seconds=2.00,
             words=("crouch", "squat", "duck", "kneel", "bend down")),
        Clip(name="push_ups", label="Push-ups", pose=actions.push_ups, duration_seconds=1.60,
             words=("push up", "press up", "pushup", "train")),
        Clip(name="sit_down", label="Sit down", pose=actions.sit_down, duration_seconds=2.20, periodic=False,
             words=("sit down", "sit", "sat", "take a seat", "seat", "chair", "rest")),
        Clip(name="bow", label="Bow", pose=actions.bow, duration_seconds=2.60, periodic=False,
             words=("bow", "curtsy", "bend over", "respect")),
        Clip(name="idle", label="Idle", pose=gestures.idle, duration_seconds=2.40,
             words=("idle", "stand", "stood", "wait", "breathe", "still", "stay", "relax")),
    )
}  # fmt: skip
"""Every clip under its name."""
