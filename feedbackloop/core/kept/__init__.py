"""Public pages that are asked for all day: rendered once for each change and language, and answered from memory.

A station says which of its pages are kept and which tables change them (`pages`). What changes them leaves a mark in
the database with its own commit (`marks`); every process notices (`watching`) and renders again what is asked for next
(`memory`). `serving` answers before the framework is entered, under any WSGI server; `door` sooner still, under ours.
"""
