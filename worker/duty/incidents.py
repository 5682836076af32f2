"""Cameras that went down together: which of them have one cause. Pure: no clock, no database."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.watch.incidents import Fallen, Kind

TOGETHER = timedelta(minutes=3)  # cameras of one switch are looked at over a minute, and down after three misses
LEAST, SHARE = 3, 0.6
_KINDS = (Kind.SITE, Kind.NETWORK, Kind.AREA)  # from narrow to wide
STORM_LEAST, STORM_TOGETHER = 21, timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cameras that one cause took down."""

    kind: Kind
    key: str
    began_at: datetime
    cameras: frozenset[int]


def group(fallen: Collection[Fallen], watched: Mapping[tuple[Kind, str], int]) -> list[Cluster]:
    """
    Find what fell together.

    Parameters
    ----------
    fallen
        Cameras that are down, and since when.
    watched
        How many cameras of each site, network and area have a verdict, up or down.

    Returns
    -------
    clusters
        Each of at least 3 cameras that went down within 3 minutes of each other and are at least 60 % of those
        watched there; the largest first. A camera is in one at most: what explains more is told, and of two that
        explain the same the narrower. More than 20 within a minute with nothing in common are a storm.
    """
    together = _together(fallen)
    taken: set[int] = set()
    heap = [
        (-len(burst), _KINDS.index(kind), key)
        for (kind, key), those in together.items()
        if (burst := _burst(those, TOGETHER, _least(kind, key, watched, len(those))))
    ]
    heapq.heapify(heap)
    found = []
    while heap:
        size, narrow, key = heapq.heappop(heap)
        kind = _KINDS[narrow]
        left = [one for one in together[kind, key] if one.camera_id not in taken]
        burst = _burst(left, TOGETHER, _least(kind, key, watched, len(together[kind, key])))
        if len(burst) == -size:
            found.append(_cluster(kind, key, burst))
            taken.update(one.camera_id for one in burst)
        elif burst:  # a larger one took some of its cameras
            heapq.heappush(heap, (-len(burst), narrow, key))
    rest = [one for one in fallen if one.camera_id not in taken]
    if storm := _burst(rest, STORM_TOGETHER, STORM_LEAST):
        found.append(_cluster(Kind.STORM, "", storm))
    return found


def settle(
    clusters: Collection[Cluster], members: Mapping[int, int], places: Mapping[int, tuple[Kind, str]]
) -> list[Cluster]:
    """
    Leave cameras in the open incident they are in, unless what was found now explains more.

    Only what fell a moment ago is looked at, so what is left of a large incident later looks like a smaller one.
    A storm explains nothing: whatever has something in common leaves it.

    Parameters
    ----------
    clusters
        As `group` finds them.
    members
        The open incident of each camera that is in one.
    places
        Kind and key of each open incident.
    """
    sizes = Counter(members.values())

    def is_free(camera_id: int, cluster: Cluster) -> bool:
        held = members.get(camera_id)
        if held is None:
            return True
        explains = len(cluster.cameras) > sizes[held] or places[held][0] is Kind.STORM
        return cluster.kind is not Kind.STORM and explains

    found = []
    for cluster in clusters:
        cameras = frozenset(one for one in cluster.cameras if is_free(one, cluster))
        grows = (cluster.kind, cluster.key) in places.values()
        least = STORM_LEAST if cluster.kind is Kind.STORM else LEAST
        if cameras and (grows or len(cameras) >= least):
            found.append(replace(cluster, cameras=cameras))
    return found


def join(
    fallen: Collection[Fallen], members: Mapping[int, int], places: Mapping[int, tuple[Kind, str]]
) -> list[Cluster]:
    """Let what fell later, or is in a storm, into the open incident of its place, the narrowest first."""
    known, later = set(places.values()), defaultdict(list)
    for one in fallen:
        place = next(((kind, one.key(kind)) for kind in _KINDS if (kind, one.key(kind)) in known), None)
        held = members.get(one.camera_id)
        if place is not None and (held is None or places[held][0] is Kind.STORM):
            later[place].append(one)
    return [_cluster(kind, key, those) for (kind, key), those in later.items()]


def _together(fallen: Collection[Fallen]) -> dict[tuple[Kind, str], list[Fallen]]:
    found = defaultdict(list)
    for one in fallen:
        for kind in _KINDS:
            if key := one.key(kind):
                found[kind, key].append(one)
    return {place: those for place, those in found.items() if len(those) >= LEAST}


def _least(kind: Kind, key: str, watched: Mapping[tuple[Kind, str], int], fallen: int) -> float:
    return max(LEAST, SHARE * max(watched.get((kind, key), 0), fallen))


def _burst(those: list[Fallen], within: timedelta, least: float) -> list[Fallen]:
    """Return the most cameras that fell within a time of each other, none if they are too few."""
    those = sorted(those, key=lambda one: one.since)
    best: list[Fallen] = []
    first = 0
    for last, one in enumerate(those):
        while one.since - those[first].since > within:
            first += 1
        if last - first + 1 > len(best):
            best = those[first : last + 1]
    return best if len(best) >= least else []


def _cluster(kind: Kind, key: str, those: list[Fallen]) -> Cluster:
    return Cluster(kind, key, min(one.since for one in those), frozenset(one.camera_id for one in those))
