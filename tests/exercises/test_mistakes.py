import pytest
from mistakes import Unclear, read

END = "    ### END SOLUTION"
ANSWER = f"""import math


@cache
def area(r):
    return math.pi * r * r


def edge(r):
    ### BEGIN SOLUTION
    return 2 * math.pi * r
{END}"""
EXAMPLE = "\n\n\narea(1)"


def told(**wrong) -> str:
    return read("a mistake", "circle", wrong, ANSWER + EXAMPLE).source


def test_one_place_changes():
    assert told(change=("r * r", "2 * r")) == ANSWER.replace("r * r", "2 * r")


def test_two_places_change_whatever_their_order():
    pairs = [("2 * math.pi", "math.pi"), ("r * r", "r")]
    want = ANSWER.replace("2 * math.pi", "math.pi").replace("r * r", "r")
    assert told(change=pairs) == told(change=pairs[::-1]) == want


def test_a_pair_does_not_see_what_another_has_written():
    pairs = [("r * r", "2 * math.pi * r"), ("2 * math.pi", "7")]
    assert told(change=pairs).count("7") == 1


def test_a_function_takes_the_place_of_its_namesake_decorators_and_all():
    source = told(define="\ndef area(r):\n    return r\n")
    assert source == ANSWER.replace(
        "@cache\ndef area(r):\n    return math.pi * r * r", "def area(r):\n    return r"
    )


def test_a_whole_cell():
    assert told(cell="\nprint(1)\n") == "print(1)"


def test_what_the_message_says_and_what_the_item_gets():
    found = read("a mistake", "circle", {"cell": "1", "says": "pi", "points": 1}, ANSWER)
    assert (found.says, found.points) == ("pi", 1)
    found = read("a mistake", "circle", {"cell": "1"}, ANSWER)
    assert (found.says, found.points) == ("", 0)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"change": ("r ** 2", "r")}, "'r ** 2' must stand in the solution's cell once, not 0"),
        ({"change": ("math.pi", "3")}, "'math.pi' must stand in the solution's cell once, not 2"),
        ({"change": [("math.pi * r * r", "1"), ("r * r", "r")]}, "overlaps"),
        ({"define": "def volume(r):\n    return r"}, "does not define volume"),
        ({"define": "def area(r):\n    return r\n\n\narea(2)"}, "functions and classes only"),
        ({"cell": "1", "change": ("a", "b")}, "one of"),
        ({"says": "pi"}, "one of"),
        ({"cell": "1", "say": "pi"}, "one of"),
    ],
)
def test_a_mistake_that_cannot_be_made_is_an_error(wrong, why):
    with pytest.raises(Unclear, match="a mistake") as error:
        told(**wrong)
    assert why in str(error.value)
