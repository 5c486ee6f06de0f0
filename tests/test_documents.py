"""What the documents say is there, is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_to_a_file(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])
def test_every_file_named_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"`((?:stickgen|explorer|pages|scripts|tests|docs|benchmarks)/[\w/.]*)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_lists_every_page() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in (ROOT / "pages").glob("*.py"):
        assert f"| {page.stem.replace('_', ' ').capitalize()} |" in table


def test_the_python_of_the_readme_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    checks = "\nassert count_parameters(config).total == 25063908\nassert model.training\n"
    subprocess.run([sys.executable, "-c", code + checks], cwd=ROOT, check=True, timeout=300)


def test_the_library_needs_no_streamlit() -> None:
    code = "import sys; sys.modules['streamlit'] = None; import stickgen, stickgen.documented.values, stickgen.exchange"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=300)
