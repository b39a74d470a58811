"""What the browser runs: the page, its style sheet and its scripts."""
