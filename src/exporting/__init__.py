"""From a trained run to a folder that runs anywhere: graphs, parity certificate, model card."""
