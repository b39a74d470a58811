"""What the page consists of besides Python: scripts, style, and the HTML they stand in."""
