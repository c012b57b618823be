"""Numbers and dates as people write them."""

import datetime

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import Table, fit_encoder, make_column, read_table
from chainrule.data.months import LANGUAGES, MONTHS
from chainrule.errors import ArgumentError, DataError


@pytest.mark.parametrize(
    ("words", "kind", "values"),
    [
        (["1,234.5", "-2,000"], "number:1,234.5", [1234.5, -2000]),
        (["1.234,5", "0,25"], "number:1.234,5", [1234.5, 0.25]),
        (["1\u202f234,5", "7"], "number:1 234,5", [1234.5, 7]),
        (["1'234.5", "7"], "number:1'234.5", [1234.5, 7]),
        (["$5", "5 €", "(3)", "−2"], "number", [5, 5, -3, -2]),
        (["12 %", "5%"], "number", [0.12, 0.05]),
        (["1e3", "-.5", "+2"], "number", [1000, -0.5, 2]),
    ],
)
def test_numbers(words, kind, values):
    column = make_column("x", words)
    assert str(column.type) == kind
    np.testing.assert_allclose(column.values, values, rtol=1e-15)


MOMENTS = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(moment=MOMENTS, format=st.sampled_from(["%d.%m.%Y", "%d %b %Y", "%b %d, %Y", "%Y/%m/%d"]))
def test_a_date_comes_back_from_its_format(moment, format):
    column = make_column("t", [moment.strftime(f"{format} %H:%M:%S")], f"date:{format}")
    assert column.values.tolist() == [moment]
    day = make_column("t", [moment.strftime(format)])
    assert day.values.tolist() == [datetime.datetime.combine(moment.date(), datetime.time())]


@given(moment=MOMENTS, hours=st.integers(-12, 14))
def test_a_zone_is_converted_to_utc(moment, hours):
    zone = datetime.timezone(datetime.timedelta(hours=hours))
    word = moment.replace(tzinfo=zone).isoformat()
    assert make_column("t", [word]).values.tolist() == [moment - datetime.timedelta(hours=hours)]


PLACES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]


@given(moment=MOMENTS, place=st.sampled_from(PLACES), written=st.sampled_from(["{0} {1}", "{0}{2}[{1}]"]))
def test_zones_by_name(moment, place, written):
    local = pandas.Timestamp(moment).tz_localize(place, ambiguous=True, nonexistent="shift_forward")
    word = written.format(local.isoformat(" ")[:19], place, local.isoformat()[19:25])
    if len(local.isoformat()) > 25:  # the seconds of a mean time before zones, which no offset has
        return
    expected = local.tz_convert("UTC").tz_localize(None).to_pydatetime()
    assert make_column("t", [word]).values.tolist() == [expected]


@pytest.mark.parametrize(
    ("word", "hour"),
    [
        ("2024-07-01 12:00 CEST", 10),
        ("2024-07-01 12:00 CET", 11),
        ("Jul 1, 2024 07:00 AM EST", 12),
        ("Mon, 01 Jul 2024 12:00:00 GMT", 12),
        ("01/Jul/2024 12:00:00 -0100", 13),
    ],
)
def test_abbreviated_zones(word, hour):
    assert make_column("t", [word]).values.tolist() == [datetime.datetime(2024, 7, 1, hour)]


def test_numbers_with_a_unit_are_told():
    (said,) = make_column("t", ["1 kg", "2 kg", None, "3.5 kg"]).warnings
    assert "'kg'" in said
    for words in (["1 kg", "2 g", "3 kg"], ["a1", "b1", "c1"], ["1 kg", "2 kg"]):
        assert make_column("t", words).warnings == ()


def test_a_zone_that_is_none_is_no_date():
    assert make_column("t", ["2024-07-01 12:00 Mars/Crater", "2024-07-01 12:00 XYZ"]).kind == "category"


@given(moment=MOMENTS, format=st.sampled_from(["%b %Y", "%B %Y"]))
def test_months_by_name(moment, format):
    column = make_column("t", [moment.strftime(format)])
    assert column.values.tolist() == [datetime.datetime(moment.year, moment.month, 1)]


@given(quarter=st.integers(4 * 1900, 4 * 2100), written=st.sampled_from(["{0}Q{1}", "{0}-Q{1}", "Q{1} {0}"]))
def test_quarters(quarter, written):
    year, k = divmod(quarter, 4)
    column = make_column("t", [written.format(year, k + 1), "n/a"])
    assert str(column.type) == "date:%Y-Q%q"
    assert column.values.tolist() == [datetime.datetime(year, 1 + 3 * k, 1), None]


