"""A wrapping key in a device (SoftHSM, through PKCS#11): it wraps, it moves there and on, and it never comes out."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pkcs11
import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from hypothesis import given, settings
from hypothesis import strategies as st

from aboveboard.record import device as devices
from aboveboard.record import tables
from aboveboard.record.device import Device, Place
from aboveboard.record.keys import KeyRing, KeyRingError
from aboveboard.record.rotation import rotate
from aboveboard.record.service import Record
from aboveboard.record.wrapping import read_device, read_wraps
from aboveboard.store import Store
from tests.record.test_rotation import _all_open, _people, _text
from tests.support import softhsm

TOKEN = "house"


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory) -> str:
    softhsm.make_token(tmp_path_factory.mktemp("softhsm"), TOKEN)
    return TOKEN


@pytest.fixture
def uri(token: str, tmp_path: Path) -> str:
    """The setting; each test has a label of keys, and so keys, of its own."""
    (tmp_path / "pin").write_text(f"{softhsm.PIN}\n")
    return softhsm.uri(token, f"aboveboard-{tmp_path.name}", tmp_path / "pin")


def _in_token(uri: str) -> list[pkcs11.SecretKey]:
    place = Place.parse(uri)
    session = pkcs11.lib(place.module).get_token(token_label=place.token).open()  # signed in already
    wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY, pkcs11.Attribute.LABEL: place.label}
    return list(session.get_objects(wanted))


def test_a_new_ring_has_its_key_in_the_device_and_nowhere_else(
    store: Store, uri: str, tmp_path: Path
) -> None:
    keys = KeyRing.create(tmp_path / "keys", "clinic.example/record", wrap_device=uri)
    sealed = _people(store, Record(keys), 5)
    content = json.loads((tmp_path / "keys" / "keys.json").read_text())
    assert content["wrap"] == [] and len(content["device"]) == 1
    assert _all_open(store, keys, sealed)
    assert _all_open(store, KeyRing.load(tmp_path / "keys", wrap_device=uri), sealed)
    [there] = _in_token(uri)
    assert there.id.hex() == content["device"][0]
    assert there[pkcs11.Attribute.SENSITIVE] and not there[pkcs11.Attribute.EXTRACTABLE]
    with pytest.raises(pkcs11.AttributeSensitive):
        _ = there[pkcs11.Attribute.VALUE]
    with pytest.raises(KeyRingError, match="are in a device"):
        KeyRing.load(tmp_path / "keys")


def test_a_ring_moves_into_the_device_and_on_to_a_new_key_there(
    store: Store, keys: KeyRing, record: Record, uri: str
) -> None:
    sealed = _people(store, record, 12)
    file = keys.folder / "keys.json"
    ring = KeyRing.load(keys.folder, wrap_device=uri)
    assert ring.wrap.ids == keys.wrap.ids, "naming a device changes nothing by itself"  # type: ignore[attr-defined]
    assert rotate(store, ring).people == 12
    assert read_wraps(file) == [] and len(read_device(file)) == 1
    assert _all_open(store, ring, sealed)
    with pytest.raises((KeyRingError, InvalidTag)):
        _all_open(
            store, keys, sealed
        )  # a process that was not told of the device stops, and wraps nothing under the old key
    with pytest.raises(KeyRingError), store.write() as tx:
        record.new_subject(tx)
    other = KeyRing.load(keys.folder, wrap_device=uri)
    [old] = read_device(file)
    assert rotate(store, ring).people == 12
    [new] = read_device(file)
    assert new != old and [one.id for one in _in_token(uri)] == [new], (
        "the old key is destroyed in the device"
    )
    assert _all_open(store, ring, sealed) and _all_open(store, other, sealed)
    sealed |= _people(store, Record(other), 2)
    assert _all_open(store, KeyRing.load(keys.folder, wrap_device=uri), sealed)


def test_a_ring_moves_from_the_environment_into_the_device(
    sqlite_store: Store, uri: str, tmp_path: Path
) -> None:
    given = _text(b"e" * 32)
    ring = KeyRing.create(tmp_path / "keys", "clinic.example/record", given)
    sealed = _people(sqlite_store, Record(ring), 3)
    both = KeyRing.load(tmp_path / "keys", given, uri)
    done = rotate(sqlite_store, both)
    assert done.people == 3 and done.in_environment
    assert _all_open(sqlite_store, KeyRing.load(tmp_path / "keys", wrap_device=uri), sealed)


def test_a_move_that_was_cut_off_is_taken_up(
    sqlite_store: Store, keys: KeyRing, record: Record, uri: str
) -> None:
    sealed = _people(sqlite_store, record, 30)
    ring = KeyRing.load(keys.folder, wrap_device=uri)

    def cut(seen: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate(sqlite_store, ring, cut)
    again = KeyRing.load(keys.folder, wrap_device=uri)
    assert _all_open(sqlite_store, again, sealed)
    assert rotate(sqlite_store, again).taken_up
    assert read_wraps(keys.folder / "keys.json") == [] and len(_in_token(uri)) == 1
    assert _all_open(sqlite_store, again, sealed)


def test_whoever_was_erased_stays_erased(sqlite_store: Store, uri: str, tmp_path: Path) -> None:
    record = Record(KeyRing.create(tmp_path / "keys", "clinic.example/record", wrap_device=uri))
    _people(sqlite_store, record, 3)
    with sqlite_store.write() as tx:
        record.destroy_keys(tx, [2])
    assert rotate(sqlite_store, record.keys).people == 2
    with sqlite_store.read() as conn:
        assert (
            conn.execute(sa.select(tables.subjects.c.wrapped).where(tables.subjects.c.subject == 2)).scalar()
            is None
        )


@given(data=st.binary(min_size=0, max_size=200), label=st.text(max_size=40))
@settings(max_examples=40, deadline=None)
def test_what_it_wraps_opens_with_its_label_only(wrapping: Device, data: bytes, label: str) -> None:
    key, nonce = wrapping.key(b"property"), b"n" * 12
    cipher = key.encrypt(nonce, data, label.encode())
    assert key.decrypt(nonce, cipher, label.encode()) == data
    for wrong in (
        (nonce, cipher, label.encode() + b"x"),
        (b"m" * 12, cipher, label.encode()),
        (nonce, cipher[:-1], label.encode()),
    ):
        with pytest.raises(InvalidTag):
            key.decrypt(*wrong)


@pytest.mark.parametrize(
    "fault",
    [
        pkcs11.DeviceError,
        pkcs11.DeviceMemory,
        pkcs11.FunctionFailed,
        pkcs11.GeneralError,
        pkcs11.HostMemory,
        pkcs11.TokenNotPresent,
        pkcs11.DataInvalid,
    ],
)
def test_a_device_that_breaks_is_not_taken_for_a_wrong_key(
    wrapping: Device, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    """What cannot be opened for now must not be given up as sealed under another key."""
    key, nonce = wrapping.key(b"property"), b"n" * 12
    cipher = key.encrypt(nonce, b"kept", b"l")

    def broken(*_: object) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(wrapping, "use", broken)
        with pytest.raises(KeyRingError, match=fault.__name__) as told:
            key.decrypt(nonce, cipher, b"l")
        assert not isinstance(told.value, InvalidTag)
    assert key.decrypt(nonce, cipher, b"l") == b"kept"
    # The same word from a driver that works otherwise is its way to say that the tag is wrong.
    real, asked = wrapping.use, []

    def once(*arguments: Any) -> Any:
        asked.append(1)
        return broken() if len(asked) == 1 else real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(wrapping, "use", once)
        with pytest.raises(InvalidTag):
            key.decrypt(nonce, cipher, b"l")


@pytest.mark.parametrize("fault", [pkcs11.EncryptedDataInvalid, pkcs11.EncryptedDataLenRange])
def test_a_wrong_tag_that_is_said_plainly_needs_no_second_look(
    wrapping: Device, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    key = wrapping.key(b"property")

    def wrong(*_: object) -> None:
        raise fault

    monkeypatch.setattr(wrapping, "use", wrong)
    with pytest.raises(InvalidTag):
        key.decrypt(b"n" * 12, b"c" * 40, b"l")


@pytest.fixture(scope="module")
def wrapping(token: str, tmp_path_factory: pytest.TempPathFactory) -> Device:
    pin = tmp_path_factory.mktemp("pin") / "pin"
    pin.write_text(softhsm.PIN)
    device = Device(softhsm.uri(token, "aboveboard-property", pin))
    device.make(b"property")
    return device


def test_many_threads_share_one_session(wrapping: Device) -> None:
    key, wrong = wrapping.key(b"property"), []

    def work(number: int) -> None:
        for turn in range(50):
            text = f"{number} {turn}".encode()
            if key.decrypt(b"n" * 12, key.encrypt(b"n" * 12, text, b"l"), b"l") != text:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_session_that_was_lost_is_opened_again(wrapping: Device) -> None:
    key = wrapping.key(b"property")
    cipher = key.encrypt(b"n" * 12, b"text", b"l")
    wrapping._session.close()  # as after a device was pulled out and put back
    assert key.decrypt(b"n" * 12, cipher, b"l") == b"text"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda _: "https://x", "begins with pkcs11:"),
        (lambda uri: uri.replace("token=house", ""), "names no token"),
        (lambda uri: uri.replace("module-path", "module"), "names no module-path"),
        (lambda uri: uri.replace("token=house", "token=elsewhere"), "no token elsewhere"),
        (lambda uri: uri.replace(softhsm.driver(), "/nowhere.so"), "cannot be loaded"),
        (lambda uri: uri.replace("pin-source=file:", "pin-source=file:/nowhere"), "PIN, .* cannot be read"),
    ],
)
def test_a_device_that_cannot_be_used_says_why(uri: str, tmp_path: Path, change: object, said: str) -> None:
    ring = KeyRing.create(tmp_path / "keys", "clinic.example/record", wrap_device=uri)
    assert ring.wrap.ids  # type: ignore[attr-defined]
    with pytest.raises(KeyRingError, match=said) as caught:
        KeyRing.load(tmp_path / "keys", wrap_device=change(uri))  # type: ignore[operator]
    assert softhsm.PIN not in str(caught.value) and softhsm.PIN not in repr(Place.parse(uri))


def test_a_wrong_pin_is_refused(uri: str, tmp_path: Path) -> None:
    """In a process of its own: one that has signed in to a token is not asked again."""
    KeyRing.create(tmp_path / "keys", "clinic.example/record", wrap_device=uri)
    code = (
        "import sys; from pathlib import Path; from aboveboard.record.keys import KeyRing; "
        "KeyRing.load(Path(sys.argv[1]), wrap_device=sys.argv[2])"
    )
    for pin, said in (("0000", "refuses the PIN"), (softhsm.PIN, "")):
        wrong = f"{uri.partition('&')[0]}&pin-value={pin}"
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "keys"), wrong],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert said in done.stderr and (done.returncode == 0) == (not said), done.stderr


def test_another_device_than_the_one_that_the_ring_names(uri: str, tmp_path: Path) -> None:
    KeyRing.create(tmp_path / "keys", "clinic.example/record", wrap_device=uri)
    with pytest.raises(KeyRingError, match="does not hold the wrapping key"):
        KeyRing.load(tmp_path / "keys", wrap_device=uri.replace("object=aboveboard-", "object=another-"))


def test_without_the_extra_it_says_what_to_install(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(KeyRingError, match=r"pip install 'aboveboard\[hsm\]'"):
        KeyRing.create(tmp_path / "keys", "clinic.example/record", wrap_device=uri)
