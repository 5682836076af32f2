"""Names of session keys and query parameters; no others exist."""

# Query parameters: a link in a chat opens the same view.
LANGUAGE = "lang"
CAMERA = "camera"  # code of the chosen camera
LEVEL = "level"  # pixels per metre
LIGHT = "light"  # day | night
GROUND = "ground"  # base | neutral | plain: what lies under the cameras
WHEN = "when"  # live | planned
STATUS = "status"
PROVINCE = "province"
DISTRICT = "district"
KIND = "kind"
BORDER = "border"  # only cameras near the border line
AGENCY = "agency"
SEARCH = "q"
STRETCH_FROM = "from_m"
STRETCH_TO = "to_m"
PERIOD = "days"
THEME = "theme"  # of a wall: light | dark
SCALE = "scale"  # of a wall's strip
BY = "by"  # agency | province | contract | camera
LINKED = "linked"
CHECKPOINT = "checkpoint"  # code of the chosen checkpoint
LANE_STATE = "state"  # of the lanes that are listed
ONLY_POST = "only"  # only lanes of the chosen checkpoint
PAGE = "page"
PART = "part"  # of a page
ORDER = "order"  # of the gaps: length | priority
LEAST = "least"  # score below which gaps are left out, 0-100
ROAD = "road"  # gaps farther from a road are left out, in metres; so with villages and water
VILLAGE = "village"
WATER = "water"
GAP = "gap"  # chosen stretch of the border: from-to in metres
OFF = "off"  # what is thought to be switched off: its kind, a colon, its name
POINT = "point"  # chosen place: lon,lat
# A camera that is thought of: where it looks and how.
BEARING = "bearing"
HFOV = "hfov"
PIXELS = "pixels"
HEIGHT = "height"
TILT = "tilt"
IR = "ir"
OWNER = "of"  # id of the agency whose camera is meant, where several use its code
STANDING = "standing"  # where alarms stand
PRIORITY = "priority"
HOURS = "hours"  # service hours that count
MOMENT = "moment"  # of the archive that is looked at: 2026-11-25T14:05 in Bangkok
THEN = "then"  # moment of the past at which the border is looked at, ISO with zone
AT = "at"  # where the map looks; written and read by the map itself

# Maps, each named on its page.
MAP = "map"
SMALL_MAP = "country"
WALL_MAP = "wall-map"
GAPS_MAP = "gaps-map"
CHECKPOINT_MAP = "checkpoint-map"
CAMERA_MAP = "camera-map"
WHATIF_MAP = "whatif-map"

# Session only.
FIND = "find"  # what is being looked for on the map
ARRIVED = "arrived"  # the map has gone where its link said
STRANGE = "strange"  # words of the link that name nothing
SEEN = "seen"  # what a map showed when its browser last told: see ui/mapview.py
CHOSEN = "chosen"  # id of the camera whose card is open
FLY_TO = "fly_to"
FLOWN = "flown"  # what of the link a map has flown to
GALLERY_ORDER = "gallery_order"  # which cameras were worst when the reader last asked
ARCHIVE_DAY = "archive_day"  # what moment of the archive is looked at
ARCHIVE_TIME = "archive_time"
SCOPE = "maintenance_scope"  # what maintenance is planned for
PAST = "maintenance_past"  # whether what is over is listed too
PICKED = "picked_alarms"  # ids of the alarms that are ticked
WHO = "who"  # the name under which somebody acts
ACTION = "action"
ACTED = "acted"  # how often: what was typed is gone once it is done
STRETCH = "stretch"  # from and to of the gap that was clicked, in metres
TRIED = "tried"  # dry run of the file about to be imported
DONE = "done"  # report of the import that was made
PLACED = "placed"  # where a camera was put by a click
LANE_DRAFT = "lane_draft"  # lanes of a checkpoint that are being drawn
LANE_CLICK = "lane_click"  # where the map of lanes was clicked last
ZONE_SKETCH = "zone_sketch"  # a zone or a line that is being drawn
ZONE_CLICK = "zone_click"  # where its map was clicked last
ZONE_SAVED = "zone_saved"  # what became of it, in words
LANES_SAVED = "lanes_saved"  # how many lanes were written and retired
LANES_BROUGHT = "lanes_brought"  # the file whose lanes are in the draft
