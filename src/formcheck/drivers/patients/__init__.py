"""The folders of patients on this machine: kept results, encrypted if wanted."""
