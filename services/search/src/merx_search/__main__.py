"""`python -m merx_search`: the service's process."""

import sys

from merx_search.deployment import main

if __name__ == "__main__":
    sys.exit(main())
