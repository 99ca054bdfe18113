"""A page of the journal is the next few rows of an index, whatever the journal's length."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.desk.filters import Filters
from audit.leaf import Key
from audit.selectors import journal
from kernel.scope import acting_as


def plan_of(viewer, filters, before):
    """What PostgreSQL would do in a journal too long to be sorted."""
    with acting_as(viewer) as fresh:
        with CaptureQueriesContext(connection) as captured:
            journal(fresh, filters, before=before)
        [query, *_] = [each["sql"] for each in captured if "FROM audit_entry" in each["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {query}")
            return "\n".join(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("before", [None, Key(1, 10**6, 10**6)], ids=["first", "later"])
@pytest.mark.parametrize(
    "filters",
    [Filters(), Filters(case=uuid4()), Filters(actor=uuid4()), Filters(outcome="refused")],
    ids=["all", "case", "actor", "outcome"],
)
def test_nothing_is_sorted(filters, before, auditor):
    plan = plan_of(auditor, filters, before)
    assert "Sort  (" not in plan
    assert "Index Scan Backward" in plan
    assert re.search(r"Index Cond: \(+cell_id = ", plan)


def test_a_page_costs_the_same_few_queries(auditor, django_assert_num_queries):
    with acting_as(auditor) as fresh, django_assert_num_queries(2):
        journal(fresh, Filters())
