"""The embedded default: everything of Merx on one machine, from nothing to answers (`make up`)."""
