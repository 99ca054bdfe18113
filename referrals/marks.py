"""What stands for a pupil in the blind index: always a combination, never a lone name or date."""

from datetime import date

from kernel.crypto.blind import blind_index, normalised_name


def full_mark(cell_id: int, family_name: str, given_name: str, birth_date: date) -> bytes:
    """Family name, given name and birth date: the same pupil."""
    names = normalised_name(family_name), normalised_name(given_name)
    return blind_index("party", cell_id, *names, birth_date.isoformat())


def name_mark(cell_id: int, family_name: str, given_name: str) -> bytes:
    """Family name and given name, for who does not know the birth date."""
    names = normalised_name(family_name), normalised_name(given_name)
    return blind_index("party_name", cell_id, *names)


def born_mark(cell_id: int, family_name: str, birth_date: date) -> bytes:
    """Family name and birth date, for who is not sure of the given name."""
    name = normalised_name(family_name)
    return blind_index("party_born", cell_id, name, birth_date.isoformat())
