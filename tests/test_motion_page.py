"""The Motion page: what is asked of a model, what is shown while it works, files in and out."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
import torch
from streamlit.testing.v1 import AppTest

from explorer import jobs, tasks
from explorer.choice.controls import Control, NumberControl
from explorer.jobs import Priority, Report, Task, Worker
from explorer.motion import files, gallery, panels, sources
from explorer.motion.controls import PERFORMANCE_CONTROLS, PROMPT_CONTROL, SHOWN_CONTROLS, request_of
from explorer.motion.language import FOLDER, embedder
from explorer.motion.report import report_table, verdict
from explorer.motion.request import generated_frames
from explorer.motion.tracks import head_tracks
from explorer.player import Figure, figure_data, track_data
from stickgen import configure
from stickgen.config import SKELETONS, VARIANTS
from stickgen.motion import (
    CLIPS,
    FORMATS,
    STAGES,
    FitReport,
    HeadSignals,
    Motion,
    MotionRequest,
    embed_text,
    nearest_clip,
    reference_motion,
    to_motion_file,
)

ROOT = Path(__file__).parents[1]
CONTROLS: dict[str, Control] = {**PROMPT_CONTROL, **SHOWN_CONTROLS, **PERFORMANCE_CONTROLS}
SMALL = configure("small")
REPORT = FitReport(
    clip="walk",
    one_step_rmse=0.003,
    repeat_rmse=0.016,
    rollout_rmse=0.02,
    rollout_seconds=5.0,
    amplitude_ratio=0.97,
    tempo_error=0.01,
    bone_error=0.02,
    travel_error=0.01,
    rounds=2,
    fit_seconds=1.0,
)
MISSES = {"one_step_rmse": 0.1, "rollout_rmse": 0.2, "amplitude_ratio": 0.5, "tempo_error": 0.1, "bone_error": 0.3}


def signals(frames: int) -> HeadSignals:
    return HeadSignals(
        velocity=torch.rand(frames, 2),
        physics=torch.rand(frames, 6),
        action_probabilities=torch.rand(frames, 60).softmax(dim=-1),
    )


def model_motion(request: MotionRequest) -> Motion:
    """A motion as a fitted model would return it."""
    clip = request.reference()
    return Motion(
        frames=clip.frames,
        skeleton=clip.skeleton,
        frame_rate=clip.frame_rate,
        description=request.prompt,
        report=FitReport(**{**vars(REPORT), "clip": request.clip}),
        signals=signals(len(clip.frames)),
    )


# What is asked of a model


@pytest.mark.parametrize("clip", CLIPS)
def test_choosing_a_clip_writes_a_prompt_that_means_it(clip: str) -> None:
    (entry,) = [entry for entry in gallery.entries("v3") if entry.name == clip]
    assert nearest_clip(entry.prompt) == (clip, True)
    assert figure_data(entry.figure)["rate"] == SKELETONS["v3"].frame_rate
    assert CLIPS[clip].label in gallery.meaning(entry.prompt)


@pytest.mark.parametrize("example", gallery.EXAMPLES)
def test_an_example_means_a_clip(example: str) -> None:
    assert "means the clip" in gallery.meaning(example)


def test_a_prompt_that_means_no_clip_is_said_so() -> None:
    assert "means none of" in gallery.meaning("quarterly tax report")


@pytest.mark.parametrize("key", {**PROMPT_CONTROL, **PERFORMANCE_CONTROLS})
def test_every_knob_changes_what_is_asked(key: str) -> None:
    defaults = {name: control.default for name, control in CONTROLS.items()}
    control = CONTROLS[key]
    other: Any = "wave"
    if isinstance(control, NumberControl):
        other = control.maximum
    elif hasattr(control, "options"):
        other = control.options[-1]
    assert request_of(SMALL, defaults | {key: other}) != request_of(SMALL, defaults)
    assert request_of(SMALL, defaults) == MotionRequest(config=SMALL)


def test_every_length_is_covered_by_what_is_generated() -> None:
    for skeleton, found in SKELETONS.items():
        assert all(generated_frames(seconds, skeleton) >= seconds * found.frame_rate for seconds in range(2, 11))
        assert len({generated_frames(seconds, skeleton) for seconds in range(2, 11)}) == 2


# What is shown


def test_what_is_not_ready_is_stood_in_for_by_the_reference_clip_which_says_so() -> None:
    clip = reference_motion("walk")
    ready = {"model": None, "reference": clip, "raw": None, "file": None}
    motions = sources.drawn(["model", "raw"], ready, seconds=2)
    assert list(motions) == ["reference"]
    assert len(motions["reference"].frames) == 50
    (figure,) = sources.figures(motions, ["model", "raw"], "overlay")
    assert figure.label == "Reference clip, until the model is ready"
    assert sources.is_incomplete(motions, ["model", "raw"])


def test_an_opening_says_that_it_is_one() -> None:
    whole = model_motion(MotionRequest(config=SMALL))
    opening = replace(whole.first_frames(50), report=None)
    (figure,) = sources.figures({"model": opening}, ["model"], "overlay")
    assert figure.label == "Model with fitted pose head: first 2 s"
    assert sources.is_incomplete({"model": opening}, ["model"])
    assert not sources.is_incomplete({"model": whole}, ["model"])


def test_what_stands_beside_an_opening_is_as_long_and_later_as_long_as_asked_for() -> None:
    whole, reference = model_motion(MotionRequest(config=SMALL)), reference_motion("walk", frames=125)
    opening = replace(whole.first_frames(50), report=None)
    for model, frames in ((opening, 50), (whole, 100)):
        motions = sources.drawn(["model", "reference"], {"model": model, "reference": reference}, seconds=4)
        assert [len(motion.frames) for motion in motions.values()] == [frames, frames]


def test_over_one_another_the_first_is_in_full_colours() -> None:
    motions = {"model": model_motion(MotionRequest(config=SMALL)), "reference": reference_motion("walk")}
    for layout, roles in (("overlay", ["main", "ghost"]), ("apart", ["main", "main"])):
        figures = sources.figures(motions, list(motions), layout)
        assert [figure.role for figure in figures] == roles
        assert [figure.label for figure in figures] == ["Model with fitted pose head", "Reference clip"]


def test_a_source_is_shown_once_and_a_file_only_where_there_is_one() -> None:
    assert sources.shown("model", "model", has_file=False) == ["model"]
    assert sources.shown("model", "file", has_file=False) == ["model"]
    assert sources.shown("file", "nothing", has_file=False) == ["model"]
    assert sources.shown("file", "model", has_file=True) == ["file", "model"]


def test_a_shorter_motion_keeps_what_belongs_to_it() -> None:
    motion = model_motion(MotionRequest(config=SMALL)).first_frames(50)
    assert motion.signals is not None
    assert len(motion.frames) == len(motion.signals.velocity) == len(motion.signals.physics) == 50
    assert motion.report == REPORT


def test_the_heads_tracks_can_be_drawn_and_say_that_they_are_untrained() -> None:
    tracks = head_tracks(signals(30))
    assert len(tracks) == 5
    for track in tracks:
        track_data(track, 30)
        assert "untrained" in track.name


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("missed", [(), *((name,) for name in MISSES), tuple(MISSES)], ids="+".join)
def test_a_missed_target_is_marked_and_explained(variant: str, missed: Sequence[str]) -> None:
    report = FitReport(**(vars(REPORT) | {name: MISSES[name] for name in missed}))
    results = report_table(report, variant).text()["Result"].tolist()
    assert results.count("✗ missed") == len(missed)
    assert results.count("✓ met") == len(MISSES) - len(missed)
    sentence = verdict(report, variant)
    assert sentence.count("\n- ") == len(missed)
    assert ("meets every target" in sentence) == (not missed)


def test_a_language_model_takes_over_where_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stub:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def encode(self, _text: str, **__: object) -> list[float]:
            return [1.0] * 8

    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Stub))
    monkeypatch.delenv(FOLDER, raising=False)
    assert embedder(8) == (embed_text, "")
    monkeypatch.setenv(FOLDER, str(tmp_path))
    embed, sentence = embedder(8)
    assert embed is embed_text
    assert "holds no sentence-transformers model" in sentence
    (tmp_path / "modules.json").write_text("[]")
    embed, sentence = embedder(8)
    assert embed("walk", 8).tolist() == [1.0] * 8
    assert tmp_path.name in sentence
    embed, sentence = embedder(1024)
    assert embed is embed_text
    assert "8 wide, not 1024" in sentence


# Files


@pytest.mark.parametrize("ending", FORMATS)
def test_every_download_writes_a_file(ending: str) -> None:
    content = FORMATS[ending].write(reference_motion("wave", frames=10))
    assert len(content) > 100
    name = files.file_name("model", "wave", "small/resnet+film", ending)
    assert name == f"model_wave_small_resnet_film.{ending}"


def test_a_motion_file_comes_back() -> None:
    motion = reference_motion("kick", "v3", frames=20)
    back, refused = files.read_motion(to_motion_file(motion).encode())
    assert not refused
    assert back is not None
    assert torch.allclose(back.frames, motion.frames, atol=1e-4)


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"[" * 100_000, b"null", b'{"meta": {}}'])
def test_a_file_that_is_no_motion_is_refused_with_a_sentence(content: bytes) -> None:
    motion, refused = files.read_motion(content)
    assert motion is None
    assert refused.endswith(".")


def test_a_description_from_a_file_is_one_short_line() -> None:
    motion = Motion(
        frames=torch.zeros(2, 5, 4), skeleton="v1", frame_rate=25, description="a\nb\u202e\ud800<b>" + 300 * "x"
    )
    label = sources.label_of("file", motion)
    assert label.isprintable()
    assert len(label) <= sources.MAX_LABEL_LENGTH


# Making the motion


@pytest.fixture(autouse=True)
def _own_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WORKER", Worker())
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.005)
    monkeypatch.setattr(tasks, "_begun", {})


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A model that is quick; returns what was begun and the stages it reached."""
    said: list[str] = []

    def make(request: MotionRequest, *, progress: Report, **_named: object) -> Any:
        said.append(f"begin {request.prompt}")
        for stage in STAGES:
            progress(f"{stage}: half way", 0.5)
            said.append(stage)
            yield stage, model_motion(replace(request, prompt=f"{request.prompt}, {stage}"))

    monkeypatch.setattr(tasks, "sample_motion_stages", make)
    monkeypatch.setattr(tasks, "_model", lambda *_: None)
    return said


