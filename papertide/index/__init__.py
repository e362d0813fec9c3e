"""The index: texts, words, names and vectors of a publication, in files of this machine."""
