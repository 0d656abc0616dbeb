"""`python -m smelt COMMAND`: the `smelt` command."""

import sys

from gen.commands.program import main

if __name__ == "__main__":
    sys.exit(main())
