"""Drawing: strokes, colours, type, tables, axes and legends. This room knows no network and no graph."""
