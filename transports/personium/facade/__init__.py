"""Boxes as cells: software written for Personium's message API sends and receives here.

A box is the cell ``{BASE_URL}/{box}/``. Relations, roles and rules are no part of MessageBox:
requests about them are carried and decided upon as messages.
"""
