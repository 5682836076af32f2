"""How fast a million cameras come in from a CSV, and how much memory that takes, beside `pandas.read_csv`."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

ROWS = 1_000_000
SECONDS_MOST = 60.0
GIGABYTES_MOST = 1.5
HEADINGS = (
    "รหัสกล้อง,ชื่อกล้อง,หน่วยงาน,จังหวัด,อำเภอ,ละติจูด,ลองจิจูด,ประเภทกล้อง,ทิศทาง,มุมรับภาพ,ความสูง,ความละเอียด,"
    "ระยะอินฟราเรด,ปีที่ติดตั้ง,RTSP"
)
# Each child says what it took: seconds from its first row to its last, and the most memory it ever held.
READ = """
import json, resource, sys, time
import pandas as pd
began, worked = time.perf_counter(), time.process_time()
pd.read_csv(sys.argv[1])
took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
print(json.dumps({**took, "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}))
"""
IMPORT = """
import json, resource, sys, time
from datetime import UTC, datetime
from data.database import open_database
from data.intake.importing import import_file
from data.settings import settings
database = open_database(settings().url)
began, worked = time.perf_counter(), time.process_time()
report = import_file(database, sys.argv[1], at=datetime.now(UTC))
took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
counts = {name: getattr(report, name) for name in ("read", "added", "unchanged", "rejected")}
print(json.dumps({**took, **counts, "gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6}))
"""


def measure() -> list[dict[str, Any]]:
    """Return the rows of the table: time, memory and the ratio to reading the same file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cameras.csv"
        write_list(path, ROWS)
        read = _child(READ, path, folder)
        first = _child(IMPORT, path, folder)
        again = _child(IMPORT, path, folder)
    if (first["added"], again["unchanged"]) != (ROWS, ROWS):
        raise RuntimeError(
            f"of {ROWS:,} rows {first['added']:,} were added, then {again['unchanged']:,} unchanged"
        )
    memory = max(first["gigabytes"], again["gigabytes"])
    return [
        _row("import of 1,000,000 CSV rows", first["seconds"], "s", SECONDS_MOST),
        _row("the same file again, nothing changed", again["seconds"], "s", SECONDS_MOST),
        _row("peak memory of either", memory, "GB", GIGABYTES_MOST),
        _row("processor time of the import", first["cpu"], "s"),
        _row("pandas.read_csv of the same file", read["seconds"], "s"),
        _row("import, as a multiple of read_csv (processor time)", first["cpu"] / read["cpu"], "x"),
    ]


def write_list(path: Path, rows: int) -> None:
    """Write a list as an agency might keep it; every other stream address has a user and an inside host."""
    random = np.random.default_rng(1)
    lon, lat = random.uniform(99, 104, rows).round(6), random.uniform(13, 17, rows).round(6)
    bearing = random.integers(0, 360, rows)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADINGS + "\n")
        for n in range(rows):
            host = f"svc:pw{n}@10.{n >> 16}.{n >> 8 & 255}.{n & 255}" if n % 2 else f"c{n}.trial.go.th"
            file.write(
                f"CAM-{n:07d},กล้องจุดที่ {n},หน่วยงานที่ {n % 40},{'สระแก้ว' if n % 3 else ''},"
                f"อำเภอที่ {n % 900},{lat[n]},{lon[n]},"
                f"{'โดม' if n % 5 else 'PTZ'},{bearing[n]},{60 + n % 40},6,1920x1080,30,{2555 + n % 12},"
                f"rtsp://{host}/live\n"
            )


def _child(program: str, path: Path, folder: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env={**os.environ, "TAKHAI_VAR": str(Path(folder) / "var")},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def _row(what: str, value: float, unit: str, most: float | None = None) -> dict[str, Any]:
    target = None if most is None else f"<= {most:g}"
    return {
        "what": what,
        "value": value,
        "unit": unit,
        "target": target,
        "met": None if most is None else value <= most,
    }
