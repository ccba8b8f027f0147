"""The words that the extensions themselves write, translatable in the catalogue `course`.

`book/locales/<language>/LC_MESSAGES/course.po` has their translations, and those of the
claims, whose sentences are written in code where gettext does not look.
"""

from sphinx.application import Sphinx
from sphinx.locale import get_translation

CATALOGUE = "course"
_ = get_translation(CATALOGUE)


def setup(app: Sphinx) -> dict:
    """Load the catalogue of the language of this build, if there is one."""
    for folder in app.config.locale_dirs:
        app.add_message_catalog(CATALOGUE, str(app.srcdir / folder))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