@given(moment=MOMENTS)
def test_weeks_of_iso_8601(moment):
    day = datetime.datetime.combine(moment.date(), datetime.time())
    column = make_column("t", [moment.strftime("%G-W%V"), "n/a"])
    assert str(column.type) == "date:%G-W%V"
    assert column.values.tolist() == [day - datetime.timedelta(days=day.weekday()), None]
    assert make_column("t", [moment.strftime("%G-W%V-%u")], str(column.type)).values.tolist() == [day]


@pytest.mark.parametrize("words", [["2023Q4", "2024Q1", "2024Q2"], ["2023-12", "2024-01", "2024-03"]])
def test_months_and_quarters_have_no_weekday(words):
    assert fit_encoder(Table.from_columns({"t": words})).features == (
        "t (elapsed)", "t (month sin)", "t (month cos)",
    )  # fmt: skip


def test_a_quarter_written_in_another_order_is_shown_the_format():
    with pytest.raises(ArgumentError, match=r"instead: %Y-Q%q"):
        make_column("t", ["Q1 2024"], "date:Q%q %Y")


@pytest.mark.parametrize("word", ["2024Q5", "Q0 2024", "2024-W54", "2023-W53", "2024-W00", "0000Q1", "W05"])
def test_neither_quarter_nor_week(word):
    assert make_column("t", [word]).kind == "category"


@pytest.mark.parametrize("frequency", ["Q", "M"])
def test_periods_of_pandas(frequency):
    periods = pandas.period_range("2023-10", periods=6, freq=frequency)
    column = Table.from_frame(pandas.DataFrame({"when": periods})).column("when")
    assert column.kind == "date"
    assert column.values.tolist() == periods.start_time.to_pydatetime().tolist()


def test_a_date_that_fits_two_formats_is_told():
    column = make_column("t", ["01/02/2024"])
    assert column.values.tolist() == [datetime.datetime(2024, 1, 2)]
    assert column.notes == ("read as date:%m/%d/%Y, but date:%d/%m/%Y would fit as well",)
    assert make_column("t", ["31/01/2024", "01/02/2024"]).notes == ()


@given(
    numbers=st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=9),
    words=st.lists(st.sampled_from(["red", "blue", "né", "007"]), min_size=9, max_size=9),
)
def test_a_frame_its_csv_and_its_parquet_are_one_table(tmp_path_factory, numbers, words):
    folder, n = tmp_path_factory.mktemp("files"), len(numbers)
    days = [datetime.date(2024, 1, 1 + k) for k in range(n)]
    frame = polars.DataFrame({"n": numbers, "w": words[:n], "d": days, "b": [k % 2 == 0 for k in range(n)]})
    frame.write_csv(folder / "t.csv")
    frame.write_parquet(folder / "t.parquet")
    tables = [Table.from_frame(frame), read_table(folder / "t.csv"), read_table(folder / "t.parquet")]
    columns = {name: frame[name].to_list() for name in frame.columns}
    for table in (*tables[1:], Table.from_columns(columns)):
        assert table.kinds == tables[0].kinds
        for name in table.names:
            np.testing.assert_array_equal(table[name], tables[0][name])


@pytest.mark.parametrize(
    "words",
    [
        ["3. März 2023", "17. Mai 2023", "1. Dezember 2023"],
        ["3. Mär. 2023", "17. Mai 2023", "1. Dez. 2023"],
        ["3 mars 2023", "17 mai 2023", "1er décembre 2023"],
        ["3 mars 2023", "17 mai 2023", "1 déc. 2023"],
        ["3 de marzo de 2023", "17 de mayo de 2023", "1 de diciembre de 2023"],
        ["3 mar 2023", "17 mag 2023", "1 dic 2023"],
        ["3 de março de 2023", "17 de maio de 2023", "1 de dezembro de 2023"],
        ["3 maart 2023", "17 mei 2023", "1 december 2023"],
        ["3-Mrz-2023", "17-Mai-2023", "1-Dez-2023"],
        ["Mar. 3, 2023", "May 17, 2023", "Dec. 1, 2023"],
    ],
)
def test_months_in_other_languages(words) -> None:
    column = make_column("when", [*words, None])
    assert column.kind == "date"
    expected = np.array(["2023-03-03", "2023-05-17", "2023-12-01", "NaT"], "datetime64[us]")
    np.testing.assert_array_equal(column.values, expected)


def test_every_month_has_a_name_in_each_language() -> None:
    for names in LANGUAGES:
        assert [MONTHS[name] for name in names.split()] == list(range(1, 13))


