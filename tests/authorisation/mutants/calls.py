"""What each function of the database answers to everybody: before a defect and with it."""

from collections.abc import Iterator

from tests.authorisation.functions import CALLS
from tests.authorisation.mutants.bare import BareTables
from tests.authorisation.mutants.functions import InFunction
from tests.authorisation.test_functions import STRANGERS, asked, the_ground
from tests.support.database import admin, as_role
from tests.support.planting import source_of
from tests.support.searching import database_name
from tests.support.walls import injected
from tests.support.world import World

Said = dict[tuple[str, str], str]


class Answers:
    """Every call of the table of functions, as everybody and as nobody."""

    def __init__(self, bare: BareTables) -> None:
        self._ground, self._elsewhere, self._bare = the_ground(), World(), bare
        for seat in self._elsewhere.everybody().values():
            assert seat.viewer
        self._sources = {name: source_of(name) for name in CALLS}
        self._whole: dict[str, Said] = {}

    def difference(self, defect: InFunction) -> str:
        """The first answer, or the first outcome on a table, that is not what it was."""
        called = [name for name in CALLS if name == defect.function or self._calls(name, defect)]
        tables = sorted({*defect.tables, *self._tables_of(defect.function)})
        for name in called:
            if name not in self._whole:
                self._whole[name] = dict(self._answers(name))
        for table in tables:
            self._bare.look(table)
        with defect.planted():
            for name in called:
                for who, said in self._answers(name):
                    if self._whole[name][who] != said:
                        was = self._whole[name][who]
                        return f"{name} as {who[1]}: {said[:60]} instead of {was[:60]}"
            return next(filter(None, map(self._bare.difference, tables)), "")

    def _calls(self, name: str, defect: InFunction) -> bool:
        return f"{defect.function}(" in self._sources[name]

    def _answers(self, name: str) -> Iterator[tuple[tuple[str, str], str]]:
        call = (name, CALLS[name])
        with as_role("runtime") as connection:
            yield (name, "nobody"), self._settled(asked(connection, call, self._ground))
        home = self._ground.world.everybody() | {"lead": self._ground.world.gendarme_lead}
        abroad = {f"abroad {who}": self._elsewhere.everybody()[who] for who in STRANGERS}
        for who, seat in {**home, **abroad}.items():
            with injected(seat) as connection:
                yield (name, who), self._settled(asked(connection, call, self._ground))

    @staticmethod
    def _settled(answer: object) -> str:
        """An answer without what is another one each time: only how much there is of it."""
        return f"{len(answer)} values" if isinstance(answer, list) else str(answer)

    @staticmethod
    def _tables_of(function: str) -> list[str]:
        with admin(database_name()) as connection:
            rows = connection.execute(
                "SELECT DISTINCT tablename FROM pg_policies WHERE 'rempart_runtime' = ANY (roles)"
                " AND (coalesce(qual, '') LIKE %(like)s OR coalesce(with_check, '') LIKE %(like)s)",
                {"like": f"%{function}(%"},
            ).fetchall()
        return [str(table) for (table,) in rows]
