"""Feast, used where it is right: one shopper online, whole tables offline; products come from a snapshot."""
