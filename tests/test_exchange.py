"""Stick-Gen configuration files: written and read without loss, and every bad file answered with a sentence."""

from dataclasses import replace
from typing import Any

import pytest
import yaml
from choice_strategies import choices
from hypothesis import given
from hypothesis import strategies as some

from explorer.choice.codec import Choice
from stickgen.config import SKELETONS, VARIANTS, ModelConfig, configurations, configure
from stickgen.documented.facts import DOCUMENTED_TOTALS
from stickgen.exchange.configs import as_yaml, read_yaml
from stickgen.exchange.keys import KEYS, MAX_BATCH_SIZE
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
        "metadata": {
            "variant": "medium",
            "expected_params_motion_only": DOCUMENTED_TOTALS[VARIANTS["medium"]],
            "expected_params_multimodal": DOCUMENTED_TOTALS[MULTIMODAL],
        },
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
    assert content["metadata"] == {
        "variant": "small",
        "expected_params_motion_only": DOCUMENTED_TOTALS[VARIANTS["small"]],
    }


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
        ("model.dropout", ".inf", "not .inf"),
        ("model.dropout", "1e-1", "not 1e-1, which YAML reads as text"),
        ("model.d_model", "1e3", "not 1e3, which YAML reads as text"),
        ("model.d_model", "0o600", "not 0o600, which YAML reads as text"),
        ("model.d_model", "010", "not 010, which YAML reads in base 8, as 8"),
        ("model.d_model", "yes", "not yes, which YAML reads as true"),
        ("model.d_model", "'384'", "not '384'"),
        ("model.num_layers", "off", "not off, which YAML reads as false"),
        ("model.num_layers", "2026-01-01", "not 2026-01-01, which YAML reads as a date"),
        ("metadata.variant", "no", "not no, which YAML reads as false"),
        (
            "data.parallax_image_size",
            "[0400, 0x10]",
            "not [0400, 0x10], which YAML reads as [256, 16]",
        ),
        ("model.num_actions", "2026-99-99", "whole number"),
        ("model.image_encoder_arch", "vgg", "one of lightweight_cnn, resnet, mini_vit"),
        ("model.fusion_strategy", "[gated]", "one of gated, concat, film, cross_attention"),
        ("data.use_parallax_augmentation", "1", "true or false"),
        ("data.parallax_image_size", "[256, 128]", "two equal sides"),
        ("data.parallax_image_size", "[a, a]", "whole number"),
        ("data.parallax_image_size", "100", "multiple of 32"),
        ("training.batch_size", "0", "from 1 to"),
        ("metadata.expected_params_multimodal", "many", "whole number"),
        ("metadata.expected_params_motion_only", "0x" + "f" * 20_000, "whole number"),
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


@pytest.mark.parametrize(
    ("key", "written", "reading"),
    [
        ("training.batch_size", "010", "in base 8, as 8"),
        ("training.batch_size", "1:04", "in base 60, as 64"),
        ("training.batch_size", "0x10", "in base 16, as 16"),
        ("training.batch_size", "0b11", "in base 2, as 3"),
        ("data.parallax_image_size", "[0400, 256]", "as [256, 256]"),
    ],
)
def test_a_number_that_yaml_reads_in_another_base_is_taken_and_said(key: str, written: str, reading: str) -> None:
    text, line = with_line(MULTIMODAL, key, written)
    imported = read_yaml(text)
    assert imported.config == MULTIMODAL
    assert [(note.key, note.line) for note in imported.notes] == [(key, line)]
    assert imported.notes[0].text == f"is {written}, which YAML reads {reading}"
    if key == "training.batch_size":
        assert imported.batch_size == yaml.safe_load(text)["training"]["batch_size"]


@given(written=some.text("0123456789_:.eExXobBaf+-", min_size=1, max_size=9))
def test_a_number_is_what_it_looks_like_or_what_it_is_taken_for_is_said(written: str) -> None:
    text, _ = with_line(MULTIMODAL, "training.batch_size", written)
    imported = read_yaml(text)
    if imported.config is not None and not imported.notes:
        assert imported.batch_size == int(written.replace("_", ""), base=10)
        assert not written.lstrip("+-").startswith("0")


@pytest.mark.parametrize("written", ["8", "+8", "1_6"])
def test_a_plain_number_needs_no_remark(written: str) -> None:
    imported = read_yaml(with_line(MULTIMODAL, "training.batch_size", written)[0])
    assert (imported.batch_size, imported.notes) == (int(written), ())


def test_an_unknown_key_is_noted_with_the_one_it_nearly_is_and_does_no_harm() -> None:
    text = as_yaml(MULTIMODAL).replace("dropout:", "dropouts:").replace("model:\n", "model:\n  heads: 3\n  n_head: 4\n")
    imported = read_yaml(text + "optim: {lr: 1}\n")
    assert imported.config == MULTIMODAL
    assert [note.key for note in imported.notes] == ["model.heads", "model.n_head", "model.dropouts", "optim"]
    assert ["Did you mean" in note.text for note in imported.notes] == [False, False, True, False]
    assert "Did you mean model.dropout?" in imported.notes[2].text
    assert imported.notes[2].line == text.splitlines().index("  dropouts: 0.1") + 1


