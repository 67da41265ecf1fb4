#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the program installs: valid, complete, and gone after an uninstall.

usage: test-install.py SOURCE_ROOT BUILD_ROOT TESTCASE.TEST; exit code 77 (skipped) where the tool it needs is absent
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

source, build, name = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
share = source / "resources" / "share"
ID = "org.kdscope.Kdscope"
ENGLISH = {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": ""}


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            raise unittest.SkipTest(f"{tool} is not installed")


def run(*arguments, env=ENGLISH):
    done = subprocess.run([str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", env=env)
    assert done.returncode == 0, f"{' '.join(map(str, arguments))}\n{done.stdout}"
    return done.stdout


def long_options(text):
    return re.findall(r"^  (?:-\w, )?(--[a-z][a-z-]*)", text, re.M)


def asked():
    """{(program, command): its long options}, from the programs themselves."""
    found = {("kdscope", None): long_options(run(build / "app" / "kdscope", "--help"))}
    cli = build / "app" / "kdscope-cli"
    for command in re.findall(r"^  ([a-z][a-z-]*) {2,}?", run(cli, "--help"), re.M):
        found["kdscope-cli", command] = long_options(run(cli, command, "--help"))
    assert found["kdscope-cli", "train"] and found["kdscope", None]
    return found


class Data(unittest.TestCase):
    def test_desktop_file(self):
        need("desktop-file-validate")
        said = run("desktop-file-validate", share / f"{ID}.desktop")
        self.assertEqual(said, "")

    def test_metainfo(self):
        need("appstreamcli")
        run("appstreamcli", "validate", "--no-net", share / f"{ID}.metainfo.xml")

    def test_schema(self):
        need("glib-compile-schemas")
        run("glib-compile-schemas", "--strict", "--dry-run", share)

    def test_xml_is_well_formed(self):
        for path in [*share.rglob("*.xml"), *share.rglob("*.svg")]:
            root = ElementTree.parse(path).getroot()
            if path.suffix == ".svg":
                self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg", path)

    def test_one_application_id(self):
        header = (source / "ui" / "app-id.h").read_text()
        self.assertIn(f'#define KD_APPLICATION_ID "{ID}"', header)
        for path in share.rglob("*"):
            if path.is_file() and path.name != "meson.build":
                self.assertTrue(path.name.startswith(ID), path)
        desktop = (share / f"{ID}.desktop").read_text()
        types = set(re.search(r"^MimeType=(.*);$", desktop, re.M)[1].split(";"))
        mime = "{http://www.freedesktop.org/standards/shared-mime-info}mime-type"
        self.assertEqual(types, {t.get("type") for t in ElementTree.parse(share / f"{ID}-mime.xml").iter(mime)})


class Words(unittest.TestCase):
    def test_manual_pages_are_clean(self):
        pages = [build / "app" / "kdscope.1", build / "app" / "kdscope-cli.1", *(source / "resources" / "man").glob("*.5")]
        need("mandoc")
        self.assertEqual(run("mandoc", "-T", "lint", "-W", "warning", *pages), "")

    def test_every_option_is_in_its_manual_page(self):
        for (program, command), options in asked().items():
            page = (build / "app" / f"{program}.1").read_text().replace("\\-", "-")
            if command:
                page = re.split(r"^\.SS ", page, flags=re.M)
                page = next(part for part in page if part.startswith(command + "\n"))
            for option in options:
                self.assertIn(f"\\fB{option}\\fR", page, f"{program} {command}")

    def test_every_option_is_in_each_completion(self):
        bash = (build / "app" / "kdscope.bash").read_text()
        zsh = (build / "app" / "_kdscope").read_text()
        fish = (build / "app" / "kdscope.fish").read_text()
        for (program, command), options in asked().items():
            function = "_" + program.replace("-", "_")
            bash_part = bash.split(f"{function} ()")[1].split("\n}\n")[0]
            zsh_part = zsh.split(f"_{program} ()")[1].split("\n}\n")[0]
            if command:
                bash_part = bash_part.split(f"\n    {command})\n")[1].split("\n      ;;\n")[0]
                zsh_part = zsh_part.split(f"\n    {command})\n")[1].split(";;")[0]
            for option in options:
                self.assertRegex(bash_part, rf'[" ]{option}[=" ]', f"{program} {command}")
                self.assertRegex(zsh_part, rf"'\*?{option}[=\[]", f"{program} {command}")
                seen = f"-n '__fish_seen_subcommand_from {command}'" if command else ""
                lines = [line for line in fish.splitlines() if line.startswith(f"complete -c {program} ") and seen in line]
                self.assertTrue(any(f" -l {option[2:]} " in line for line in lines), f"{program} {command} {option}")

    def test_shells_take_the_completions(self):
        for shell, file in (("bash", "kdscope.bash"), ("zsh", "_kdscope"), ("fish", "kdscope.fish")):
            if shutil.which(shell):
                run(shell, "-n", build / "app" / file)

    def test_bash_completes(self):
        if not Path("/usr/share/bash-completion/bash_completion").exists():
            raise unittest.SkipTest("bash-completion is not installed")
        script = f"""
          source /usr/share/bash-completion/bash_completion
          source {build}/app/kdscope.bash
          COMP_WORDS=(kdscope-cli train --check) COMP_CWORD=2 COMP_LINE='kdscope-cli train --check' COMP_POINT=25
          _kdscope_cli 2>/dev/null; echo "${{COMPREPLY[*]}}"
        """
        self.assertEqual(run("bash", "-c", script).strip(), "--checkpoint-every=")


class Install(unittest.TestCase):
    FILES = {
        "bin": ["kdscope", "kdscope-cli"],
        "share/applications": [f"{ID}.desktop"],
        "share/metainfo": [f"{ID}.metainfo.xml"],
        "share/icons/hicolor/scalable/apps": [f"{ID}.svg"],
        "share/icons/hicolor/symbolic/apps": [f"{ID}-symbolic.svg"],
        "share/mime/packages": [f"{ID}.xml"],
        "share/glib-2.0/schemas": [f"{ID}.gschema.xml"],
        "share/dbus-1/services": [f"{ID}.service"],
        "share/man/man1": ["kdscope.1", "kdscope-cli.1"],
        "share/man/man5": ["kdscope-dump.5", "kdscope-lesson.5"],
        "share/bash-completion/completions": ["kdscope", "kdscope-cli"],
        "share/zsh/site-functions": ["_kdscope"],
        "share/fish/vendor_completions.d": ["kdscope.fish", "kdscope-cli.fish"],
        "share/kdscope/examples": ["kdscope_dump.py", "mmdetection_hooks.py", "torchvision_hooks.py"],
        "share/kdscope/teachers": ["teacher.safetensors"],
    }

    def test_installs_and_uninstalls(self):
        need("meson", "ninja")
        log = build / "meson-logs" / "install-log.txt"  # what an uninstall reads: the person's own stays
        kept = log.read_bytes() if log.exists() else None
        try:
            with tempfile.TemporaryDirectory() as folder:
                run("meson", "install", "-C", build, "--no-rebuild", "--destdir", folder)
                prefix = next(Path(folder).rglob("bin/kdscope-cli")).parent.parent
                for place, names in self.FILES.items():
                    for file in names:
                        self.assertTrue((prefix / place / file).exists(), f"{place}/{file}")
                if shutil.which("msgfmt"):
                    self.assertTrue((prefix / "share/locale/de/LC_MESSAGES/kdscope.mo").exists())
                    desktop = prefix / f"share/applications/{ID}.desktop"
                    self.assertIn("\nComment[de]=", desktop.read_text())
                    if shutil.which("desktop-file-validate"):
                        run("desktop-file-validate", desktop)
                service = (prefix / f"share/dbus-1/services/{ID}.service").read_text()
                self.assertIn(f"Exec={'/' / prefix.relative_to(folder)}/bin/kdscope --gapplication-service", service)
                run("ninja", "-C", build, "uninstall")
                self.assertEqual([str(p) for p in Path(folder).rglob("*")], [])
        finally:
            log.unlink(missing_ok=True)
            if kept is not None:
                log.write_bytes(kept)


class Start(unittest.TestCase):
    """The program itself, on a session bus and a display of its own."""

    def test_names_the_command_line_without_a_display(self):
        environment = {k: v for k, v in ENGLISH.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        done = subprocess.run([build / "app" / "kdscope"], capture_output=True, encoding="utf-8", env=environment)
        self.assertEqual(done.returncode, 1)
        self.assertIn("kdscope-cli", done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1)

    def test_starts_by_the_bus_and_is_reused(self):
        need("dbus-daemon", "gdbus")
        if not os.environ.get("DISPLAY"):
            raise unittest.SkipTest("there is no display")
        with tempfile.TemporaryDirectory() as folder:
            services = Path(folder, "share", "dbus-1", "services")
            services.mkdir(parents=True)
            text = (build / "resources" / f"{ID}.service").read_text()
            program = build / "app" / "kdscope"
            (services / f"{ID}.service").write_text(re.sub(r"^Exec=\S+", f"Exec={program}", text, flags=re.M))
            environment = {**ENGLISH, "XDG_DATA_HOME": f"{folder}/home", "XDG_DATA_DIRS": f"{folder}/share:/usr/share",
                           "GSK_RENDERER": "cairo", "GDK_BACKEND": "x11"}
            script = f"""
              call () {{ gdbus call --session --timeout 60 --dest {ID} --object-path /{ID.replace(".", "/")} --method "$@"; }}
              call org.freedesktop.Application.Activate '{{}}'
              pid=$(gdbus call --session --dest org.freedesktop.DBus --object-path / --method org.freedesktop.DBus.GetConnectionUnixProcessID {ID} | tr -dc '0-9 ' | cut -d' ' -f2)
              timeout 60 {program} /nowhere/features.npz; echo "second start: $?"
              call org.gtk.Actions.Activate quit '[]' '{{}}'
              for i in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
              if kill -0 "$pid" 2>/dev/null; then echo still running; kill "$pid"; fi
            """
            said = run("dbus-run-session", "--", "sh", "-c", script, env=environment)
            self.assertIn("second start: 0", said)
            self.assertEqual(said.splitlines().count("()"), 2, said)
            self.assertNotIn("still running", said)


if __name__ == "__main__":
    result = unittest.main(argv=[sys.argv[0], name], exit=False).result
    sys.exit(77 if result.skipped else not result.wasSuccessful())
