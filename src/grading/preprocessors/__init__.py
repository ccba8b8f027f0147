"""What `nbgrader_config.py` names: our steps in nbgrader's own conversions.

student_copy   the last touch to a student's notebook; has someone worked on it since?
restore_cells  what a student deleted is put back, where nbgrader itself grades
hide_tests     nbgrader's own feedback without hidden tests

The steps are named by the module that they stand in, so that naming one imports no other.
"""
