"""From beliefs to tags: what is decided about, the policy that decides, and thresholds for a stated price."""
