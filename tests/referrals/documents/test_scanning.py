"""Without a word from the scanner no file is clean: it waits, and nobody downloads it."""

import socket
import threading

import pytest
from django.urls import reverse

from kernel.errors import TooMany
from kernel.files import antivirus, workshop
from kernel.files.antivirus import Verdict, verdict_on
from kernel.files.workshop import Unfit, have_done
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from tests.support.documents import PNG, a_document, a_docx, a_pdf
from tests.support.scanner import EICAR, a_closed_port
from tests.support.server import wait_for
from tests.support.uploads.polyglots import zipped_into


def state_of(seat, case_id):
    with acting_as(seat.viewer) as viewer:
        return case_file(viewer, case_id).documents[0].state


def checked(seat, document_id):
    return seat.browser.post(reverse("referrals:check_document", args=[document_id]))


def downloaded(seat, document_id):
    return seat.browser.get(reverse("referrals:download_document", args=[document_id]))


@pytest.fixture
def moody(scanner, settings, monkeypatch):
    """Sets the mood of the scanner, and puts it back."""

    def be(mood: str) -> None:
        if mood == "absent":
            settings.CLAMD = ""
        elif mood == "down":
            settings.CLAMD = a_closed_port()
        elif mood == "nonsense":
            settings.CLAMD = "nonsense"
        else:
            settings.CLAMD = scanner.address
            scanner.mood = mood
        scanner.released.clear()
        monkeypatch.setattr(antivirus, "SECONDS", 0.3 if mood == "late" else 15)

    yield be
    scanner.mood = "well"
    scanner.released.set()


@pytest.mark.parametrize("mood", ["absent", "down", "nonsense", "silent", "odd", "lying", "late"])
def test_a_scanner_that_does_not_answer_never_says_clean(moody, mood):
    moody(mood)
    assert verdict_on(a_pdf()) is Verdict.UNKNOWN
    assert verdict_on(EICAR) is Verdict.UNKNOWN


def test_what_the_scanner_says_is_believed(moody):
    moody("well")
    assert verdict_on(a_pdf()) is Verdict.CLEAN
    assert verdict_on(bytes(3 * 1024 * 1024)) is Verdict.CLEAN
    assert verdict_on(zipped_into(a_docx(), "x.txt", EICAR)) is Verdict.INFECTED


def test_a_document_waits_for_the_scanner_and_opens_when_it_has_spoken(world, moody):
    case_id = world.activated()
    moody("absent")
    document_id = a_document(world.pilot, case_id)
    world.shared(case_id, world.gendarme)
    page = world.coordinator.browser.get(reverse("referrals:case", args=[case_id]))
    assert "En attente de vérification" in page.text
    assert "Télécharger" not in page.text
    assert downloaded(world.coordinator, document_id).status_code == 409
    assert checked(world.coordinator, document_id).status_code == 409
    assert state_of(world.coordinator, case_id) == "pending"
    moody("well")
    assert checked(world.gendarme, document_id).status_code == 403
    assert checked(world.police, document_id).status_code == 404
    assert checked(world.coordinator, document_id).status_code == 302
    assert downloaded(world.gendarme, document_id).status_code == 200


def test_a_virus_found_late_is_set_aside_for_good(world, moody):
    case_id = world.submitted()
    moody("down")
    infected = zipped_into(a_docx(), "word/x.txt", EICAR)
    document_id = a_document(world.pilot, case_id, content=infected)
    assert state_of(world.pilot, case_id) == "pending"
    moody("well")
    checked(world.pilot, document_id)
    assert state_of(world.pilot, case_id) == "infected"
    assert downloaded(world.pilot, document_id).status_code == 409
    assert checked(world.pilot, document_id).status_code == 409


