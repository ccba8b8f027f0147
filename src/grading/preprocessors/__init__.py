"""What `nbgrader_config.py` names: our steps in nbgrader's own conversions.

student_copy   the last touch to a student's notebook; has someone worked on it since?

The steps are named by the module that they stand in, so that naming one imports no other.
"""
