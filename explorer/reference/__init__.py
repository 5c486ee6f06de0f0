"""The Reference page: documented figures beside the computed ones, and configuration files."""