STICK_GEN_KEYS = (
    "metadata.expected_parameters", "model.expected_params", "training.grad_accum_steps", "training.max_grad_norm",
    "training.learning_rate", "training.num_epochs", "data.use_parallax_sequences", "data.parallax_sequence_length",
    "data.parallax_conditioning_mode", "data.parallax_image_dir", "diffusion.enabled", "lora.enabled", "lora.rank",
    "lora.alpha", "lora.dropout", "lora.target_modules",
)  # fmt: skip
"""Keys that are not taken: those of Stick-Gen's configs, and some that only look like what is taken."""


@pytest.mark.parametrize("key", STICK_GEN_KEYS)
@pytest.mark.parametrize("text", ["", "model: {d_model: 256}\n"], ids=["alone", "in a config"])
def test_what_only_looks_like_a_key_gets_no_suggestion(key: str, text: str) -> None:
    section, name = key.split(".")
    same = text.startswith(section)
    text = text.replace("256}", f"256, {name}: 1}}") if same else f"{text}{section}: {{{name}: 1}}\n"
    (note,) = read_yaml(text).notes
    assert note.key in (key, section)
    assert note.text == "is not used: only the model and the batch size are taken"


@pytest.mark.parametrize("key", KEYS)
def test_a_misspelt_key_gets_the_right_suggestion(key: str) -> None:
    section, name = key.split(".")
    (note,) = read_yaml(f"{section}:\n  {name}s: 1\n").notes
    assert note.text.endswith(f". Did you mean {key}?")


FLAT = """d_model: 384
nhead: 12
num_layers: 8
input_dim: 48
num_actions: 64
enable_image_conditioning: true
image_encoder_arch: resnet
fusion_strategy: film
batch_size: 4
grad_accum_steps: 8
lora_rank: 8
lora_target_modules: [in_proj, out_proj]
"""


def test_a_file_without_sections_is_read_as_the_same_keys_in_theirs() -> None:
    imported = read_yaml(FLAT)
    assert imported.config == configure("medium", "resnet", "film", "v3", num_actions=64)
    assert (imported.batch_size, imported.errors) == (4, ())
    assert [(note.key, note.line) for note in imported.notes] == [
        ("grad_accum_steps", 10),
        ("lora_rank", 11),
        ("lora_target_modules", 12),
    ]


def test_a_file_without_sections_is_spoken_of_in_its_own_names() -> None:
    text = FLAT.replace("nhead: 12\n", "").replace("384", "380.5").replace("true", "false")
    imported = read_yaml(text)
    assert [str(error) for error in imported.errors] == [
        "line 1, d_model: must be a whole number from 32 to 1024, not 380.5",
        "nhead: is missing",
    ]
    assert "has no effect unless enable_image_conditioning is true" in imported.notes[0].text


def test_two_names_of_one_key_are_an_error() -> None:
    (error,) = read_yaml(f"{FLAT}use_parallax_augmentation: false\n").errors
    assert str(error).startswith(
        "line 6, enable_image_conditioning: is the same as use_parallax_augmentation on line 13"
    )


def test_a_key_outside_its_section_is_not_taken_for_it() -> None:
    imported = read_yaml(f"{as_yaml(MULTIMODAL)}batch_size: 7\nmodel.d_model: 8\n")
    assert (imported.config, imported.batch_size) == (MULTIMODAL, 1)
    assert [note.key for note in imported.notes] == ["batch_size", "model.d_model"]


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
    text = as_yaml(MULTIMODAL).replace("variant: medium", "variant: large")
    text = text.replace("20594618", "20594628").replace("25063908", "25_063_907")
    imported = read_yaml(text)
    assert imported.config == MULTIMODAL
    assert [(note.key, note.text) for note in imported.notes] == [
        ("metadata.variant", "is large, but the sizes are those of medium"),
        (
            "metadata.expected_params_motion_only",
            "is 20,594,628, but the motion-only model has 20,594,618 parameters (-10)",
        ),
        (
            "metadata.expected_params_multimodal",
            "is 25,063,907, but the multimodal model has 25,063,908 parameters (+1)",
        ),
    ]


def test_a_count_with_an_image_is_not_compared_to_a_model_without_one() -> None:
    text = as_yaml(VARIANTS["small"]).replace("model:", "  expected_params_multimodal: 11717412\nmodel:", 1)
    (note,) = read_yaml(text).notes
    assert str(note) == "line 4, metadata.expected_params_multimodal: is not compared: this model takes no image"


