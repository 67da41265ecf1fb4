#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shell completions and manual pages from what the programs themselves say with --help, so that they cannot differ.

usage: describe.py bash|zsh|fish PROGRAM...
       describe.py man TEMPLATE PROGRAM
A template's line "@COMMANDS@" becomes the commands of kdscope-cli with their options, "@OPTIONS@" the options of kdscope.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

# Words that an option with this placeholder takes; other placeholders are files, folders or free text.
WORDS = {"KIND": ["small", "tiny"], "PRESET": ["demo", "paper"], "NAME": ["demo", "paper"]}


# Whatever the builder's language: the words are parsed and shipped.
ENGLISH = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": ""}


def run(*arguments):
    return subprocess.run(arguments, check=True, capture_output=True, encoding="utf-8", env=ENGLISH).stdout


def ask(program, *arguments):
    return run(program, *arguments, "--help")


class Option:
    def __init__(self, short, long, value, text):
        self.short, self.long, self.value, self.text = short, long, value, text

    def takes(self, methods):
        """A list of words, "file", "folder", "text", or None for a switch."""
        if self.value is None:
            return None
        if self.long in ("--methods", "--method"):
            return methods
        if self.value in WORDS:
            return WORDS[self.value]
        if self.value.startswith("FILE"):
            return "file"
        return "folder" if self.value in ("DIR", "FOLDER") else "text"


def options(text):
    pattern = r"^  (?:(-\w), )?(--[\w-]+)(?:=(\S+))?\s{2,}(.*)$"
    return [Option(*m) for m in ((a, b, c or None, d.strip()) for a, b, c, d in re.findall(pattern, text, re.M))]


class Program:
    """@commands: [(name, summary, arguments, options)]; @options: what it takes without a command."""

    def __init__(self, path):
        self.name = Path(path).name
        text = ask(path)
        self.options = options(text)
        self.commands = []
        if "COMMAND" in text.splitlines()[0]:
            for name, summary in re.findall(r"^  ([\w-]+) +(\S.*)$", text, re.M):
                page = ask(path, name)
                arguments = page.splitlines()[1].split("[OPTION…]")[1].strip()
                self.commands.append((name, summary, arguments, options(page)))
            own = [("--help", "List the commands"), ("--version", "Print the version")]
            self.options = [Option("", long, None, help) for long, help in own]


def method_ids(programs):
    """The ids of the methods, from the program that lists them; the first column is the id."""
    for path in programs:
        if Path(path).name == "kdscope-cli":
            return re.findall(r"^([a-z][a-z_]*):", run(path, "methods"), re.M)
    return []


# ---- bash -------------------------------------------------------------------------------------------------

def bash_value(takes):
    if isinstance(takes, list):
        return f'COMPREPLY=($(compgen -W "{" ".join(takes)}" -- "$current"))'
    return {"file": "_filedir", "folder": "_filedir -d", "text": ":"}[takes]


def bash_options(entries, methods):
    """Lines that answer for one list of options: values after an option, else the options."""
    lines = ['case "$previous" in']
    for option in entries:
        takes = option.takes(methods)
        if takes is not None:
            names = "|".join(n for n in (option.short, option.long) if n)
            lines.append(f"  {names}) {bash_value(takes)}; return ;;")
    lines += ["esac", 'if [[ "$current" == -* ]]; then']
    names = " ".join(o.long + ("=" if o.value else "") for o in entries) + ("" if any(o.long == "--help" for o in entries) else " --help")
    lines += [f'  COMPREPLY=($(compgen -W "{names}" -- "$current"))',
              '  [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace', "else", "  _filedir", "fi"]
    return lines


def bash(programs, methods):
    out = ["# bash completion of kdscope; made from the programs' --help", ""]
    for program in programs:
        function = "_" + program.name.replace("-", "_")
        out += [f"{function} ()", "{", "  local current previous words cword split",
                "  _init_completion -s || return", '  current="$cur" previous="$prev"']
        if program.commands:
            names = " ".join(name for name, *_ in program.commands)
            own = " ".join(o.long for o in program.options)
            out += ["  if [[ $cword -eq 1 ]]; then", f'    COMPREPLY=($(compgen -W "{names} {own}" -- "$current"))', "    return", "  fi",
                    '  case "${words[1]}" in']
            for name, _, arguments, entries in program.commands:
                out.append(f"    {name})")
                if arguments.startswith("[METHOD"):
                    out += ['      if [[ "$current" != -* ]]; then', f"        {bash_value(methods)}", "        return", "      fi"]
                out += ["      " + line for line in bash_options(entries, methods)] + ["      ;;"]
            out += ["  esac"]
        else:
            out += ["  " + line for line in bash_options(program.options, methods)]
        out += ["}", f"complete -F {function} {program.name}", ""]
    return "\n".join(out)


# ---- zsh --------------------------------------------------------------------------------------------------