@pytest.mark.parametrize("word", ["3. Marz", "de 2023", "3. Foo 2023", "März", "3. März 2023 extra"])
def test_other_words_are_no_dates(word) -> None:
    assert make_column("when", [word, word + "x", "3. April 2023"]).kind != "date"


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        (["36:15:00", "1:02:03", "n/a"], [130_500, 3723, np.nan]),
        (["25:30", "0:05"], [91_800, 300]),
        (["1 day, 2:00:00", "3:00:00.5"], [93_600, 10_800.5]),
        (["-1 days +23:00:00", "2 days 00:00:01"], [-3600, 172_801]),
    ],
)
def test_lengths_of_time_are_seconds(words, seconds) -> None:
    column = make_column("lasted", words)
    assert str(column.type) == "number:h:mm:ss"
    np.testing.assert_array_equal(column.values, seconds)


@given(duration=st.timedeltas(datetime.timedelta(0), datetime.timedelta(days=9999)))
def test_lengths_of_time_as_python_writes_them(duration) -> None:
    column = make_column("lasted", [str(duration)], "number:h:mm:ss")
    np.testing.assert_allclose(column.values, [duration.total_seconds()], rtol=1e-15)


def test_times_of_day_stay_dates_and_may_have_one_digit() -> None:
    column = make_column("at", ["0:00", "9:30", "23:59"])
    assert str(column.type) == "date:%H:%M"
    assert column.numbers.tolist() == [0, 34_200, 86_340]


def test_a_unit_is_told_and_may_be_asked_for() -> None:
    words = ["1.250,5 kg", "20kg", "3 kg", "n/a"]
    column = make_column("a", words[:3])
    assert column.kind == "category"
    assert column.warnings == (
        "numbers with the unit 'kg' are read as words: number:1.234,5 kg reads them as numbers",
    )
    asked = make_column("a", words, "number:1.234,5 kg")
    assert str(asked.type) == "number:1.234,5 kg"
    np.testing.assert_array_equal(asked.values, [1250.5, 20, 3, np.nan])
    with pytest.raises(DataError, match="a number written as"):
        make_column("a", ["1 lb"], "number:1.234,5 kg")
    with pytest.raises(ArgumentError, match=r"number format 'kg'"):
        make_column("a", words, "number:kg")


GERMAN = "preis;menge;anteil\n1,5;1.234;0.5\n2.000,25;980;1.234\n3;2.500;2\n"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_point_is_before_thousands_where_other_columns_have_decimal_commas(csv, tmp_path, streamed):
    table = read_table(csv(GERMAN), folder=tmp_path if streamed else None)
    assert table["preis"].tolist() == [1.5, 2000.25, 3]
    assert table["menge"].tolist() == [1234, 980, 2500]
    assert table["anteil"].tolist() == [0.5, 1.234, 2]
    notes = [column.notes for column in table.columns]
    assert notes == [(), ("read as number:1.234,5, but number:1234.5 would fit as well",), ()]
    plain = read_table(csv(GERMAN), {"menge": "number:1234.5"}, folder=tmp_path if streamed else None)
    assert plain["menge"].tolist() == [1.234, 980, 2.5]


@pytest.mark.parametrize("source", [lambda csv, text: read_table(csv(text)), None])
@pytest.mark.parametrize(
    ("words", "doubted"),
    [
        (["1.234", "980", "12.500"], True),
        (["1.234", "", "980"], True),
        (["1.234", "5.600"], False),  # three decimals everywhere
        (["1.234", "980", "0.500"], False),
        (["1.234", "980", "2.5"], False),
        (["1.234", "1980"], False),
        (["1", "980"], False),
    ],
)
def test_where_a_point_may_be_before_thousands_it_is_said(csv, source, words, doubted):
    text = "x,k\n" + "".join(f"{word},1\n" for word in words)
    column = source(csv, text).column("x") if source else make_column("x", words)
    assert str(column.type) == "number"
    np.testing.assert_array_equal(column.values, [float(word or "nan") for word in words])
    assert column.notes == (("read as number:1234.5, but number:1.234,5 would fit as well",) * doubted)


@pytest.mark.parametrize("later", ["1.234.567", "1.234,5"])
def test_a_point_before_thousands_is_known_by_a_later_block(csv, tmp_path, monkeypatch, later):
    monkeypatch.setattr("chainrule.data.files.block_size", lambda columns: 64)
    text = "k,x\n" + "".join(f"{k},{k % 9 + 1}.500\n" for k in range(20)) + f"20,{later}\n"
    text = (
        text.replace(",", ";")
        if "," not in later
        else text.replace(",", ";").replace(later.replace(",", ";"), later)
    )
    streamed, whole = read_table(csv(text), folder=tmp_path), read_table(csv(text))
    assert str(streamed.column("x").type) == str(whole.column("x").type) == "number:1.234,5"
    assert streamed["x"].tolist() == whole["x"].tolist()
    assert streamed["x"][0] == 1500
