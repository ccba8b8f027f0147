from grading.ledger import Ledger


def test_entries_come_back_oldest_first(tmp_path):
    ledger = Ledger(tmp_path / "grading" / "ledger.jsonl")
    assert list(ledger.entries()) == []
    ledger.append(student="ann", slug="a", score=1)
    ledger.append(student="bob", slug="b", score=2)
    ledger.append(student="ann", slug="a", score=3)
    assert [entry["score"] for entry in ledger.entries(slug="a")] == [1, 3]
    assert ledger.last(slug="a")["ann"]["score"] == 3
    assert all(entry["by"] and entry["time"] for entry in ledger.entries())


def test_a_torn_line_is_passed_over_and_stays_apart(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.append(student="ann", score=1)
    with ledger.path.open("a") as file:
        file.write('{"student": "bob", "sco')
    ledger.append(student="cho", score=3)
    assert list(ledger.last()) == ["ann", "cho"]