def zsh_quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh_options(entries, methods):
    out = []
    for option in entries + ([] if any(o.long == "--help" for o in entries) else [Option("", "--help", None, "List the options")]):
        text = re.sub(r"([\[\]:\\])", r"\\\1", option.text)
        takes = option.takes(methods)
        value = ""
        if takes is not None:
            action = {"file": "_files", "folder": "_files -/", "text": " "}.get(takes) if isinstance(takes, str) else "(" + " ".join(takes) + ")"
            value = f":{option.value.lower().replace(':', '')}:{action}"
        for name in filter(None, (option.short, option.long)):
            repeat = "*" if option.long == "--set" else ""
            mark = ("=" if name.startswith("--") else "+") if value else ""
            out.append(zsh_quote(f"{repeat}{name}{mark}[{text}]{value}"))
    return out


def zsh(programs, methods):
    out = ["#compdef " + " ".join(p.name for p in programs), "# zsh completion of kdscope; made from the programs' --help", ""]
    for program in programs:
        out += [f"_{program.name} () {{"]
        if not program.commands:
            out += ["  _arguments \\"] + [f"    {o} \\" for o in zsh_options(program.options, methods)] + ["    '*:file:_files'", "}", ""]
            continue
        out += ["  if (( CURRENT == 2 )); then", "    local -a commands=("]
        out += [f"      {zsh_quote(name + ':' + summary)}" for name, summary, *_ in program.commands]
        out += [f"      {zsh_quote(o.long + ':' + o.text)}" for o in program.options]
        out += ["    )", "    _describe command commands", "    return", "  fi", "  local command=$words[2]", "  shift words", "  (( CURRENT-- ))",
                "  case $command in"]
        for name, _, arguments, entries in program.commands:
            rest = f"'*:method:({' '.join(methods)})'" if arguments.startswith("[METHOD") else "'*:file:_files'"
            out += [f"    {name})", "      _arguments \\"] + [f"        {o} \\" for o in zsh_options(entries, methods)] + [f"        {rest} ;;"]
        out += ["  esac", "}", ""]
    out += ["case $service in"] + [f"  {p.name}) _{p.name} \"$@\" ;;" for p in programs] + ["esac", ""]
    return "\n".join(out)


# ---- fish -------------------------------------------------------------------------------------------------

def fish_option(program, condition, option, methods):
    line = f"complete -c {program}"
    if condition:
        line += f" -n {condition}"
    if option.short:
        line += f" -s {option.short[1:]}"
    line += f" -l {option.long[2:]}"
    takes = option.takes(methods)
    if isinstance(takes, list):
        line += f" -x -a '{' '.join(takes)}'"
    elif takes == "file":
        line += " -r -F"
    elif takes == "folder":
        line += " -x -a '(__fish_complete_directories)'"
    elif takes == "text":
        line += " -x"
    return line + " -d '" + option.text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(programs, methods):
    out = ["# fish completion of kdscope; made from the programs' --help", ""]
    for program in programs:
        for option in program.options:
            out.append(fish_option(program.name, "__fish_use_subcommand" if program.commands else "", option, methods))
        for name, summary, arguments, entries in program.commands:
            summary = summary.replace("'", "\\'")
            out.append(f"complete -c {program.name} -n __fish_use_subcommand -f -a {name} -d '{summary}'")
            condition = f"'__fish_seen_subcommand_from {name}'"
            if arguments.startswith("[METHOD"):
                out.append(f"complete -c {program.name} -n {condition} -f -a '{' '.join(methods)}'")
            out += [fish_option(program.name, condition, option, methods) for option in entries + [Option("", "--help", None, "List the options")]]
        out.append("")
    return "\n".join(out)


# ---- manual pages -----------------------------------------------------------------------------------------

def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def man_options(entries):
    lines = []
    for option in entries:
        value = f"=\\fI{roff(option.value)}\\fR" if option.value else ""
        short = f"\\fB{roff(option.short)}\\fR, " if option.short else ""
        lines += [".TP", f"{short}\\fB{roff(option.long)}\\fR{value}", roff(option.text)]
    return lines


def man(template, program):
    out = []
    for line in Path(template).read_text().splitlines():
        if line == "@OPTIONS@":
            out += man_options(program.options)
        elif line == "@COMMANDS@":
            for name, summary, arguments, entries in program.commands:
                tail = f" \\fI{roff(arguments)}\\fR" if arguments else ""
                out += [f".SS {roff(name)}", f"\\fBkdscope\\-cli {roff(name)}\\fR [\\fIoptions\\fR]{tail}", ".PP", roff(summary[0].upper() + summary[1:]) + "."]
                out += man_options(entries)
        else:
            out.append(line)
    return "\n".join(out) + "\n"


kind, *rest = sys.argv[1:]
if kind == "man":
    text = man(rest[0], Program(rest[1]))
else:
    text = {"bash": bash, "zsh": zsh, "fish": fish}[kind]([Program(p) for p in rest], method_ids(rest))
sys.stdout.buffer.write(text.encode())