def silent(*_: object) -> None:
    """A report nobody reads."""


def test_a_motion_is_made_soon_and_then_better_from_the_same_fit(begun: list[str]) -> None:
    request = MotionRequest(config=SMALL, prompt="wave")
    assert tasks.best_motion(request) is None
    for stage in STAGES:
        task = tasks.next_motion(request, last="refined")
        assert task == tasks.motion(request, stage)
        assert task.run(silent).description == f"wave, {stage}"
        assert tasks.best_motion(request).description == f"wave, {stage}"
    assert tasks.next_motion(request, last="refined") is None
    assert begun == ["begin wave", *STAGES]


def test_no_more_is_made_than_is_asked_for(begun: list[str]) -> None:
    request = MotionRequest(config=SMALL, prompt="wave")
    assert tasks.motion(request, "opening").run(silent).description == "wave, opening"
    assert tasks.best_motion(request, least="whole") is None
    assert tasks.next_motion(request, last="opening") is None
    assert tasks.next_motion(request, last="whole") == tasks.motion(request, "whole")
    assert tasks.motion(request, "whole").run(silent).description == "wave, whole"
    assert tasks.next_motion(request, last="whole") is None
    assert tasks.best_motion(request, least="whole").description == "wave, whole"
    assert begun == ["begin wave", "opening", "whole"]


