"""Agencies by name: one row for all the ways a name is written."""

from dataclasses import dataclass, field

from sqlmodel import Session, select

from data.models import Agency


@dataclass
class Agencies:
    """The agencies of the database and those an import will add to them."""

    _names: dict[str, str] = field(default_factory=dict)  # folded Thai or English name -> the name it goes by

    @classmethod
    def known(cls, session: Session) -> "Agencies":
        """Return the agencies of the database."""
        agencies = cls()
        for agency in session.exec(select(Agency)):
            for name in filter(None, (agency.name_th, agency.name_en)):
                agencies._names.setdefault(_fold(name), agency.name_th)
        return agencies

    def name(self, written: str) -> str:
        """Return the name an agency goes by; a new one goes by its first writing."""
        return self._names.setdefault(_fold(written), written)


def agency_ids(session: Session, names: set[str]) -> dict[str, int]:
    """Return the id of each agency, adding those that are not there."""
    known = {agency.name_th: agency.id for agency in session.exec(select(Agency))}
    new = {name: Agency(name_th=name) for name in sorted(names - known.keys())}
    session.add_all(new.values())
    session.flush()
    return {name: id_ for name in names if (id_ := known.get(name) or new[name].id) is not None}


def _fold(name: str) -> str:
    return "".join(name.casefold().split())
