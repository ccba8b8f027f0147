"""What the person at the keyboard can put right."""


class CourseError(Exception):
    """The message says what is wrong and what to do about it; `command` prints it alone."""
