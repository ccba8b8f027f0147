"""Show the code of this package on the page, from the module itself."""

import inspect


def show_source(*objects) -> None:
    """Display the source of functions or classes, highlighted, as the tests run it."""
    from IPython.display import Code, display

    text = "\n\n".join(inspect.getsource(each).rstrip() for each in objects)
    display(Code(text, language="python"))