def test_a_refinement_starts_over_where_too_many_fits_came_between(begun: list[str]) -> None:
    first, *others = (MotionRequest(config=SMALL, prompt=str(number)) for number in range(tasks.MAX_BEGUN + 1))
    for request in (first, *others):
        tasks.motion(request, "whole").run(silent)
    del begun[:]
    assert tasks.motion(others[-1], "refined").run(silent).description == f"{others[-1].prompt}, refined"
    assert begun == ["refined"]
    assert tasks.motion(first, "refined").run(silent).description == "0, refined"
    assert begun == ["refined", "begin 0", *STAGES]


def test_only_a_refinement_is_background_work() -> None:
    priorities = {stage: tasks.motion(MotionRequest(config=SMALL), stage).priority for stage in STAGES}
    assert [stage for stage, priority in priorities.items() if priority == Priority.BACKGROUND] == ["refined"]
    assert priorities["opening"] < priorities["whole"]


# The page


@pytest.fixture
def players(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Figure]]:
    """What the large player was given, run after run."""
    given: list[Sequence[Figure]] = []

    def player(figures: Sequence[Figure], *, key: str, **_named: object) -> None:
        if key == "motion":
            given.append(figures)

    monkeypatch.setattr(panels, "motion_player", player)
    return given


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[MotionRequest, list[str]]:
    """A model that is quick; returns the stages that have been made of each request."""
    stages: dict[MotionRequest, list[str]] = {}

    def motion(request: MotionRequest, stage: str) -> Task[Motion]:
        def make(report: Report) -> Motion:
            report("half way", 0.5)
            stages.setdefault(request, []).append(stage)
            whole = model_motion(request)
            return replace(whole.first_frames(50), report=None) if stage == "opening" else whole

        return Task((request, stage), make)

    def initial_weights_motion(request: MotionRequest) -> Task[Motion]:
        return Task(("raw", request), lambda _report: model_motion(request))

    monkeypatch.setattr(tasks, "motion", motion)
    monkeypatch.setattr(tasks, "initial_weights_motion", initial_weights_motion)
    return stages


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "explorer" / "main.py"), default_timeout=60)
    app.query_params["variant"] = "small"
    app.query_params["mode"] = "motion_only"
    app.switch_page(str(ROOT / "pages" / "motion.py"))
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception, app.exception
    assert app.title[0].value == "Motion"
    return app


