"""Trained weights that lie beside a recipe, `NAME.weights.npz`: training is then not repeated.

A training rounds otherwise on another kind of processor, and leaves another network; what is read
from a file is the same everywhere. `weights` writes and reads the file, `choose` says whether it
belongs to the recipe and the data as they are now.
"""
