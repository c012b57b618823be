"""How errors list names."""

from chainrule.data.wording import did_you_mean, listing


def test_short_lists_whole_and_long_lists_cut():
    assert listing([]) == ""
    assert listing([str(i) for i in range(8)]).count("'") == 16
    assert listing([str(i) for i in range(9)]).endswith("'7', … (9 in all)")


def test_the_closest_name_keeps_its_own_spelling():
    assert did_you_mean("ALCOHOL", ["Alcohol", "ash"]) == "'Alcohol'"
    assert did_you_mean("price", ["alcohol", "ash"]) is None
