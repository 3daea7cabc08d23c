"""What pytest must know before it imports a test."""

import os

import pytest

os.environ.setdefault("MEGASTRUCTURE_WRAP", "1")  # tests call every kernel from Python, the package only some
pytest.register_assert_rewrite("worlds")  # what a shared world asserts is told as fully as what a test does
