"""Lightning lives here and in nothing upstream."""
