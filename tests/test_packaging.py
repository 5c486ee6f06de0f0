"""The library as a package: what is in it, what it brings, and what runs once it is installed."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email import message_from_string
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from stickgen.config import configure
from stickgen.sizing import FILE_DTYPES, count_parameters, file_size

ROOT = Path(__file__).parent.parent


def requirements(name: str) -> list[str]:
    """The lines of a requirements file, without those of the files it includes."""
    lines = (ROOT / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


LIBRARY, APP = requirements("requirements-library.txt"), requirements("requirements-app.txt")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the tree, with the setuptools that is installed."""
    tree, dist = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("dist")
    shutil.copytree(ROOT / "stickgen", tree / "stickgen", ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE", "requirements-library.txt", "requirements-app.txt"):
        shutil.copy(ROOT / file, tree)
    (tree / "explorer").mkdir()
    (tree / "explorer" / "__init__.py").touch()
    build = f"from setuptools.build_meta import build_wheel; build_wheel({str(dist)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=tree, check=True, capture_output=True)
    (built,) = dist.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a fresh environment with the wheel in it.

    It borrows the installed packages, torch above all, but for the app's: importing one of those fails.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    scripts = Path(sysconfig.get_path("scripts", "venv", vars={"base": str(folder)}))
    packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(folder)}))
    pip = [sys.executable, "-m", "pip", f"--python={scripts / 'python'}", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    (packages / "borrowed.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    for name in app_modules():
        (packages / f"{name}.py").write_text(f"raise ImportError('{name} is not installed')\n")
    return scripts


def app_modules() -> list[str]:
    """What the app's packages are imported as."""
    names = {re.split(r"[=\[]", line)[0].lower() for line in APP}
    modules = packages_distributions().items()
    return [
        module for module, owners in modules if names & {owner.lower() for owner in owners} and module.isidentifier()
    ]


def run(command: list[str], folder: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def test_every_version_is_pinned_and_no_package_stands_twice() -> None:
    names = [re.fullmatch(r"([A-Za-z0-9_-]+)==[\w.]+", line) for line in [*LIBRARY, *APP]]
    assert all(names)
    assert len({match[1].lower() for match in names if match}) == len(names)
    assert (ROOT / "requirements.txt").read_text().splitlines()[1:] == [
        "-r requirements-library.txt",
        "-r requirements-app.txt",
    ]


def test_the_wheel_brings_the_library_and_offers_the_app(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        (name,) = [name for name in files.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = message_from_string(files.read(name).decode())
    required = [line.replace(" ", "") for line in metadata.get_all("Requires-Dist") or []]
    assert [line for line in required if ";" not in line] == LIBRARY
    assert [line.partition(";")[0] for line in required if ";extra==" in line] == APP
    assert metadata.get_all("Provides-Extra") == ["app"]


def test_the_wheel_holds_every_file_of_the_library_and_none_of_the_app(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        packed = {name for name in files.namelist() if ".dist-info/" not in name}
    assert packed == {path.relative_to(ROOT).as_posix() for path in (ROOT / "stickgen").rglob("*.py")}


@pytest.mark.parametrize("command", [["stickgen"], ["python", "-m", "stickgen"]], ids=" ".join)
def test_the_installed_command_runs_without_the_app(command: list[str], environment: Path, tmp_path: Path) -> None:
    executable = str(environment / command[0])
    content = json.loads(run([executable, *command[1:], "sizes", "--variant", "small", "--json"], tmp_path))
    config = configure("small")
    assert content["parameters"] == count_parameters(config).total
    assert content["file_bytes"] == {dtype: file_size(config, dtype) for dtype in FILE_DTYPES}


def test_every_module_of_the_library_imports_without_the_app(environment: Path, tmp_path: Path) -> None:
    assert "streamlit" in app_modules()
    walk = (
        "import pkgutil, importlib, stickgen\n"
        "names = [found.name for found in pkgutil.walk_packages(stickgen.__path__, 'stickgen.')]\n"
        "for name in names: importlib.import_module(name)\n"
        "print(len(names), stickgen.__file__)"
    )
    count, file = run([str(environment / "python"), "-c", walk], tmp_path).split(maxsplit=1)
    assert int(count) == len(list((ROOT / "stickgen").rglob("*.py"))) - 1
    assert not Path(file).is_relative_to(ROOT)
