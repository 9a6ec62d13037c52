"""What a part is for a machine tool: holes, pockets, inner radii, thin walls, undercuts, directions of access.

Found on the faces of a CAD file (`brep.Brep`) and checked on its mesh; nothing of it is known of other files.
"""
