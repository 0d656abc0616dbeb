"""And-Inverter Graphs: words on bits, evaluation, files."""