def test_a_variant_of_a_custom_size_is_noted() -> None:
    (note,) = read_yaml(as_yaml(CUSTOM).replace("variant: custom", "variant: small")).notes
    assert note.text == "is small, but the sizes are of no variant"


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("model:\n  d_model: 256\n  nhead: 8\n  d_model: 512\n", 2, "model.d_model is repeated on line 4: keep one"),
        ("model: {d_model: 256, d_model: 256}\n", 1, "model.d_model is repeated on line 1: keep one"),
        ("model: {d_model: 256}\ndata: {}\nmodel: {nhead: 8}\n", 1, "model is repeated on line 3: write one section"),
        ("optim:\n  lr: 1\n  lr: 2\n", 2, "optim.lr is repeated on line 3: keep one"),
        ("optim:\n  a:\n    b: {c: 1}\n    b: {d: 1}\n", 3, "optim.a.b is repeated on line 4: write one section"),
        ("optim:\n- {a: 1, a: 2}\n", 2, "optim.a is repeated on line 2: keep one"),
        ('d_model: 8\n"d_model": 8\n', 1, "d_model is repeated on line 2: keep one"),
    ],
)
def test_a_key_given_twice_is_an_error_at_any_depth(text: str, line: int, sentence: str) -> None:
    (error,) = read_yaml(text).errors
    assert (error.line, error.key) == (line, "")
    assert error.text.startswith(sentence)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "empty"),
        ("# only a comment", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        ("just text", "no sections"),
        ("- 1\n- 2", "no sections"),
        ("a: b: c", "not YAML"),
        ("model: [1", "not YAML"),
        ("model: 'x", "not YAML"),
        ("\x00", "not YAML"),
        ("a: 1\n---\nb: 2", "more than one YAML document"),
        ("model:\n\td_model: 1", "indent with spaces"),
        ("\ufeff", "empty"),
        ("---", "empty"),
        ("null", "empty"),
        ("<<: {a: 1}", "merge keys"),
        ("model:\n  <<: {d_model: 256}", "merge keys"),
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


@pytest.mark.parametrize(
    "content", ["? [a]\n: 1", "? {}\n: 1\n? {}\n: 2", "null: 1", "2026-01-01: {a: 2}", "model: {1: 2}"]
)
def test_odd_keys_are_remarks(content: str) -> None:
    imported = read_yaml(content)
    assert imported.config is None
    assert imported.notes


def test_a_byte_order_mark_changes_nothing() -> None:
    assert read_yaml(b"\xef\xbb\xbf" + as_yaml(MULTIMODAL).encode()).config == MULTIMODAL


@pytest.mark.parametrize("key", ["\\e[31mred", "a\\nb", "\\u202Eevil", "x" * 500])
@pytest.mark.parametrize("text", ["{}: 1\n", "model: {{{}: 1}}\n", "model: {{d_model: {}}}\n", "{0}: 1\n{0}: 2\n"])
def test_a_remark_is_one_line_of_printable_text(text: str, key: str) -> None:
    imported = read_yaml(text.format(f'"{key}"'))
    for remark in (*imported.errors, *imported.notes):
        assert str(remark).isprintable()
        assert len(str(remark)) < 200


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


@given(choice=choices(), dropout=some.floats(0, 1, exclude_max=True), batch_size=some.integers(1, MAX_BATCH_SIZE))
def test_any_config_and_batch_size_survive_the_round_trip(choice: Choice, dropout: float, batch_size: int) -> None:
    config = replace(choice.config, dropout=dropout)
    imported = read_yaml(as_yaml(config, batch_size))
    assert (imported.config, imported.batch_size) == (config, batch_size)
    assert (imported.errors, imported.notes) == ((), ())


_SPLINTERS = (
    "\t",
    "\n",
    "  ",
    ":",
    "-",
    "&a",
    "*a",
    "<<: ",
    "? ",
    "!",
    "---",
    "[",
    "}",
    "'",
    "#",
    "\x00",
    "010",
    "1:04",
    "é",
)


@given(data=some.data())
def test_any_text_is_read_or_answered_with_sentences(data: some.DataObject) -> None:
    text = data.draw(some.sampled_from(["", FLAT, as_yaml(MULTIMODAL), as_yaml(CUSTOM)]))
    for _ in range(data.draw(some.integers(0, 4))):
        start = data.draw(some.integers(0, len(text)))
        end = data.draw(some.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(some.sampled_from(_SPLINTERS) | some.text(max_size=8)) + text[end:]
    imported = read_yaml(text)
    assert (imported.config is None) == bool(imported.errors)
    for remark in (*imported.errors, *imported.notes):
        assert str(remark).isprintable()
        assert len(str(remark)) < 300


@given(content=some.binary(max_size=200))
def test_any_bytes_are_answered_with_sentences(content: bytes) -> None:
    imported = read_yaml(content)
    assert imported.errors
    assert all(str(error).isprintable() for error in imported.errors)
