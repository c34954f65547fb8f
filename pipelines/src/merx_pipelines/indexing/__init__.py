"""From the catalogue to the index that search serves: plain functions, one module for each part."""
