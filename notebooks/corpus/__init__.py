"""How the plain part of the embedded corpus was planned and annotated."""
