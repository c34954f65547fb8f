"""The container images: `python -m deploy.images` builds one for each member that runs; docs/images.md."""
