import pytest

from tests.worker.uplink_cut import simulate


@pytest.mark.parametrize("canaries", [True, False])
def test_a_cut_of_our_own_makes_no_outages_and_a_real_one_of_a_province_is_still_seen(canaries):
    cut = simulate(3, 8_000, canaries=canaries)
    assert cut.false_downs <= 0.0005
    assert cut.regional_seen >= 0.99
    assert cut.rounds is not None
    assert cut.rounds <= 15
