"""Predictions files: written, read in any spelling, and checked against a corpus."""
