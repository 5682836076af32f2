"""
What a camera surely sees, and what it may see, where its position and bearing are only known so well.

Both are sectors again. Surely: the ground of every pose within the doubt lies under it, so the sector is moved
forward and cut back on all sides; may: the ground of every such pose lies inside, so it is moved back and widened.
Each errs on its safe side by a little: a sector cannot be round at its corners.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.crs import Floats

FULL_DEG = 360.0
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Sectors:
    """Sectors about an axis, an entry each."""

    forward_m: Floats  # how far along the axis the apex lies before the camera's position; below 0: behind it
    hfov_deg: Floats  # 360 is a disc
    near_m: Floats  # from the apex
    range_m: Floats  # from the apex; 0: nothing is seen

    @property
    def seeing(self) -> Flags:
        """Whether any ground is seen at all."""
        return np.asarray((self.range_m > 0) & (self.near_m < self.range_m))


def surely(hfov_deg: Floats, near_m: Floats, range_m: Floats, off_m: Floats, off_deg: Floats) -> Sectors:
    """
    Sectors inside every sector within the doubt; of no range where there is none.

    Parameters
    ----------
    hfov_deg, near_m, range_m
        Of the camera where it is taken to stand; 360 is a disc, which no bearing turns.
    off_m, off_deg
        How far off its position and its bearing may be, 0 or more.
    """
    disc = hfov_deg >= FULL_DEG
    half = np.where(disc, 180.0, hfov_deg / 2 - off_deg)
    sees = half > 0
    # the edges of the sector move in by `off_m`; they meet so far before the camera
    forward = _apart(off_m, half, disc)
    # a point of the new sector lies at least r + forward · cos(half) from the camera, and at most r + forward
    across = np.where(disc, 0.0, forward * np.cos(np.radians(half)))
    near = np.where(near_m > 0, np.maximum(near_m + off_m - across, 0.0), 0.0)
    far = np.where(sees, np.maximum(range_m - off_m - forward, 0.0), 0.0)
    return Sectors(forward, np.where(disc, FULL_DEG, np.maximum(2 * half, 1e-6)), near, far)


def maybe(hfov_deg: Floats, near_m: Floats, range_m: Floats, off_m: Floats, off_deg: Floats) -> Sectors:
    """Sectors that hold every sector within the doubt; arguments as of `surely`."""
    half = hfov_deg / 2 + off_deg
    disc = (hfov_deg >= FULL_DEG) | (half >= 180.0)
    back = _apart(off_m, half, disc)
    near = np.where(
        disc, np.maximum(near_m - off_m, 0.0), np.where(off_m > 0, np.maximum(back - off_m, 0), near_m)
    )
    far = np.where(range_m > 0, range_m + off_m + back, 0.0)
    return Sectors(-back, np.where(disc, FULL_DEG, 2 * half), near, far)


def _apart(off_m: Floats, half_deg: Floats, disc: Flags) -> Floats:
    """How far apart the tips are of a wedge and of the wedge whose edges lie `off_m` inside it. [m]"""
    sine = np.maximum(np.sin(np.radians(np.clip(half_deg, 1e-6, 179.999))), 1e-6)
    return np.where(disc, 0.0, off_m / sine)
