"""The Motion page: the model's motion for a prompt, beside its clip; files in and out."""
