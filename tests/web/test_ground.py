import gzip

import pytest
from pmtiles.reader import Reader
from starlette.requests import Request

from data.basemap import Source
from geo.tile.tiles import tile_of
from tests.archives import DEEPEST, street_tile
from tests.web.conftest import LAT, LON, STREETS
from web import ground
from web.files import Drawn

PLAIN = Drawn(lambda: {"style-light-plain.json": (b"{}", "application/json")})


@pytest.fixture(scope="module")
def visitor(served):
    with served.signed_in() as session:
        yield session


@pytest.fixture
def content(served) -> bytes:
    return (served.var / STREETS).read_bytes()


@pytest.mark.parametrize("tone", ["light", "dark", "neutral"])
def test_each_theme_has_a_style_with_the_source_and_one_without(served, visitor, tone):
    usual, with_source, plain = (
        visitor.get(f"{served.url}/style.json?theme={tone}{more}")
        for more in ("", "&ground=base", "&ground=plain")
    )
    assert usual.content == with_source.content
    assert usual.headers["Content-Type"] == "application/json"
    assert usual.json()["sources"]["base"] == {"type": "vector", "url": "pmtiles:///basemap.pmtiles"}
    assert set(plain.json()["sources"]) == {"provinces"}


def test_a_style_is_asked_for_each_time_and_sent_once(served, visitor):
    first = visitor.get(f"{served.url}/style.json?theme=dark")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = visitor.get(f"{served.url}/style.json?theme=dark", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("query", "got"),
    [("theme=pink", "'pink' and 'base'"), ("theme=", "'' and 'base'"), ("theme=light&ground=../x", "'../x'"),
     ("theme=light&ground=base&kind=raster", "'light' and 'base'")],
)  # fmt: skip
def test_an_unknown_theme_is_told_which_there_are(served, visitor, query, got):
    answer = visitor.get(f"{served.url}/style.json?{query}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.text.startswith("theme= takes light, dark, neutral and ground= takes base or plain, got ")
    assert got in answer.text


def test_the_archive_is_read_in_pieces_as_a_browser_does(served, visitor, content):
    asked: list[tuple[int, int]] = []

    def piece(offset: int, length: int) -> bytes:
        asked.append((offset, length))
        answer = visitor.get(
            f"{served.url}/basemap.pmtiles", headers={"Range": f"bytes={offset}-{offset + length - 1}"}
        )
        assert answer.status_code == 206
        assert answer.headers["Content-Range"].endswith(f"/{len(content)}")
        assert "Content-Encoding" not in answer.headers  # packed anew, the pieces would not fit together
        return answer.content

    x, y = tile_of(LON, LAT, DEEPEST)
    assert gzip.decompress(Reader(piece).get(DEEPEST, x, y)) == street_tile()
    assert asked[0] == (0, 127)


def test_pieces_that_cannot_be_are_refused_and_the_whole_is_given_to_who_asks(served, visitor, content):
    url = f"{served.url}/basemap.pmtiles"
    assert visitor.get(url, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
    whole = visitor.get(url)
    assert whole.content == content
    assert whole.headers["Content-Type"] == "application/vnd.pmtiles"
    tag = whole.headers["ETag"]
    assert (
        visitor.get(url, headers={"Range": "bytes=0-9"}).headers["ETag"] == tag
    )  # by which a new file is noticed


async def ask(path: str, source: Source | None, query: bytes = b"") -> tuple[int, str]:
    [found] = [route for route in ground.routes(PLAIN, source) if route.path == path]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": []}
    answer = await found.endpoint(Request(scope))
    return answer.status_code, bytes(answer.body).decode()


async def test_without_a_source_there_is_the_plain_ground_alone():
    assert await ask("/style.json", None) == (200, "{}")
    status, said = await ask("/style.json", None, b"theme=light&ground=base")
    assert (status, said) == (
        404,
        "theme= takes light, dark, neutral and ground= takes plain, got 'light' and 'base'\n",
    )
    assert (await ask("/basemap.pmtiles", None))[0] == 404


async def test_a_file_that_is_away_is_warned_of_once_and_answered_with_a_sentence(tmp_path, caplog):
    away = Source("pmtiles:///basemap.pmtiles", None, tmp_path / "away.pmtiles")
    status, said = await ask("/basemap.pmtiles", away)
    assert (status, said) == (404, "there is no base source of this machine; the map shows its own outlines\n")
    [warning] = caplog.messages
    assert warning.startswith(f"TAKHAI_BASEMAP names {away.file}, which cannot be read")
