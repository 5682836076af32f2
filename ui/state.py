"""Names of session keys and query parameters; no others exist."""

# Query parameters: a link in a chat opens the same view.
LANGUAGE = "lang"
CAMERA = "camera"  # code of the chosen camera
AREA = "area"  # what a wall display shows
LEVEL = "level"  # pixels per metre
LIGHT = "light"  # day | night
WHEN = "when"  # live | planned
STATUS = "status"
PROVINCE = "province"
AGENCY = "agency"
SEARCH = "q"
STRETCH_FROM = "from_m"
STRETCH_TO = "to_m"
PERIOD = "days"

# Maps, each named on its page.
MAP = "map"
SMALL_MAP = "country"
WALL_MAP = "wall-map"

# Session only.
HIT = "hit"  # which of the two pick layers is in use: see ui/mapview.py
CHOSEN = "chosen"  # id of the camera whose card is open
FLY_TO = "fly_to"
