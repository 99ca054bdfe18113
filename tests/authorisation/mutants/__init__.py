"""Plants defects of authorisation one at a time and asks the table of rights whether it notices."""
