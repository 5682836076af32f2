"""Tables of lines: what people have decided about them."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from data.models import UtcDateTime


class PriorityFormula(SQLModel, table=True):
    """Weights by which gaps are ranked; only ever added, the last one holds."""

    id: int | None = Field(default=None, primary_key=True)
    weights: str  # JSON: name of a part -> weight, 0 or more
    note: str
    by: str
    at: datetime = Field(sa_type=UtcDateTime)
