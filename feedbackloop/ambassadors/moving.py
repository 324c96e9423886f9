"""Moves on the board: by drag, key and menu. With script the answer is the board; without, a page."""
