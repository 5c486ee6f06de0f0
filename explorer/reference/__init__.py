"""The Reference page: documented values beside the computed ones, and configuration files."""
