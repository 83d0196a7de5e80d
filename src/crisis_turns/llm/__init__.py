"""A language model as one more system: asked turn by turn, its answers kept, read, and made predictions."""
