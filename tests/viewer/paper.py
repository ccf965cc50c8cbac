"""The words on the sheets of a PDF that Chromium printed; of other PDFs it knows nothing."""

import re
import zlib

OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\s(.*?)\nendobj", re.DOTALL)
STREAM = re.compile(rb"stream\r?\n(.*)\nendstream", re.DOTALL)
PART = re.compile(rb"/(F\d+) [\d.]+ Tf|/(X\d+) Do|<([0-9A-Fa-f]+)>|\((?:[^\\()]|\\.)*\) Tj")
REFERENCE = re.compile(rb"/([FX]\d+) (\d+) 0 R")


def sheets(pdf: bytes) -> list[str]:
    """What each sheet says, in the order in which it was drawn and without white space."""
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    return [
        "".join(_drawn(objects, page, _referred(page, rb"/Contents")).split())
        for page in objects.values()
        if re.search(rb"/Type /Page\s", page)
    ]


def _drawn(objects: dict[int, bytes], owner: bytes, stream: int) -> str:
    """The letters of a stream, and of the forms that it draws."""
    named = {name: int(number) for name, number in REFERENCE.findall(owner)}
    letters: dict[int, str] = {}
    said = []
    for font, form, glyphs in PART.findall(_inflated(objects[stream])):
        if font:
            letters = _letters(objects, named[font])
        elif form and b"/Subtype /Form" in objects[named[form]]:
            said.append(_drawn(objects, objects[named[form]], named[form]))
        else:
            codes = [int(glyphs[at : at + 4], 16) for at in range(0, len(glyphs), 4)]
            said += [letters.get(code, "") for code in codes]
    return "".join(said)


def _letters(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """Which letter each glyph stands for, as the font itself says."""
    found = {}
    table = _inflated(objects[_referred(objects[font], rb"/ToUnicode")]).decode()
    for block in re.findall(r"beginbfchar\n(.*?)endbfchar", table, re.DOTALL):
        for glyph, letter in re.findall(r"<(\w+)> <(\w+)>", block):
            found[int(glyph, 16)] = bytes.fromhex(letter).decode("utf-16-be")
    for block in re.findall(r"beginbfrange\n(.*?)endbfrange", table, re.DOTALL):
        for first, last, letter in re.findall(r"<(\w+)> <(\w+)> <(\w+)>", block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = chr(int(letter, 16) + step)
    return found


def _referred(body: bytes, name: bytes) -> int:
    found = re.search(name + rb" (\d+) 0 R", body)
    assert found, (name, body[:200])
    return int(found[1])


def _inflated(body: bytes) -> bytes:
    found = STREAM.search(body)
    assert found, body[:200]
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]
