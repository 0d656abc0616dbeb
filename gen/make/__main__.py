"""`python -m gen.make MAKE`: what the Makefile does first; make then goes on in its place."""

import sys

from gen.make.enter import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
