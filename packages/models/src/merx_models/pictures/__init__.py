"""Pictures of products: decoding what strangers send, vectors, categories, colours, and a space shared with words.

`decoding` and `isolation` turn untrusted bytes into pixels; `model.PictureModel` turns pixels into unit vectors and
categories; `training.train` makes one from a folder of labelled pictures; `colour`, `patterns` and `joint` add what a
shopper says of a thing.
"""
