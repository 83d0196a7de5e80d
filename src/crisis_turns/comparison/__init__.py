"""Several finished runs beside each other: found, grouped into systems, scored over dialogues and seeds, and shown."""
