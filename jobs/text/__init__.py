"""Text: ids, languages, phrases of titles and abstracts."""
