"""Devices people train on, the memory they are sold with, and how much of it tensors can have."""

from dataclasses import dataclass

from stickgen.sizing.overhead import FIXED_TERMS, FixedTerm

BYTES_PER_GIGABYTE = 10**9
"""A GB as makers state memory. Most cards have as many GiB: this is the stricter reading."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device with memory of its own."""

    gigabytes: float
    kind: str = "cuda"
    """A key of `FIXED_TERMS` for what it takes beside tensors, or "cpu", where the traced peak is all."""

    @property
    def memory_bytes(self) -> int:
        """All of its memory."""
        return round(self.gigabytes * BYTES_PER_GIGABYTE)

    @property
    def fixed_term(self) -> FixedTerm | None:
        """What it takes beside tensors, assumed."""
        return FIXED_TERMS.get(self.kind)

    def tensor_bytes(self) -> tuple[int, int]:
        """The peak of tensors that fits, if it takes the most beside them that is assumed, and if the least."""
        term = self.fixed_term
        if term is None:
            return self.memory_bytes, self.memory_bytes
        return (
            int((self.memory_bytes - term.high_bytes) / (1 + term.fragmentation_high)),
            int((self.memory_bytes - term.low_bytes) / (1 + term.fragmentation_low)),
        )

    def verdict(self, peak_bytes: int) -> str:
        """Whether a peak of tensors fits: always, only if little is taken beside them, or never."""
        safe, most = self.tensor_bytes()
        return "fits" if peak_bytes <= safe else "may fit" if peak_bytes <= most else "does not fit"


DEVICES: dict[str, Device] = {
    "Laptop, 8 GB RAM": Device(gigabytes=8, kind="cpu"),
    "Laptop, 16 GB RAM": Device(gigabytes=16, kind="cpu"),
    "RTX 3060": Device(gigabytes=12),
    "T4": Device(gigabytes=16),
    "A10": Device(gigabytes=24),
    "L4": Device(gigabytes=24),
    "RTX 4090": Device(gigabytes=24),
    "A100 40 GB": Device(gigabytes=40),
    "A100 80 GB": Device(gigabytes=80),
    "H100": Device(gigabytes=80),
    "H200": Device(gigabytes=141),
}
"""Name to memory, as the makers state it."""
