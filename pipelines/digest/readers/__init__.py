"""Who reads the digest: subscribers, what they ask for, and their links."""
