"""Several finished runs beside each other: found, grouped, scored over dialogues and seeds, told and drawn."""
