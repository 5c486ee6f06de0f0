"""How counts, sizes, shares, operations and milliseconds are written for people.

Counts and sizes come in as they are held everywhere else: plain numbers of parameters and of bytes. MB and GB are
10^6 and 10^9 bytes (file sizes, hardware), MiB and GiB are 2^20 and 2^30 bytes (memory). Signs are plain "+" and "-",
so that a value copied from the screen can be pasted into a spreadsheet.
"""

from collections.abc import Callable

BYTES_PER_MEGABYTE = 10**6
BYTES_PER_GIGABYTE = 10**9
BYTES_PER_MEBIBYTE = 2**20
BYTES_PER_GIBIBYTE = 2**30

_COUNT_UNITS = ((10**3, "K"), (10**6, "M"), (10**9, "B"), (10**12, "T"))


def exact_count(count: int) -> str:
    """Every digit: 11_717_412 is "11,717,412"."""
    return f"{count:,}"


def short_count(count: float) -> str:
    """One decimal and a unit, K, M, B or T: 11_717_412 is "11.7M". Below 1,000 the whole number."""
    if round(abs(count)) < 1000:
        return f"{count:.0f}"
    text = ""
    for unit, letter in _COUNT_UNITS:
        text = f"{count / unit:,.1f}{letter}"
        # Compared as rounded: 999,960 is 1.0M, not 1000.0K.
        if round(abs(count) / unit, 1) < 1000:
            break
    return text


def short_and_exact(count: int) -> str:
    """Both: 11_717_412 is "11.7M (11,717,412)"."""
    return f"{short_count(count)} ({exact_count(count)})"


def exact_bytes(size_bytes: int) -> str:
    """Every byte: 46_900_000 is "46,900,000 bytes"."""
    return f"{exact_count(size_bytes)} bytes"


def number(value: float) -> str:
    """Every digit of any number: 1234.5 is "1,234.5"."""
    return f"{value:,}"


def error(value: float) -> str:
    """Four decimals: 0.02091 is "0.0209"."""
    return f"{value:.4f}"


def megabytes(size_bytes: float) -> str:
    """Units of 10^6 bytes, for files: 46_900_000 is "46.9 MB"."""
    return f"{size_bytes / BYTES_PER_MEGABYTE:,.1f} MB"


def mebibytes(size_bytes: float) -> str:
    """Units of 2^20 bytes, for small amounts of memory: 454_662_553 is "433.6 MiB"."""
    return f"{size_bytes / BYTES_PER_MEBIBYTE:,.1f} MiB"


def gibibytes(size_bytes: float) -> str:
    """Units of 2^30 bytes, for memory: 1_320_702_443 is "1.23 GiB". Below 1 GiB a third decimal."""
    amount = size_bytes / BYTES_PER_GIBIBYTE
    return f"{amount:.3f} GiB" if abs(amount) < 1 else f"{amount:,.2f} GiB"


def memory(size_bytes: float) -> str:
    """GiB from one on, else MiB: 454_662_553 is "433.6 MiB", 1_320_702_443 is "1.23 GiB"."""
    return gibibytes(size_bytes) if abs(size_bytes) >= BYTES_PER_GIBIBYTE else mebibytes(size_bytes)


def gigabytes(size_bytes: float) -> str:
    """Units of 10^9 bytes, in which makers state the memory of hardware: 8 * 10**9 is "8 GB"."""
    return f"{size_bytes / BYTES_PER_GIGABYTE:g} GB"


def percent(fraction: float) -> str:
    """A share of 1: 0.123 is "12.3%"."""
    return f"{100 * fraction:,.1f}%"


def signed(formatter: Callable[[float], str], value: float) -> str:
    """A difference in the words of `formatter`, with its sign: "+4.5M", "-2.00 GiB"; nothing has none."""
    text = formatter(value)
    if not any(digit in text for digit in "123456789"):
        # What rounds to nothing carries no sign: "0.0 MB", not "-0.0 MB".
        return text.removeprefix("-")
    return f"+{text}" if value > 0 else text


def signed_exact_count(count: int) -> str:
    """A difference: 4_469_290 is "+4,469,290", no difference is "0"."""
    return signed(lambda value: f"{value:,}", count)


def signed_short_count(count: float) -> str:
    """A difference: 4_469_290 is "+4.5M"."""
    return signed(short_count, count)


def signed_megabytes(size_bytes: float) -> str:
    """A difference: -1_500_000 is "-1.5 MB"."""
    return signed(megabytes, size_bytes)


def signed_gibibytes(size_bytes: float) -> str:
    """A difference: -2_147_483_648 is "-2.00 GiB"."""
    return signed(gibibytes, size_bytes)


def signed_percent(fraction: float) -> str:
    """A difference as a share of 1: -0.051 is "-5.1%"."""
    return signed(percent, fraction)


def gigaflop(operations: float) -> str:
    """Units of 10^9 floating-point operations: 13_044_447_004 is "13.0 GFLOP". Below 0.1 of them, in units of 10^6."""
    amount = operations / 10**9
    return f"{1000 * amount:,.1f} MFLOP" if abs(amount) < 0.1 else f"{amount:,.1f} GFLOP"


def milliseconds(seconds: float) -> str:
    """A duration to three digits or the millisecond: 0.01234 is "12.3 ms", 1.5 is "1,500 ms"."""
    amount = 1000 * seconds
    return f"{amount:,.0f} ms" if abs(amount) >= 100 else f"{amount:.3g} ms"
