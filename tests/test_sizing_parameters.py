"""Counts add up, at every level, for every configuration."""

from dataclasses import replace

import pytest

from stickgen.config import SKELETONS, ModelConfig, configurations, configure
from stickgen.model import build_model
from stickgen.sizing import GROUPS, ModuleNode, count_parameters, group_of, module_tree

ALL = [config for skeleton in SKELETONS for config in configurations(skeleton)]


@pytest.mark.parametrize("config", ALL, ids=lambda config: f"{config.key}-{config.skeleton}")
def test_parts_add_up_to_the_total(config: ModelConfig) -> None:
    counts = count_parameters(config)
    assert sum(counts.components.values()) == counts.total
    assert sum(counts.groups.values()) == counts.total
    assert counts.total == sum(p.numel() for p in build_model(config, device="meta").parameters())
    assert ("Image encoder" in counts.groups) == config.is_multimodal


def test_every_component_is_in_one_group() -> None:
    attributes = [attribute for group in GROUPS.values() for attribute in group]
    config = configure("small", "mini_vit", "gated")
    assert sorted(attributes) == sorted(count_parameters(config).components)
    for title, group in GROUPS.items():
        assert {group_of(f"{attribute}.weight") for attribute in group} == {title}
    with pytest.raises(ValueError, match="text_projection"):
        group_of("head.weight")


def nodes(node: ModuleNode) -> list[ModuleNode]:
    return [node, *(below for child in node.children for below in nodes(child))]


@pytest.mark.parametrize("encoder", ["lightweight_cnn", "resnet", "mini_vit"])
def test_module_tree_counts_every_parameter_once(encoder: str) -> None:
    config = configure("small", encoder, "cross_attention")
    tree = module_tree(config)
    assert tree.parameters == count_parameters(config).total
    assert sum(node.own_parameters for node in nodes(tree)) == tree.parameters
    assert all(node.own_parameters >= 0 for node in nodes(tree))
    modules = dict(build_model(config, device="meta").named_modules())
    assert {node.path for node in nodes(tree)} == set(modules)
    assert all(node.class_name == type(modules[node.path]).__name__ for node in nodes(tree))


def test_sizes_follow_the_config() -> None:
    config = configure("small")
    wider = replace(config, num_actions=64)
    assert count_parameters(wider).total > count_parameters(config).total
