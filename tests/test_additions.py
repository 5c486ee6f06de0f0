"""What CONTRIBUTING says of adding a thing: at most two files, no documented value, and it is there on every page.

A copy of the project gets one of everything by the edits that somebody would make, and every page is opened.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COPIED = ("stickgen", "explorer", "pages", ".streamlit", "streamlit_app.py")

Edit = tuple[str, str, str]
"""A file, a text in it (empty for its end, or for a new file), and what stands after that text."""

ADDITIONS: dict[str, tuple[Edit, ...]] = {
    "image encoder": (
        ("stickgen/config.py", '    "mini_vit": "Mini ViT",\n', '    "tiny_vit": "Tiny ViT",\n'),
        (
            "stickgen/model/image_encoders.py",
            "",
            '\nIMAGE_ENCODER_BUILDERS["tiny_vit"] = IMAGE_ENCODER_BUILDERS["mini_vit"]\n',
        ),
    ),
    "fusion strategy": (
        ("stickgen/config.py", '    "concat": "Concat",\n', '    "append": "Append",\n'),
        ("stickgen/model/fusion.py", "", '\nFUSION_CLASSES["append"] = FUSION_CLASSES["concat"]\n'),
    ),
    "clip": (
        (
            "stickgen/motion/clips/registry.py",
            "",
            '\nCLIPS["shrug"] = Clip(\n'
            '    name="shrug", label="Shrug", pose=gestures.wave, duration_seconds=0.8, words=("shrug", "dunno")\n)\n',
        ),
    ),
    "knob": (
        (
            "stickgen/plan.py",
            '    ranks: int = 1\n    """Devices that train together."""\n',
            '    shuffling: str = "fixed"\n',
        ),
        (
            "stickgen/plan.py",
            "",
            '\nCHOICES["shuffling"] = {\n    "fixed": Choice(label="Fixed", cost="None."),\n'
            '    "shuffled": Choice(label="Shuffled", cost="None."),\n}\n'
            'KNOB_LABELS["shuffling"] = "Order of sequences"\n',
        ),
    ),
    "device": (
        ("stickgen/sizing/devices.py", '    "H200": Device(gigabytes=141),\n', '    "B200": Device(gigabytes=192),\n'),
    ),
    "file dtype": (
        ("stickgen/sizing/files.py", "_TYPE_NAMES: dict[torch.dtype, str] = {\n", '    torch.float64: "F64",\n'),
        ("stickgen/sizing/files.py", "", '\nFILE_DTYPES["float64"] = FileDtype(title="FP64", dtype=torch.float64)\n'),
    ),
    "table format": (
        (
            "explorer/sizing/exports.py",
            "",
            '\nFORMATS["text"] = Format(\n'
            '    label="Plain text", extension="txt", mime="text/plain",\n'
            "    write=lambda sheet: sheet.table.to_text().encode(),\n)\n",
        ),
    ),
    "motion format": (
        (
            "stickgen/motion/formats.py",
            "",
            '\nFORMATS["txt"] = MotionFormat(\n'
            '    title="Frame count", media_type="text/plain", write=lambda motion: str(len(motion.frames))\n)\n',
        ),
    ),
    "page": (
        ("pages/welcome.py", "", 'import streamlit as st\n\nst.title("Welcome")\n'),
        (
            "explorer/main.py",
            '    "reference": Page(group="About", title="Reference", icon=":material/fact_check:"),\n',
            '    "welcome": Page(group="About", title="Welcome", icon=":material/home:"),\n',
        ),
    ),
}

PROBE = """
import json
from pathlib import Path

from streamlit.testing.v1 import AppTest

from explorer import tasks
from explorer.jobs import Task
from stickgen import sizing
from stickgen.documented.verification import Check, Status
from stickgen.plan import TrainingPlan
from stickgen.workloads import TrainingStep
from stickgen.config import configure

# One trace for all, and the reference clip in place of the model's motion: the pages are what is tried here.
costs = sizing.step_costs(TrainingStep(configure("small"), TrainingPlan(sequence_length=10)))
sizing.peak_bytes = lambda step, report: costs.peak_bytes
sizing.step_costs = lambda step, report: costs
tasks.check = lambda value: Check(value=value, computed=1, status=Status.KEPT)
clip = lambda request, stage: Task(("clip", request, stage), lambda report: request.reference())
tasks.motion = clip
tasks.motions = lambda request, last: [clip(request, last)]

seen = {}
for page in sorted(Path("pages").glob("*.py")):
    app = AppTest.from_file(str(Path("explorer/main.py").absolute()), default_timeout=120)
    app.query_params["sequence_length"] = "10"
    app.switch_page(f"../pages/{page.name}").run()
    seen[page.stem] = {
        "errors": [str(error.value) for error in app.exception],
        "title": "".join(title.value for title in app.title),
        "options": [str(option) for kind in ("selectbox", "segmented_control", "multiselect")
                    for control in app.get(kind) for option in control.options],
        "keys": [widget.key for kind in ("button", "selectbox", "segmented_control") for widget in app.get(kind)],
        "html": " ".join(element.proto.body for element in app.get("html")),
        "downloads": [element.proto.label for element in app.get("download_button")],
        "columns": [column for frame in app.dataframe for column in frame.value.columns],
        "rows": [len(frame.value) for frame in app.dataframe],
    }
print(json.dumps(seen))
"""


@pytest.mark.parametrize("thing", ADDITIONS)
def test_a_thing_is_added_in_at_most_two_files(thing: str) -> None:
    assert len({file for file, _, _ in ADDITIONS[thing]}) <= 2
    assert not [file for file, _, _ in ADDITIONS[thing] if "documented" in file]


def test_what_is_added_is_on_every_page_that_lists_its_kind(tmp_path: Path) -> None:
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tmp_path / name)
    for edits in ADDITIONS.values():
        for file, anchor, text in edits:
            path = tmp_path / file
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            assert anchor in before, f"{anchor!r} is not in {file} any more"
            after = before.replace(anchor, anchor + text, 1) if anchor else before + text
            path.write_text(after, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    pages = json.loads(run.stdout.splitlines()[-1])
    assert {name: page["errors"] for name, page in pages.items() if page["errors"]} == {}
    assert pages["welcome"]["title"] == "Welcome"
    for page in pages.values():
        assert {"tiny_vit", "append"} <= set(page["options"])
        assert "shuffling" in page["keys"]
    assert "B200" in pages["memory"]["options"]
    assert "B200" in pages["compare"]["options"]
    assert "clip_shrug" in pages["motion"]["keys"]
    assert "Frame count" in pages["motion"]["downloads"]
    assert "Plain text" in pages["sizing_table"]["downloads"]
    assert "FP64 file (bytes)" in pages["sizing_table"]["options"]
    assert max(pages["sizing_table"]["rows"]) == 3 * (1 + 4 * 5)
    assert "FP64" in pages["explore"]["html"]
    assert "FP64 file" in pages["compare"]["html"]
    assert "Tiny ViT" in pages["reference"]["html"]
    assert "Append" in pages["reference"]["html"]
