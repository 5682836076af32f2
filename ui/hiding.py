"""What is said of buildings and terrain: what coverage was worked out with, and what stands around a camera."""

from data.fleet import Snapshot
from data.ground.hidden import obstacles_of
from ui.words import t


def ground_words(known: Snapshot) -> str:
    """What coverage looks past: flat open ground, or buildings and terrain by the names people gave them."""
    hides = obstacles_of(known.inventory)
    if hides is None:
        return t("hiding.flat")
    parts = [t("hiding.buildings", layers=", ".join(hides.layers))] if hides.layers else []
    parts += [t("hiding.terrain", name=hides.heights.name)] if hides.heights else []
    return t("hiding.past", what=t("hiding.and").join(parts))


def considered(known: Snapshot, row: int) -> list[tuple[str, str | None]]:
    """Which buildings and which terrain the ground of a camera was worked out with, as facts of it."""
    hides = obstacles_of(known.inventory)
    around = hides.around(known.inventory.iloc[[row]]) if hides else None
    if around and around.buildings:
        layers = around.buildings.items()
        buildings = ", ".join(t("hiding.of_layer", count=f"{count:,}", layer=layer) for layer, count in layers)
    else:
        buildings = t("hiding.none_near" if hides and hides.layers else "hiding.no_layer")
    terrain = around.heights if around and around.heights else t("hiding.no_terrain")
    return [(t("hiding.camera_buildings"), buildings), (t("hiding.camera_terrain"), terrain)]