def labels(figures: Sequence[Figure]) -> list[str]:
    return [figure.label for figure in figures]


def test_the_reference_clip_is_shown_at_once_and_the_models_motion_takes_over(
    players: list[Sequence[Figure]], made: dict[MotionRequest, list[str]]
) -> None:
    app = open_page()
    assert [labels(figures) for figures in players] == [
        ["Reference clip, until the model is ready"],
        ["Model with fitted pose head: first 2 s"],
        ["Model with fitted pose head"],
        ["Model with fitted pose head"],
    ]
    assert made == {MotionRequest(config=SMALL): list(STAGES)}
    assert any("meets every target" in text.value for text in app.markdown)
    (table,) = [
        html.proto.body for html in app.get("html") if "How close the model comes to the clip" in html.proto.body
    ]
    assert (table.count('<th scope="row"'), table.count("<td")) == (7, 3 * 7)


def test_sources_are_switched_and_laid_over_one_another(
    players: list[Sequence[Figure]], made: dict[MotionRequest, list[str]]
) -> None:
    app = open_page(show="raw", beside="reference")
    assert any("choose `model`" in text.value for text in app.markdown)
    assert labels(players[-1]) == ["Initial weights, not fitted", "Reference clip"]
    assert [figure.role for figure in players[-1]] == ["main", "ghost"]
    assert not made, "nobody asked for the fitted model"
    app.radio(key="show").set_value("model").run()
    app.radio(key="layout").set_value("apart").run()
    assert labels(players[-1]) == ["Model with fitted pose head", "Reference clip"]
    assert [figure.role for figure in players[-1]] == ["main", "main"]


def test_choosing_a_clip_and_an_example_writes_the_prompt(
    players: list[Sequence[Figure]], made: dict[MotionRequest, list[str]]
) -> None:
    app = open_page()
    app.button(key="clip_cheer").click().run()
    assert app.text_input(key="prompt").value == "cheer"
    app.button(key=f"example_{gallery.EXAMPLES[1]}").click().run()
    assert app.text_input(key="prompt").value == gallery.EXAMPLES[1]
    assert [request.clip for request in made] == ["walk", "cheer", "sneak"]
    assert players


