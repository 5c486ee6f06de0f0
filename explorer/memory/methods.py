"""How each value of the Memory page is computed, in Markdown."""

from stickgen.sizing import ASSUMPTIONS, FixedTerm

COURSE = (
    "One real training step (forward, the losses of all six heads, backward, optimizer) runs on PyTorch's meta device. "
    "After every operator, the bytes of all live storages are added up by what they are held for. The chart keeps the "
    "highest and the lowest value of each stretch of operators, so no peak is lost."
)

FITS = (
    "What a device has for tensors is its memory less the most it may need beside them. Headroom is what the traced "
    "peak leaves of that. After every operator, live bytes grow linearly with the batch size, so the largest batch "
    "size is exact: one more sequence would not fit. A laptop's RAM is counted in full."
)

CHANGES = (
    "Each change is made to the plan, and the changed step is traced. What it saves is the difference between the two "
    "peaks. Effects on time are estimates, not measurements."
)

DOCUMENTED = (
    "The default configuration of each variant is traced with batch size 1 or 32, 250 frames, FP32 and AdamW, and "
    "compared with the values in Stick-Gen's document."
)

MEASURED = (
    "The real model is built in a process of its own and takes two steps on the CPU. The second one is measured: "
    "weights, optimizer state and batch, and the most that PyTorch's allocator gave out beside them. In 16 bits this "
    "includes working memory of the CPU's matrix products, which the traced peak does not."
)


def peak(term: FixedTerm) -> str:
    """How the peak is computed, what a device needs beside it, and what differs on another device."""
    known = "\n".join(f"- {sentence}" for sentence in ASSUMPTIONS)
    return (
        "**The peak** is traced: one real training step runs on PyTorch's meta device, every storage is followed from "
        "allocation to release, and the peak is the most memory that is alive at once. The categories add up to it to "
        f"the byte. Every batch size and sequence length follows from one trace.\n\n"
        f"**{term.label}**: {'measured' if term.measured else 'assumed, not traced'}. {term.source}\n\n"
        f"**What differs on another device**\n\n{known}\n"
    )
