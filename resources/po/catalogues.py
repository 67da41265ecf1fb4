#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The catalogues beside this file: what is in them, and whether they are complete.

usage: catalogues.py update ROOT METHOD-TEXTS   write POTFILES and kdscope.pot anew, bring every *.po up to it
       catalogues.py check ROOT METHOD-TEXTS    name what is missing, exit 1 if anything is, 77 without Debian's gettext
       catalogues.py pseudo ROOT OUTPUT         write a catalogue of a language that does not exist: longer, between brackets

METHOD-TEXTS is the program that prints what the methods' tables say to people (tests/tools/method-texts.c): they need no marks.
"""
import ast
import configparser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

KEYWORDS = ["_", "N_", "C_:1c,2", "NC_:1c,2", "ngettext:1,2"]
# What a desktop reads of the program before it runs.
DESKTOP = [f"resources/share/org.kdscope.Kdscope.{kind}" for kind in ("desktop", "metainfo.xml")]
HEADER = """# Words of kdscope's window.
# Copyright (C) 2026 The kdscope authors
# This file is distributed under the same license as kdscope.
msgid ""
msgstr ""
"Project-Id-Version: kdscope\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout


def quoted(text):
    lines = [line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") for line in text.split("\n")]
    return '"' + "\\n".join(lines) + '"'


def entry(source, text):
    return f"#: {source}\nmsgid {quoted(text)}\nmsgstr \"\"\n"


def potfiles(root):
    """Every source with a mark in it."""
    marked = re.compile(r'\b(_|N_|C_|NC_|ngettext) \(\s*"')
    files = sorted(path.relative_to(root) for room in ("app", "ui", "engine") for path in (root / room).rglob("*.c"))
    return [str(path) for path in files if marked.search((root / path).read_text())]


def methods(program):
    """What the engine's tables say, by source; the first source that says it keeps it."""
    for line in run(program).splitlines():
        source, text = line.split("\t", 1)
        # C's octal escapes are bytes of UTF-8.
        yield source, ast.literal_eval(f'b"{text}"').decode()


def lessons(root):
    for path in sorted((root / "resources/lessons").glob("*.ini")):
        parser = configparser.RawConfigParser(delimiters="=", comment_prefixes="#", strict=True)
        parser.optionxform = str
        parser.read_string(path.read_text())
        for group in parser.sections():
            for key in ("title", "about", "group", "text", "task"):
                text = parser.get(group, key, fallback="")
                if text:
                    yield path.relative_to(root), re.sub(r"\\(.)", lambda m: {"n": "\n", "s": " ", "t": "\t"}.get(m[1], m[1]), text)


def help_lines(root):
    """Paragraphs are lines; code between them stays."""
    path = root / "resources/help/help.txt"
    for line in path.read_text().splitlines():
        if line and not line.startswith("    "):
            yield path.relative_to(root), re.sub(r"^(#+|-) ", "", line)


def template(root, program):
    """kdscope.pot as it should be."""
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        marked = pathlib.Path(folder) / "marked.pot"
        run("xgettext", "--from-code=UTF-8", "--language=C", "--add-location=file", "--no-wrap", "--sort-by-file", "-k",
            *[f"-k{keyword}" for keyword in KEYWORDS], "-o", str(marked), *potfiles(root), cwd=root)
        desktop = pathlib.Path(folder) / "desktop.pot"
        run("xgettext", "--from-code=UTF-8", "--add-location=file", "--no-wrap", "-o", str(desktop), *DESKTOP, cwd=root)
        warnings = pathlib.Path(folder) / "warnings.pot"
        run("xgettext", "--from-code=UTF-8", "--language=C", "--add-location=file", "--no-wrap", "--sort-by-file", "-k",
            "-kkd_cx_warn:3", "-kkd_cx_note:2", "-o", str(warnings),
            *[str(path.relative_to(root)) for path in sorted((root / "engine/methods").glob("*.c"))], cwd=root)
        parts += [str(desktop), str(warnings)]
        for name, texts in (("methods", methods(program)), ("lessons", lessons(root)), ("help", help_lines(root))):
            seen = {}
            for source, text in texts:
                seen.setdefault(text, source)
            path = pathlib.Path(folder) / f"{name}.pot"
            path.write_text(HEADER + "\n" + "\n".join(entry(source, text) for text, source in seen.items()))
            parts.append(str(path))
        whole = run("msgcat", "--use-first", "--no-wrap", "--add-location=file", str(marked), *parts)
    # The date and the tool's own header would differ at every run.
    body = whole.split("\n\n", 1)[1]
    return HEADER + "\n" + body


def update(root, program):
    here = root / "resources/po"
    (here / "POTFILES").write_text("".join(f"{path}\n" for path in potfiles(root)))
    pot = here / "kdscope.pot"
    pot.write_text(template(root, program))
    for catalogue in sorted(here.glob("*.po")):
        run("msgmerge", "--quiet", "--update", "--backup=none", "--no-wrap", "--add-location=file", "--no-fuzzy-matching",
            str(catalogue), str(pot))
        run("msgattrib", "--no-obsolete", "--no-wrap", "--add-location=file", "-o", str(catalogue), str(catalogue))
        print(f"{catalogue.name}: {missing(catalogue)} to translate")


def missing(catalogue):
    """How many have no translation, or one that a tool guessed."""
    said = subprocess.run(["msgfmt", "--statistics", "-o", "/dev/null", str(catalogue)], env={**os.environ, "LC_ALL": "C"},
                          text=True, capture_output=True, check=True).stderr
    return sum(int(n) for n in re.findall(r"(\d+) (?:fuzzy|untranslated)", said))


def entries(template):
    """Context, text and plural of each entry; how a version of the tools writes them down is its own affair."""
    blocks = [block.split("\n") for block in template.split("\n\n")]
    return {(joined(block, "msgctxt"), joined(block, "msgid"), joined(block, "msgid_plural")) for block in blocks}


def check(root, program):
    here = root / "resources/po"
    breaches = []
    if (here / "POTFILES").read_text().split() != potfiles(root):
        breaches.append("POTFILES does not list the sources that have marks")
    kept, now = entries((here / "kdscope.pot").read_text()), entries(template(root, program))
    breaches += [f"kdscope.pot lacks: {one}" for one in sorted(now - kept, key=str)]
    breaches += [f"kdscope.pot has what no source says: {one}" for one in sorted(kept - now, key=str)]
    languages = [line for line in (here / "LINGUAS").read_text().split("\n") if line and line[0] != "#"]
    if sorted(languages) != sorted(path.stem for path in here.glob("*.po")):
        breaches.append("LINGUAS does not list the catalogues")
    for catalogue in sorted(here.glob("*.po")):
        found = subprocess.run(["msgfmt", "--check", "-o", "/dev/null", str(catalogue)], text=True, capture_output=True, check=False)
        breaches += found.stderr.splitlines() if found.returncode else []
        compared = subprocess.run(["msgcmp", str(catalogue), str(here / "kdscope.pot")], text=True, capture_output=True, check=False)
        breaches += [line for line in compared.stderr.splitlines() if compared.returncode and "warning:" not in line]
    for breach in breaches:
        print(breach)
    if breaches:
        print("./dev translate brings POTFILES, kdscope.pot and the catalogues up to date; then translate what is empty")
    return 1 if breaches else 0


# Placeholders, markup, line ends and bold numbers of formats stay as they are.
KEPT = re.compile(r"(%[-+ 0#]*\d*(?:\.\d+)?(?:hh|h|ll|l|j|z|t)?[a-zA-Z%]|%<[A-Z0-9]+>|<[^<>]+>|&\w+;|\\n|\n)")


def lengthened(text):
    begin, words, end = re.fullmatch(r"(\n*)(.*?)(\n*)", text, re.S).groups()
    return f"{begin}⟦{words}{'~' * max(1, len(KEPT.sub('', words)) * 3 // 10)}⟧{end}"


def pseudo(root, output):
    """msgen would write each text as its own translation; here it becomes a third longer and stands between brackets."""
    written, lines = [], iter((root / "resources/po/kdscope.pot").read_text().splitlines() + [""])
    block = []
    for line in lines:
        if line:
            block.append(line)
            continue
        written.append(pseudo_entry(block))
        block = []
    pathlib.Path(output).write_text("\n\n".join(written) + "\n")


def joined(block, keyword):
    """The text of one keyword of an entry; None: it has none."""
    taken = None
    for line in block:
        if line.startswith(keyword + " "):
            taken = ast.literal_eval(line[len(keyword) + 1:])
        elif taken is not None and line.startswith('"'):
            taken += ast.literal_eval(line)
        elif taken is not None:
            break
    return taken


def pseudo_entry(block):
    one, many = joined(block, "msgid"), joined(block, "msgid_plural")
    if not one:
        return "\n".join(block)
    kept = [line for line in block if not line.startswith("msgstr")]
    while kept and kept[-1] == '""':
        kept.pop()
    if many is None:
        return "\n".join(kept + [f"msgstr {quoted(lengthened(one))}"])
    return "\n".join(kept + [f"msgstr[0] {quoted(lengthened(one))}", f"msgstr[1] {quoted(lengthened(many))}"])


def main():
    command, root, third = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    if not shutil.which("xgettext"):
        print("xgettext is not here (Debian: gettext)")
        return 77
    if command == "pseudo":
        return pseudo(root, third)
    program = str(pathlib.Path(third).resolve())
    return check(root, program) if command == "check" else update(root, program)


sys.exit(main())
