"""PyTorch networks with quantized weights and activations: recipes, training, freezing.

Modules are imported one by one, so that recipes can be read without torch.
"""
