"""The launcher behind every command in infra/bin.

`__main__`, `first`, `interpreter`, `places`, `problems` and `progress` run on a bare Python before
anything is installed, so they use the standard library only. All other modules run in the virtual
environment that `interpreter` makes.
"""
