"""`python -m tidelake.testkit.gcs`."""

import sys

from tidelake.testkit.gcs.main import main

sys.exit(main())
