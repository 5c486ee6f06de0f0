"""`stickgen sizes`: parameters and file sizes, of one model or of all."""

from argparse import ArgumentParser, Namespace

from stickgen.command.command import SUCCESS, Command
from stickgen.command.options import add_json_option, add_model_options, chosen_config, given
from stickgen.command.output import config_json, print_json
from stickgen.config import VARIANT_FIELDS, ModelConfig, configurations
from stickgen.sizing import FILE_DTYPES, count_parameters, file_size, file_table
from stickgen.sizing.limits import check_sizes
from stickgen.tables import Cell, Column, Table


def add_options(parser: ArgumentParser) -> None:
    """Options of the command."""
    add_json_option(parser)
    parser.add_argument("--all", action="store_true", help="every variant, image encoder and fusion strategy")
    add_model_options(parser)


def run(options: Namespace) -> int:
    """Print parameters and file sizes."""
    if options.all:
        configs = _all_configs(options)
        if options.json:
            print_json({"configurations": [config_json(config) for config in configs]})
        else:
            print(all_table(configs).to_text())
        return SUCCESS
    config = chosen_config(options)
    counts = count_parameters(config)
    if options.json:
        print_json({**config_json(config), "groups": dict(counts.groups), "components": dict(counts.components)})
    else:
        print(f"{config.key}\n\n{counts.table().to_text()}\n\n{file_table(config).to_text()}")
    return SUCCESS


def all_table(configs: list[ModelConfig]) -> Table:
    """Parameters and file sizes, one config a row."""
    files = [Column(dtype.title, "file") for dtype in FILE_DTYPES.values()]
    rows: list[list[Cell]] = [
        [config.key, count_parameters(config).total, *(file_size(config, dtype) for dtype in FILE_DTYPES)]
        for config in configs
    ]
    return Table("Sizes", [Column("Model"), Column("Parameters", "count"), *files], rows)


def _all_configs(options: Namespace) -> list[ModelConfig]:
    """Every config, with what the options say of all of them."""
    fixed = [*VARIANT_FIELDS, "image_encoder", "fusion"]
    overrides = given(options, ModelConfig)
    chosen = [name for name in fixed if name in overrides]
    chosen += [name for name in ("config_file", "variant") if getattr(options, name)]
    if chosen:
        names = ", ".join("--" + name.removesuffix("_file").replace("_", "-") for name in chosen)
        raise ValueError(f"--all lists every variant, image encoder and fusion strategy: leave out {names}")
    return [check_sizes(config) for config in configurations(**overrides)]


COMMAND = Command(
    summary="count the parameters by component and the bytes of the file by dtype",
    examples=(
        "sizes --variant large --image-encoder resnet --fusion cross_attention",
        "sizes --variant small --skeleton v3 --actions 64 --json",
        "sizes --all",
    ),
    add_options=add_options,
    run=run,
)
