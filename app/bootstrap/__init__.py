"""The one place that knows jobs and adapters: settings in, programs ready to run out.

A module a program, and no door: who starts one loads nothing that only another needs.
"""
