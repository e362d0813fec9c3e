"""Which papers cite which: lists of references, and how often a paper is cited."""
