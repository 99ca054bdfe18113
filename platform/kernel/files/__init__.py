"""Files: what may come in, how it is recognised, sealed, kept and given out. No word of the field.

A file is never trusted for what it calls itself: its type is read from its content. What is kept
is sealed before it reaches a disk, under a key of its own that the case's key seals.
"""
