"""What is traced, measured, timed and counted: a config and a plan, ready to run."""
