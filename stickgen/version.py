"""The version of this project: `pyproject.toml` reads it from here, and exports name it."""

__version__ = "0.1.0"
