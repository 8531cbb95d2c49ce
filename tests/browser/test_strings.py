"""The table of words, without a browser."""

import glob
import json
import os
import re

PAGE = os.path.join(os.path.dirname(__file__), "..", "..", "examples", "studio", "page")


def table(language):
    with open(os.path.join(PAGE, "strings", language + ".json"), encoding="utf-8") as file:
        return json.load(file)


def singular(keys):
    """Keys without the forms of counting, which differ between languages."""
    return {re.sub(r"\.(one|few|many|other)$", "", key) for key in keys}


def test_all_languages_have_the_same_keys_and_placeholders():
    english = table("en")
    for language in ("ko", "es"):
        other = table(language)
        assert singular(other) == singular(english)
        for key in english.keys() & other.keys():
            assert set(re.findall(r"\{\w+\}", other[key])) == set(re.findall(r"\{\w+\}", english[key])), key


def test_every_palette_that_comes_with_the_studio_and_every_colour_of_it_has_a_name():
    header = os.path.join(PAGE, "..", "..", "..", "include", "icolorit", "studio", "palette.hpp")
    with open(header, encoding="utf-8") as file:
        words = re.findall(r'preset\("([^"]+)"|\{"([^"]+)", "#', file.read())
    assert len(words) > 50
    palette = ""
    for name, color in words:
        palette = name or palette
        key = "preset." + palette + ("." + color if color else "")
        assert key.lower().replace(" ", "_") in table("en")


def test_every_key_of_the_modules_is_in_the_table_and_the_other_way_round():
    sources = ""
    for path in glob.glob(os.path.join(PAGE, "modules", "*.js")):
        with open(path, encoding="utf-8") as file:
            sources += file.read()
    keys = singular(table("en"))
    fixed = set(re.findall(r"\bt(?:Count)?\(\s*'([\w.-]+)'", sources))
    assert fixed - keys == set()
    prefixes = set(re.findall(r"\bt\(\s*`([\w.]+\.)\$\{", sources))
    quoted = set(re.findall(r"'([\w.-]+)'", sources))
    unused = {key for key in keys - fixed - quoted if not any(key.startswith(prefix) for prefix in prefixes)}
    assert unused == set()
