"""Reading: from the recorded cost of one example to blocks, the rows of arrays to be."""
