"""The maps to click on: their component must still be there when a page asks for it."""

import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def test_the_app_leaves_the_component_of_the_map_to_the_pages():
    # Streamlit registers a component only when a page's script imports it; imported before, its frame is a 404
    code = "import sys, app; sys.exit('streamlit_folium' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=HOUSE, check=False).returncode == 0
