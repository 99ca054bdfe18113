"""Exports of the record from its pages: asked for, made in the background, taken, ended."""
