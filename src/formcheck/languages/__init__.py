"""The languages of Practise: texts that can be translated, and their catalogues."""
