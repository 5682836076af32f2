"""A country of a few cameras on the Sa Kaeo border, for looking at pages with the numbers known beforehand."""

import json
from datetime import timedelta
from math import atan2, cos, degrees, radians
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from data.database import Database, next_number
from data.geography import load_border, load_checkpoints
from data.models import INVENTORY, SEQ, Agency, Camera, CameraState, Linked, Outage, Status, WatchSpan

APP = str(Path(__file__).resolve().parents[2] / "app.py")
HOSTILE = '<img src=x onerror="alert(1)"> **กล้อง** [ล่อ](http://evil.example)'
LONG_NAME = "กล้องตรวจการณ์เสาสูงหน้าที่ทำการองค์การบริหารส่วนตำบลทัพเสด็จฝั่งทิศเหนือใกล้หลักเขตที่ยี่สิบแปด"
HOUR = timedelta(hours=1)


def settle(db: Database, at) -> dict[str, int]:
    """
    Eleven cameras of two agencies every 500 m from km 20, looking along the line; return the id of each code.

    C0 is down since an hour, C1 unknown, C2 has no bearing, C3 a hostile name, C4 a long one; code C5 belongs to
    both agencies. A worker watched the last ten hours; C0 was down for two of them, in two outages.
    """
    load_checkpoints(db)
    line = load_border()
    with db.write() as session:
        first, second = Agency(name_th="กองกำลังบูรพา"), Agency(name_th="กรมทางหลวง", name_en="Highways")
        session.add_all([first, second])
        session.flush()
        cameras = [
            Camera(
                code=f"C{min(i, 5) if i == 10 else i}", owner_id=(second if i == 10 else first).id,
                name_th={3: HOSTILE, 4: LONG_NAME}.get(i, f"เสา {i}"), province_code="27", province="สระแก้ว",
                lon=lon, lat=lat, position_accuracy_m=0, hfov_deg=20, mount_height_m=0.5, tilt_deg=5,
                bearing_deg=None if i == 2 else _along(20_000 + 500 * i),
                pixels_h=2560, ir_range_m=50, linked=Linked.LINKED if i % 2 else Linked.NOT_LINKED, updated_at=at,
            )
            for i in range(11)
            for lon, lat in [line.point_at(20_000 + 500 * i)]
        ]  # fmt: skip
        session.add_all(cameras)
        session.flush()
        next_number(session, INVENTORY)
        number = next_number(session, SEQ)
        ids = [camera.id for camera in cameras]
        session.add(WatchSpan(worker="w", began_at=at - 10 * HOUR, ended_at=at))
        for i, camera_id in enumerate(ids):
            status = {0: Status.DOWN, 1: Status.UNKNOWN}.get(i, Status.UP)
            reason = {Status.DOWN: "timeout", Status.UNKNOWN: "unauthorised"}.get(status, "ok")
            session.add(
                CameraState(camera_id=camera_id, status=status, since=at - HOUR, reason=reason, seq=number)
            )
            if status is not Status.UNKNOWN:
                session.add(WatchSpan(camera_id=camera_id, began_at=at - 10 * HOUR))
        session.add(Outage(camera_id=ids[0], began_at=at - 3 * HOUR, ended_at=at - 2 * HOUR, reason="refused"))
        session.add(Outage(camera_id=ids[0], began_at=at - HOUR, reason="timeout"))
    return {f"{'second ' if i == 10 else ''}{camera.code}": camera.id for i, camera in enumerate(cameras)}


def _along(at_m: float) -> float:
    """Bearing from a chainage to the line 150 m further on."""
    (lon, lat), (far_lon, far_lat) = (load_border().point_at(m) for m in (at_m, at_m + 150))
    return degrees(atan2((far_lon - lon) * cos(radians(lat)), far_lat - lat)) % 360


def open_page(name: str, **query: str) -> AppTest:
    """Open a page as a browser with this link would."""
    app = AppTest.from_file(APP, default_timeout=120)
    for key, value in query.items():
        app.query_params[key] = value
    return app.switch_page(f"pages/{name}.py").run()


def html(app: AppTest) -> str:
    """Return all the HTML of a page."""
    return "\n".join(element.proto.body for element in app.get("html"))


def map_data(app: AppTest, key: str = "map") -> dict[str, Any]:
    """Return what a map of the page was sent, its specification read."""
    sent = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    found = next(data for data in sent if data["key"] == key)
    return found | {"layers": {layer["id"]: layer for layer in json.loads(found["spec"])["layers"]}}
