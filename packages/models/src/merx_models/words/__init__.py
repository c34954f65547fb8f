"""Search by words: BM25 and sentence vectors, fused by what shoppers chose; spelling, filters, facets, recovery."""
