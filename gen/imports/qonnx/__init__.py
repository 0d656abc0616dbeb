"""QONNX: the graph walked once, every float chain between two integers tabulated by the runtime."""
