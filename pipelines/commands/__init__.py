"""What commands do besides runs: look, find, explain, decide, put back."""
