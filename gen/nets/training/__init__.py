"""What a training is given beside the rows: batches, changed samples, a teacher, a slice to judge.

`keys` is read without torch, as recipes are.
"""
