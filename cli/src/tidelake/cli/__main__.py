"""`python -m tidelake.cli`, which ./lake becomes once the environment is there."""

import sys

from tidelake.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
