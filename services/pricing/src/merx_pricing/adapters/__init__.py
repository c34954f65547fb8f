"""One outside system each; bootstrap alone knows them."""
