"""Moments in words, in the language of the reader."""

from datetime import UTC, datetime

import pytest
from django.utils.timezone import localtime
from django.utils.translation import override

from boxes.moment_words import day_in_words, moment_in_full, moment_in_words

LONG_AGO = datetime(2001, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(("language", "words"), [("nl", "4 mrt 2001"), ("en", "4 Mar 2001")])
def test_a_day_is_named_in_the_language_of_each_reader(language, words):
    for _again in range(2):
        with override(language):
            assert moment_in_words(LONG_AGO) == day_in_words("2001-03-04") == words
        with override("nl" if language == "en" else "en"):
            assert moment_in_words(LONG_AGO) != words


def test_a_moment_in_full_has_its_time_of_here():
    with override("nl"):
        assert moment_in_full(LONG_AGO) == f"4 maart 2001 {localtime(LONG_AGO):%H:%M}"


@pytest.mark.parametrize("day", ["1950", "1950-02", "1950-13-45", "", "gisteren"])
def test_a_day_of_which_a_part_is_missing_is_said_as_it_was_written(day):
    assert day_in_words(day) == day
