"""The launcher: what it says when the machine is at fault, and what it leaves behind."""

import errno
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from infra.launcher.commands.demo import check_port
from infra.launcher.environment import (
    addresses,
    ensure_secrets,
    held_by,
    read_env,
    write_env,
)
from infra.launcher.interpreter import check_python
from infra.launcher.places import ROOT, Places
from infra.launcher.postgres import Postgres, find_binaries, running_on
from infra.launcher.problems import Problem, check_space, explained
from infra.launcher.sockets import LONGEST, fits, socket_directory
from infra.launcher.stamps import Stamp, fingerprint
from infra.launcher.unprivileged import ServerUser, passable


@pytest.fixture
def us() -> ServerUser:
    return ServerUser(os.geteuid(), os.getegid(), dropped=False)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(tmp_path / "state", tmp_path / "state", tmp_path / "venv", tmp_path / "lock.txt")
    made.prepare()
    return made


def _bare_path(directory: Path, **programs: str) -> dict[str, str]:
    """An environment whose PATH holds the shell's own needs and these scripts."""
    for name in ("bash", "dirname", "env"):
        (directory / name).symlink_to(f"/usr/bin/{name}")
    for name, script in programs.items():
        (directory / name).write_text(script)
        (directory / name).chmod(0o755)
    return {"PATH": str(directory)}


def _demo(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(ROOT / "infra" / "bin" / "demo")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_old_python_is_told_which_one_is_wanted(tmp_path):
    old = '#!/usr/bin/bash\ncase "$2" in *print*) echo 3.9;; *) exit 1;; esac\n'
    done = _demo(_bare_path(tmp_path, python3=old))
    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and found only Python 3.9" in done.stderr
    assert "REMPART_PYTHON=" in done.stderr


def test_no_python_is_told_how_to_get_one(tmp_path):
    done = _demo(_bare_path(tmp_path))
    assert done.returncode == 1
    assert "found no Python" in done.stderr
    assert "apt-get install python3" in done.stderr


def test_an_old_python_is_refused_by_the_launcher_too():
    with pytest.raises(Problem, match=r"this is Python 3\.10"):
        check_python((3, 10))


def test_a_taken_port_is_said_with_another_one_to_try():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Problem, match=f"Port {port} is already in use.*\n.*--port {port + 1}"):
            check_port(port)
    check_port(port)


def test_a_nearly_full_disk_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(Problem, match=r"MB free and .* MB are needed"):
        check_space(tmp_path / "not" / "there" / "yet", 2**60)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [(errno.ENOSPC, "no space left on the disk"), (errno.EACCES, "may not write /somewhere")],
)
def test_a_fault_of_the_machine_ends_in_a_sentence(code, sentence):
    with pytest.raises(SystemExit) as ended, explained():
        raise OSError(code, os.strerror(code), "/somewhere")
    assert sentence in str(ended.value)


def test_a_socket_directory_is_at_home_when_it_fits(us):
    assert socket_directory(Path("/srv/rempart"), us) == Path("/srv/rempart/sockets")


@pytest.mark.parametrize("home", ["/srv/" + "long/" * 20, "/srv/with a space", "/srv/l'école"])
def test_a_socket_directory_is_elsewhere_when_it_does_not_fit(us, home):
    directory = socket_directory(Path(home), us)
    assert fits(directory)
    assert len(os.fsencode(directory / ".s.PGSQL.5432.lock")) <= 103
    assert directory == socket_directory(Path(home), us)


def test_the_longest_directory_takes_a_socket_and_its_lock():
    assert fits(Path("/" + "a" * (LONGEST - 1)))
    assert not fits(Path("/" + "a" * LONGEST))


def test_a_directory_of_ours_is_closed_to_others(us, tmp_path):
    us.own_directory(tmp_path / "own")
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o700


def test_a_link_in_place_of_a_directory_of_ours_is_refused(us, tmp_path):
    (tmp_path / "own").symlink_to(tmp_path)
    with pytest.raises(Problem, match="is not a directory of the user"):
        us.own_directory(tmp_path / "own")


def test_nobody_passes_through_a_closed_directory(tmp_path):
    tmp_path.chmod(0o700)
    (tmp_path / "below").mkdir()
    assert not passable(tmp_path / "below")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_an_env_file_is_its_owner_s_and_reads_back_as_it_was(tmp_path):
    path = tmp_path / "env"
    variables = {"A": "plain", "B": "a space, a 'quote', a $sign", "C": ""}
    write_env(path, variables)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_env(path) == variables
    told = subprocess.run(
        ["bash", "-c", f'. "{path}"; printf %s "$B"'], capture_output=True, text=True, check=True
    )
    assert told.stdout == variables["B"]


