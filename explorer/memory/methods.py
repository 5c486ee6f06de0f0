"""How each figure of the Memory page comes about, in Markdown."""

from stickgen.sizing import ASSUMPTIONS, FixedTerm

COURSE = (
    "One real training step (forward, the losses of all six heads, backward, optimizer) runs on PyTorch's meta device, "
    "and after every operator the bytes of all storages that are alive are added up by what they are held for. Drawn "
    "are the highest and the lowest of each stretch of operators, so no peak is lost."
)

FITS = (
    "A device's memory less the most that it takes beside tensors is what tensors can have. Headroom is that less "
    " the traced peak. After every operator live bytes grow in a straight line with the batch size, so the "
    "largest batch is exact: one sequence more and the peak is larger. A laptop's RAM is counted in full."
)

CHANGES = (
    "Each change is made to the plan, and the changed step is traced anew. What it saves is the difference of the two "
    "peaks. Times are what the operators come to, not measured."
)

DOCUMENTED = (
    "The default configuration of each variant is traced with batch size 1 or 32, 250 frames, FP32 and AdamW, and set "
    "against the nine figures of Stick-Gen's document."
)

MEASURED = (
    "The real model is built in a process of its own and takes two steps on the CPU, of which the second is measured: "
    "what weights, optimizer state and batch take, and the most that PyTorch's allocator gave out beside them."
)


def peak(term: FixedTerm) -> str:
    """How the peak comes about, what comes beside it, and what to know before relying on it elsewhere."""
    known = "\n".join(f"- {sentence}" for sentence in ASSUMPTIONS)
    return (
        "**The peak** is traced: one real training step runs on PyTorch's meta device, every storage is followed from "
        "its first tensor to its last, and the peak is the most that is alive at once. The categories add up to it to "
        f"the byte. Every batch size and sequence length follows from one trace.\n\n"
        f"**{term.label}**: {'measured' if term.measured else 'assumed, not traced'}. {term.source}\n\n"
        f"**To know for another device:**\n\n{known}\n"
    )
