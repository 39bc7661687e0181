"""Every rule of what a transcode means, one row of a table each, with a real file made for it.

`films` makes the files, `transport` damages them, `viewing` looks at what came out.
"""
