"""The two scripts, run as their users run them: by path, from the repository, without installation."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stickgen.command import main, verify
from stickgen.documented.facts import DOCUMENTED_TOTALS
from stickgen.documented.values import SECTIONS

ROOT = Path(__file__).parent.parent
COMMANDS = {"verify_model_params": "verify", "calculate_model_params": "document"}


def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, f"scripts/{script}.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_script_is_tested() -> None:
    assert {path.stem for path in (ROOT / "scripts").glob("*.py")} == set(COMMANDS)


def test_verify_prints_a_line_for_each_total_and_succeeds() -> None:
    result = run("verify_model_params")
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert len(lines) == 7
    for line, (config, total) in zip(lines, DOCUMENTED_TOTALS.items(), strict=False):
        assert line.startswith(config.key)
        assert line.count(f"{total:,}") == 2
        assert line.endswith("equal")
    assert lines[-1].startswith("6 of 6")


def test_verify_fails_when_a_total_differs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    config = next(iter(DOCUMENTED_TOTALS))
    monkeypatch.setattr(verify, "DOCUMENTED_TOTALS", {config: 7_248_123})
    assert main(["verify"]) == 1
    assert "differs by -1" in capsys.readouterr().out


def test_verify_all_lists_every_value(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(verify, "DOCUMENTED_TOTALS", {})
    assert main(["verify", "--all"]) == 0
    output = capsys.readouterr().out
    for section in SECTIONS.values():
        assert f"\n{section.title}\n" in output
        assert all(value.documented_text in output for value in section.values)
    assert f"\n{sum(len(section.values) for section in SECTIONS.values())} values: " in output


@pytest.mark.parametrize("script", COMMANDS)
def test_a_wrong_argument_is_a_sentence_and_status_2(script: str) -> None:
    result = run(script, "--everything")
    assert (result.returncode, result.stdout) == (2, "")
    command = COMMANDS[script]
    assert result.stderr == (
        f"stickgen {command}: unknown argument '--everything': `stickgen {command} --help` lists what can be given\n"
    )


def test_a_reader_that_leaves_early_causes_no_traceback() -> None:
    script = [sys.executable, "scripts/verify_model_params.py"]
    with subprocess.Popen(script, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_calculate_takes_one_form_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["document", "--json", "--markdown"]) == 2
    assert capsys.readouterr().out == ""


def test_the_document_is_what_the_script_writes() -> None:
    result = run("calculate_model_params", "--markdown")
    assert (result.returncode, result.stderr) == (0, "")
    assert (ROOT / "docs/model_sizes.md").read_text(encoding="utf-8") == result.stdout, (
        "stale: run `python scripts/calculate_model_params.py --markdown > docs/model_sizes.md`"
    )


def test_json_has_the_documented_totals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["document", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert len(values["configurations"]) == 39
    for config, total in DOCUMENTED_TOTALS.items():
        mode = config.mode
        assert values["variants"][config.variant][mode]["parameters"] == total
        assert values["configurations"][config.key] == total


def test_text_is_the_default_and_has_no_markdown_marks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["document"]) == 0
    output = capsys.readouterr().out
    assert "Component Breakdown: Large (d=512, L=10, H=16)" in output
    assert not {"**", "`", "|"} & set(output.split())
    assert "**" not in output
