"""How slow work says how far it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[str, float], None]
"""Called with what is being done, in words, and the share of the work that is done, from 0 to 1."""

ShareProgress = Callable[[float], None]
"""Called with the share alone."""


_may_pause: ContextVar[bool] = ContextVar("may_pause", default=True)


@contextmanager
def without_pause() -> Iterator[None]:
    """Report from where the work can be given up but not left for other work: it holds what others would need."""
    token = _may_pause.set(False)
    try:
        yield
    finally:
        _may_pause.reset(token)


def may_pause() -> bool:
    """Whether the work that reports can be left for other work, and continued."""
    return _may_pause.get()


def silent(_message: str, _share: float) -> None:
    """Progress that nobody follows."""


def standing(progress: Progress, message: str, share: float) -> Progress:
    """Progress of work whose own messages and shares are not shown: it says `message` and `share` each time."""
    return lambda _message, _share: progress(message, share)


def part(progress: Progress, message: str, start: float, end: float) -> ShareProgress:
    """Progress of one part of the work, which takes the whole from the share `start` to `end`."""
    return lambda share: progress(message, start + (end - start) * share)
