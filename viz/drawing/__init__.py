"""Strokes, colours, type, tables, axes and legends of all pictures; knows neither networks nor graphs."""
