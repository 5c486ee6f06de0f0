"""Stick-Gen configuration files: written and read without loss, and every bad file answered with a sentence."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from stickgen.config import SKELETONS, VARIANTS, ModelConfig, configurations, configure
from stickgen.documented.facts import DOCUMENTED_TOTALS
from stickgen.exchange.configs import as_yaml, read_yaml
from stickgen.exchange.keys import KEYS
from stickgen.exchange.safe_yaml import MAX_DEPTH, MAX_FILE_BYTES
from stickgen.sizing.limits import MAX_PARAMETERS, SIZE_LIMITS, check_sizes

MULTIMODAL = configure("medium", "lightweight_cnn", "gated")
CUSTOM = ModelConfig(d_model=192, num_layers=3, num_heads=6, feedforward_factor=2, num_actions=7, dropout=0)


def with_line(config: ModelConfig, key: str, value: str) -> tuple[str, int]:
    """The file of `config` with the value of one key replaced, and the line it is in."""
    section, name = key.split(".")
    lines = as_yaml(config).splitlines()
    number = next(i for i, line in enumerate(lines) if line.startswith(f"  {name}:") and i > lines.index(f"{section}:"))
    lines[number] = f"  {name}: {value}"
    return "\n".join(lines), number + 1


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_every_configuration_survives_the_round_trip(skeleton: str) -> None:
    for config in configurations(skeleton, num_actions=64):
        imported = read_yaml(as_yaml(config, batch_size=12))
        assert imported.config == config
        assert imported.batch_size == 12
        assert (imported.errors, imported.notes) == ((), ())


@pytest.mark.parametrize(
    "config",
    [CUSTOM, replace(MULTIMODAL, image_size=128, embedding_dim=512, dropout=0.25)],
    ids=["custom", "image"],
)
def test_a_custom_configuration_survives_the_round_trip(config: ModelConfig) -> None:
    assert read_yaml(as_yaml(config).encode()).config == config


def test_the_file_has_the_keys_of_stick_gen() -> None:
    content = yaml.safe_load(as_yaml(MULTIMODAL, batch_size=8))
    assert content == {
        "metadata": {"variant": "medium", "expected_parameters": DOCUMENTED_TOTALS[MULTIMODAL]},
        "model": {
            "input_dim": 20,
            "d_model": 384,
            "nhead": 12,
            "num_layers": 8,
            "output_dim": 20,
            "embedding_dim": 1024,
            "dropout": 0.1,
            "num_actions": 60,
            "image_encoder_arch": "lightweight_cnn",
            "fusion_strategy": "gated",
        },
        "data": {"use_parallax_augmentation": True, "parallax_image_size": [256, 256]},
        "training": {"batch_size": 8},
    }


def test_a_motion_only_file_switches_the_image_off() -> None:
    content = yaml.safe_load(as_yaml(VARIANTS["small"]))
    assert content["data"] == {"use_parallax_augmentation": False}
    assert not {"image_encoder_arch", "fusion_strategy"} & set(content["model"])


def test_every_key_is_written_for_some_configuration() -> None:
    written = yaml.safe_load(as_yaml(replace(MULTIMODAL, feedforward_factor=2)))
    assert {f"{section}.{name}" for section, keys in written.items() for name in keys} == set(KEYS)


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("model.d_model", "0", "from 32 to 1024"),
        ("model.d_model", "390", "multiple of 4"),
        ("model.d_model", "3.5e2", "whole number"),
        ("model.d_model", "true", "whole number"),
        ("model.d_model", "[384]", "whole number"),
        ("model.d_model", "{a: 1}", "whole number"),
        ("model.d_model", "9" * 5000, "whole number"),
        ("model.d_model", "0x" + "f" * 20_000, "whole number"),
        ("model.d_model", "1" + ":1" * 10_000, "whole number"),
        ("model.d_model", "=", "whole number"),
        ("model.nhead", "1000000000", "from 1 to 32"),
        ("model.num_layers", "-1", "from 1 to 24"),
        ("model.input_dim", "21", "20 (v1, 5 segments) or 48 (v3, 12 segments)"),
        ("model.output_dim", "48", "must be 20, the same as model.input_dim, not 48"),
        ("model.dropout", "1.0", "from 0 up to, but not including, 1"),
        ("model.dropout", ".nan", "from 0 up to, but not including, 1"),
        ("model.dropout", "much", "a number"),
        ("model.num_actions", "2026-99-99", "whole number"),
        ("model.image_encoder_arch", "vgg", "one of lightweight_cnn, resnet, mini_vit"),
        ("model.fusion_strategy", "[gated]", "one of gated, concat, film, cross_attention"),
        ("data.use_parallax_augmentation", "1", "true or false"),
        ("data.parallax_image_size", "[256, 128]", "two equal sides"),
        ("data.parallax_image_size", "[a, a]", "whole number"),
        ("data.parallax_image_size", "100", "multiple of 32"),
        ("training.batch_size", "0", "from 1 to"),
        ("metadata.expected_parameters", "many", "whole number"),
        ("metadata.expected_parameters", "0x" + "f" * 20_000, "whole number"),
        ("metadata.variant", "[small]", "a name"),
    ],
)
def test_an_impossible_value_is_reported_by_name_and_line(key: str, value: str, allowed: str) -> None:
    text, line = with_line(MULTIMODAL, key, value)
    imported = read_yaml(text)
    assert imported.config is None
    assert [(error.key, error.line) for error in imported.errors] == [(key, line)]
    assert allowed in imported.errors[0].text
    assert str(imported.errors[0]).startswith(f"line {line}, {key}: ")
    assert len(str(imported.errors[0])) < 200


def test_all_impossible_values_are_reported_at_once() -> None:
    text = "model:\n  d_model: 1\n  nhead: 0\n  num_layers: x\n  input_dim: 20\n"
    assert [error.line for error in read_yaml(text).errors] == [2, 3, 4]


def test_an_unknown_key_is_noted_with_the_nearest_one_and_does_no_harm() -> None:
    text = as_yaml(MULTIMODAL).replace("model:\n", "model:\n  heads: 3\n  n_head: 4\n") + "optim: {lr: 1}\n"
    imported = read_yaml(text)
    assert imported.config == MULTIMODAL
    assert [note.key for note in imported.notes] == ["model.heads", "model.n_head", "optim"]
    assert "did you mean model.nhead?" in imported.notes[1].text
    assert imported.notes[1].line == text.splitlines().index("  n_head: 4") + 1


def test_a_long_key_is_quoted_in_part() -> None:
    (note,) = read_yaml(f"{as_yaml(MULTIMODAL)}{'x' * 500}: 1").notes
    assert len(str(note)) < 200


@pytest.mark.parametrize("key", ["d_model", "nhead", "num_layers", "input_dim"])
def test_a_missing_size_is_reported(key: str) -> None:
    text = "model: {d_model: 256, nhead: 8, num_layers: 6, input_dim: 20}".replace(f"{key}:", "other:")
    imported = read_yaml(text)
    assert [(error.key, error.line, error.text) for error in imported.errors] == [(f"model.{key}", None, "is missing")]


def test_the_shortest_file_takes_the_defaults() -> None:
    imported = read_yaml("model: {d_model: 256, nhead: 8, num_layers: 6, input_dim: 20}")
    assert (imported.config, imported.batch_size) == (VARIANTS["small"], None)


def test_multimodal_needs_both_names() -> None:
    text = "model: {d_model: 256, nhead: 8, num_layers: 6, input_dim: 20}\n"
    text += "data: {use_parallax_augmentation: true}"
    missing = ["model.image_encoder_arch", "model.fusion_strategy"]
    assert [error.key for error in read_yaml(text).errors] == missing


def test_image_settings_without_the_switch_are_noted() -> None:
    text = as_yaml(MULTIMODAL).replace("augmentation: true", "augmentation: false")
    imported = read_yaml(text)
    assert imported.config == VARIANTS["medium"]
    noted = {note.key for note in imported.notes}
    assert {"model.image_encoder_arch", "model.fusion_strategy", "data.parallax_image_size"} <= noted


def test_metadata_that_contradicts_the_sizes_is_noted() -> None:
    text = as_yaml(MULTIMODAL).replace("variant: medium", "variant: large").replace("25063908", "25063907")
    imported = read_yaml(text)
    assert imported.config == MULTIMODAL
    assert [note.key for note in imported.notes] == ["metadata.variant", "metadata.expected_parameters"]
    assert imported.notes[0].text == "is 'large', but the sizes are those of medium"
    assert "(+1)" in imported.notes[1].text


def test_a_variant_of_a_custom_size_is_noted() -> None:
    (note,) = read_yaml(as_yaml(CUSTOM).replace("variant: custom", "variant: small")).notes
    assert note.text == "is 'small', but the sizes are of no variant"


def test_a_key_given_twice_is_an_error() -> None:
    text = "model:\n  d_model: 256\n  nhead: 8\n  d_model: 512\n"
    assert [error.line for error in read_yaml(text).errors if "repeated on line 4" in error.text] == [2]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "empty"),
        ("# only a comment", "empty"),
        ("just text", "no sections"),
        ("- 1\n- 2", "no sections"),
        ("a: b: c", "not YAML"),
        ("model: [1", "not YAML"),
        ("model: 'x", "not YAML"),
        ("\x00", "not YAML"),
        ("a: 1\n---\nb: 2", "not YAML"),
        (b"\xff\xfe\x00m", "not text"),
        (b"\x89PNG\r\n\x1a\n\xc0", "not text"),
        ("model: !!python/object/apply:os.system ['echo']", "tags"),
        ("model: !!int 3", "tags"),
        ("a: &a [x]\nb: [*a, *a]", "anchors"),
        ("[" * 5000, "levels of nesting"),
        ("a: " + "{a: " * MAX_DEPTH, "levels of nesting"),
        ("model: 3", "section with keys of its own"),
        ("x" * (MAX_FILE_BYTES + 1), "at most"),
        ("é" * MAX_FILE_BYTES, "at most"),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_with_a_sentence(content: str | bytes, sentence: str) -> None:
    imported = read_yaml(content)
    assert imported.config is None
    assert sentence in str(imported.errors[0])


@pytest.mark.parametrize("content", ["? [a]\n: 1", "<<: {a: 1}", "null: 1", "2026-01-01: {a: 2}", "model: {1: 2}"])
def test_odd_keys_are_remarks(content: str) -> None:
    imported = read_yaml(content)
    assert imported.config is None
    assert imported.notes


def test_sizes_that_are_too_large_together_are_refused() -> None:
    text = "model: {d_model: 1024, nhead: 16, num_layers: 24, input_dim: 20}"
    imported = read_yaml(text)
    assert [error.key for error in imported.errors] == ["model.d_model"]
    assert "parameters" in imported.errors[0].text


@pytest.mark.parametrize("field", SIZE_LIMITS)
def test_a_size_outside_its_limits_is_refused(field: str) -> None:
    # A width of 768 suits one head and 96; 64 more than a limit is a multiple of all that a size must divide
    # by.
    too_large = SIZE_LIMITS[field].maximum + 64
    sizes: dict[str, Any] = {"d_model": 768, "num_heads": 1, field: too_large}
    encoder, fusion = ("mini_vit", "gated") if field == "image_size" else (None, None)
    config = configure("small", encoder, fusion, **sizes)
    with pytest.raises(ValueError, match=f"{field} must be from .* to {SIZE_LIMITS[field].maximum}, not {too_large}"):
        check_sizes(config)


def test_the_presets_are_within_the_limits() -> None:
    for config in configurations():
        assert check_sizes(config) is config
    assert max(DOCUMENTED_TOTALS.values()) < MAX_PARAMETERS
