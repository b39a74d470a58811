"""The picture of a network: neurons in columns, weights as lines, and what came back along them."""
