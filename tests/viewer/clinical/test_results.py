from dataclasses import replace

import pytest

from viewer.clinical import Moment, Result, Row, highest_flag, trends


def result(value="3.4", low="3.5", high="5.0", **others):
    return Result("Kalium", value=value, low=low, high=high, **others)


@pytest.mark.parametrize(
    ("value", "low", "high", "computed"),
    [
        ("3.4", "3.5", "5.0", "low"),
        ("5,1", "3,5", "5,0", "high"),
        ("3.50", "3.5", "5.0", "normal"),
        ("139", "135", "145", "normal"),
        ("3,4", "3.5", "5.0", ""),
        ("<5", "1", "10", ""),
        ("5-10", "1", "5", ""),
        ("3.4", "", "5.0", ""),
        ("3.4", "5.0", "3.5", ""),
        ("٣", "1", "2", ""),
        ("1e9", "1", "2", ""),
    ],
)
def test_only_plain_numbers_of_one_notation_are_computed(value, low, high, computed):
    assert result(value, low, high).computed == computed


def test_a_flag_that_the_limits_do_not_bear_out_differs():
    assert result(flag="high").differs
    assert result(flag="").differs
    assert not result(flag="low").differs
    assert not result(flag="critical_low").differs
    assert not result(flag="abnormal").differs
    assert result("4.0", flag="low").differs
    assert not result("4.0", flag="marked").differs
    assert not result(flag="resistant").differs


def test_the_gravest_flag_leads():
    high, normal = result("4.0", flag="high"), result("4.0", flag="normal")

    assert highest_flag((normal, high, result(flag="critical_low"))) == "critical"
    assert highest_flag((normal, high)) == "abnormal"
    assert highest_flag((normal,)) == "normal"
    assert highest_flag((Result("HBsAg", value="Negatief"),)) == "none"
    assert highest_flag(()) == "none"


def test_limits_count_where_the_sender_set_no_flag():
    assert highest_flag((result(flag=""),)) == "abnormal"


def test_a_withdrawn_result_alarms_nobody():
    assert highest_flag((result(flag="critical_low", status="withdrawn"),)) == "none"


def measured(value, iso, **others):
    return Result(
        "Hb", value=value, unit="mmol/l", code="HB", at=Moment("observed", iso, iso), **others
    )


def test_a_trend_runs_from_the_oldest_to_the_newest():
    [trend] = trends((measured("7,1", "2026-02-05T08:15"), measured("6.4", "2026-01-05")))

    assert [point.value for point in trend.points] == ["6.4", "7,1"]
    assert [point.number for point in trend.points] == [6.4, 7.1]


@pytest.mark.parametrize(
    "other", [{"unit": "g/l"}, {"about": "2"}, {"laboratory": "Elders"}, {"code": "X"}]
)
def test_only_like_with_like_makes_a_trend(other):
    later = Result(
        **{
            "name": "Hb",
            "value": "6",
            "unit": "mmol/l",
            "code": "HB",
            "at": Moment("observed", "", "2026-03-01"),
        }
        | other
    )

    assert not trends((measured("7.1", "2026-02-05"), later))


def test_two_values_of_one_moment_make_no_trend():
    assert not trends((measured("7.1", "2026-02-05"), measured("7.2", "2026-02-05")))


def test_a_month_is_too_coarse_to_draw():
    assert not trends((measured("7.1", "2026-02"), measured("7.2", "2026-03")))


def test_only_what_is_known_to_be_normal_may_be_left_out():
    within = Result("Kalium", "4.0", "mmol/l", low="3.5", high="5.0")

    assert within.known_normal
    assert replace(within, flag="normal").known_normal
    assert Result("CRP", "< 5", reference="0 - 10", flag="normal").known_normal
    assert replace(within, low="").known_normal
    assert not replace(within, low="", value="5.1").known_normal
    for unsure in (
        replace(within, comments=("E. coli >10^5, resistent",)),
        replace(within, flag="marked", flag_received="?"),
        replace(within, low="", high=""),
        replace(within, value="3.4"),
        replace(within, value="E. coli", flag="normal"),
        replace(within, status="corrected"),
        replace(within, finding=True),
        replace(within, details=(Row(term="remark", value="hemolytisch"),)),
        Result("Latex", "Latexallergie"),
        Result("CRL", "36", "mm"),
        Result("Kweek", kind="pending"),
    ):
        assert not unsure.known_normal, unsure
