"""Feast declarations only: entities, sources, views, services. `merx_kit.features` loads this folder by its path."""
