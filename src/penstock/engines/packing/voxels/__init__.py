"""Nesting on a grid of cells: parts of any shape lie inside each other's hollows.

`solid` covers a mesh with cells, `forms` turns it into poses, `tray` is the chamber being filled, `place` finds
the lowest free spot, `search` tries orders, `separate` lets parts overlap in a lower chamber and frees them.
"""
