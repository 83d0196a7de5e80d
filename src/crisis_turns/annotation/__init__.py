"""Blind labelling of dialogues, turn by turn: what is still hidden, who said what, how far labellers agree."""
