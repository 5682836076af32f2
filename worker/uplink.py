"""Are *we* online? While we are not, nothing is written down as a camera's fault. Pure; the caller feeds it."""

from dataclasses import dataclass, field
from datetime import datetime

from data.watch.status import Outcome, Reading

TOGETHER = 5  # so many working cameras that fall silent with no answer in between: that is our side
FLEET = 100  # of so many cameras one answers; if not one ever did, that is our side too
STORM = 0.30  # so large a share of working cameras does not fall silent by itself
_SILENT = frozenset({"timeout", "refused", "unreachable"})


def spoke(reading: Reading) -> bool:
    """Whether anything at all came back from a camera, be it an error."""
    return reading.depth > 0 or reading.outcome is Outcome.GOOD or reading.reason == "garbage"


@dataclass
class Uplink:
    """
    What we know of our own uplink.

    With canaries (addresses outside that always answer) they decide. Without, it is lost when working cameras
    fall silent one after another and nothing answers in between; fewer than five cameras cannot tell. Where a
    large share of a fleet falls silent while the rest answers, that is a storm: without canaries nobody can say
    whose side it is on, so it counts as nobody's outage.

    Attributes
    ----------
    back_at
        When it last came back; looks begun before say nothing.
    gone
        Cameras that worked and fell silent, and have not answered since.
    stormed
        Those of them that are unknown for it.
    """

    canaries: bool = False
    lost: bool = False
    heard_at: datetime | None = None
    back_at: datetime | None = None
    gone: set[int] = field(default_factory=set)
    stormed: set[int] = field(default_factory=set)
    _silent: set[int] = field(default_factory=set)

    def heard(self, at: datetime, camera_id: int | None = None) -> bool:
        """A camera answered, or a canary (None); True if the uplink was lost until now."""
        was_lost, self.lost = self.lost, False
        if was_lost:
            self.back_at = at
        self.heard_at = at if self.heard_at is None else max(at, self.heard_at)
        self._silent.clear()
        if camera_id is not None:
            self.forget(camera_id)
        return was_lost

    def forget(self, camera_id: int) -> None:
        """A camera is no longer one of the silent: it answered, is down for good reason, or is not looked at."""
        self.gone.discard(camera_id)
        self.stormed.discard(camera_id)

    def storms(self, up: int) -> bool:
        """Whether so many cameras are gone at once that nobody can say whose fault it is; `up` of them work."""
        together = up + len(self.stormed)
        return not self.canaries and together >= FLEET and len(self.gone) >= STORM * together

    def silent(self, camera_id: int, reading: Reading, *, was_up: bool) -> bool:
        """A camera did not answer; True if with this the uplink counts as lost."""
        if not was_up or reading.reason not in _SILENT or self.canaries or self.lost:
            return False
        self.gone.add(camera_id)
        if self.heard_at is not None and reading.at < self.heard_at:
            return False  # somebody answered a look that began later
        self._silent.add(camera_id)
        self.lost = len(self._silent) >= TOGETHER
        return self.lost

    def asked_canaries(self, answered: int, asked: int, at: datetime) -> bool:
        """
        The canaries were asked at a time; True if with this the uplink counts as lost.

        Where half of them answer it works. Where fewer do, a camera that answered since keeps it working: then
        it is the canaries that are gone.
        """
        if answered * 2 >= asked:
            self.heard(at)
            return False
        if self.lost or (self.heard_at is not None and self.heard_at > at):
            return False
        self.lost = True
        return True

    def may_be_down(self, first_miss_at: datetime, *, up: int, looked_at: int) -> bool:
        """
        Whether a camera that missed since a time may be called down: somebody else must have answered since.

        Parameters
        ----------
        up
            Cameras believed to work; with fewer than five nobody can be asked for a witness.
        looked_at
            Cameras we look at.
        """
        if self.heard_at is None and looked_at >= FLEET:
            return False
        if up < TOGETHER:
            return True
        return self.heard_at is not None and self.heard_at >= first_miss_at
