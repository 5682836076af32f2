"""What was repaired or refused in a camera list: one line a row, ready for people to act on."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.sealing import redact

COLUMNS = ["row", "outcome", "column", "value", "rule", "way_out"]
REPAIRED, REJECTED = "repaired", "rejected"
_VALUE_MOST = 120  # characters of a cell that are repeated

Mask = npt.NDArray[np.bool_]


@dataclass
class Remarks:
    """Remarks on the rows of one batch, collected check by check."""

    numbers: npt.NDArray[np.int64]  # row number of each row of the batch
    refused: Mask = field(init=False)
    _parts: list[pd.DataFrame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.refused = np.zeros(len(self.numbers), dtype=bool)

    def reject(self, rows: Mask, column: str, values: "pd.Series[str]", rule: str, way_out: str) -> None:
        """Refuse rows that no earlier check refused."""
        self._add(rows & ~self.refused, REJECTED, column, values, rule, way_out)
        self.refused |= rows

    def repair(self, rows: Mask, column: str, values: "pd.Series[str]", rule: str, way_out: str) -> None:
        """Say what was changed, or left out, in rows that are otherwise good."""
        self._add(rows, REPAIRED, column, values, rule, way_out)

    def lines(self) -> pd.DataFrame:
        """Return one line a row, in COLUMNS: why it was refused, else all that was repaired."""
        if not self._parts:
            return pd.DataFrame(columns=COLUMNS)
        lines = pd.concat(self._parts, ignore_index=True)
        lines = lines[(lines["outcome"] == REJECTED) | ~self.refused[lines["place"]]]
        lines["value"] = lines["value"].map(_shown)
        several = lines["place"].duplicated(keep=False)
        if several.any():
            joined = lines[several].groupby("place", sort=False, as_index=False).agg(_joined)
            lines = pd.concat([lines[~several], joined])
        return lines.sort_values("place")[COLUMNS].reset_index(drop=True)

    def _add(
        self, rows: Mask, outcome: str, column: str, values: "pd.Series[str]", rule: str, way_out: str
    ) -> None:
        places = np.flatnonzero(rows)
        if len(places):
            facts = {
                "place": places,
                "row": self.numbers[places],
                "value": values.iloc[places].to_numpy(dtype=object),
            }
            words = {"outcome": outcome, "column": column, "rule": rule, "way_out": way_out}
            self._parts.append(pd.DataFrame(facts).assign(**words))


def _shown(value: object) -> str:
    shown = redact(str(value)[: 4 * _VALUE_MOST]) if isinstance(value, str) else ""
    return shown if len(shown) <= _VALUE_MOST else shown[:_VALUE_MOST] + "…"


def _joined(values: "pd.Series[str]") -> object:
    return values.iloc[0] if values.name in ("row", "outcome") else "; ".join(map(str, values))
