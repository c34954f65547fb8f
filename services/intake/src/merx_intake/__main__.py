"""`python -m merx_intake` starts the service."""

import sys

from merx_intake.app import main

if __name__ == "__main__":
    sys.exit(main())
