"""Keep the catalogues of the languages: `python -m formcheck.apps.languages update` and `check`."""
