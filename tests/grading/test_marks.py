"""What stands in the roster, in a time, in a table that others open."""

import csv
import datetime
import unicodedata

import pytest

from grading.errors import CourseError
from grading.marks import rows, write_csv
from grading.submitted import moment

NOON = datetime.datetime(2027, 3, 1, 12)
TABLE = [{"student_id": "ann", "last_name": "김"}, {"student_id": "17", "last_name": "O'Neil"}]


@pytest.mark.parametrize(
    "text",
    [
        "2027-03-01 12:00:00 UTC",
        "2027-03-01 12:00:00.000000 UTC\n",
        "2027-03-01T12:00:00Z",
        "2027-03-01T21:00:00+09:00",
        "2027-03-01 07:00:00 -05:00",
    ],
)
def test_a_time_has_one_meaning(text):
    assert moment(text) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2027-03-01 12:00:00",
        "2027-03-01 12:00:00 KST",
        "2027-03-01 12:00:00 EST5EDT",
        "2027-03-01 12:00:00 9",
        "2027-03-01 12:00:00 +9",
        "03/01/2027 12:00:00 UTC",
        "2027-03-01 12:00 UTC",
        "2027-03-01 25:00:00 UTC",
        "2027-03-01 12:00:00 UTC and more",
        "noon",
    ],
)
def test_any_other_is_refused(text):
    with pytest.raises(ValueError):
        moment(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_roster_is_read_as_a_spreadsheet_saves_it(tmp_path, encoding, delimiter):
    path = tmp_path / "roster.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, TABLE[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(TABLE)
        file.write(delimiter + "\r\n")  # an empty row at the end
    assert rows(path) == TABLE


def test_names_are_composed_as_files_have_them(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(unicodedata.normalize("NFD", "student_id\n김철수\n"), "utf-8")
    assert rows(path) == [{"student_id": "김철수"}]


def test_what_is_no_text_is_named(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(b"PK\x03\x04\xff\xff\x81")
    with pytest.raises(CourseError, match="roster.csv is not a text"):
        rows(path)


def test_a_spreadsheet_computes_nothing_and_reads_korean(tmp_path):
    table = [["=1+1", "+x", "-x", "@x", "-2.5", 3, "김"]]
    content = write_csv(tmp_path / "table.csv", table).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    (row,) = csv.reader(content.decode("utf-8-sig").splitlines())
    assert row == ["'=1+1", "'+x", "'-x", "'@x", "-2.5", "3", "김"]
    exact = write_csv(tmp_path / "exact.csv", table, exact=True).read_text("utf-8-sig")
    assert exact.startswith("=1+1,+x")
