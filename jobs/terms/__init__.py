"""Terms: keyphrases of papers and the vocabulary whose trends are counted."""