def test_a_damaged_env_file_is_named_with_its_line(tmp_path):
    (tmp_path / "env").write_text("A=1\nB='open\n")
    with pytest.raises(Problem, match="line 2"):
        read_env(tmp_path / "env")


def test_secrets_are_made_once_and_closed_to_others(places):
    first = ensure_secrets(places, database_exists=False)
    write_env(places.env_file, first)
    assert ensure_secrets(places, database_exists=True) == first
    keys = sorted(places.keys.iterdir())
    assert [key.name for key in keys] == ["blind.key", "log.key", "root.key"]
    for key in keys:
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert len(bytes.fromhex(key.read_text())) == 32


def test_a_database_without_its_keys_is_not_given_new_ones(places):
    write_env(places.env_file, ensure_secrets(places, database_exists=False))
    (places.keys / "root.key").unlink()
    with pytest.raises(Problem, match=r"root\.key is not.*\n.*--reset"):
        ensure_secrets(places, database_exists=True)
    assert not (places.keys / "root.key").exists()


def test_a_process_holds_the_passwords_of_its_own_roles_only(places):
    environment = {**ensure_secrets(places, database_exists=False), "PATH": "/bin"}
    held = held_by(("SEALER",), environment)
    assert [name for name in held if "PASSWORD" in name] == ["REMPART_DB_PASSWORD_SEALER"]
    assert held["PATH"] == "/bin"


def test_only_the_sealer_is_told_where_the_seed_of_the_record_is(places):
    write_env(places.env_file, ensure_secrets(places, database_exists=False))
    variables = addresses(places, read_env(places.env_file), places.state, "config.settings.demo")
    assert "REMPART_LOG_KEY_FILE" in held_by(("SEALER",), variables)
    assert "REMPART_ROOT_KEY_FILE" not in held_by(("SEALER",), variables)
    web = held_by(("RUNTIME", "SIGNIN"), variables)
    assert "REMPART_LOG_KEY_FILE" not in web
    assert len(web["REMPART_LOG_PUBLIC_KEYS"]) == 64
    assert not {"REMPART_ROOT_KEY_FILE", "REMPART_LOG_KEY_FILE"} & set(
        held_by(("WORKER",), variables)
    )


def test_a_pid_file_left_by_a_crash_names_no_server(tmp_path):
    with subprocess.Popen(["sleep", "30"]) as other:
        (tmp_path / "postmaster.pid").write_text(f"{other.pid}\n{tmp_path}\n")
        assert running_on(tmp_path) is None
        other.kill()
    assert running_on(tmp_path) is None


def test_an_empty_pid_file_names_no_server(tmp_path):
    (tmp_path / "postmaster.pid").write_text("")
    assert running_on(tmp_path) is None


@pytest.mark.parametrize(
    ("version", "sentence"),
    [("14", "was made by PostgreSQL 14"), (None, "holds no database")],
)
def test_a_data_directory_that_cannot_be_used_is_explained(us, tmp_path, version, sentence):
    data = tmp_path / "postgres"
    data.mkdir()
    if version:
        (data / "PG_VERSION").write_text(f"{version}\n")
    server = Postgres(find_binaries(tmp_path, us), data, tmp_path, tmp_path / "log", us, "secret")
    with pytest.raises(Problem, match=f"{sentence}.*\n.*--reset"):
        server.ensure_data()


def test_a_state_directory_of_somebody_else_is_refused(places, us):
    if us.uid != 0:
        pytest.skip("only root can give a directory away")
    os.chown(places.state, 12345, 12345)
    with pytest.raises(Problem, match=r"belongs to user 12345.*\n.*REMPART_STATE"):
        places.prepare()


def test_a_step_is_done_again_only_when_its_files_change(tmp_path):
    source = tmp_path / "source"
    source.write_text("one")
    stamp = Stamp(tmp_path / "stamps" / "step")
    assert not stamp.is_current(fingerprint([source]))
    stamp.write(fingerprint([source]))
    assert stamp.is_current(fingerprint([source]))
    source.write_text("two")
    assert not stamp.is_current(fingerprint([source]))
