"""The picture of a computation graph: what it shows, where it stands, how it is drawn."""
