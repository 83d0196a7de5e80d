"""The small fast tagger: exported as graphs, checked against the trained one, run turn by turn."""
