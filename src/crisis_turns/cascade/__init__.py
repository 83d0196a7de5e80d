"""A large system that is asked only where a small one is unsure: quality against how often it is asked."""
