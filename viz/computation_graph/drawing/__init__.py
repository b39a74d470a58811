"""Draws a computation graph: its layout, boxes, edges, rails and words."""
