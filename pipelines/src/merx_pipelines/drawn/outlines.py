"""Closed curves as arrays [n, 2] of x, y on a sheet of 100 by 100, y downwards.

All are cached: shapes ask for the same few curves thousands of times.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Outline = NDArray[np.float64]
Point = tuple[float, float]
_STEPS = 7


def _basis() -> NDArray[np.float64]:
    """Weights of four neighbouring points along a Catmull-Rom segment."""
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
    powers = np.concatenate([np.ones_like(t), t, t**2, t**3], axis=1)
    return powers @ (np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2)


_BASIS = _basis()


@lru_cache(maxsize=4096)
def blob(*points: Point) -> Outline:
    """A smooth curve through the points; a point given twice is a corner."""
    knots = np.array(points, np.float64)
    near = np.stack([np.roll(knots, 1, axis=0), knots, np.roll(knots, -1, axis=0), np.roll(knots, -2, axis=0)], axis=1)
    curves = np.einsum("tk,nkd->ntd", _BASIS, near)
    corner = (near[:, 1] == near[:, 2]).all(axis=1)
    curves[corner] = knots[corner, None]
    return np.asarray(curves.reshape(-1, 2), np.float64)


@lru_cache(maxsize=1024)
def lathe(*profile: Point, centre: float = 50.0) -> Outline:
    """Turned on a lathe: (y, half the width) from top to bottom; a pair given twice is a corner."""
    right = [(centre + half, y) for y, half in profile]
    left = [(centre - half, y) for y, half in reversed(profile)]
    # Top and bottom are corners: else the curve would bulge over them.
    ends = [right[0], *right, right[-1], left[0], *left, left[-1]]
    return blob(*ends)


@lru_cache(maxsize=4096)
def box(left: float, top: float, right: float, bottom: float, radius: float = 0.0) -> Outline:  # noqa: PLR0917 - coordinates
    """A rectangle with round corners."""
    if radius <= 0:
        return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
    quarter = np.linspace(0, np.pi / 2, 6)
    corners = []
    for turn, (x, y) in enumerate(
        (
            (right - radius, bottom - radius),
            (left + radius, bottom - radius),
            (left + radius, top + radius),
            (right - radius, top + radius),
        )
    ):
        angles = quarter + turn * np.pi / 2
        corners.append(np.stack([x + radius * np.cos(angles), y + radius * np.sin(angles)], axis=1))
    return np.concatenate(corners)


@lru_cache(maxsize=8192)
def oval(x: float, y: float, across: float, down: float = 0.0, turn: float = 0.0) -> Outline:  # noqa: PLR0917 - coordinates
    """An ellipse of half axes `across` and `down` (a circle without it), turned by degrees."""
    angles = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    ring = np.stack([across * np.cos(angles), (down or across) * np.sin(angles)], axis=1)
    return np.asarray(turned(ring, turn) + np.array((x, y)), np.float64)


@lru_cache(maxsize=1024)
def band(left: float, top: float, right: float, bottom: float, bow: float = 3.0) -> Outline:  # noqa: PLR0917 - coordinates
    """A label around a cylinder seen a little from above: top and bottom hang by `bow`."""
    across = np.linspace(-1, 1, 15)
    hang = bow * np.sqrt(np.maximum(0.0, 1 - across**2))
    x = (left + right) / 2 + across * (right - left) / 2
    above, below = np.stack([x, top + hang], axis=1), np.stack([x, bottom + hang], axis=1)
    return np.concatenate([above, below[::-1]])


@lru_cache(maxsize=512)
def star(x: float, y: float, radius: float, points: int = 5, inner: float = 0.5) -> Outline:  # noqa: PLR0917 - coordinates
    angles = np.arange(2 * points) * np.pi / points - np.pi / 2
    radii = np.where(np.arange(2 * points) % 2, radius * inner, radius)
    return np.stack([x + radii * np.cos(angles), y + radii * np.sin(angles)], axis=1)


@lru_cache(maxsize=4096)
def leaf(x: float, y: float, length: float, width: float, turn: float = 0.0) -> Outline:  # noqa: PLR0917 - coordinates
    """A pointed leaf whose stalk is at x, y; without a turn it points right."""
    along = np.linspace(0, 1, 12)
    half = width / 2 * np.sin(np.pi * along**0.8)
    edge = np.concatenate([np.stack([along * length, half], axis=1), np.stack([along * length, -half], axis=1)[::-1]])
    return np.asarray(turned(edge, turn) + np.array((x, y)), np.float64)


def corners(*points: Point) -> Outline:
    """A polygon."""
    return blob(*(point for point in points for _ in range(2)))


def turned(outline: Outline, degrees: float) -> Outline:
    """Turned about the origin, clockwise on the sheet."""
    if not degrees:
        return outline
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.asarray(outline @ np.array([[cos, sin], [-sin, cos]]), np.float64)
