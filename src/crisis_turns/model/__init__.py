"""From batches to posteriors; nothing here knows Lightning, a file format, or a metric."""
