"""Run the command: ``python -m formcheck.apps.cli``."""

from formcheck.apps.cli.commands import main

main()
