"""The reference document: its values, how each is computed on the real model, how they compare, the document again."""
