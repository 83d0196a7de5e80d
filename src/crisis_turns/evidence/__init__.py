"""Which words raised a flag: found by leaving them out and asking the tagger again, whatever tagger it is."""
