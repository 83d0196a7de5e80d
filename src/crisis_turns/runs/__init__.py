"""A trained run on disk: its folder, its weights, the scores of a split, and the run as one object."""
