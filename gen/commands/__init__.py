"""One module per `python -m gen` command."""
