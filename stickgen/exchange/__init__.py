"""Read and write Stick-Gen's own files."""
