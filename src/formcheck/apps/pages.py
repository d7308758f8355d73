"""The script Streamlit runs for each visit: which pages there are."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from formcheck.apps import review
from formcheck.apps.theme import PAGE_CSS

# A file of our own: Streamlit would fetch a named icon from another host.
ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="formcheck", page_icon=str(ICON), layout="wide")
st.html(f"<style>{PAGE_CSS}</style>")
st.navigation([st.Page(review.show, title="Review", url_path="review", default=True)]).run()
