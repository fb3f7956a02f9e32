"""Small standard-library helpers that the command-line packages share.

Imported by `cluster`, `images` and `commands`, which must run on a bare machine
before any Python package is installed. Imports none of them.
"""
