"""What pytest must know before it imports a test."""

import pytest

pytest.register_assert_rewrite("worlds")  # what a shared world asserts is told as fully as what a test does
