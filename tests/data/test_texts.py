"""Packed texts: the same as ordinary ones, whatever is asked of them, in a fraction of the memory."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.texts import BLOCK, PackedTexts, which

words = st.lists(st.none() | st.text(max_size=6), max_size=30)


def packed(texts, block=4):
    return PackedTexts.of(pa.array(texts[at : at + block], pa.string()) for at in range(0, len(texts), block))


def ordinary(texts):
    return pd.Series(texts, dtype="str")


@given(words, st.data())
def test_what_is_taken_is_what_was_packed(texts, data):
    places = data.draw(st.lists(st.integers(-len(texts), len(texts) - 1), max_size=40)) if texts else []
    column = pd.Series(packed(texts), copy=False)
    pd.testing.assert_series_equal(column.iloc[places].astype("str"), ordinary(texts).iloc[places])
    assert column.isna().tolist() == [text is None for text in texts]
    pd.testing.assert_series_equal(column.astype("str"), ordinary(texts))
    assert pa.array(column).to_pylist() == column.astype(object).replace(np.nan, None).tolist() == texts


@given(words, st.text(max_size=2))
def test_a_word_is_found_in_the_same_texts(texts, word):
    found = which(pd.Series(packed(texts), copy=False), lambda part: pc.match_substring(part, word))
    assert found.tolist() == [text is not None and word in text for text in texts]
    assert (pd.Series(packed(texts), copy=False) == word).tolist() == [text == word for text in texts]
    assert which(ordinary(texts), lambda part: pc.match_substring(part, word)).tolist() == found.tolist()


def test_only_blocks_that_are_asked_about_are_looked_into():
    seen = []

    def test(part):
        seen.append(part.to_pylist())
        return pc.starts_with(part, "a")

    column = pd.Series(packed(["a", "b", "a", "c", "a"], block=2), copy=False)
    among = np.array([False, False, True, False, False])
    assert which(column, test, among).tolist() == [False, False, True, False, False]
    assert seen == [["a", "c"]]


def test_a_frame_holds_them_like_any_column():
    texts = ["ด่านคลองลึก", None, "Asok 2", "", "ท่าเรือ", "ก"]
    frame = pd.DataFrame({"n": range(6), "name": packed(texts)}, copy=False)
    assert frame["name"].iloc[2] == "Asok 2"
    assert pd.isna(frame["name"].iloc[1])
    assert frame.iloc[[4, 0]]["name"].tolist() == ["ท่าเรือ", "ด่านคลองลึก"]
    assert frame["name"].iloc[[1, 0]].fillna("–").tolist() == ["–", "ด่านคลองลึก"]
    assert frame.iloc[2:4]["name"].tolist() == ["Asok 2", ""]
    assert frame.iloc[[2, 1]]["name"].dtype == "str"
    assert frame[frame["n"] > 4]["name"].tolist() == ["ก"]
    assert frame.reindex([5, 9])["name"].isna().tolist() == [False, True]
    assert frame.copy(deep=False)["name"].array is frame["name"].array
    assert pd.concat([frame, frame])["name"].iloc[[6, 11]].tolist() == ["ด่านคลองลึก", "ก"]
    with pytest.raises(TypeError, match="never change"):
        frame["name"].array[0] = "x"


def test_gaps_are_filled_from_another_column():
    thai, english = (
        pd.Series(packed(texts, 2), copy=False) for texts in (["ก", None, None, "ง"], ["a", "b", None, "d"])
    )
    assert thai.fillna(english).fillna("–").tolist() == ["ก", "b", "–", "ง"]
    assert thai.fillna(english.iloc[[0, 1, 3]]).isna().tolist() == [False, False, True, False]
    assert thai.isna().tolist() == [False, True, True, False]


def test_texts_put_in_another_order_are_packed_again():
    order = np.array([5, 0, 1, 4])
    again = packed(["a", None, "c", "d", "e", "f"], block=2).reordered(order)
    assert isinstance(again, PackedTexts)
    assert again.astype(object)[[0, 1, 3]].tolist() == ["f", "a", "e"]
    assert again.isna().tolist() == [False, False, True, False]


def test_names_take_a_fifth_of_their_memory():
    names = [f"กล้องถนนสุขุมวิท {n} ฝั่งขาเข้า" for n in range(2 * BLOCK)]
    assert packed(names, BLOCK).nbytes < pd.array(names, dtype="str").nbytes / 5
