"""Turn-level crisis tagging of counselling-style dialogues.

Data flows one way, and every arrow is one typed seam:

    release files -> Dialogue -> EncodedDialogue -> Batch -> turn vectors -> dialogue states
        -> emissions -> chains -> Posteriors -> decision -> predictions.jsonl -> metrics

The heavy libraries (torch, transformers, Lightning) are imported by the modules that need them,
never here, so that ``--help`` and configuration mistakes answer at once.
"""
