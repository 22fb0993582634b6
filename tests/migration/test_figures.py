"""The comparison of reports finds what it is for."""

from __future__ import annotations

from figures import differences

BEFORE = "arm,metric,value,status\nspos,tau,0.305005,\ngdas,tau,0.361200,\n"


def test_equal_files_and_rounding_errors_do_not_differ():
    assert differences(BEFORE, BEFORE) == []
    assert differences(BEFORE, BEFORE.replace("0.305005", "0.305006")) == []


def test_another_number_a_missing_one_and_another_text_differ():
    assert differences(BEFORE, BEFORE.replace("0.305005", "0.305008")) == [
        "line 2 (spos,tau), value: 0.305005 is 0.305008 now"
    ]
    assert differences(BEFORE, BEFORE.replace("0.305005", "")) == ["line 2 (spos,tau), value: 0.305005 is  now"]
    assert len(differences(BEFORE, BEFORE.replace("gdas", "darts"))) == 1


def test_lines_and_columns_that_are_gone_or_new_differ():
    assert differences(BEFORE, BEFORE.rsplit("gdas", 1)[0]) == ["2 lines are 1 now"]
    assert differences(BEFORE, BEFORE.replace("value", "figure")) != []
    assert differences(BEFORE, "") == ["2 lines are 0 now"]
