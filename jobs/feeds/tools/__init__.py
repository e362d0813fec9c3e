"""What formats share: reading bytes, text, XML, JSON, TeX and values."""
