"""Nearest neighbours among unit vectors: the port (`index`), Faiss in this process, Milvus past one machine."""
