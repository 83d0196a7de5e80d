"""Speed, told as ratios of things that were measured side by side in one run."""
