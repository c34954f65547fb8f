"""`python -m merx_recommendation` starts the service."""

import sys

from merx_recommendation.bento import main

if __name__ == "__main__":
    sys.exit(main())
