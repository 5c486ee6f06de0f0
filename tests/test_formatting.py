"""Values read as people write them, at every size and on both sides of each rounding step."""

from collections.abc import Callable

import pytest

from stickgen import formatting


@pytest.mark.parametrize(
    ("formatter", "value", "text"),
    [
        (formatting.exact_count, 11_717_412, "11,717,412"),
        (formatting.exact_count, 0, "0"),
        (formatting.short_count, 0, "0"),
        (formatting.short_count, 999, "999"),
        (formatting.short_count, 1_000, "1.0K"),
        (formatting.short_count, 656_640, "656.6K"),
        (formatting.short_count, 999_940, "999.9K"),
        (formatting.short_count, 999_960, "1.0M"),
        (formatting.short_count, 11_717_412, "11.7M"),
        (formatting.short_count, 41_973_760, "42.0M"),
        (formatting.short_count, 1_340_000_000, "1.3B"),
        (formatting.short_count, 2_000_000_000_000_000, "2,000.0T"),
        (formatting.short_count, -4_469_290, "-4.5M"),
        (formatting.megabytes, 46_900_000, "46.9 MB"),
        (formatting.megabytes, 1_234_500_000, "1,234.5 MB"),
        (formatting.gigaflop, 13_044_447_004, "13.0 GFLOP"),
        (formatting.gigaflop, 22_900_000, "22.9 MFLOP"),
        (formatting.milliseconds, 0.01234, "12.3 ms"),
        (formatting.milliseconds, 1.5, "1,500 ms"),
        (formatting.mebibytes, 433.6 * 2**20, "433.6 MiB"),
        (formatting.gibibytes, 1.23 * 2**30, "1.23 GiB"),
        (formatting.gibibytes, 0.1274 * 2**30, "0.127 GiB"),
        (formatting.gibibytes, 0, "0.000 GiB"),
        (formatting.short_and_exact, 11_717_412, "11.7M (11,717,412)"),
        (formatting.exact_bytes, 46_900_000, "46,900,000 bytes"),
        (formatting.number, 1234.5, "1,234.5"),
        (formatting.error, 0.02091, "0.0209"),
        (formatting.memory, 2**30 - 1, "1,024.0 MiB"),
        (formatting.memory, 2**30, "1.00 GiB"),
        (formatting.memory, -(3 * 2**29), "-1.50 GiB"),
        (formatting.gigabytes, 24 * 10**9, "24 GB"),
        (formatting.gigabytes, 0.3 * 10**9, "0.3 GB"),
        (formatting.percent, 0.1234, "12.3%"),
        (formatting.signed_exact_count, 4_469_290, "+4,469,290"),
        (formatting.signed_exact_count, -4, "-4"),
        (formatting.signed_exact_count, 0, "0"),
        (formatting.signed_short_count, 26_664_512, "+26.7M"),
        (formatting.signed_megabytes, -1_500_000, "-1.5 MB"),
        (formatting.signed_megabytes, -3, "0.0 MB"),
        (formatting.signed_gibibytes, -(2**31), "-2.00 GiB"),
        (formatting.signed_percent, -0.051, "-5.1%"),
        (formatting.signed_percent, 0.00001, "0.0%"),
    ],
)
def test_a_value_reads_as_expected(formatter: Callable[[float], str], value: float, text: str) -> None:
    assert formatter(value) == text
