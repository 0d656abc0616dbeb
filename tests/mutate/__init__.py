"""Faults planted one at a time in what everything rests on: which does no test see?

`python -m tests.mutate` draws mutants from a seed, spread evenly over the modules, plants each in a
temporary copy of the tree, and runs the tests that reach the changed block, the quickest first. It
lists those that survive; survivors.md explains them.
"""
