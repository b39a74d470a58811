"""Draws computation graphs: selects the nodes, lays them out, and writes the SVG."""
