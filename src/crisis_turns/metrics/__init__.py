"""Scores of decided tags; nothing here knows a model."""
