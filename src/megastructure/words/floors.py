"""The floors of the house, from the ground up. Folders are floors: what used to be lists of files follows from these names.

A file imports only from lower floors, or from its own; laws never import each other, faces never import each other
(tests/house/test_floors.py). What decides a history is whatever the floor of time is made of, down to the ground.
"""

from __future__ import annotations

WORDS = ("words",)  # how things are said: decides nothing
ENGINE = ("ground", "land", "society", "matter", "laws", "time")  # what decides a history, and its matter
MEMORY = ("memory", "told")  # files, runs, forks; words for what happened
FACES = ("look", "watch", "export", "study", "read")  # never import each other
DOOR = ("door",)
FLOORS = (*WORDS, *ENGINE, *MEMORY, *FACES, *DOOR)
