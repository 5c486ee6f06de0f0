"""Devices people train on, and the memory they are sold with."""

BYTES_PER_GIGABYTE = 10**9

DEVICE_GIGABYTES: dict[str, int] = {
    "Laptop, 8 GB RAM": 8,
    "Laptop, 16 GB RAM": 16,
    "RTX 3060": 12,
    "T4": 16,
    "A10": 24,
    "L4": 24,
    "RTX 4090": 24,
    "A100 40 GB": 40,
    "A100 80 GB": 80,
    "H100": 80,
    "H200": 141,
}
"""Name to memory in GB, as the makers state it. Read as 10^9 bytes, which is the stricter reading: most cards
have as many GiB."""


def device_bytes(gigabytes: float) -> int:
    """The memory of a device sold with so many GB, in bytes."""
    return round(gigabytes * BYTES_PER_GIGABYTE)
