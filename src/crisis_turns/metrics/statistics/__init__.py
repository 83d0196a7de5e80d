"""How sure a figure is: resampling over dialogues and seeds."""
