"""What was found, in sentences, and your numbers beside the right ones."""
