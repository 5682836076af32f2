from worker.pace import Pace


def test_a_lag_counts_for_what_was_under_way_then():
    pace = Pace(interval_s=60, limit_s=1)
    pace.lagged(10, 0.5)
    assert not pace.was_late(0)
    pace.lagged(20, 1.5)
    assert pace.was_late(19)
    assert not pace.was_late(21)


def test_a_sweep_in_time_is_watched_and_one_of_void_looks_is_not():
    pace = Pace(interval_s=60, limit_s=1)
    for second in range(60):
        for _ in range(10):
            pace.began(second, second - 0.5)
    assert pace.keeps_up(60)
    for _ in range(40):
        pace.voided(60)
    assert not pace.keeps_up(60)
    for second in range(60, 130):
        pace.began(second, second)
    assert pace.keeps_up(130)  # a sweep later


def test_looks_a_whole_interval_late_are_not_watching():
    pace = Pace(interval_s=60, limit_s=1)
    for second in range(60):
        pace.began(second, second - 61)
    assert not pace.keeps_up(60)


def test_one_lost_look_of_a_small_fleet_is_no_lost_sweep():
    pace = Pace(interval_s=60, limit_s=1)
    pace.began(1, 0)
    pace.voided(2)
    assert pace.keeps_up(3)


def test_lateness_is_told_by_its_99th_percentile_once():
    pace = Pace(interval_s=60, limit_s=1)
    for number in range(200):
        pace.began(100, 100 - (8 if number < 3 else 0.05))
    pace.lagged(100, 0.3)
    assert pace.tell() == {"late_p99_s": 10, "lag_s": 0.3}
    assert pace.tell() == {"late_p99_s": 0.0, "lag_s": 0.0}
