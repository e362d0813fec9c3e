"""Members that write papers: authors, institutions, countries, venues; and who writes together."""
