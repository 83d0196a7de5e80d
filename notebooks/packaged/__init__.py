"""How the tagger in the package (``run=pretrained``) is put there."""
