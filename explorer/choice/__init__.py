"""What the user chose: the controls, their place in the address, and the config and plan they mean."""
