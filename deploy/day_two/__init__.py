"""Day two: a release is installed, filled, trained, hurt, upgraded, rolled back and taken away, while a client asks on.

`python -m deploy.day_two --help`; docs/day-two-cluster.md says what each step proves.
"""
