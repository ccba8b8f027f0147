"""Every command ends in a sentence, whatever happens to it."""

import importlib

import pytest

from grading.command import command
from grading.course import GradebookError
from grading.errors import CourseError

COMMANDS = {
    "check": ["tiny"],
    "diff": ["tiny"],
    "export": ["tiny"],
    "grade": ["tiny"],
    "regrade": ["tiny", "--item", "double"],
    "release": [],
    "report": ["tiny"],
    "status": [],
}


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (KeyboardInterrupt(), 130, "Interrupted."),
        (OSError(28, "No space left on device"), 1, "Stopped: [Errno 28] No space left on device."),
        (GradebookError("the gradebook cannot be used: locked"), 1, "Stopped: the gradebook"),
        (CourseError("There is no exercise 'tine'."), 1, "There is no exercise 'tine'."),
    ],
)
@pytest.mark.parametrize("name", COMMANDS)
def test_whatever_stops_a_command_is_one_sentence(name, error, status, said, monkeypatch, capsys):
    module = importlib.import_module(f"grading.{name}")

    def stopped(*_arguments):
        raise error

    monkeypatch.setattr(module, "Course", stopped)
    assert module.main(COMMANDS[name]) == status
    told = capsys.readouterr().err.strip()
    assert told.startswith(said) and "Traceback" not in told and "\n" not in told


def test_a_fault_of_the_program_is_not_hidden():
    @command()
    def main(argv=None):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main()


def test_what_stays_is_said():
    @command(again="Run it again.")
    def main(argv=None):
        raise KeyboardInterrupt

    assert main() == 130
