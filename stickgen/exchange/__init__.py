"""Stick-Gen's own files, in and out."""
