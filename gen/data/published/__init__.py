"""Data sets that others published: where their files are found, and what is read from them.

`gen.data.sets` knows them by name.
"""
