"""The nouns of Assay and the pure verbs on them; knows nothing else of the program."""
