"""The Sizing table page: every configuration in one table, to filter and download."""
