"""The Explore page: what it says of a configuration."""
