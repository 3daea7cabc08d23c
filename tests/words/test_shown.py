"""What is shown of a stranger's text, how a word is quoted for a shell, and which text files can be read."""

from __future__ import annotations

import codecs
import os
import subprocess
from pathlib import Path

import pytest

from megastructure.ground.scenario import Scenario
from megastructure.words.errors import BadKnob, BadRun, MegastructureError, nearest
from megastructure.words.shell import command, quoted, quoted_on_windows
from megastructure.words.shown import LINE_SHOWN, shown

NASTY = [
    "plain", "a b", "it's", 'say "so"', "<b>", "$HOME", "`id`", "-dash", "人の街", "q[/b]", "a\\b", "a\nb", "\x1b[31mred",
    "a;b|c&d", "*", "", "~", "#", "\udcff", "a'\x07",
]  # fmt: skip


@pytest.mark.parametrize(
    "text, said",
    [
        ("人の街 ñ 🏙", "人の街 ñ 🏙"), ("a\u3000b\u00a0c", "a\u3000b\u00a0c"),
        ("می\u200cشود", "می\u200cشود"), ("\x1b[31m", "\\x1b[31m"),
        ("a\rb\nc\td", "a\\rb\\nc\\td"), ("\u202eabc", "\\u202eabc"), ("\x9b31m", "\\x9b31m"), ("\udcff", "\\xff"), ("", ""),
        ("a\udc9bb", "a\\x9bb"),        ("a\u2028b", "a\\u2028b"),
    ],
)  # fmt: skip
def test_nothing_that_a_terminal_obeys_is_shown(text: str, said: str) -> None:
    assert shown(text) == said
    assert shown("a\nb\x1b", keep="\n") == "a\nb\\x1b"


@pytest.mark.parametrize("kind", [MegastructureError, BadRun, BadKnob])
def test_a_refusal_is_one_short_line(kind: type[MegastructureError]) -> None:
    for text in ("x" * 5000, "word " * 5000, "a\nb\x1b[31m" * 1000, "--set " + "y" * 10**6 + ": expected a number"):
        said = str(kind(text))
        assert said.isprintable() and len(said) < LINE_SHOWN + 100
    assert str(kind("--set " + "y" * 10**6 + ": expected a number")).endswith("expected a number")
    assert str(kind("short: expected a number")) == "short: expected a number"
    assert nearest("people" * 10**5, ["people"]) == ""


@pytest.mark.skipif(os.name == "nt", reason="asks a shell of POSIX")
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
@pytest.mark.parametrize("word", NASTY)
def test_a_shell_hands_on_what_was_quoted(word: str, encoding: str) -> None:
    typed = quoted(word, encoding)
    assert typed.replace("\n", "").isprintable()
    typed.encode(encoding)
    said = subprocess.run(["bash", "-c", f"printf '%s\\0' {typed}".encode()], capture_output=True, check=True).stdout
    assert os.fsdecode(said) == word + "\0"


@pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")
def test_a_path_is_no_option_and_one_line() -> None:
    assert command("still", Path("-x"), "--view", "iso") == "megastructure still ./-x --view iso"
    assert command("info", Path("a b")) == "megastructure info 'a b'"
    assert command("info", Path("a\nb")) == "megastructure info $'a\\012b'"


@pytest.mark.parametrize(
    "word, typed",
    [
        ("runs\\city-28", "runs\\city-28"), ("a b", '"a b"'), ("a&b", '"a&b"'), ("C:\\a b\\", '"C:\\a b\\\\"'), ("人", '"人"'),
        ("", '""'), ('a\\"b', '"a\\\\\\"b"'), ("it's", '"it\'s"'),
    ],
)  # fmt: skip
def test_words_on_windows(word: str, typed: str) -> None:
    assert quoted_on_windows(word) == typed
    if word.count(" "):
        assert subprocess.list2cmdline([word]) in (typed, word)


TOML = "# a city\nseed = 7\n[founder]\npitch = 80\n"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_a_scenario_is_read_as_editors_write_it(tmp_path: Path, ends: str, mark: bytes) -> None:
    (tmp_path / "city.toml").write_bytes(mark + TOML.replace("\n", ends).encode())
    found = Scenario.load(tmp_path / "city.toml")
    assert found.seed == 7 and found.founder == {"pitch": 80}


@pytest.mark.parametrize(
    "encoding, said",
    [
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("latin-1", "line 1 .*UTF-8"),
    ],
)
def test_other_encodings_are_refused_by_name(tmp_path: Path, encoding: str, said: str) -> None:
    (tmp_path / "city.toml").write_bytes(("# año\n" + TOML).encode(encoding))
    with pytest.raises(BadKnob, match=f"city.toml: .*{said}.*") as refusal:
        Scenario.load(tmp_path / "city.toml")
    assert "expected" in str(refusal.value) and "\\x" not in str(refusal.value)