# What opens foreign files cannot do more than that, whatever a file makes it do.
MISDEEDS = {
    "write": "open('/tmp/x', 'w')",
    "connect": "__import__('socket').socket()",
    "start": "__import__('subprocess').run(['true'])",
    "system": "__import__('os').system('true')",
    "remove": "__import__('os').remove('/tmp/nothing')",
    "memory": "bytearray(3 * 1024 ** 3)",
}
# The same without Python, which is what a broken library would do: refused where it is looked at
# by the kernel of the machine, each by the wall that is named first.
FROM_C = {
    "files": "open(b'/etc/passwd', 0) >= 0",
    "calls": "socket(2, 1, 0) >= 0",
    "calls, another program": "execv(b'/bin/true', None) == 0",
}


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_the_process_that_opens_files_can_do_nothing_else(monkeypatch, misdeed):
    start = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from kernel.files.cleaning.guard import confine\nconfine()\n"
        f"{MISDEEDS[misdeed]}\nprint('{{\"made\": []}}')"
    )
    command = workshop._command()
    monkeypatch.setattr(workshop, "_command", lambda: [*command[:3], start, command[4]])
    with pytest.raises(Unfit):
        have_done("clean", "png", PNG)


@pytest.mark.parametrize("wall", FROM_C)
def test_nor_can_a_library_that_a_file_has_broken(monkeypatch, wall):
    command = workshop._command()
    start = (
        "import sys, json, ctypes; sys.path.insert(0, sys.argv[1])\n"
        "from kernel.files.cleaning import walls\nstanding = walls.stand()\n"
        f"done = {wall.partition(',')[0]!r} in standing and ctypes.CDLL(None).{FROM_C[wall]}\n"
        "print(json.dumps({'made': [], 'standing': standing, 'done': bool(done)}))"
    )
    monkeypatch.setattr(workshop, "_command", lambda: [*command[:3], start, command[4]])
    facts = have_done("clean", "png", PNG).facts
    if wall.partition(",")[0] not in facts["standing"]:
        pytest.skip("the kernel of this machine has no such wall")
    assert not facts["done"]


def test_a_file_that_takes_too_long_is_given_up(monkeypatch):
    command = workshop._command()
    monkeypatch.setattr(workshop, "SECONDS", 0.5)
    monkeypatch.setattr(
        workshop, "_command", lambda: [*command[:3], "import signal; signal.pause()", command[4]]
    )
    with pytest.raises(Unfit) as given_up:
        have_done("clean", "png", PNG)
    assert given_up.value.code == "too_slow"


def test_more_files_at_once_than_the_machine_bears_wait_their_turn():
    done, threads = [], []
    for _number in range(6):
        thread = threading.Thread(target=lambda: done.append(have_done("clean", "png", PNG)))
        threads.append(thread)
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 6
    assert workshop._turns._value == workshop.AT_ONCE


def test_one_person_never_takes_the_turns_of_the_others(monkeypatch):
    """Their own files wait in a line of their own, which has an end."""
    entered, go_on, refused = threading.Semaphore(0), threading.Event(), []

    def slowly(*args):
        entered.release()
        go_on.wait(10)
        return b'{"made": []}\n'

    monkeypatch.setattr(workshop, "_run", slowly)

    def acts():
        with workshop.on_behalf_of("greedy"):
            try:
                have_done("clean", "png", PNG)
            except TooMany:
                refused.append(1)

    threads = [threading.Thread(target=acts) for _number in range(workshop.MOST_WAITING + 2)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=5)
    other = threading.Thread(target=lambda: have_done("clean", "png", PNG))
    other.start()
    assert entered.acquire(timeout=5), "the other turn is somebody else's"
    wait_for(lambda: len(refused) == 2, within=5, what="those who find the line full are sent away")
    go_on.set()
    for thread in [*threads, other]:
        thread.join()
    assert workshop._people == {}


def test_the_stand_in_speaks_as_clamd_does(scanner):
    """Its answers are those of clamd's manual: INSTREAM alone, ended by a zero byte."""
    host, _colon, port = scanner.address.removeprefix("tcp:").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as line:
        line.sendall(b"zPING\0....")
        assert line.recv(100) == b"UNKNOWN COMMAND\0"
