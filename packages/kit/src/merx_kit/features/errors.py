"""What reading features may come to."""


class FeaturesUnavailable(Exception):
    """The online store did not answer, or not in time; the reason is for logs."""