@pytest.mark.usefixtures("players")
@pytest.mark.parametrize("prompt", ["<script>alert(1)</script> [x](javascript:y)", "   ", 200 * "w", "\u202ewalk\x00"])
def test_a_prompt_is_text_and_stays_out_of_the_page(prompt: str, made: dict[MotionRequest, list[str]]) -> None:
    app = open_page(prompt=prompt)
    (request,) = made
    assert request.prompt.isprintable()
    assert request.prompt == MotionRequest.prompt or prompt.strip()
    drawn = [*app.markdown, *app.caption, *app.warning, *app.error]
    assert not [text.value for text in drawn if "alert(1)" in text.value or "javascript" in text.value]


@pytest.mark.usefixtures("players", "made")
@pytest.mark.parametrize("key", CONTROLS)
def test_a_wrong_value_in_the_url_is_said_and_falls_back(key: str) -> None:
    app = open_page(**{key: 300 * "9"})
    (warning,) = app.warning
    assert CONTROLS[key].label in warning.value
    app.run()
    assert not app.warning


@pytest.mark.usefixtures("made")
def test_a_file_is_played_beside_and_a_bad_one_loses_nothing(
    players: list[Sequence[Figure]], monkeypatch: pytest.MonkeyPatch
) -> None:
    state: dict[str, Any] = {"show": "model", "motion_file": []}
    with monkeypatch.context() as patch:
        patch.setattr(st, "session_state", state)

        def upload(*contents: str) -> dict[str, Any]:
            state["motion_file_count"] = len(state["motion_file"])
            state["motion_file"] = [SimpleNamespace(getvalue=content.encode) for content in contents]
            panels._take_uploads()
            return {key: state[key] for key in ("show", "beside", "layout", "motion_of_file")}

        bow, wave = (to_motion_file(reference_motion(clip, "v3", frames=40)) for clip in ("bow", "wave"))
        bad = json.dumps({"meta": {}})
        good = upload(bow)
        assert (state["beside"], state["layout"], state["motion_refused"]) == ("file", "apart", "")
        assert upload(bow, bad) == good
        assert state["motion_refused"]
        assert upload(bow)["motion_of_file"].description == "Bow"
        assert not state["motion_refused"]
        assert upload(bow, wave)["motion_of_file"].description == "Wave"
        assert upload(bow)["motion_of_file"].description == "Bow"
        upload(bow, bad)
        assert upload(bad) == {"show": "model", "beside": "nothing", "layout": "apart", "motion_of_file": None}
    app = open_page(beside="file", layout="apart")
    assert "No file is open" in app.info[0].value
    assert labels(players[-1]) == ["Model with fitted pose head"]
    app.session_state["motion_of_file"] = good["motion_of_file"]
    app.run()
    assert not app.info
    assert labels(players[-1]) == ["Model with fitted pose head", "Your file: Bow"]
    assert [figure.motion.skeleton for figure in players[-1]] == ["v1", "v3"]
    next(button for button in app.button if button.label == "Close your file").click().run()
    assert labels(players[-1]) == ["Model with fitted pose head"]
    assert app.selectbox(key="beside").value == "nothing"
    assert not [button for button in app.button if button.label == "Close your file"]


@pytest.mark.usefixtures("made")
def test_what_reading_a_file_changed_is_said_and_none_of_its_text_is_markup(players: list[Sequence[Figure]]) -> None:
    markup = "[a](https://b.c) **d** :red[e] $f$ <b>"
    content = json.loads(to_motion_file(reference_motion("bow", "v1", frames=1500)))
    content["meta"] |= {
        "description": markup,
        "fps": 29.97,
        "total_frames": 1600,
        "duration": 1600 / 29.97,
        "x": markup,
    }
    content["motion"] += content["motion"][:2000]
    content["actions"] = [markup] * 1600
    motion, refused = files.read_motion(json.dumps(content).encode())
    assert motion is not None
    assert not refused
    app = open_page(beside="file", layout="apart", show="reference")
    app.session_state["motion_of_file"] = motion
    app.run()
    (info,) = app.info
    assert info.value.endswith("The file has 1,600 frames. Only the first 1,500 are used.")
    assert labels(players[-1]) == ["Reference clip", f"Your file: {markup}"]  # text to the player
    assert figure_data(players[-1][-1])["rate"] == 29.97
    drawn = [element.value for kind in ("markdown", "caption", "info", "warning", "error") for element in app.get(kind)]
    assert not [text for text in drawn if "b.c" in text or ":red" in text]
