"""How long entries are kept: terms, holds, and purges that two people answer for."""
