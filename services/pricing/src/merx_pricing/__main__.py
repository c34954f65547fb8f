"""`python -m merx_pricing` starts the service."""

import sys

from merx_pricing.bento import main

if __name__ == "__main__":
    sys.exit(main())
