"""`python -m localaws`."""

import sys

from localaws.cli import main

if __name__ == "__main__":
    sys.exit(main())
