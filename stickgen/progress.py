"""How slow work says how far it is."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with what is being done, in words, and the share of the work that is done, from 0 to 1."""
