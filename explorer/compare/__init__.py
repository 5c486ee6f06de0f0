"""The Compare page: configurations side by side, against a baseline."""
